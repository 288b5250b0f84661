"""One explanation put to the test: the ranking that is shown beside its controls, as steps."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.domain import Domain, Wavelet
from wam_core.engine import Progress, explain_steps
from wam_core.errors import SettingsError
from wam_core.evaluation.curve import Curves, Shares, clipped, linear, logarithmic, perturb
from wam_core.evaluation.methods import Question, Settings, method
from wam_core.evaluation.metrics import Measured
from wam_core.evaluation.ranking import magnitude
from wam_core.evaluation.study import wrong_class

SHOWN, ENERGY, CHANCE = "shown", "control-z", "random"
OURS, OURS_CONTROL = "wam-path", "control-z-shared"
"""Names of rankings: the explanation's own |γ|, and those of :data:`METHODS`."""

FORWARD, PASS = 1, 3
"""What a pass forward costs, and one forward and back."""


@dataclass(frozen=True)
class Grid:
    """The shares at which the network is asked.

    Attributes:
        steps: of the linear curves; even, so that the half is among them.
        points: of the logarithmic curves.

    Raises:
        SettingsError: odd steps, or fewer than 2 of either.
    """

    steps: int = 16
    points: int = 13

    def __post_init__(self) -> None:
        if self.steps < 2 or self.steps % 2 or self.points < 2:
            raise SettingsError(
                f"steps is {self.steps} and points {self.points}; an even number of steps and at "
                "least 2 of both are needed"
            )

    @property
    def shares(self) -> Shares:
        """Both grids in one, ascending: what lies on both is asked once."""
        return np.union1d(linear(self.steps), logarithmic(self.points))


COARSE, FINE = Grid(), Grid(64, 25)
"""Quick to look at, and that of the tables."""


@dataclass(frozen=True)
class Entry:
    """A ranking in a trial: a name, and the seed of one that is drawn."""

    name: str
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Tried:
    """What became of one ranking.

    Attributes:
        curves: over all shares of the grid; probabilities.
        measured: the same on each grid for itself: what metrics are read off.
    """

    curves: Curves
    measured: Measured


@dataclass(frozen=True)
class Trying:
    """Where a trial is: its cost so far and in all, in passes forward, and the ranking in work."""

    done: int
    total: int
    entry: Entry


Trial = Generator[Trying, None, Mapping[Entry, Tried]]


def cost(entries: Sequence[Entry], grid: Grid, samples: int) -> int:
    """How many passes forward a trial takes, or as much as that many; for estimates."""
    each = 2 * len(grid.shares) * FORWARD
    return sum(each + PASS * samples * _asks(entry.name) for entry in entries)


def trial(
    classifier: Classifier,
    result: WaveletAttribution,
    entries: Sequence[Entry],
    grid: Grid = COARSE,
    *,
    samples: int = 25,
    micro_batch: int = 8,
) -> Trial:
    """Insertion and deletion curves of several rankings of one input, as a generator of steps.

    Args:
        classifier: the network that was explained.
        result: the explanation. Its own ranking, :data:`SHOWN`, is that of |γ| as it is, each
            channel's coefficients for themselves; nothing is explained anew.
        entries: the rankings; besides the shown one, wavelet methods of :data:`METHODS`.
        grid: the shares.
        samples: passes of a ranking that asks the network.
        micro_batch: shares at a time.

    Raises:
        SettingsError: an unknown ranking.
    """
    total, done = cost(entries, grid, samples), 0
    found: dict[Entry, Tried] = {}
    for entry in entries:
        ranked, passes = _ranking(classifier, result, entry, samples), 0
        while True:
            try:
                next(ranked)
            except StopIteration as finished:
                domain, strength = finished.value
                break
            if _asks(entry.name):
                passes = min(passes + PASS * (result.provenance.micro_batch or 1), PASS * samples)
            yield Trying(done + passes, total, entry)
        done += PASS * samples * _asks(entry.name)
        curves = perturb(
            clipped(classifier),
            result.input,
            domain,
            strength,
            grid.shares,
            micro_batch=micro_batch,
        )
        while True:
            try:
                step = next(curves)
            except StopIteration as finished:
                found[entry] = _tried(finished.value, result.target.index, grid)
                break
            yield Trying(done + 2 * step.done, total, entry)
        done += 2 * len(grid.shares)
    return found


def argued(
    classifier: Classifier, result: WaveletAttribution, grid: Grid = COARSE
) -> Generator[Progress | Trying, None, Measured]:
    """The wrong-class control: what the same variant makes of the input when asked for another class.

    Costs an explanation and a curve over the logarithmic shares.
    """
    index = result.target.index
    wrong = wrong_class(result.provenance.input_name, index, result.probabilities[0])
    asked = yield from explain_steps(
        classifier, result.input, wrong, transform=result.transform, path=result.path
    )
    domain = Wavelet(result.transform)
    shares = logarithmic(grid.points)
    curves = perturb(
        clipped(classifier),
        result.input,
        domain,
        magnitude(domain.rows(asked.attribution)),
        shares,
    )
    while True:
        try:
            step = next(curves)
        except StopIteration as finished:
            p = float(result.probabilities[0, index])
            return Measured(index, p, wrong=(wrong, finished.value))
        yield Trying(step.done, step.total, Entry(SHOWN))


def _asks(name: str) -> bool:
    """Whether a ranking costs passes of its own."""
    return name != SHOWN and method(name).asks


def _ranking(
    classifier: Classifier, result: WaveletAttribution, entry: Entry, samples: int
) -> Generator[Any, None, tuple[Domain, Tensor]]:
    """The features of a ranking, and their strength."""
    settings = Settings(transform=result.transform, samples=samples, seed=entry.seed)
    if entry.name == SHOWN:
        own = Wavelet(result.transform)
        return own, magnitude(own.rows(result.attribution))
    known = method(entry.name)
    strength = yield from known.steps(
        Question(classifier, result.input, result.target.index, settings)
    )
    return known.domain(settings), strength


def _tried(curves: Curves, index: int, grid: Grid) -> Tried:
    """Deletion of nothing is the input itself, so its p needs no pass more."""
    measured = Measured(
        index,
        float(curves.deletion.of(index)[0]),
        linear=curves.at(linear(grid.steps)),
        logarithmic=curves.at(logarithmic(grid.points)),
    )
    return Tried(curves, measured)
