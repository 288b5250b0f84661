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
    hired = ray.remote(Worker).options(max_restarts=0, max_task_retries=0, **share)

    def hire() -> _Hand:
        actor = hired.remote(start)
        return _Hand(actor, actor.start.remote())

    todo, left = deque(parcels), set(parcels)
    losses: Counter[str] = Counter()
    false_starts = 0
    crew = [hire() for _ in range(min(size, len(parcels)))]
    while left:
        for hand in crew:
            if todo and hand.started and hand.pending is None:
                count = max(1, min(MOST_IN_A_CHUNK, len(todo) // (_CHUNKS_EACH * len(crew))))
                hand.chunk.extend(todo.popleft() for _ in range(count))
                given = [parcels[name]() for name in hand.chunk]
                hand.pending = hand.actor.work.options(num_returns="streaming").remote(given)
        waiting = {hand.pending: hand for hand in crew if hand.pending is not None}
        ready, _ = ray.wait(list(waiting), timeout=_PATIENCE_S)
        if not ready and not any(hand.chunk for hand in crew):
            raise ClusterError(f"no worker was ready within {_PATIENCE_S:g} s")
        for hand in map(waiting.__getitem__, ready):
            try:
                if (answer := _answer(ray, hand)) is not None:
                    left.discard(answer[0])
                    yield answer
            except ray.exceptions.RayActorError as error:
                ray.kill(hand.actor)
                if not hand.started:
                    false_starts += 1
                    if false_starts >= _LOSSES:
                        raise ClusterError(
                            f"workers end before they start: {first_line(error)}"
                        ) from error
                crew[crew.index(hand)] = hire()
                if hand.chunk and _lost_too_often(losses, hand.chunk[0]):
                    name = hand.chunk.popleft()
                    left.discard(name)
                    yield name, LOST
                todo.extendleft(reversed(hand.chunk))


def _answer(ray: ModuleType, hand: _Hand) -> tuple[str, Any] | None:
    """The next result of a worker; None where it has started, or has come to the end of its chunk."""
    try:
        if not hand.started:
            ray.get(hand.pending)
            hand.started, hand.pending = True, None
            return None
        result = ray.get(next(hand.pending))
    except StopIteration:
        hand.pending = None
        return None
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, WamError):
            raise error.cause from None
        raise
    return hand.chunk.popleft(), result


def _lost_too_often(losses: Counter[str], name: str) -> bool:
    losses[name] += 1
    return losses[name] >= _LOSSES
