"""Work in chunks for workers on any machine; a worker that is lost is replaced, and its work done again.

Knows nothing of what is measured: a worker is given something to start, and then parcels.
"""

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from app.cluster.machines import ClusterError, first_line
from wam_core.errors import WamError

MOST_IN_A_CHUNK = 8
_CHUNKS_EACH = 4
_LOSSES = 3
_PATIENCE_S = 600.0

Start = Callable[[], Callable[[Any], Any]]
"""Called once in each worker; what it returns is called with every parcel."""


LOST = object()
"""In place of a result: each worker that was given the parcel came to its end."""


class Worker:
    """What is at work on a machine, in a process of its own."""

    def __init__(self, start: Start) -> None:
        self._start = start

    def start(self) -> None:
        """Get ready; apart from the constructor, as its errors are an answer and no loss."""
        self._work = self._start()

    def work(self, parcels: Sequence[Any]) -> Iterator[Any]:
        """The result of each parcel, as soon as there is one."""
        for parcel in parcels:  # Ray sends into the generator, which `yield from map` cannot take
            yield self._work(parcel)


@dataclass(eq=False)
class _Hand:
    """A worker as seen from here.

    Attributes:
        actor: the worker.
        pending: what Ray is to be asked for: that it has started, or its stream of results.
        started: whether it has.
        chunk: names of the parcels that it has been given, and not answered.
    """

    actor: Any
    pending: Any
    started: bool = False
    chunk: deque[str] = field(default_factory=deque)


def spread(
    ray: ModuleType,
    start: Start,
    parcels: Mapping[str, Callable[[], Any]],
    *,
    size: int,
    share: Mapping[str, int],
) -> Generator[tuple[str, Any], None, None]:
    """The name and the result of each parcel, in the order in which they are done.

    Chunks become smaller towards the end, so that the last worker does not work alone for long.
    A worker that ends loses the parcel that it was at; that one is done anew by the next.

    Args:
        ray: connected.
        start: what makes a worker ready.
        parcels: by name; each is made when its chunk is given away, so that few are in memory.
        size: the number of workers.
        share: what each takes of its machine.

    Raises:
        ClusterError: no worker can be started.
        WamError: what a worker said of its start, or of a parcel.
    """
    crew = _Crew(ray, start, parcels, share)
    try:
        for _ in range(min(size, len(parcels))):
            crew.hire()
        yield from crew.results()
    finally:
        crew.dismiss()


class _Crew:
    """The workers, and what is left for them."""

    def __init__(
        self,
        ray: ModuleType,
        start: Start,
        parcels: Mapping[str, Callable[[], Any]],
        share: Mapping[str, int],
    ) -> None:
        self._ray, self._start, self._parcels = ray, start, parcels
        self._worker = ray.remote(Worker).options(max_restarts=0, max_task_retries=0, **share)
        self._hands: list[_Hand] = []
        self._todo = deque(parcels)
        self._losses: Counter[str] = Counter()
        self._false_starts = 0

    def hire(self) -> None:
        """One worker more, as soon as there is room for it."""
        actor = self._worker.remote(self._start)
        self._hands.append(_Hand(actor, actor.start.remote()))

    def dismiss(self) -> None:
        """End all of them."""
        for hand in self._hands:
            self._ray.kill(hand.actor)

    def results(self) -> Generator[tuple[str, Any], None, None]:
        """See :func:`spread`."""
        while self._todo or any(hand.chunk for hand in self._hands):
            for hand in self._hands:
                if self._todo and hand.started and hand.pending is None:
                    self._give(hand)
            waiting = {hand.pending: hand for hand in self._hands if hand.pending is not None}
            ready, _ = self._ray.wait(list(waiting), timeout=_PATIENCE_S)
            if not ready and not any(hand.chunk for hand in self._hands):
                raise ClusterError(f"no worker was ready within {_PATIENCE_S:g} s")
            for hand in map(waiting.__getitem__, ready):
                try:
                    answer = self._answer(hand)
                except self._ray.exceptions.RayActorError as error:
                    answer = self._lost(hand, error)
                if answer is not None:
                    yield answer

    def _give(self, hand: _Hand) -> None:
        """A chunk of what is left."""
        fair = len(self._todo) // (_CHUNKS_EACH * len(self._hands))
        hand.chunk.extend(self._todo.popleft() for _ in range(max(1, min(MOST_IN_A_CHUNK, fair))))
        given = [self._parcels[name]() for name in hand.chunk]
        hand.pending = hand.actor.work.options(num_returns="streaming").remote(given)

    def _answer(self, hand: _Hand) -> tuple[str, Any] | None:
        """The next result; None where a worker has started, or is through with its chunk."""
        try:
            if hand.started:
                result = self._ray.get(next(hand.pending))
                return hand.chunk.popleft(), result
            self._ray.get(hand.pending)
            hand.started, hand.pending = True, None
        except StopIteration:
            hand.pending = None
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, WamError):
                raise error.cause from None
            raise
        return None

    def _lost(self, hand: _Hand, error: Exception) -> tuple[str, Any] | None:
        """Put another in the place of a worker; the answer for a parcel that has cost too many."""
        self._ray.kill(hand.actor)
        self._hands.remove(hand)
        self._false_starts += not hand.started
        if hand.started or self._false_starts < _LOSSES:
            self.hire()
        if not self._hands:
            raise ClusterError(f"workers end before they start: {first_line(error)}") from error
        answer = None
        if hand.chunk:
            name = hand.chunk[0]
            self._losses[name] += 1
            if self._losses[name] == _LOSSES:
                answer = hand.chunk.popleft(), LOST
        self._todo.extendleft(reversed(hand.chunk))
        return answer
