"""One device shared by all browser sessions: lanes take one step of each person's jobs in turn.

A job is a generator of steps. A lane is a thread that advances jobs, and says of each which networks
it passes: no two lanes ever pass the same one. After each step the turn goes to the person who has
waited longest, so that a long explanation does not hold up a short one, and nobody gains by asking
for several things at once. A background job is advanced only while no other job could be. Knows
nothing of what a step does.
"""

import threading
import time
from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Any, Generic, TypeVar

from wam_core.errors import BusyError, CancelledJobError, LaneError, clear_frames

T = TypeVar("T")


class State(StrEnum):
    """Where a job is on its way."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Ticket(Generic[T]):
    """A claim on the result of a job; safe to read from any thread."""

    def __init__(
        self,
        steps: Generator[Any, None, T],
        owner: str,
        uses: frozenset[str] | None = None,
        background: bool = False,
    ) -> None:
        self.owner = owner
        self.uses = uses
        self.background = background
        self.state = State.WAITING
        self.progress: Any = None
        self.asked = time.monotonic()
        self.began: float | None = None
        self.step_began: float | None = None
        self._steps = steps
        self._result: T | None = None
        self._error: Exception | None = None
        self._finished = threading.Event()
        self._cancelled = threading.Event()

    @property
    def person(self) -> str:
        """Whose job it is: of the owner, what stands before the first slash."""
        return self.owner.partition("/")[0]

    @property
    def turn(self) -> tuple[str, bool]:
        """Whose turn its steps take: background jobs of a person have a turn of their own."""
        return self.person, self.background

    @property
    def failure(self) -> str:
        """The kind of error that ended the job; empty where none did. Holds nothing of its message."""
        return type(self._error).__name__ if self.state == State.FAILED else ""

    @property
    def finished(self) -> bool:
        """Whether there is a result, an error, or a cancellation."""
        return self._finished.is_set()

    def cancel(self) -> None:
        """Ask the lane to drop the job; it does so before the next step, or after the present one."""
        self._cancelled.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it has finished after at most ``timeout`` seconds."""
        return self._finished.wait(timeout)

    def result(self, timeout: float | None = None) -> T:
        """The job's result, waiting for it at most ``timeout`` seconds.

        Raises:
            TimeoutError: there is none yet.
            CancelledJobError, LaneError: there will be none.
            Exception: whatever the job raised.
        """
        if not self.wait(timeout):
            raise TimeoutError(f"no result within {timeout} s; the job is {self.state}")
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # set whenever there is no error

    def _excludes(self, other: "Ticket[Any]") -> bool:
        """Whether the two may not be advanced at the same time."""
        if self.person == other.person or self.uses is None or other.uses is None:
            return True
        return not self.uses.isdisjoint(other.uses)

    def _advance(self) -> None:
        """One step, by a lane."""
        if self._cancelled.is_set():
            return self._drop()
        self.step_began = time.monotonic()
        if self.began is None:
            self.began = self.step_began
        self.state = State.RUNNING
        try:
            self.progress = next(self._steps)
        except StopIteration as finished:
            self._finish(State.DONE, result=finished.value)
        except Exception as error:  # handed to whoever asks for the result; the lane goes on
            self._finish(State.FAILED, error=error)
        else:
            if self._cancelled.is_set():
                self._drop()
        finally:
            self.step_began = None

    def _drop(self) -> None:
        try:
            self._steps.close()
        except Exception as error:  # what a job does at its end may fail like any other step
            return self._finish(State.FAILED, error=error)
        self._finish(State.CANCELLED, error=CancelledJobError("the job was cancelled"))

    def _finish(
        self, state: State, *, result: T | None = None, error: Exception | None = None
    ) -> None:
        clear_frames(error)
        self._result, self._error, self.state = result, error, state
        self._finished.set()


@dataclass(frozen=True)
class Load:
    """How busy a scheduler is.

    Attributes:
        lanes: threads that advance jobs.
        running: jobs that they are at, without background jobs.
        waiting: jobs in line, without background jobs.
        background: background jobs, running or in line.
        people: whose jobs all of these are.
        step: seconds for which the longest of the present steps has been going on. A step cannot be
            ended from outside: one that hangs keeps its lane, and shows here.
    """

    lanes: int
    running: int
    waiting: int
    background: int
    people: int
    step: float


