"""One job layer: submit a generator of steps, watch it, cancel it, collect what it found.

Explanations, measurements, comparisons, searches, profiles and studies, of visitors and of programs,
differ in the generator that they run and in what is kept of it.
"""

import math
import secrets
import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from wam_core.errors import BusyError, CancelledJobError, WamError
from wam_core.memory import NO_ROOM, ran_out
from wam_core.scheduling import Scheduler, State, Ticket

T = TypeVar("T")
V = TypeVar("V")

_BROKEN = "something went wrong inside the server; its operator finds the kind of error in the log"
_UNDER_WAY = (State.WAITING, State.RUNNING)


class Job(Generic[T]):
    """Work of one owner on the shared lanes; a later submission supersedes an earlier one.

    What was collected stays as it is until it is collected again: a page shows one moment. For one
    thread at a time.

    Attributes:
        owner: whose work it is, as :class:`Scheduler` has it: ``person/what``.
        request: what the last submission that was accepted is to find.
        ticket: of that submission.
        state: of it, when it was last collected; None before the first one.
        step: the last step that was collected; None before the first one.
        result: what the submission found; None until it is done.
        error: what ended the submission before its time, or refused a later one.
        background: whether it waits for all other jobs of the server.
    """

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.request: Any = None
        self.ticket: Ticket[T] | None = None
        self.state: State | None = None
        self.step: Any = None
        self.result: T | None = None
        self.error: Exception | None = None
        self.background = False
        self._keep: Callable[[Job[T]], None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether there is more to come than was collected."""
        return self.state in _UNDER_WAY

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come, collected or not."""
        return not self.is_running or (self.ticket is not None and self.ticket.finished)

    @property
    def outcome(self) -> Any:
        """The result, or the last step where there is none; None where there is neither."""
        return self.step if self.result is None else self.result

    @property
    def problem(self) -> str | None:
        """Why there is no result, in a sentence without its full stop; the insides of the server are not named."""
        if self.error is None or isinstance(self.error, WamError):
            return None if self.error is None else str(self.error)
        return NO_ROOM if ran_out(self.error) else _BROKEN

    def submit(
        self,
        scheduler: Scheduler,
        steps: Generator[Any, None, T],
        request: Any = None,
        *,
        uses: Collection[str] | None,
        keep: "Callable[[Job[T]], None] | None" = None,
        background: bool = False,
    ) -> None:
        """Queue the work. What was found before is collected first.

        Args:
            scheduler: whose lanes do it.
            steps: the work.
            request: what it is to find.
            uses: module fingerprints of the networks that it passes; None where that is not known.
            keep: called whenever something was collected of it.
            background: whether it waits for all other jobs of the server.

        Raises:
            BusyError: too many people are waiting; what was submitted before stays as it is.
        """
        self.collect()
        self.error = None
        try:
            ticket = scheduler.submit(steps, owner=self.owner, uses=uses, background=background)
        except BusyError as error:
            self.error = error
            raise
        self.ticket, self.request, self._keep = ticket, request, keep
        self.background = background
        self.state, self.step, self.result = State.WAITING, None, None

    def cancel(self) -> None:
        """End the work before its next step."""
        if self.ticket is not None:
            self.ticket.cancel()

    def withdraw(self) -> None:
        """End the work, and forget what it was to find and why it ended."""
        self.cancel()
        self.ticket = self.request = self.state = self.step = self.result = self.error = None

    def collect(self) -> None:
        """Take what there is by now: the last step, the result, or the error."""
        if self.ticket is None or not self.is_running:
            return
        self.state = state = self.ticket.state
        if state not in _UNDER_WAY:
            try:
                self.result = self.ticket.result()
            except Exception as error:  # told to whoever asked, whatever it is
                self.error = error
        self.step = self.ticket.progress
        if self._keep is not None:
            self._keep(self)


def sentence(error: Exception) -> str:
    """What ended a visitor's job before its time, in a sentence."""
    if isinstance(error, CancelledJobError):
        return "Cancelled."
    return f"{NO_ROOM if ran_out(error) else error}."


@dataclass
class _Entry(Generic[V]):
    """A value with whose it is, and when it was last asked for."""

    value: V
    owner: str
    used: float


class Store(Mapping[Any, V]):
    """Values by key, the youngest last, bounded in number, size and time. For one thread at a time.

    Args:
        most: how many values. Whoever has most of them loses their oldest first.
        budget: bytes of all values; the youngest stays, however large it is.
        keep_s: seconds for which a value is known after it was last asked for.
        bytes_of: the size of a value.
        is_needed: whether a value has to stay for now, whatever the bounds say.
        clock: in seconds, never back.

    >>> store = Store[str](most=2)
    >>> for key in ("first", "second", "third"):
    ...     store.put(key, key.upper())
    >>> store.get("first"), store.get("third"), len(store)
    (None, 'THIRD', 2)
    """

    def __init__(
        self,
        most: int,
        budget: float = math.inf,
        keep_s: float = math.inf,
        bytes_of: Callable[[V], int] = lambda _: 0,
        is_needed: Callable[[V], bool] = lambda _: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.keep_s = keep_s
        self._most, self._budget, self._clock = most, budget, clock
        self._bytes_of, self._is_needed = bytes_of, is_needed
        self._entries: dict[Any, _Entry[V]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries)

    def __getitem__(self, key: Any) -> V:
        return self._entries[key].value

    def put(self, key: Any, value: V, owner: str = "") -> None:
        """Know a value from now on, as the youngest."""
        self._entries.pop(key, None)
        self._entries[key] = _Entry(value, owner, self._clock())
        self.tidy()

    def add(self, value: V, owner: str = "") -> str:
        """Know a value from now on, by a key that cannot be guessed."""
        key = secrets.token_urlsafe(24)
        self.put(key, value, owner)
        return key

    def get(self, key: Any, default: Any = None) -> Any:
        """The value of that key, if it is still known."""
        self.tidy()
        if (entry := self._entries.get(key)) is None:
            return default
        entry.used = self._clock()
        return entry.value

    def drop(self, key: Any) -> None:
        """Forget a value."""
        self._entries.pop(key, None)

    def tidy(self) -> None:
        """Forget what is too old or too much; never what is needed for now."""
        now = self._clock()
        for key, entry in self._free():
            if now - entry.used > self.keep_s:
                del self._entries[key]
        while len(self._entries) > self._most and (free := self._free()):
            counts = Counter(entry.owner for entry in self._entries.values())
            most = max(free, key=lambda pair: counts[pair[1].owner])  # the first of equals
            del self._entries[most[0]]
        sizes = [
            (key, size) for key, entry in self._free() if (size := self._bytes_of(entry.value))
        ]
        total = sum(size for _, size in sizes)
        for key, size in sizes[:-1]:
            if total <= self._budget:
                break
            del self._entries[key]
            total -= size

    def _free(self) -> list[tuple[Any, _Entry[V]]]:
        return [pair for pair in self._entries.items() if not self._is_needed(pair[1].value)]
