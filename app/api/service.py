"""The application that answers: its routes, its store of jobs, and a page that describes it."""

import asyncio
import hashlib
from typing import Annotated, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import (
    APIRouter,
    Depends,
    FastAPI,
    File,
    Form,
    Header,
    HTTPException,
    Request,
    UploadFile,
)
from fastapi_offline import FastAPIOffline
from pydantic import Json
from starlette.responses import JSONResponse, Response

import models as catalogue
from app.api import problems, work
from app.api.problems import documented
from app.api.schemas import Network, Settings, Status
from app.api.work import Answer
from app.jobs import Job, Store
from app.server import server
from wam_core.signals.limits import bytes_text

_READING_AT_ONCE = 4  # as many files as are decoded at the same time
_ABOUT = (
    "Wavelet attributions for programs. Post a file to /explain, ask /jobs/{id} how far it is, "
    "take /results/{id}. Each client has one explanation under way; a newer one supersedes it."
)
_NPZ = "application/octet-stream"
_UNKNOWN = "there is no such job; one that has ended is forgotten some time after"
_FOREIGN = documented(s403="A foreign host, or a page of another origin.")
_GONE = _FOREIGN | documented(s404="There is no such job.", s422="No id.")
_TAKEN = _FOREIGN | documented(
    s400="The request is no form.",
    s408="The request was not complete in time.",
    s413="The file is too large.",
    s422="The file cannot be read, or the settings do not fit it.",
    s503="The server is full; `Retry-After` says in how many seconds to come again.",
)
_TAKEN[202] = {
    "headers": {"Location": {"description": "Where to ask for it.", "schema": {"type": "string"}}}
}
_RESULT = _GONE | documented(s409="There is no result, or none yet; says why.")
_RESULT[200] = {
    "description": "The result.",
    "content": {
        "application/json": {"schema": {"type": "object"}},
        _NPZ: {"schema": {"type": "string", "format": "binary"}},
    },
}

_WEIGHTS = (
    "Your own network: .safetensors, .pt, .pth, .ckpt or .bin; the setting `model` names its "
    "architecture."
)
_LABELS = "Its class names: one a line, or JSON. With `weights`."
_CHOSEN = Form(
    description="JSON, as the schema Settings below has it: the options of `wam explain`.",
    examples=['{"method": "gradient"}'],
)

router = APIRouter(tags=["explanations"])


def service() -> FastAPI:
    """A fresh application, with no jobs."""
    rules = server()
    app = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        static_url="/docs-files",  # all that the page needs comes from this server
        title="WAM Explorer",
        version="1",
        description=_ABOUT,
        swagger_ui_parameters={"validatorUrl": None},  # it would ask a foreign server
    )
    app.state.jobs = work.store(
        rules.api_results, rules.api_results_mb * 2**20, rules.api_minutes * 60
    )
    app.state.reading = CapacityLimiter(_READING_AT_ONCE)
    app.include_router(router)
    problems.install(app)
    return app


def person(
    request: Request,
    x_wam_client: Annotated[
        str | None,
        Header(
            description="A name of your own, where several programs ask from one address.",
            pattern="^[!-~]{1,64}$",
        ),
    ] = None,
) -> str:
    """Whose turn on the lanes it is: a program's by its name, at the address that it comes from."""
    address = request.client.host if request.client else ""
    digest = hashlib.sha256(f"{address}\0{x_wam_client or ''}".encode()).hexdigest()
    return f"api-{digest[:16]}"


def known(request: Request) -> Store[Job[Answer]]:
    """The jobs of this application."""
    jobs: Store[Job[Answer]] = request.app.state.jobs
    return jobs


def found(id: str, jobs: Annotated[Store[Job[Answer]], Depends(known)]) -> Job[Answer]:
    """The job of an id, or 404."""
    job: Job[Answer] | None = jobs.get(id)
    if job is None:
        raise HTTPException(404, _UNKNOWN)
    job.collect()
    return job


@router.get("/models", responses=_FOREIGN)
def models() -> list[Network]:
    """The networks of the catalogue. The setting `model` takes names of timm and hf-hub: too."""
    return [Network(**row) for row in catalogue.listed()]


@router.post("/explain", status_code=202, responses=_TAKEN)
async def explain(
    request: Request,
    response: Response,
    who: Annotated[str, Depends(person)],
    jobs: Annotated[Store[Job[Answer]], Depends(known)],
    file: Annotated[UploadFile, File(description="An image, a sound or a volume.")],
    settings: Annotated[Json[Settings], _CHOSEN] = Settings(),  # noqa: B008  (frozen)
    weights: Annotated[UploadFile | None, File(description=_WEIGHTS)] = None,
    labels: Annotated[UploadFile | None, File(description=_LABELS)] = None,
) -> Status:
    """Put an explanation in line. Your earlier one, where it is not done, is superseded."""
    _check_size(file, "the file", server().limits.file_bytes)
    job = await to_thread.run_sync(
        work.begin, await file.read(), file.filename or "", settings, who,
        await _own(weights, labels), limiter=request.app.state.reading,
    )  # fmt: skip
    id = jobs.add(job, who)
    _forget_in_time(jobs, id)
    response.headers["Location"] = f"{_place(request)}/jobs/{id}"
    return Status.of(id, job, _place(request))


@router.get("/jobs/{id}", responses=_GONE)
async def job(request: Request, id: str, job: Annotated[Job[Answer], Depends(found)]) -> Status:
    """How far a job is, or why nothing will come of it."""
    return Status.of(id, job, _place(request))


@router.delete("/jobs/{id}", status_code=204, responses=_GONE)
async def forget(
    id: str,
    job: Annotated[Job[Answer], Depends(found)],
    jobs: Annotated[Store[Job[Answer]], Depends(known)],
) -> None:
    """Cancel a job before its next step; forget it and what it found."""
    job.cancel()
    jobs.drop(id)


@router.get("/results/{id}", response_class=JSONResponse, responses=_RESULT)
async def result(
    job: Annotated[Job[Answer], Depends(found)],
    format: Literal["json", "npz"] = "json",
) -> Response:
    """What a job found: its manifest, or all numbers as NumPy's archive (docs/conventions.md)."""
    if (answer := job.result) is None:
        raise HTTPException(409, job.problem or f"the job is {job.state}; it has no result yet")
    if format == "npz":
        named = {"Content-Disposition": 'attachment; filename="attribution.npz"'}
        return Response(answer.npz, media_type=_NPZ, headers=named)
    return JSONResponse(answer.manifest)


def _check_size(file: UploadFile, what: str, most: int) -> None:
    """Refuse a part that is too large, with 413."""
    if (file.size or 0) > most:
        raise HTTPException(413, f"{what} is too large; at most {bytes_text(most)} are accepted")


async def _own(weights: UploadFile | None, labels: UploadFile | None) -> work.OwnNetwork | None:
    """The network that was sent along."""
    if weights is None:
        if labels is not None:
            raise HTTPException(422, "labels: class names belong to weights; they came alone")
        return None
    _check_size(weights, "the network", server().network_bytes)
    names = None if labels is None else (labels.filename or "labels", await labels.read())
    return work.OwnNetwork((weights.filename or "weights", await weights.read()), names)


def _place(request: Request) -> str:
    place: str = request.scope.get("root_path", "")
    return place


def _forget_in_time(jobs: Store[Job[Answer]], id: str) -> None:
    """Forget a job in time, also where nobody asks any more."""

    def again() -> None:
        jobs.tidy()
        if id in jobs:
            _forget_in_time(jobs, id)

    asyncio.get_running_loop().call_later(jobs.keep_s + 1, again)
