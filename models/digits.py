"""Volumes grown from scikit-learn's pictures of digits: given a thickness, rounded, turned.

The pictures are those of the UCI repository's "Optical Recognition of Handwritten Digits" (E.
Alpaydin and C. Kaynak, 1998; CC BY 4.0), 8 × 8 with 17 shades, as scikit-learn ships them. A digit
stands upright and is read from the front: its columns run along axis 0, its rows down axis 2, and
its thickness along axis 1.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

SIZE = 32
EXTENT = 24
"""Cells of the grid along each axis, and of the digit along its longest."""

Grid = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Growth:
    """How a picture becomes a volume.

    Attributes:
        thickness: in cells, along axis 1, before rounding.
        rounding: the standard deviation, in cells, of the blur that rounds the edges.
        level: what is filled of a blurred shape, 0 to 1: lower is fatter.
        angles: turns about the axes 0, 1 and 2, in degrees, one after the other.
        extent: the longest side, in cells.
        shift: of the middle, in cells.
    """

    thickness: float = 6.0
    rounding: float = 0.8
    level: float = 0.45
    angles: tuple[float, float, float] = (0.0, 0.0, 0.0)
    extent: float = EXTENT
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Growth":
        """One at random: up to 20° about each axis and 2 cells to each side."""
        return cls(
            thickness=rng.uniform(3, 9),
            rounding=rng.uniform(0.4, 1.4),
            level=rng.uniform(0.35, 0.55),
            angles=(rng.uniform(-20, 20), rng.uniform(-20, 20), rng.uniform(-20, 20)),
            extent=rng.uniform(22, 26),
            shift=(rng.uniform(-2, 2), rng.uniform(-2, 2), rng.uniform(-2, 2)),
        )


def pictures() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Scikit-learn's 1797 pictures (n, 8, 8), 0 to 1, and which digit each is."""
    # Two seconds of importing, which only who grows a digit is to pay.
    from sklearn.datasets import load_digits

    found = load_digits()
    return found.images / 16, found.target.astype(np.int64)


def grow(picture: npt.NDArray[np.float64], growth: Growth = Growth()) -> Grid:
    """The grid (32, 32, 32) of 0 and 1 that a picture (8, 8) grows into.

    The picture is enlarged by cubic splines and extruded; the solid is blurred, turned, scaled to
    its extent, centred, and cut at ``level``.
    """
    fine = np.clip(ndimage.zoom(np.pad(picture, 1), 3, order=3), 0, 1)  # (30, 30)
    upright = fine[::-1].T  # columns, rows from below
    depth = np.arange(SIZE) - (SIZE - 1) / 2
    # A slab whose faces lie between cells fills those in part.
    slab = np.clip((growth.thickness + 1) / 2 - np.abs(depth), 0, 1)
    solid = np.minimum(upright[:, None, :], slab[None, :, None])
    solid = ndimage.gaussian_filter(solid, growth.rounding)
    turn = _turn(growth.angles)
    points = np.argwhere(solid > growth.level) @ turn.T
    low, high = points.min(0), points.max(0)
    scale = (growth.extent - 1) / (high - low).max()
    # Where a cell of the result came from: the inverse of turning, scaling and shifting.
    back = turn.T / scale
    centre = (SIZE - 1) / 2 + np.array(growth.shift)
    start = turn.T @ ((low + high) / 2) - back @ centre
    looked_up = ndimage.affine_transform(solid, back, start, (SIZE,) * 3, order=1)
    grid: Grid = (looked_up > growth.level).astype(np.uint8)
    return grid


def _turn(angles: tuple[float, float, float]) -> npt.NDArray[np.float64]:
    """The rotation about axis 0, then 1, then 2."""
    whole = np.eye(3)
    for axis, angle in enumerate(np.radians(angles)):
        first, second = (k for k in range(3) if k != axis)
        turn = np.eye(3)
        turn[first, first] = turn[second, second] = np.cos(angle)
        turn[second, first], turn[first, second] = np.sin(angle), -np.sin(angle)
        whole = turn @ whole
    return whole
