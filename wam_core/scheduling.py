"""One device shared by all browser sessions: a lane takes one step of each waiting job in turn.

A job is a generator of steps. The lane is the only thread that advances it, so a network is never
passed by two threads; after each step the lane turns to the next job, so that a long explanation
does not hold up a short one. Knows nothing of what a step does.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator
from enum import StrEnum
from typing import Any, Generic, TypeVar

from wam_core.errors import BusyError, WamError

T = TypeVar("T")


class State(StrEnum):
    """Where a job is on its way."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class CancelledJobError(WamError):
    """The job was cancelled, or superseded by a newer one of the same owner."""


class Ticket(Generic[T]):
    """A claim on the result of a job; safe to read from any thread."""

    def __init__(self, steps: Generator[Any, None, T], owner: str) -> None:
        self.owner = owner
        self.state = State.WAITING
        self.progress: Any = None
        self.began: float | None = None
        self._steps = steps
        self._result: T | None = None
        self._error: Exception | None = None
        self._finished = threading.Event()
        self._cancelled = threading.Event()

    @property
    def finished(self) -> bool:
        """Whether there is a result, an error, or a cancellation."""
        return self._finished.is_set()

    def cancel(self) -> None:
        """Ask the lane to drop the job; it does so before its next step."""
        self._cancelled.set()

    def result(self, timeout: float | None = None) -> T:
        """The job's result, waiting for it at most ``timeout`` seconds.

        Raises:
            TimeoutError: there is none yet.
            CancelledJobError: there will be none.
            Exception: whatever the job raised.
        """
        if not self._finished.wait(timeout):
            raise TimeoutError(f"no result within {timeout} s; the job is {self.state}")
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # set whenever there is no error

    def _advance(self) -> None:
        """One step, by the lane."""
        if self._cancelled.is_set():
            self._steps.close()
            return self._finish(State.CANCELLED, error=CancelledJobError("the job was cancelled"))
        if self.began is None:
            self.began = time.monotonic()
        self.state = State.RUNNING
        try:
            self.progress = next(self._steps)
        except StopIteration as finished:
            self._finish(State.DONE, result=finished.value)
        except Exception as error:  # handed to whoever asks for the result; the lane goes on
            self._finish(State.FAILED, error=error)

    def _finish(
        self, state: State, *, result: T | None = None, error: Exception | None = None
    ) -> None:
        self._result, self._error, self.state = result, error, state
        self._finished.set()


class Scheduler:
    """Runs jobs on one lane, fairly, a step at a time.

    An owner has at most one job running and one waiting: a newer job supersedes the owner's older
    ones, which are cancelled.

    Args:
        queue: how many jobs may wait on the whole server.
        on_start: called once in the lane's thread, to set thread counts and the like.

    >>> def job():
    ...     yield "half way"
    ...     return 42
    >>> scheduler = Scheduler()
    >>> scheduler.submit(job(), owner="me").result(timeout=5)
    42
    >>> scheduler.close()
    """

    def __init__(self, queue: int = 16, on_start: Callable[[], None] | None = None) -> None:
        self._queue = queue
        self._on_start = on_start
        self._jobs: OrderedDict[int, Ticket[Any]] = OrderedDict()
        self._changed = threading.Condition()
        self._closing = False
        self._lane = threading.Thread(target=self._run, name="wam-lane", daemon=True)
        self._lane.start()

    def submit(self, steps: Generator[Any, None, T], *, owner: str) -> Ticket[T]:
        """Queue a job; the owner's earlier jobs are cancelled.

        Raises:
            BusyError: too many jobs are waiting.
        """
        ticket = Ticket(steps, owner)
        with self._changed:
            for earlier in self._jobs.values():
                if earlier.owner == owner:
                    earlier.cancel()
            others = sum(job.owner != owner for job in self._jobs.values())
            if others >= self._queue:
                raise BusyError(f"the server is busy: {others} jobs are waiting; try again shortly")
            self._jobs[id(ticket)] = ticket
            self._changed.notify()
        return ticket

    def position(self, ticket: Ticket[Any]) -> int:
        """How many other owners' jobs share the lane with this one."""
        with self._changed:
            return sum(
                job is not ticket and job.owner != ticket.owner for job in self._jobs.values()
            )

    def close(self) -> None:
        """Cancel every job and end the lane after its current step."""
        with self._changed:
            self._closing = True
            for job in self._jobs.values():
                job.cancel()
            self._changed.notify()
        self._lane.join()

    def _run(self) -> None:
        if self._on_start is not None:
            self._on_start()
        while (ticket := self._next()) is not None:
            ticket._advance()
            with self._changed:
                del self._jobs[id(ticket)]
                if not ticket.finished:
                    self._jobs[id(ticket)] = ticket  # to the back of the row

    def _next(self) -> Ticket[Any] | None:
        with self._changed:
            while not self._jobs and not self._closing:
                self._changed.wait()
            return next(iter(self._jobs.values()), None)
