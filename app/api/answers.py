"""What the API answers, as its page describes it."""

from typing import Literal

from pydantic import BaseModel, Field

from app.api import work
from app.api.jobs import Job


class Network(BaseModel):
    """A network of the catalogue."""

    name: str = Field(description="What the setting `model` takes.")
    title: str
    modality: Literal["image", "sound", "volume"]
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
    def of(cls, job: Job, place: str) -> "Status":
        """Of a job, for an API that hangs at ``place``."""
        done = job.answer is not None
        return cls(
            id=job.id,
            state=job.state.value,
            done=job.done,
            total=job.begun.passes,
            ahead=work.ahead(job),
            problem=job.problem,
            result=f"{place}/results/{job.id}" if done else None,
        )
