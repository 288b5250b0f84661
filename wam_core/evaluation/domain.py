"""What is switched on and off when a ranking is put to the test: samples, or wavelet coefficients.

A domain turns an input into a row of features per channel and back. Both ways are linear, so a mask
over the features and the rest of it give two inputs that add up.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from wam_core.bands import Bands
from wam_core.errors import SettingsError
from wam_core.transforms import Transform
from wam_core.views import tiles


@runtime_checkable
class Domain(Protocol):
    """Features of an input: n places, each with a value per channel."""

    @property
    def name(self) -> str:
        """``samples`` or ``wavelet``: rankings of one domain are compared with its own controls."""

    def features(self, x: Float[Tensor, "b c *space"]) -> Float[Tensor, "b c n"]:
        """The features of an input."""

    def back(
        self, features: Float[Tensor, "b c n"], size: tuple[int, ...]
    ) -> Float[Tensor, "b c *space"]:
        """The input of those features; ``back(features(x), size)`` is x."""

    def scale(self, size: tuple[int, ...]) -> Int[Tensor, " n"]:
        """How coarse each place is: 0 where all are alike, else its level; larger for the approximation."""

    def canvas(self, size: tuple[int, ...]) -> Int[Tensor, " n a"]:
        """Where each place lies when all are laid out in one array: its index along every axis."""


@dataclass(frozen=True)
class Samples:
    """The input's own samples, pixels or voxels: the domain of conventional saliency maps."""

    name: ClassVar[str] = "samples"

    def features(self, x: Float[Tensor, "b c *space"]) -> Float[Tensor, "b c n"]:
        """The same numbers in rows."""
        rows: Tensor = x.flatten(2)
        return rows

    def back(
        self, features: Float[Tensor, "b c n"], size: tuple[int, ...]
    ) -> Float[Tensor, "b c *space"]:
        """The same numbers on their grid."""
        x: Tensor = features.unflatten(2, size)
        return x

    def scale(self, size: tuple[int, ...]) -> Int[Tensor, " n"]:
        """All alike."""
        return torch.zeros(int(np.prod(size)), dtype=torch.long)

    def canvas(self, size: tuple[int, ...]) -> Int[Tensor, " n a"]:
        """The grid itself."""
        return _indices(size).flatten(0, -2)


OPPONENT: tuple[tuple[float, ...], ...] = (
    (3**-0.5, 3**-0.5, 3**-0.5),
    (2**-0.5, 0.0, -(2**-0.5)),
    (6**-0.5, -2 * 6**-0.5, 6**-0.5),
)
"""Lightness, red against blue, green against both: orthonormal, rows are the new channels."""

BASES: Mapping[str, tuple[tuple[float, ...], ...] | None] = {
    "channels": None,
    "opponent": OPPONENT,
}


@dataclass(frozen=True)
class Wavelet:
    """The coefficients z = W(x), all bands in one row.

    Args:
        transform: wavelet, levels, padding.
        basis: ``channels`` as they are, or ``opponent``: three colour channels are first turned
            orthonormally into lightness and two colour differences, so that a feature is a piece of
            light or of colour.

    Raises:
        SettingsError: an unknown basis.
    """

    name: ClassVar[str] = "wavelet"
    transform: Transform
    basis: str = "channels"

    def __post_init__(self) -> None:
        if self.basis not in BASES:
            raise SettingsError(f"basis {self.basis!r} is unknown; accepted: {', '.join(BASES)}")

    def features(self, x: Float[Tensor, "b c *space"]) -> Float[Tensor, "b c n"]:
        """W(x), after the turn of the channels."""
        return self.rows(self.transform.analyse(x))

    def rows(self, z: Bands) -> Float[Tensor, "b c n"]:
        """Any bands of the input's layout (coefficients, or a gradient) as features.

        An orthonormal turn acts on gradients as on coefficients.
        """
        rows = torch.cat([band.flatten(2) for _, band in z.bands()], dim=2)
        turn = self._turn(rows)
        return rows if turn is None else turn @ rows

    def bands(self, features: Float[Tensor, "b c n"], size: tuple[int, ...]) -> Bands:
        """The inverse of :meth:`rows`."""
        turn = self._turn(features)
        rows = features if turn is None else turn.T @ features
        layout = self.transform.layout(size)
        parts = rows.split([math.prod(info.shape) for info in layout.values()], dim=2)
        return Bands.of(
            {
                band: part.unflatten(2, info.shape)
                for (band, info), part in zip(layout.items(), parts, strict=True)
            },
            layout,
        )

    def back(
        self, features: Float[Tensor, "b c n"], size: tuple[int, ...]
    ) -> Float[Tensor, "b c *space"]:
        """W⁻¹, and the channels turned back."""
        return self.transform.synthesise(self.bands(features, size), size)

    def scale(self, size: tuple[int, ...]) -> Int[Tensor, " n"]:
        """The level; one more for the approximation."""
        return torch.cat(
            [
                torch.full((math.prod(info.shape),), band.level + band.is_approx)
                for band, info in self.transform.layout(size).items()
            ]
        )

    def canvas(self, size: tuple[int, ...]) -> Int[Tensor, " n a"]:
        """The mosaic, in the dyadic layout."""
        placed = tiles(self._empty(size))
        return torch.cat(
            [
                _indices(info.shape).flatten(0, -2)
                + torch.tensor([side.start for side in placed[band]])
                for band, info in self.transform.layout(size).items()
            ]
        )

    def _empty(self, size: tuple[int, ...]) -> Bands:
        count = self.transform.layout(size).coefficients
        return Wavelet(self.transform).bands(torch.zeros(1, 1, count), size)

    def _turn(self, like: Tensor) -> Tensor | None:
        basis = BASES[self.basis]
        if basis is None:
            return None
        if like.shape[1] != len(basis):
            raise SettingsError(
                f"the opponent basis is for 3 colour channels; the input has {like.shape[1]}"
            )
        return torch.tensor(basis, dtype=like.dtype, device=like.device)


def _indices(extent: Sequence[int]) -> Int[Tensor, "*space a"]:
    """The index of every place of a grid along each axis."""
    along = [torch.arange(side) for side in extent]
    return torch.stack(torch.meshgrid(*along, indexing="ij"), dim=-1)