class Scheduler:
    """Runs jobs fairly, a step at a time.

    An owner has at most one job running and one waiting: a newer job supersedes the owner's older
    ones. An owner may be part of a person, as ``person/what``: all jobs of a person share one turn,
    and at most one of them is advanced at any moment. Background jobs wait for all others and do not
    count against the queue of the others.

    Args:
        queue: how many other people may be in line when somebody joins it; as many again with
            background jobs.
        on_start: called once in each lane's thread, to set thread counts and the like.
        lanes: how many jobs are advanced at the same time.
        on_end: told of every job that ended, for logs; it has to be quick.

    >>> def job():
    ...     yield "half way"
    ...     return 42
    >>> scheduler = Scheduler()
    >>> scheduler.submit(job(), owner="me").result(timeout=5)
    42
    >>> scheduler.close()
    """

    def __init__(
        self,
        queue: int = 16,
        on_start: Callable[[], None] | None = None,
        lanes: int = 1,
        on_end: Callable[[Ticket[Any]], None] | None = None,
    ) -> None:
        self._queue = queue
        self._on_start, self._on_end = on_start, on_end
        self._line: dict[int, Ticket[Any]] = {}
        self._running: set[int] = set()
        self._turns: dict[tuple[str, bool], int] = {}
        self._clock = count()
        self._changed = threading.Condition()
        self._closing = False
        self._lanes: set[threading.Thread] = set()
        for _ in range(lanes):
            self._open_lane()

    def submit(
        self,
        steps: Generator[Any, None, T],
        *,
        owner: str,
        uses: Collection[str] | None = None,
        background: bool = False,
    ) -> Ticket[T]:
        """Queue a job; the owner's earlier jobs are cancelled.

        Args:
            steps: the job.
            owner: who asks; see :class:`Scheduler`.
            uses: module fingerprints of the networks that its steps pass. None: nothing else runs beside it.
            background: whether it is advanced only while no other job could be.

        Raises:
            BusyError: too many people are waiting.
        """
        ticket = Ticket(steps, owner, None if uses is None else frozenset(uses), background)
        with self._changed:
            self._check_room(ticket.person, background)
            # whoever comes stands behind those who are there, also after a short absence
            self._turns.setdefault(ticket.turn, next(self._clock))
            self._line[id(ticket)] = ticket
            self._cancel(lambda job: job.owner == owner and job is not ticket)
            self._changed.notify_all()
        return ticket

    def check_room(self, person: str) -> None:
        """Ask whether a person could join the line now, before work that would be in vain.

        Raises:
            BusyError: too many people are waiting.
        """
        with self._changed:
            self._check_room(person, False)

    def _check_room(self, person: str, background: bool) -> None:
        people = {job.person for job in self._line.values() if job.background == background}
        if person not in people and len(people) >= self._queue:
            raise BusyError(
                f"the server is busy: {len(people)} others are being served, you would be "
                f"number {len(people) + 1}; try again shortly"
            )

    def position(self, ticket: Ticket[Any]) -> int:
        """How many other people's jobs share the lanes with this one; background jobs give way."""
        with self._changed:
            others = (job for job in self._line.values() if job.person != ticket.person)
            return sum(ticket.background or not job.background for job in others)

    def leave(self, person: str) -> None:
        """Cancel everything that a person asked for: nobody waits for it any more."""
        with self._changed:
            self._cancel(lambda job: job.person == person)
            self._changed.notify_all()

    def load(self) -> Load:
        """How busy it is now."""
        with self._changed:
            running = [
                key in self._running for key, job in self._line.items() if not job.background
            ]
            at_work, jobs = sum(running), len(running)
            people = len({job.person for job in self._line.values()})
            began = [at for job in self._line.values() if (at := job.step_began) is not None]
            step = time.monotonic() - min(began) if began else 0.0
            background = len(self._line) - jobs
            return Load(len(self._lanes), at_work, jobs - at_work, background, people, step)

    def close(self, timeout: float | None = None) -> None:
        """Cancel every job and end the lanes after their current steps.

        Args:
            timeout: seconds to wait for each lane; None waits for as long as its step takes.
        """
        with self._changed:
            self._closing = True
            self._cancel(lambda job: True)
            lanes = list(self._lanes)
            self._changed.notify_all()
        for lane in lanes:
            lane.join(timeout)

    def _cancel(self, which: Callable[[Ticket[Any]], bool]) -> None:
        """Drop jobs that have not begun, and ask for the others to be dropped."""
        for key, job in list(self._line.items()):
            if which(job):
                job.cancel()
                if job.began is None and key not in self._running:
                    job._drop()
                    self._remove(job)

    def _open_lane(self) -> None:
        lane = threading.Thread(target=self._run, name="wam-lane", daemon=True)
        self._lanes.add(lane)
        lane.start()

    def _run(self) -> None:
        """A lane. If it ends before its time, its job has failed and another lane takes its place."""
        if self._on_start is not None:
            self._on_start()
        ticket: Ticket[Any] | None = None
        try:
            while (ticket := self._next()) is not None:
                ticket._advance()
                self._put_back(ticket)
        finally:
            with self._changed:
                self._lanes.discard(threading.current_thread())
                if ticket is not None:
                    error = LaneError("the worker ended in the middle of this job; start it again")
                    if not ticket.finished:
                        ticket._finish(State.FAILED, error=error)
                    self._remove(ticket)
                if not self._closing:
                    self._open_lane()
                self._changed.notify_all()

    def _next(self) -> Ticket[Any] | None:
        """The job to advance, once there is one; None when the lane is to end."""
        with self._changed:
            while (ticket := self._choose()) is None:
                if self._closing and not self._line:
                    return None
                self._changed.wait()
            self._running.add(id(ticket))
            self._turns[ticket.turn] = next(self._clock)
            return ticket

    def _choose(self) -> Ticket[Any] | None:
        """Of those who have waited longest, the first job that no other one stands in the way of.

        Nor does it overtake a job that waits for the same network: else that could wait for ever.
        Background jobs come after all others.
        """
        ahead = [job for key, job in self._line.items() if key in self._running]
        waiting = (job for key, job in self._line.items() if key not in self._running)
        for job in sorted(waiting, key=lambda job: (job.background, self._turns[job.turn])):
            if not any(map(job._excludes, ahead)):
                return job
            ahead.append(job)
        return None

    def _put_back(self, ticket: Ticket[Any]) -> None:
        """To the end of its person's jobs, if it goes on."""
        with self._changed:
            if ticket.finished:
                self._remove(ticket)
            else:
                self._running.discard(id(ticket))
                self._line[id(ticket)] = self._line.pop(id(ticket))
            self._changed.notify_all()

    def _remove(self, ticket: Ticket[Any]) -> None:
        self._running.discard(id(ticket))
        self._line.pop(id(ticket), None)
        if all(job.turn != ticket.turn for job in self._line.values()):
            self._turns.pop(ticket.turn, None)
        if self._on_end is not None:
            self._on_end(ticket)
