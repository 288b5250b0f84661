"""The path on which an input grows out of its own strongest coefficients."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from wam_core.domain import Wavelet
from wam_core.errors import SettingsError
from wam_core.path import Path, Point


@dataclass(frozen=True)
class InsertionPath(Path):
    """The mean gradient at inputs of which only the strongest coefficients are there yet.

    x_k = W⁻¹(z where |z| is among the share q_k of the largest), with q_k evenly spaced in the
    logarithm from a thousandth to all. These are the inputs that an insertion curve asks the
    network about; a straight line from the baseline has none like them. The mean gradient g there,
    best of log p (:class:`~wam_core.targets.LogProbability`), says which coefficients help while the
    picture takes shape.

    γ = g is a slope, signed and per channel, like SmoothGrad's. The ranking that is made of it and
    of z is :func:`wam_core.evaluation.ranking.bounded_sign`.

    Args:
        domain: the transform, and the basis of the channels in which |z| is compared.
        steps: the number of points, at least 2.
        smallest: the share of the first point.

    Raises:
        SettingsError: fewer steps than 2, or a smallest share outside 0 … 1.
    """

    kind: ClassVar[str] = "inserted"
    domain: Wavelet
    steps: int = 25
    smallest: float = 1e-3

    def __post_init__(self) -> None:
        if self.steps < 2:
            raise SettingsError(f"steps is {self.steps}; at least 2 are needed")
        if not 0 < self.smallest < 1:
            raise SettingsError(f"smallest is {self.smallest}; a share between 0 and 1 is needed")

    @property
    def length(self) -> int:
        """One pass per point."""
        return self.steps

    def points(self, x: Tensor, black: Tensor) -> Iterator[Point]:
        """The parts of x, from its strongest coefficients to all of them."""
        z = self.domain.features(x)
        strength = z.abs().flatten(1)
        places = strength.argsort(dim=1, descending=True, stable=True).argsort(dim=1).view_as(z)
        count = strength.shape[1]
        for share in np.geomspace(self.smallest, 1, self.steps).tolist():
            kept = z * (places < round(share * count))
            yield self.domain.back(kept, tuple(x.shape[2:])), 1 / self.steps
