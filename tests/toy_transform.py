"""A transform that only tests know: what a newcomer would write to add one."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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
    """A toy: the orthonormal cosine transform of blocks of four samples, along one axis of one.

    Its bands: the block's mean as the approximation, and three levels, one for each further cosine.
    A signal whose length four does not divide is filled up with zeros.
    """

    name: ClassVar[str] = "block-cosine"
    levels: int = 3
    ndim: int = 1

    def __post_init__(self) -> None:
        if (self.levels, self.ndim) != (3, 1):
            raise SettingsError("block-cosine has three levels and one axis")

    def check(self, size: Sequence[int]) -> None:
        if len(size) != 1 or size[0] < 4:
            raise SettingsError(f"block-cosine takes one axis of four samples or more, not {size}")

    def max_levels(self, size: Sequence[int]) -> int:
        return 3 if size[0] >= 4 else 0

    def analyse(self, x: torch.Tensor) -> Bands:
        self.check(x.shape[2:])
        filled = nn.functional.pad(x, (0, -x.shape[-1] % 4))
        z = filled.unflatten(-1, (-1, 4)) @ _cosines(x).T
        layout = self.layout(x.shape[2:])
        values = {band: z[..., _place(band)] for band in layout}
        return Bands.of(values, layout)

    def synthesise(self, z: Bands, size: tuple[int, ...]) -> torch.Tensor:
        stacked = torch.stack([z[band] for band in sorted(self.layout(size), key=_place)], -1)
        return (stacked @ _cosines(stacked)).flatten(-2)[..., : size[0]]

    def layout(self, size: Sequence[int]) -> Layout:
        self.check(size)
        shape, grid = (math.ceil(size[0] / 4),), ((4,), (0,))
        details = [
            BandInfo(Band(level, "d"), shape, 8 / (4 - level), ((3 - level) / 4, 1.0), *grid)
            for level in (3, 2, 1)
        ]
        return Layout(size, [BandInfo(Band(3, "a"), shape, 4.0, (0.0, 0.5), *grid), *details])


def _place(band: Band) -> int:
    return 0 if band.is_approx else 4 - band.level


def _cosines(like: torch.Tensor) -> torch.Tensor:
    n = torch.arange(4, dtype=torch.float64)
    rows = torch.cos(torch.pi / 4 * (n + 0.5) * n[:, None]) * math.sqrt(0.5)
    rows[0] /= math.sqrt(2)
    return rows.to(like)
