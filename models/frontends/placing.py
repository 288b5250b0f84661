"""Where the grid of a network lies in a volume."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.frontends.resampling import Weights

Three = tuple[float, float, float]
Counts = tuple[int, int, int]


@dataclass(frozen=True)
class Placing:
    """Part of a volume, and the cells that it falls on; both counted from their outer edges.

    Attributes:
        low, high: the part that is taken, in voxels.
        start: the cell on whose low edge it begins.
        step: voxels per cell.
        cell: the size of a cell, in the unit of the volume's spacing.
    """

    low: Counts
    high: Counts
    start: Counts
    step: Three
    cell: Three

    @classmethod
    def centred(
        cls, low: Counts, high: Counts, spacing: Three, cell: Three, size: Counts
    ) -> "Placing":
        """In the middle of a grid of that size, as nearly as whole cells allow.

        Whole cells before the part: what fits the grid already is not smeared by half a cell.
        """
        start, step = [], []
        for a, b, gap, width, cells in zip(low, high, spacing, cell, size, strict=True):
            start.append(math.floor((cells - (b - a) * gap / width) / 2 + 1e-6))
            step.append(width / gap)
        return cls(low, high, (start[0], start[1], start[2]), (step[0], step[1], step[2]), cell)

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """4 × 4: the centre of a cell → indices in the volume."""
        matrix = np.diag([*self.step, 1.0])
        matrix[:3, 3] = [
            low + (0.5 - start) * step - 0.5
            for low, start, step in zip(self.low, self.start, self.step, strict=True)
        ]
        return matrix

    @property
    def taken(self) -> Counts:
        """How many voxels there are of the part, along each axis."""
        first, second, third = (b - a for a, b in zip(self.low, self.high, strict=True))
        return first, second, third

    def weights(
        self, size: Counts, kernel: Callable[[int, int, int, float], Weights]
    ) -> list[Weights]:
        """For each axis, what each voxel of the part adds to each cell."""
        return [
            kernel(voxels, cells, start, step)
            for voxels, cells, start, step in zip(
                self.taken, size, self.start, self.step, strict=True
            )
        ]


def bounds(filled: npt.NDArray[Any]) -> tuple[Counts, Counts]:
    """The first filled voxel along each axis, and the one after the last."""
    found = []
    for axis in range(filled.ndim):
        others = tuple(k for k in range(filled.ndim) if k != axis)
        (hit,) = np.nonzero(filled.any(axis=others))
        found.append((int(hit[0]), int(hit[-1]) + 1))
    (a, b), (c, d), (e, f) = found
    return (a, c, e), (b, d, f)
