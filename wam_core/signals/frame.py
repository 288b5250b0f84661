"""Where the voxels of a volume lie: distances, directions, and the way back to its file."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Affine = tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True)
class Frame:
    """The grid of a volume, by the axes of its array.

    Attributes:
        spacing: from one voxel to the next along each axis, in ``unit``.
        unit: ``mm``; empty where only the ratios mean something.
        ends: what lies at the low and at the high end of each axis, for people: ``("L", "R")``.
        affine: 4 × 4, voxel indices of this array → world (mm, RAS+); None where not known.
        stored: how the file holds the axes, as nibabel describes it: for each axis of the file the
            axis of this array, and −1 where it runs the other way. None: as this array does.

    >>> Frame((1.0, 1.0, 2.5), "mm").voxel
    '1 × 1 × 2.5 mm'
    """

    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)
    unit: str = ""
    ends: tuple[tuple[str, str], ...] = ()
    affine: Affine | None = None
    stored: tuple[tuple[int, int], ...] | None = None

    @property
    def isotropic(self) -> bool:
        """Whether voxels are cubes, to a thousandth."""
        return max(self.spacing) <= 1.001 * min(self.spacing)

    @property
    def voxel(self) -> str:
        """The size of a voxel, for people; empty where no unit is known."""
        if not self.unit:
            return ""
        return " × ".join(f"{step:.3g}" for step in self.spacing) + f" {self.unit}"

    @property
    def matrix(self) -> npt.NDArray[np.float64]:
        """The affine, or one made of the spacing alone where none is known."""
        if self.affine is not None:
            return np.array(self.affine, np.float64)
        return np.diag([*self.spacing, 1.0])
