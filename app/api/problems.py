"""What an answer says when something is refused: one sentence, as RFC 9457 has it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from app.request import lowered
from wam_core.errors import BusyError, WamError

MEDIA_TYPE = "application/problem+json"
RETRY_S = 2


class Problem(BaseModel):
    """Why there is no other answer."""

    type: str = "about:blank"
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What was wrong, in one sentence.")


def answer(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as a response."""
    problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return JSONResponse(problem.model_dump(), status, headers, MEDIA_TYPE)


def busy(detail: str) -> Response:
    """A full server, with when to come again."""
    return answer(503, detail, {"Retry-After": str(RETRY_S)})


def documented(**statuses: str) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI page says of refusals: ``s404="No job has this id."``."""
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {
        name.removeprefix("s"): {"description": text, "content": content}
        for name, text in statuses.items()
    }


def install(app: FastAPI) -> None:
    """Let every refusal and every failure of an application be told in this way."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(WamError, _foreseen)
    app.add_exception_handler(Exception, _failed)


async def _invalid(_: Request, error: Exception) -> Response:
    first = cast(RequestValidationError, error).errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    return answer(422, f"{where or 'the request'}: {lowered(str(first['msg']))}")


async def _refused(request: Request, error: Exception) -> Response:
    refusal = cast(HTTPException, error)
    detail, path, headers = refusal.detail, request.url.path, refusal.headers
    if detail == HTTPStatus.NOT_FOUND.phrase:
        detail = f"there is nothing at {path}"
    if detail == HTTPStatus.METHOD_NOT_ALLOWED.phrase:
        detail, headers = f"{path} does not take {request.method}", {"Allow": _allowed(request)}
    return answer(refusal.status_code, detail, headers)


def _allowed(request: Request) -> str:
    """What may be done with a path, by all its routes; a router knows of one at a time."""
    routes = [one for one in request.app.routes if one.matches(request.scope)[0] != Match.NONE]
    return ", ".join(sorted({method for one in routes for method in getattr(one, "methods", ())}))


async def _foreseen(_: Request, error: Exception) -> Response:
    if isinstance(error, BusyError):
        return busy(str(error))
    return answer(422, str(error))


async def _failed(*_: object) -> Response:
    return answer(500, "something went wrong inside the server; its operator finds it in the log")
