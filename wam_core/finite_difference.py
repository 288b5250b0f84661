"""The gradient with respect to coefficients put to the proof: nudge one, and see what the score does.

The adjoint of the synthesis predicts what happens. The transform of the input's gradient, which
is easily taken for the same, does not, unless the wavelet is orthogonal and nothing is padded.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.bands import Band, Bands
from wam_core.classifier import Classifier
from wam_core.signals.signal import Signal
from wam_core.targets import Target, Wanted, pick, resolve
from wam_core.transforms import Transform

_CHANGE = 1e-3  # of the score that either predicts: above rounding, short of most kinks
_FARTHEST = 0.05  # of the input's range
_ALSO = 1e-3  # of |A|, where both agree: then the strongest are nudged


class Difference(NamedTuple):
    """One coefficient: how fast the score changes with it, as measured and as either predicts."""

    band: Band
    measured: float
    adjoint: float
    analysed: float


@dataclass(frozen=True, eq=False)
class FiniteDifferences:
    """Both candidates, and what the network says of them.

    Attributes:
        gradient: ∂f_c/∂x, of the input itself.
        adjoint: A(∂f_c/∂x), which is ∂f_c/∂z.
        analysed: W(∂f_c/∂x).
        nudges: coefficients that count and at which the two differ.
    """

    gradient: Float[Tensor, "1 c *space"]
    adjoint: Bands
    analysed: Bands
    differences: tuple[Difference, ...]

    @property
    def error(self) -> float:
        """How far W is from A, relative to A (L2)."""
        apart = self.analysed.map(torch.sub, self.adjoint)
        return _norm(apart) / (_norm(self.adjoint) or 1.0)


def finite_difference(
    classifier: Classifier,
    signal: Signal | Tensor,
    target: Wanted = None,
    *,
    transform: Transform,
    count: int = 12,
) -> Generator[tuple[int, int], None, FiniteDifferences]:
    """Both predictions for one input and ``count`` measured slopes; yields (done, total) nudges.

    Each is measured as a central difference: two passes forward.

    Raises:
        SettingsError: as for :func:`wam_core.engine.explain`.
    """
    x = classifier.prepare(signal)[:1]
    transform.check(x.shape[2:])
    with torch.no_grad():
        targets = resolve(target, classifier, classifier.scores(x))
    gradient = _gradient(classifier, x, targets)
    adjoint, analysed = transform.adjoint(gradient), transform.analyse(gradient)
    differences: list[Difference] = []
    yield 0, count
    for band, place in _apart(adjoint, analysed, count):
        slope, other = float(adjoint[band][place]), float(analysed[band][place])
        steepest = max(abs(slope), abs(other), 1e-12)
        step = min(_CHANGE / steepest, _FARTHEST * float(x.max() - x.min()))
        one = adjoint.map(torch.zeros_like)
        one[band][place] = step
        moved = transform.synthesise(one, tuple(x.shape[2:]))
        with torch.no_grad():
            up, down = (pick(targets, classifier.scores(x + sign * moved))[0] for sign in (1, -1))
        measured = float(up.double() - down.double()) / (2 * step)
        differences.append(Difference(band, measured, slope, other))
        yield len(differences), count
    return FiniteDifferences(gradient, adjoint, analysed, tuple(differences))


def _gradient(classifier: Classifier, x: Tensor, targets: tuple[Target, ...]) -> Tensor:
    with torch.enable_grad():  # the grad mode belongs to the thread
        point = x.detach().clone().requires_grad_()
        (gradient,) = torch.autograd.grad(pick(targets, classifier.scores(point)).sum(), point)
    return gradient


def _apart(one: Bands, other: Bands, count: int) -> list[tuple[Band, tuple[int, ...]]]:
    """Where two pyramids differ and the first one counts; where they agree, where it counts most."""
    far = [
        (band, torch.minimum((values - other[band]).abs(), values.abs()) + _ALSO * values.abs())
        for band, values in one.bands()
    ]
    flat = torch.cat([values.flatten() for _, values in far])
    found = []
    for number in flat.topk(min(count, flat.numel())).indices.tolist():
        for band, values in far:
            if number < values.numel():
                place = torch.unravel_index(torch.tensor(number), values.shape)
                found.append((band, tuple(int(index) for index in place)))
                break
            number -= values.numel()
    return found


def _norm(z: Bands) -> float:
    return math.sqrt(sum(float(band.double().square().sum()) for _, band in z.bands()))
