"""Means over the points of a path: of input gradients, their error, and attributions to a representation.

**Standard error.** Half of the points give an answer of their own, through the same adjoint and
without a further pass. Of SmoothGrad's independent copies the difference between the two answers is
as large, on average, as the standard error of their mean. Of Integrated Gradients it is how far the
map moves when every second point is left out: about the error where the network's gradient jumps
along the path, and far more than it where the gradient is smooth.

**Representation.** A sound network turns its input x into a representation m(x) first, such as a
mel spectrogram, and the gradients with respect to it come with those of the input at no extra pass.
What is made of them is laid out like m: (batch, channel, *its own axes), signed, for any number of
axes.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.bands import Bands
from wam_core.classifier import Classifier
from wam_core.memory import to_device
from wam_core.path import Line, Path

Errors = Mapping[str, tuple[float, ...]]
"""By the name of a band: ‖error‖ over its coefficients and channels, one per sample."""

Sum = Tensor | Bands
"""Of input gradients, or of what is measured at each of them."""


@dataclass(frozen=True, eq=False)
class Averages:
    """Two weighted sums that grow; a new object each time, so that an earlier one stays what it was.

    Attributes:
        finish: from a mean to the attribution.
        measured: from gradients (k · b, c, *space) to what is summed in their place, if anything.
        whole, half: the sums; None before the first point that has a weight in them.
        covered, covered_half: the weight in each.
    """

    finish: Callable[[Sum], Bands]
    measured: Callable[[Tensor], Bands] | None
    whole: Sum | None = None
    half: Sum | None = None
    covered: float = 0.0
    covered_half: float = 0.0

    def plus(
        self,
        gradients: Float[Tensor, "k b c *space"],
        weights: Sequence[float],
        halves: Sequence[float],
    ) -> "Averages":
        """With k more points; ``halves`` are their weights in the half, none where it has none."""
        found: Sum = gradients
        if self.measured is not None:
            flat = self.measured(gradients.flatten(0, 1))
            found = flat.map(lambda band: band.unflatten(0, gradients.shape[:2]))
        return replace(
            self,
            whole=_added(self.whole, found, weights),
            half=_added(self.half, found, halves),
            covered=self.covered + sum(weights),
            covered_half=self.covered_half + sum(halves),
        )

    def attribution(self) -> Bands:
        """Of the points so far: their mean over the weight covered."""
        assert self.whole is not None  # a path has at least one point
        return self.finish(_over(self.whole, self.covered))

    def errors(self, attribution: Bands) -> Errors | None:
        """How far :meth:`attribution` is from its limit; None where there is no half to tell by."""
        if self.half is None or not 0 < self.covered_half < self.covered:
            return None
        half = self.finish(_over(self.half, self.covered_half))
        return band_errors(attribution, half, self.covered_half / self.covered)

    def standard_error(self) -> float:
        """The same relative to the attribution, the largest of the samples; NaN for None."""
        attribution = self.attribution()
        if (errors := self.errors(attribution)) is None:
            return float("nan")
        return float(relative_error(attribution, errors).max())

    def tensors(self) -> list[Tensor]:
        """What was summed over all points."""
        if isinstance(self.whole, Bands):
            return [band for _, band in self.whole.bands()]
        return [] if self.whole is None else [self.whole]


def _added(total: Sum | None, found: Sum, weights: Sequence[float]) -> Sum | None:
    """With Σ w_k v_k of the points that have a weight."""
    counted = [at for at, weight in enumerate(weights) if weight]
    if not counted:
        return total
    if len(counted) < len(weights):

        def some(values: Tensor) -> Tensor:  # an index would be sent to the device and waited for
            return torch.stack([values[at] for at in counted])

        found = found.map(some) if isinstance(found, Bands) else some(found)
        weights = [weights[at] for at in counted]
    if isinstance(found, Bands):
        bands = found.map(lambda band: weighted_sum(band, weights))
        return bands.map(torch.add, total) if isinstance(total, Bands) else bands
    mean = weighted_sum(found, weights)
    return total + mean if isinstance(total, Tensor) else mean


def _over(total: Sum, covered: float) -> Sum:
    """A sum divided by its weight; as it is where that is 1 but for rounding."""
    if abs(covered - 1) < 1e-9:
        return total
    return total.map(lambda band: band / covered) if isinstance(total, Bands) else total / covered


def band_errors(whole: Bands, half: Bands, share: float) -> dict[str, tuple[float, ...]]:
    """The error of an answer, band by band.

    Args:
        whole: the mean over all points.
        half: that over some of them.
        share: of the weight that these have, between 0 and 1. Where n independent copies are the
            points, E‖whole − half‖² is (1 − share) / share times the variance of the whole.
    """
    scale = math.sqrt(share / (1 - share))
    apart = whole.map(torch.sub, half)
    return {str(band): tuple((scale * _norm(values)).tolist()) for band, values in apart.bands()}


def relative_error(
    attribution: Bands, errors: Errors, level: int | None = None
) -> Float[Tensor, " b"]:
    """‖error‖ / ‖γ‖, per sample: 0.1 is 10 % of the map, near 1 is a map of chance alone.

    The map in the denominator contains the error: of a mean that is e away from its limit, relative
    to that limit, this is e / √(1 + e²).

    Args:
        level: of one level's details only, or of the approximation (0); None takes all bands.
    """
    error = strength = torch.zeros(len(attribution.approx), dtype=torch.float64)
    for band, values in attribution.bands():
        if level is None or level == (0 if band.is_approx else band.level):
            error = error + torch.tensor(errors[str(band)], dtype=torch.float64).square()
            strength = strength + _norm(values).cpu().square()
    found = (error / strength).sqrt()
    return torch.where(error == 0, torch.zeros_like(found), found)  # nothing is off by nothing


def _norm(values: Float[Tensor, "b c *space"]) -> Float[Tensor, " b"]:
    norms: Tensor = torch.linalg.vector_norm(values.flatten(1), dim=1, dtype=torch.float64)
    return norms


def weighted_sum(
    values: Float[Tensor, "k b c *space"], weights: Sequence[float]
) -> Float[Tensor, "b c *space"]:
    """Σ_k w_k v_k; a single value of weight 1 is passed on as it is."""
    if list(weights) == [1.0]:
        return values[0]
    factors = to_device(torch.tensor(weights, dtype=values.dtype), values.device)
    total: Tensor = torch.tensordot(factors, values, dims=1)
    return total


def gather(
    classifier: Classifier,
    path: Path,
    x: Float[Tensor, "b c *space"],
    black: Float[Tensor, "b c *space"],
) -> "MeanGradient | CurveIntegral | None":
    """What a path makes of a representation; None for a network without one.

    ==========================================  ===============================================
    path                                        attribution to m
    ==========================================  ===============================================
    gradient, SmoothGrad                        Σ w_k g_k, the mean gradient
    SmoothGrad of magnitudes                    Σ w_k abs(g_k)
    Integrated Gradients, with noise or not     ∫ g ⊙ dm along the curve that m runs through
    ==========================================  ===============================================
    """
    if classifier.representation is None:
        return None
    if (lines := path.lines(x, black)) is not None:
        return CurveIntegral(classifier.represent, lines)
    return MeanGradient(magnitude=path.measure is not None)


class MeanGradient:
    """Σ_k w_k g_k, or Σ_k w_k |g_k| where the path averages magnitudes.

    Attributes:
        total: the sum so far; None before the first point.
    """

    def __init__(self, *, magnitude: bool) -> None:
        self.total: Tensor | None = None
        self._magnitude = magnitude

    def add(
        self,
        represented: Float[Tensor, "k b d *axes"],
        gradients: Float[Tensor, "k b d *axes"],
        weights: Sequence[float],
    ) -> None:
        """Take in m(x_k), the gradients g_k there, and the weights w_k of a micro-batch."""
        measured = gradients.abs() if self._magnitude else gradients
        added = weighted_sum(measured, weights)
        self.total = added if self.total is None else self.total + added


class CurveIntegral:
    """∫ g ⊙ dm along the curve m(x₀ + α (x − x₀)), by the trapezoid rule in m.

    While x moves on a straight line, m does not: (m(x) − m(x₀)) times the mean gradient would
    leave out how it bends, and would not add up. The integral does, to f(x) − f(x₀). As

        ∫ g ⊙ dm ≈ g₁ (m₁ − m(x₀)) + Σ_k ½ (g_k + g_{k+1}) (m_{k+1} − m_k) + g_n (m(x) − m_n)

    needs only the values of m at the points, it costs no pass of the network, and however fast m
    moves does not matter: for a module linear in m it is exact at any number of points, and
    otherwise the error is of second order in their distance **in m**. The quadrature's weights
    play no part. With noise, it is the mean over the lines.

    Args:
        represent: x ↦ m(x), asked once per line, for its two ends.
        lines: the lines, in the order of their points.

    Attributes:
        total: the integral so far; None before the first point.
    """

    def __init__(self, represent: Callable[[Tensor], Tensor], lines: Iterator[Line]) -> None:
        self.total: Tensor | None = None
        self._represent = represent
        self._lines = lines
        self._left = 0  # points to come on this line
        self._share = 0.0
        self._end: Tensor | None = None  # m at the end of this line
        self._last: tuple[Tensor, Tensor] | None = None  # m and g of the last point

    def add(
        self,
        represented: Float[Tensor, "k b d *axes"],
        gradients: Float[Tensor, "k b d *axes"],
        weights: Sequence[float],
    ) -> None:
        """Take in a micro-batch, point by point: it may end anywhere on a line."""
        if self.total is None:
            self.total = torch.zeros_like(gradients[0])
        for m, g in zip(represented, gradients, strict=True):
            if self._left == 0:
                self._begin(g)
            assert self._end is not None and self._last is not None
            before, slope = self._last
            self.total.addcmul_(slope + g, m - before, value=self._share / 2)
            self._last, self._left = (m, g), self._left - 1
            if self._left == 0:
                self.total.addcmul_(g, self._end - m, value=self._share)
        self._last = (m.clone(), g.clone())  # a view would keep the whole micro-batch

    def _begin(self, g: Tensor) -> None:
        """The next line; the gradient at its start is taken to be that of its first point."""
        line = next(self._lines)
        with torch.no_grad():
            start, self._end = self._represent(torch.cat((line.start, line.end))).chunk(2)
        self._left, self._share, self._last = line.steps, line.share, (start, g)
