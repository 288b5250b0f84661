"""One ranking of one input, with what the network says along it; several of them are compared."""

from collections.abc import Generator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.classifier import Classifier
from wam_core.domain import Domain
from wam_core.evaluation.curve import Curves
from wam_core.evaluation.grid import PASS, Grid, Tried, tried
from wam_core.evaluation.methods import Question, Settings, Strength, method, question
from wam_core.evaluation.metrics import Measured
from wam_core.steps import map_steps, timed


@dataclass(frozen=True, eq=False)
class Ranked:
    """What became of one ranking.

    Attributes:
        name: of the method.
        domain: whose features are ranked.
        size: of what was ranked: the input's axes, or those of a representation.
        strength: of every feature.
        curves: probabilities over all shares of the grid.
        measured: the same on each grid for itself: what metrics are read off.
        seconds: it took.
    """

    name: str
    domain: Domain
    size: tuple[int, ...]
    strength: Strength
    curves: Curves
    measured: Measured
    seconds: float


def cost(name: str, grid: Grid, samples: int) -> int:
    """How many passes forward :func:`rank` takes; one forward and back counts as three."""
    return PASS * method(name).passes(samples) + grid.cost


def rank(
    name: str,
    classifier: Classifier,
    x: Float[Tensor, "1 c *space"],
    index: int,
    settings: Settings,
    grid: Grid,
) -> Generator[float, None, Ranked]:
    """Rank one input and draw its curves, as a generator of the share that is done, 0 … 1.

    Args:
        name: of :data:`METHODS`.
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
    (strength, found), seconds = yield from timed(_tried(name, domain, about, grid))
    size = tuple(about.x.shape[2:])
    return Ranked(name, domain, size, strength.cpu(), found.curves, found.measured, seconds)


def _tried(
    name: str, domain: Domain, about: Question, grid: Grid
) -> Generator[float, None, tuple[Strength, Tried]]:
    """The ranking and its curves; yields the share of the cost that is behind."""
    curves = grid.cost / cost(name, grid, about.settings.samples)
    asking = 1 - curves
    strength = yield from map_steps(
        method(name).steps(about),
        # conventional methods do not say how far they are
        lambda step: 0.0 if step is None else asking * step.done / step.total,
    )
    found = yield from map_steps(
        tried(about, domain, strength, grid),
        lambda step: asking + curves * step.done / step.total,
    )
    return strength, found


def strengths(ranked: Ranked) -> Float[Tensor, "1 1 n"]:
    """Of every place, summed over its channels; a negative one comes last and counts as nothing."""
    return torch.as_tensor(ranked.strength).clamp_min(0).sum(0)[None, None]
