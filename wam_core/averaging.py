"""The mean of what is found at the points of a path, and beside it that of half of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core import standard_error
from wam_core.bands import Bands
from wam_core.feature_attribution import weighted

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

    def errors(self, attribution: Bands) -> standard_error.Errors | None:
        """How far :meth:`attribution` is from its limit; None where there is no half to tell by."""
        if self.half is None or not 0 < self.covered_half < self.covered:
            return None
        half = self.finish(_over(self.half, self.covered_half))
        return standard_error.errors(attribution, half, self.covered_half / self.covered)

    def standard_error(self) -> float:
        """The same relative to the attribution, the largest of the samples; NaN for None."""
        attribution = self.attribution()
        if (errors := self.errors(attribution)) is None:
            return float("nan")
        return float(standard_error.relative(attribution, errors).max())

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
        bands = found.map(lambda band: weighted(band, weights))
        return bands.map(torch.add, total) if isinstance(total, Bands) else bands
    mean = weighted(found, weights)
    return total + mean if isinstance(total, Tensor) else mean


def _over(total: Sum, covered: float) -> Sum:
    """A sum divided by its weight; as it is where that is 1 but for rounding."""
    if abs(covered - 1) < 1e-9:
        return total
    return total.map(lambda band: band / covered) if isinstance(total, Bands) else total / covered
