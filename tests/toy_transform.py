"""A transform that only tests know: what a newcomer would write to add one."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import ClassVar

import torch
from torch import nn

from wam_core import Band, Bands, transforms
from wam_core.bands import BandInfo, Layout
from wam_core.errors import SettingsError
from wam_core.transforms import Transform


@contextmanager
def registered() -> Iterator[None]:
    """The toy in the registry, as long as it is needed."""
    transforms.register(BlockCosine)
    try:
        yield
    finally:
        transforms.unregister(BlockCosine.name)


@dataclass(frozen=True)
class BlockCosine(Transform):
    """A toy: the orthonormal cosine transform of blocks of 2^J samples a side, J ≤ 2.

    Unlike the wavelets it has one grid for all bands, a band for each frequency of a block, and
    orientations that are no words over {a, d}: the number of half waves along each axis. Level 1
    holds those with more than a half of the most. What does not fill a block is filled with zeros.
    """

    name: ClassVar[str] = "block-cosine"
    levels: int = 2
    ndim: int = 2

    def __post_init__(self) -> None:
        if self.levels not in (1, 2):
            raise SettingsError(f"block-cosine has 1 or 2 levels, not {self.levels}")

    @property
    def side(self) -> int:
        """Samples along each side of a block."""
        return int(2**self.levels)

    def check(self, size: Sequence[int]) -> None:
        if len(size) != self.ndim:
            raise SettingsError(f"the transform has {self.ndim} axes, the signal {len(size)}")
        if self.max_levels(size) < self.levels:
            raise SettingsError(f"block-cosine needs {self.side} samples a side, not {size}")

    def max_levels(self, size: Sequence[int]) -> int:
        return min(2, int(math.log2(min(size))))

    def analyse(self, x: torch.Tensor) -> Bands:
        layout, axes = self.layout(x.shape[2:]), range(2, 2 + self.ndim)
        x = nn.functional.pad(
            x, [n for axis in axes[::-1] for n in (0, -x.shape[axis] % self.side)]
        )
        for axis in axes:
            x = x.unflatten(axis, (-1, self.side)).movedim(axis + 1, -1) @ self._cosines(x).T
        return Bands.of({band: x[(..., *self._waves(band))] for band in layout}, layout)

    def synthesise(self, z: Bands, size: tuple[int, ...]) -> torch.Tensor:
        x = z.approx.new_zeros(*z.approx.shape, *[self.side] * self.ndim)
        for band, values in z.bands():
            x[(..., *self._waves(band))] = values
        for axis in range(self.ndim + 1, 1, -1):
            x = (x @ self._cosines(x)).movedim(-1, axis + 1).flatten(axis, axis + 1)
        for axis, extent in enumerate(size, start=2):
            x = x.narrow(axis, 0, extent)
        return x

    def layout(self, size: Sequence[int]) -> Layout:
        self.check(size)
        shape = tuple(math.ceil(extent / self.side) for extent in size)
        grid = (shape, (self.side,) * self.ndim, (0,) * self.ndim)
        waves = sorted(product(range(self.side), repeat=self.ndim), key=max)
        return Layout(size, [self._info(half_waves, *grid) for half_waves in waves])

    def _info(
        self,
        waves: tuple[int, ...],
        shape: tuple[int, ...],
        step: tuple[int, ...],
        start: tuple[int, ...],
    ) -> BandInfo:
        if not any(waves):
            band, frequency = Band(self.levels, "a" * self.ndim), (0.0, 1 / self.side)
        else:
            level = 1 if 2 * max(waves) >= self.side else 2
            band = Band(level, "".join(map(str, waves)))
            low, high = min(filter(None, waves)) - 1, max(waves) + 1
            frequency = (low / self.side, min(high / self.side, 1.0))
        return BandInfo(band, shape, self.side / max(1, *waves), frequency, step, start)

    def _waves(self, band: Band) -> tuple[int, ...]:
        return (0,) * self.ndim if band.is_approx else tuple(map(int, band.orientation))

    def _cosines(self, like: torch.Tensor) -> torch.Tensor:
        n = torch.arange(self.side, dtype=torch.float64)
        rows = torch.cos(torch.pi / self.side * (n + 0.5) * n[:, None]) * math.sqrt(2 / self.side)
        rows[0] /= math.sqrt(2)
        return rows.to(like)
