"""In which order features are switched on: the strength of each, from an attribution or without one.

A strength is (channels, n): each channel's features for themselves; or (1, n): a place with all of
its channels. The features with the largest strength come first, in the order of :func:`wam_core.bands.ranks`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.bands import ranks
from wam_core.errors import SettingsError
from wam_core.evaluation.domain import Domain, Wavelet
from wam_core.path import Path, Point


def magnitude(a: Float[Tensor, "1 c n"], *, shared: bool = False) -> Float[Tensor, "k n"]:
    """|a|; summed over channels where a place is one feature."""
    strength = a[0].abs()
    return strength.sum(0, keepdim=True) if shared else strength


def signed(a: Float[Tensor, "1 c n"], *, shared: bool = False) -> Float[Tensor, "k n"]:
    """a itself: what speaks for the class first, what speaks against it last."""
    return a[0].sum(0, keepdim=True) if shared else a[0]


def weighted(
    a: Float[Tensor, "1 c n"], z: Float[Tensor, "1 c n"], *, shared: bool = False
) -> Float[Tensor, "k n"]:
    """|z| · |a|: a steep place that holds something."""
    return magnitude(a * z, shared=shared)


def bounded_sign(g: Float[Tensor, "1 c n"], z: Float[Tensor, "1 c n"]) -> Float[Tensor, "c n"]:
    """|z| · exp(tanh t), t = sign(z) g / rms g: the energy, raised or lowered by the gradient.

    That of :class:`wam_core.path_signed.PathSigned`, for features of any domain. A plain signed order
    leaves half of the structure for the end. Here a gradient can move a feature by a factor of e at
    most, either way, so that structure stays together.

    Args:
        g: the mean gradient of log p along the path on which |z| is inserted.
        z: the features.
    """
    typical = g.square().mean().sqrt().clamp_min(torch.finfo(z.dtype).tiny)
    t = z.sign() * g / typical
    strength: Tensor = (z.abs() * t.tanh().exp())[0]
    return strength


def at_random(like: Float[Tensor, "k n"], seed: int) -> Float[Tensor, "k n"]:
    """No order at all: what any ranking has to beat."""
    draw = torch.Generator().manual_seed(seed)
    return torch.rand(like.shape, generator=draw, dtype=like.dtype).to(like.device)


def coarse_first(
    domain: Domain, size: tuple[int, ...], z: Float[Tensor, "1 c n"]
) -> Float[Tensor, "1 n"]:
    """The coarser the earlier, and within a level the larger: knows no network."""
    strength = magnitude(z, shared=True)
    level = domain.scale(size).to(strength)
    return level + strength / (strength.max() * 2).clamp_min(torch.finfo(z.dtype).tiny)


@dataclass(frozen=True)
class InsertionPath(Path):
    """The mean gradient at inputs of which only the strongest coefficients are there yet.

    x_k = W⁻¹(z where |z| is among the share q_k of the largest), with q_k evenly spaced in the
    logarithm from a thousandth to all. These are the inputs that an insertion curve asks the
    network about; a straight line from the baseline has none like them. The mean gradient g there,
    best of log p (:class:`~wam_core.targets.LogProbability`), says which coefficients help while the
    picture takes shape.

    γ = g is a slope, signed and per channel, like SmoothGrad's. The ranking that is made of it and
    of z is :func:`bounded_sign`.

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
        places = ranks(z.abs())
        count = z[0].numel()
        for share in np.geomspace(self.smallest, 1, self.steps).tolist():
            kept = z * (places < round(share * count))
            yield self.domain.back(kept, tuple(x.shape[2:])), 1 / self.steps
