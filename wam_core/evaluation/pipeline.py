"""The one way from a ranking to its numbers: strengths → masks → curves → metrics.

:func:`measure` takes one ranking of one input as far as its curves, on which :mod:`metrics
<wam_core.evaluation.metrics>` are read; :func:`rank` makes the ranking first. Screens, command,
studies and benchmarks all go through these two.
"""

from collections.abc import Collection, Generator
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.classifier import Classifier
from wam_core.errors import SettingsError
from wam_core.evaluation.curves import (
    Curve,
    Score,
    Shares,
    Step,
    clipped,
    insert,
    linear,
    logarithmic,
    perturb,
)
from wam_core.evaluation.domain import Domain
from wam_core.evaluation.methods import Question, Settings, Strength, method, question
from wam_core.evaluation.metrics import Measurement
from wam_core.steps import map_steps, timed

FORWARD, PASS = 1, 3
"""What a pass forward costs, and one forward and back."""

CURVES = frozenset({"linear", "logarithmic", "lost"})
"""The curves of a :class:`Measurement` that one ranking needs no other network or class for."""


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
        if self.steps < 2 or self.steps % 2:
            raise SettingsError(f"steps is {self.steps}; an even number of at least 2 is needed")
        if self.points < 2:
            raise SettingsError(f"points is {self.points}; at least 2 are needed")

    @property
    def linear(self) -> Shares:
        """The evenly spaced shares."""
        return linear(self.steps)

    @property
    def logarithmic(self) -> Shares:
        """The shares evenly spaced in the logarithm."""
        return logarithmic(self.points)

    @property
    def shares(self) -> Shares:
        """Both grids in one, ascending: what lies on both is asked once."""
        return np.union1d(self.linear, self.logarithmic)

    @property
    def cost(self) -> int:
        """Of the curves in both directions, in passes forward."""
        return 2 * FORWARD * len(self.shares)


COARSE, FINE = Grid(), Grid(64, 25)
"""Quick to look at, and that of the tables."""


def measure(
    about: Question,
    domain: Domain,
    strength: Float[Tensor, "k n"],
    grid: Grid,
    *,
    needs: Collection[str] = CURVES,
    p: float | None = None,
    micro_batch: int = 8,
) -> Generator[Step, None, Measurement]:
    """The curves of one ranking, as a generator of steps.

    What lies on both grids is asked once, and what nobody reads is not asked.

    Args:
        about: the network, the input and the class.
        domain: whose features are ranked.
        strength: of every feature; see :func:`wam_core.bands.ranks` for the order.
        grid: the shares.
        needs: which of :data:`CURVES`, as :attr:`Metric.needs` names them.
        p: the probability of the class on the whole input. None reads it off the deletion curve
            where nothing is taken out, for which ``linear`` has to be among the needs.
        micro_batch: shares at a time.
    """
    both = {"linear": grid.linear, "lost": grid.logarithmic}
    both = {need: shares for need, shares in both.items() if need in needs}
    found: dict[str, Any] = {}
    if both:
        curves = yield from perturb(
            clipped(about.classifier),
            about.x,
            domain,
            strength,
            reduce(np.union1d, both.values()),
            origin=about.origin,
            micro_batch=micro_batch,
        )
        found = {"curves": curves, **{need: curves.at(shares) for need, shares in both.items()}}
        if p is None:
            p = float(curves.deletion.of(about.index)[0])
    if "lost" in found:
        found["logarithmic"], found["lost"] = found["lost"].insertion, found["lost"].deletion
    elif "logarithmic" in needs:
        found["logarithmic"] = yield from insertion(about, domain, strength, grid)
    if p is None:
        raise SettingsError("p of the whole input is needed where no linear curve is measured")
    return Measurement(about.index, p, **found)


def insertion(
    about: Question,
    domain: Domain,
    strength: Float[Tensor, "k n"],
    grid: Grid,
    score: Score | None = None,
    micro_batch: int = 8,
) -> Generator[Step, None, Curve]:
    """The insertion curve over the logarithmic shares alone, as a generator of steps.

    Args:
        about, domain, strength, grid: as for :func:`measure`.
        score: what a network says of perturbed inputs; the question's own network where None.
        micro_batch: half the shares at a time, as for :func:`~wam_core.evaluation.curves.insert`.
    """
    return insert(
        score or clipped(about.classifier),
        about.x,
        domain,
        strength,
        grid.logarithmic,
        origin=about.origin,
        micro_batch=micro_batch,
    )


def cost(name: str, grid: Grid, samples: int) -> int:
    """How many passes forward a ranking with its curves takes; one forward and back counts as three."""
    return PASS * method(name).passes(samples) + grid.cost


def rank_and_measure(
    about: Question, name: str, grid: Grid, *, micro_batch: int = 8
) -> Generator[int, None, tuple[Strength, Measurement]]:
    """A ranking and its curves; yields what it has cost so far, in passes forward.

    Args:
        about: the network, the input and the class.
        name: of :data:`~wam_core.evaluation.methods.METHODS`.
        grid, micro_batch: as for :func:`measure`.
    """
    known = method(name)
    passes = PASS * known.passes(about.settings.samples)
    strength = yield from map_steps(
        known.steps(about),
        # controls and conventional methods do not say how far they are
        lambda step: 0 if step is None else passes * step.done // step.total,
    )
    measurement = yield from map_steps(
        measure(about, known.domain(about.settings), strength, grid, micro_batch=micro_batch),
        lambda step: passes + 2 * FORWARD * step.done,
    )
    return strength, measurement


@dataclass(frozen=True, eq=False)
class Ranking:
    """One ranking of one input, with what the network says along it.

    Attributes:
        name: of the method.
        domain: whose features are ranked.
        size: of what was ranked: the input's axes, or those of a representation.
        strength: of every feature.
        measurement: the curves, on which metrics are read.
        seconds: it took.
    """

    name: str
    domain: Domain
    size: tuple[int, ...]
    strength: Strength
    measurement: Measurement
    seconds: float

    @property
    def by_place(self) -> Float[Tensor, "1 1 n"]:
        """The strength of every place, summed over its channels; negative ones count as nothing."""
        return torch.as_tensor(self.strength).clamp_min(0).sum(0)[None, None]


def rank(
    name: str,
    classifier: Classifier,
    x: Float[Tensor, "1 c *space"],
    index: int,
    settings: Settings,
    grid: Grid,
) -> Generator[float, None, Ranking]:
    """Rank one input and draw its curves, as a generator of the share that is done, 0 … 1.

    Args:
        name: of :data:`~wam_core.evaluation.methods.METHODS`.
        classifier: the network.
        x: the input as it receives it.
        index: the class.
        settings: of the method.
        grid: the shares at which the network is asked.

    Raises:
        SettingsError: no such method.
        ModelError: the method does not fit the network.
    """
    domain = method(name).domain(settings)
    about = question(name, classifier, x, index, settings)
    total = cost(name, grid, settings.samples)
    (strength, measurement), seconds = yield from timed(
        map_steps(rank_and_measure(about, name, grid), lambda spent: spent / total)
    )
    size = tuple(about.x.shape[2:])
    return Ranking(name, domain, size, strength.cpu(), measurement, seconds)
