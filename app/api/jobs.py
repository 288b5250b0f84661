"""Jobs that programs may ask about, by ids that cannot be guessed; bounded in number, size and time."""

import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wam_core.errors import WamError
from wam_core.memory import NO_ROOM, ran_out
from wam_core.scheduling import State, Ticket

_BROKEN = "something went wrong inside the server; its operator finds the kind of error in the log"


@dataclass(frozen=True, eq=False)
class Answer:
    """A finished explanation: its manifest, and the bytes of ``attribution.npz``."""

    manifest: dict[str, Any]
    npz: bytes


@dataclass(frozen=True, eq=False)
class Begun:
    """A job in line; ``passes`` are what its progress counts up to."""

    ticket: Ticket[Answer]
    passes: int


@dataclass(eq=False)
class Job:
    """One explanation that was asked for.

    Attributes:
        person: who asked.
        begun: its place in the line.
        id: what it is asked for by; whoever knows it may see it and end it.
        looked: when it was last asked about.
    """

    person: str
    begun: Begun
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    looked: float = 0.0

    @property
    def state(self) -> State:
        """Where it is on its way."""
        return self.begun.ticket.state

    @property
    def finished(self) -> bool:
        """Whether nothing more will come."""
        return self.begun.ticket.finished

    @property
    def done(self) -> int:
        """Passes that are done."""
        return self.begun.passes if self.state == State.DONE else self.begun.ticket.progress or 0

    @property
    def answer(self) -> Answer | None:
        """What was found, where it was."""
        return self.begun.ticket.result(0) if self.state == State.DONE else None

    @property
    def problem(self) -> str | None:
        """Why nothing will be found, in a sentence; the insides of the server are not told."""
        if not self.finished or self.state == State.DONE:
            return None
        try:
            self.begun.ticket.result(0)
        except WamError as error:
            return str(error)
        except Exception as error:
            return NO_ROOM if ran_out(error) else _BROKEN
        return None


class Jobs:
    """The jobs that are known. For one thread, the server's.

    Args:
        most: how many. Whoever has most of them loses their oldest first.
        budget: bytes of results; the newest stays, however large it is.
        keep_s: seconds for which a job that has ended is known after it was last asked about.
        clock: in seconds, never back.
    """

    def __init__(
        self, most: int, budget: int, keep_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.keep_s = keep_s
        self._most, self._budget, self._clock = most, budget, clock
        self._jobs: dict[str, Job] = {}

    def __contains__(self, job: Job) -> bool:
        return job.id in self._jobs

    def add(self, person: str, begun: Begun) -> Job:
        """Know a job from now on."""
        job = Job(person, begun, looked=self._clock())
        self._jobs[job.id] = job
        self.tidy()
        return job

    def find(self, name: str) -> Job | None:
        """The job of that id, if it is still known."""
        self.tidy()
        if (job := self._jobs.get(name)) is not None:
            job.looked = self._clock()
        return job

    def drop(self, job: Job) -> None:
        """End a job before its next step, and forget it and what it found."""
        job.begun.ticket.cancel()
        self._jobs.pop(job.id, None)

    def tidy(self) -> None:
        """Forget what is too old or too much; never what is still on its way."""
        now = self._clock()
        for job in self._ended():
            if now - job.looked > self.keep_s:
                del self._jobs[job.id]
        while len(self._jobs) > self._most and (ended := self._ended()):
            counts = Counter(job.person for job in self._jobs.values())
            del self._jobs[max(ended, key=lambda job: counts[job.person]).id]  # the first of equals
        answers = [(job, len(job.answer.npz)) for job in self._ended() if job.answer is not None]
        total = sum(size for _, size in answers)
        for job, size in answers[:-1]:
            if total <= self._budget:
                break
            del self._jobs[job.id]
            total -= size

    def _ended(self) -> list[Job]:
        return [job for job in self._jobs.values() if job.finished]
