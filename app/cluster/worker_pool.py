"""Work in chunks for workers on any machine; a worker that is lost is replaced, and its work done again.

Knows nothing of what is measured: a worker is given something to start, and then tasks.
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
"""Called once in each worker; what it returns is called with every task."""


LOST = object()
"""In place of a result: each worker that was given the task came to its end."""


class Worker:
    """What is at work on a machine, in a process of its own."""

    def __init__(self, start: Start) -> None:
        self._start = start

    def start(self) -> None:
        """Get ready; apart from the constructor, as its errors are an answer and no loss."""
        self._work = self._start()

    def work(self, tasks: Sequence[Any]) -> Iterator[Any]:
        """The result of each task, as soon as there is one."""
        for task in tasks:  # Ray sends into the generator, which `yield from map` cannot take
            yield self._work(task)


@dataclass(eq=False)
class _RemoteWorker:
    """A worker as seen from here.

    Attributes:
        actor: the worker.
        pending: what Ray is to be asked for: that it has started, or its stream of results.
        started: whether it has.
        chunk: names of the tasks that it has been given, and not answered.
    """

    actor: Any
    pending: Any
    started: bool = False
    chunk: deque[str] = field(default_factory=deque)


def spread(
    ray: ModuleType,
    start: Start,
    tasks: Mapping[str, Callable[[], Any]],
    *,
    size: int,
    share: Mapping[str, int],
) -> Generator[tuple[str, Any], None, None]:
    """The name and the result of each task, in the order in which they are done.

    Chunks become smaller towards the end, so that the last worker does not work alone for long.
    A worker that ends loses the task that it was at; that one is done anew by the next.

    Args:
        ray: connected.
        start: what makes a worker ready.
        tasks: by name; each is made when its chunk is given away, so that few are in memory.
        size: the number of workers.
        share: what each takes of its machine.

    Raises:
        ClusterError: no worker can be started.
        WamError: what a worker said of its start, or of a task.
    """
    pool = _WorkerPool(ray, start, tasks, share)
    try:
        for _ in range(min(size, len(tasks))):
            pool.start_worker()
        yield from pool.results()
    finally:
        pool.stop()


class _WorkerPool:
    """The workers, and what is left for them."""

    def __init__(
        self,
        ray: ModuleType,
        start: Start,
        tasks: Mapping[str, Callable[[], Any]],
        share: Mapping[str, int],
    ) -> None:
        self._ray, self._start, self._tasks = ray, start, tasks
        self._worker_class = ray.remote(Worker).options(max_restarts=0, max_task_retries=0, **share)
        self._workers: list[_RemoteWorker] = []
        self._todo = deque(tasks)
        self._losses: Counter[str] = Counter()
        self._failed_starts = 0

    def start_worker(self) -> None:
        """One worker more, as soon as there is room for it."""
        actor = self._worker_class.remote(self._start)
        self._workers.append(_RemoteWorker(actor, actor.start.remote()))

    def stop(self) -> None:
        """End all of them."""
        for worker in self._workers:
            self._ray.kill(worker.actor)

    def results(self) -> Generator[tuple[str, Any], None, None]:
        """See :func:`spread`."""
        while self._todo or any(worker.chunk for worker in self._workers):
            for worker in self._workers:
                if self._todo and worker.started and worker.pending is None:
                    self._assign(worker)
            waiting = {
                worker.pending: worker for worker in self._workers if worker.pending is not None
            }
            ready, _ = self._ray.wait(list(waiting), timeout=_PATIENCE_S)
            if not ready and not any(worker.chunk for worker in self._workers):
                raise ClusterError(f"no worker was ready within {_PATIENCE_S:g} s")
            for worker in map(waiting.__getitem__, ready):
                try:
                    answer = self._answer(worker)
                except self._ray.exceptions.RayActorError as error:
                    answer = self._replace(worker, error)
                if answer is not None:
                    yield answer

    def _assign(self, worker: _RemoteWorker) -> None:
        """A chunk of what is left."""
        fair = len(self._todo) // (_CHUNKS_EACH * len(self._workers))
        worker.chunk.extend(self._todo.popleft() for _ in range(max(1, min(MOST_IN_A_CHUNK, fair))))
        tasks = [self._tasks[name]() for name in worker.chunk]
        worker.pending = worker.actor.work.options(num_returns="streaming").remote(tasks)

    def _answer(self, worker: _RemoteWorker) -> tuple[str, Any] | None:
        """The next result; None where a worker has started, or is through with its chunk."""
        try:
            if worker.started:
                result = self._ray.get(next(worker.pending))
                return worker.chunk.popleft(), result
            self._ray.get(worker.pending)
            worker.started, worker.pending = True, None
        except StopIteration:
            worker.pending = None
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, WamError):
                raise error.cause from None
            raise
        return None

    def _replace(self, worker: _RemoteWorker, error: Exception) -> tuple[str, Any] | None:
        """Put another in the place of a worker; the answer for a task that has cost too many."""
        self._ray.kill(worker.actor)
        self._workers.remove(worker)
        self._failed_starts += not worker.started
        if worker.started or self._failed_starts < _LOSSES:
            self.start_worker()
        if not self._workers:
            raise ClusterError(f"workers end before they start: {first_line(error)}") from error
        answer = None
        if worker.chunk:
            name = worker.chunk[0]
            self._losses[name] += 1
            if self._losses[name] == _LOSSES:
                answer = worker.chunk.popleft(), LOST
        self._todo.extendleft(reversed(worker.chunk))
        return answer
