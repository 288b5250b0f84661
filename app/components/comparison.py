"""Rankings to be compared: each is computed once, in one job with the others that are missing."""

import hashlib
from collections.abc import Generator, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial

from torch import Tensor

from app import runtime
from app.components import jobs
from app.jobs import Job
from app.session import session
from wam_core import Classifier
from wam_core.errors import WamError
from wam_core.evaluation.domain import Domain, Samples
from wam_core.evaluation.methods import METHODS, Settings
from wam_core.evaluation.pipeline import PASS, Grid, Ranking, cost, rank
from wam_core.steps import map_steps

NAME = "compare"


@dataclass(frozen=True, eq=False)
class Order:
    """A ranking that is wanted.

    Attributes:
        signal: the key of the input.
        net: the network.
        x: the input as that receives it.
        index: the class.
        name: of the method.
        settings, grid: of the ranking and of its curves.
    """

    signal: str
    net: Classifier
    x: Tensor
    index: int
    name: str
    settings: Settings
    grid: Grid

    @cached_property
    def key(self) -> str:
        """A hex SHA-256 of everything that the ranking depends on, and of nothing else."""
        used, known = self.settings, METHODS[self.name]
        parts: list[object] = [
            self.signal,
            self.net.fingerprint,
            self.net.device,
            self.index,
            self.name,
            self.grid,
        ]
        if not isinstance(self.domain, Samples):
            parts.append(used.transform)
        if known.asks:
            parts += [used.samples, used.spread, used.grading, used.micro_batch]
        if known.asks or self.name in ("random", "random-samples"):
            parts.append(used.seed)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    @property
    def domain(self) -> Domain:
        """Whose features are ranked."""
        return METHODS[self.name].domain(self.settings)

    @property
    def control(self) -> "Order":
        """The ranking without a network that this one has to beat; a control is its own."""
        return replace(self, name=METHODS[self.name].control or self.name)

    @property
    def chance(self) -> "Order":
        """No order at all, in the same domain."""
        sampled = isinstance(self.domain, Samples)
        return replace(self, name="random-samples" if sampled else "random")

    @property
    def seconds(self) -> float:
        """It will take, from what the network was last seen to need."""
        known = _forward(self.net.fingerprint, str(self.net.device))
        forward = runtime.pace().get(known, runtime.pass_seconds(self.net) / PASS)
        return forward * cost(self.name, self.grid, self.settings.samples)


@dataclass(frozen=True)
class ComparisonProgress:
    """Where a comparison is.

    Attributes:
        done: the share of the work.
        total: rankings in all.
        name: of the method in work.
        found: rankings, or why there is none, by key; growing.
    """

    done: float
    total: int
    name: str
    found: dict[str, Ranking | str]


def found(order: Order) -> Ranking | str | None:
    """A ranking, the sentence that says why there is none, or None as long as it was not asked for."""
    known: Ranking | str | None = session().ranked.get(order.key)
    return known


def missing(orders: Iterable[Order]) -> list[Order]:
    """Those that are still to be computed, each once."""
    return list({order.key: order for order in orders if found(order) is None}.values())


def start(orders: list[Order]) -> None:
    """Compute these; a job under way is superseded, and what it found is kept."""
    jobs.job(NAME).collect()
    wanted = missing(orders)
    keys = frozenset(order.key for order in wanted)
    uses = {order.net.module_fingerprint for order in wanted}
    jobs.start(NAME, _steps(wanted), keys, uses=uses, keep=_keep)


def is_running(orders: Iterable[Order]) -> bool:
    """Whether the job under way computes all of these."""
    mine = jobs.job(NAME)
    return mine.is_running and {order.key for order in orders} <= mine.request


def was_asked(orders: Iterable[Order]) -> bool:
    """Whether the last job was to compute all of these: one that ended before its time is not repeated."""
    asked = jobs.job(NAME).request
    return asked is not None and {order.key for order in orders} <= asked


def _keep(job: Job[None]) -> None:
    """Let :func:`found` find what the job has found so far."""
    if job.step is not None:
        for key, ranking in dict(job.step.found).items():  # it is growing
            session().ranked.put(key, ranking)


def amount(step: ComparisonProgress) -> int:
    """How many rankings there are for the page."""
    return len(step.found)


def progress_text(step: ComparisonProgress) -> tuple[float, str]:
    """For :func:`app.components.jobs.watch`."""
    words = f"{len(step.found)} of {step.total} done · {METHODS[step.name].title}"
    return step.done, words


def _progress(
    done: float, price: float, total: int, name: str, found: dict[str, Ranking | str], share: float
) -> ComparisonProgress:
    """Where a comparison is, ``share`` of a ranking later."""
    return ComparisonProgress(done + share * price, total, name, found)


def _steps(orders: list[Order]) -> Generator[ComparisonProgress, None, None]:
    """All orders in turn; one that cannot be computed leaves the others."""
    costs = [cost(order.name, order.grid, order.settings.samples) for order in orders]
    total, done = sum(costs), 0
    results: dict[str, Ranking | str] = {}
    for order, price in zip(orders, costs, strict=True):
        try:
            steps = rank(order.name, order.net, order.x, order.index, order.settings, order.grid)
            ranked = yield from map_steps(
                steps,
                partial(_progress, done / total, price / total, len(orders), order.name, results),
            )
            results[order.key] = ranked
            known = _forward(order.net.fingerprint, str(order.net.device))
            runtime.pace()[known] = ranked.seconds / price
        except WamError as error:
            results[order.key] = f"{error}."
        except RuntimeError as error:  # of a network whose layers do not suit the method
            results[order.key] = f"{METHODS[order.name].title} does not suit this network: {error}"
        done += price
        yield ComparisonProgress(done / total, len(orders), order.name, results)


def _forward(fingerprint: str, device: str) -> tuple[str, str]:
    """Under which the pace of passes forward in batches is known."""
    return fingerprint, f"{device}, forward"
