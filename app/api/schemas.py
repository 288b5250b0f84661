"""What the API takes and answers, as its page describes it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from app import kinds
from app.api import work
from app.jobs import Job
from app.request import MOST_PASSES, ExplainRequest


def _as_asked(name: str) -> Any:
    """The default and the words of a field of :class:`ExplainRequest`, whose bounds are narrowed."""
    return ExplainRequest.model_fields[name]


class Settings(ExplainRequest):
    """One explanation. What is left out is chosen by the kind of input, as `wam explain` does."""

    # no more than one request may cost a server
    levels: Annotated[int | None, Field(le=32)] = _as_asked("levels")
    samples: Annotated[int | None, Field(le=MOST_PASSES)] = _as_asked("samples")
    steps: Annotated[int | None, Field(le=MOST_PASSES)] = _as_asked("steps")
    spread: Annotated[float | None, Field(le=10)] = _as_asked("spread")
    micro_batch: Annotated[int | None, Field(le=64)] = _as_asked("micro_batch")


class Network(BaseModel):
    """A network of the catalogue."""

    name: str = Field(description="What the setting `model` takes.")
    title: str
    modality: str = Field(
        json_schema_extra=lambda schema: schema.update(
            enum=[kind.name for kind in kinds.all_kinds()]
        )
    )
    licence: str = Field(description="Of the weights.")
    source: str
    note: str
    embedded: bool
    accuracy: str = Field(description="Measured here, and on what; empty where it was not.")
    available: bool = Field(description="Whether it can be loaded without any connection.")


class Status(BaseModel):
    """How far a job is."""

    id: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    done: int = Field(ge=0, description="Passes of the network so far.")
    total: int = Field(ge=1, description="Passes in all.")
    ahead: int = Field(ge=0, description="Other people's jobs that share the lanes with it.")
    problem: str | None = Field(description="What ended it before its time, in a sentence.")
    result: str | None = Field(description="Where its result is, once it is done.")

    @classmethod
    def of(cls, id: str, job: Job[work.Answer], place: str) -> "Status":
        """Of the job of an id, for an API that hangs at ``place``."""
        job.collect()
        total, is_done = work.passes(job), job.result is not None
        return cls.model_validate(
            {
                "id": id,
                "state": str(job.state),
                "done": total if is_done else job.step or 0,
                "total": total,
                "ahead": work.ahead(job),
                "problem": job.problem,
                "result": f"{place}/results/{id}" if is_done else None,
            }
        )
