"""One ranking of one input, with what the network says along it; several of them are compared."""

import time
from collections.abc import Generator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.classifier import Classifier
from wam_core.domain import Domain
from wam_core.evaluation.curve import Curves, clipped, linear, logarithmic, perturb
from wam_core.evaluation.methods import Settings, Strength, method, question
from wam_core.evaluation.metrics import Measured
from wam_core.evaluation.trial import FORWARD, PASS, Grid

_ONE_PASS = {
    "wam-gradient", "saliency", "input-x-gradient", "gradcam", "gradcam++", "guided-backprop",
}  # fmt: skip


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
    asking = (1 if name in _ONE_PASS else samples) if method(name).asks else 0
    return PASS * asking + 2 * FORWARD * len(grid.shares)


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
    total = cost(name, grid, settings.samples)
    along = total - 2 * FORWARD * len(grid.shares)
    began, waited, done = time.perf_counter(), 0.0, 0.0
    domain = method(name).domain(settings)
    about = question(name, classifier, x, index, settings)
    asking = method(name).steps(about)
    while True:
        try:
            step = next(asking)
        except StopIteration as finished:
            strength: Strength = finished.value
            break
        if step is not None:  # conventional methods do not say how far they are
            done = along * step.done / step.total
        paused = time.perf_counter()
        yield done / total
        waited += time.perf_counter() - paused
    drawing = perturb(
        clipped(about.classifier), about.x, domain, strength, grid.shares, origin=about.origin
    )
    while True:
        try:
            drawn = next(drawing)
        except StopIteration as finished:
            curves: Curves = finished.value
            break
        paused = time.perf_counter()
        yield (along + (total - along) * drawn.done / drawn.total) / total
        waited += time.perf_counter() - paused
    measured = Measured(
        index,
        float(curves.deletion.of(index)[0]),  # without nothing: the input itself
        linear=curves.at(linear(grid.steps)),
        logarithmic=curves.at(logarithmic(grid.points)),
    )
    spent = time.perf_counter() - began - waited
    size = tuple(about.x.shape[2:])
    return Ranked(name, domain, size, strength.cpu(), curves, measured, spent)


def strengths(ranked: Ranked) -> Float[Tensor, "1 1 n"]:
    """Of every place, summed over its channels; a negative one comes last and counts as nothing."""
    return torch.as_tensor(ranked.strength).clamp_min(0).sum(0)[None, None]
