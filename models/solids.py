"""Furniture built from boxes and cylinders, whose parts are known: samples, and truth for tests.

Axis 2 is up and the front is at the low end of axis 1. An object is as large as those of
ModelNet10's grids: its longest side is 24 cells of a grid of 30, and it stands in the middle.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError

SIZE = 30
EXTENT = 24

Mask = npt.NDArray[np.bool_]
_Places = npt.NDArray[np.float64]
_Corner = tuple[float, float, float]
_Shape = Callable[[_Places, _Places, _Places], Mask]


@dataclass(frozen=True, eq=False)
class Solid:
    """What is filled, and which part of the object fills it.

    Attributes:
        grid: (30, 30, 30) of 0 and 1, times ``fine`` along each axis.
        parts: a mask of the same shape for each named part; together, without overlap, the grid.
    """

    grid: npt.NDArray[np.uint8]
    parts: Mapping[str, Mask]


def build(name: str, fine: int = 1) -> Solid:
    """An object of :data:`NAMES`.

    Args:
        name: which.
        fine: voxels per cell along each axis: 1 is what the network receives.

    Raises:
        InputError: no such object.
    """
    if name not in _OBJECTS:
        raise InputError(f"{name!r} cannot be built; {', '.join(_OBJECTS)} can")
    # Centres of the voxels, in cells from the middle of the floor that the grid stands on.
    places = (np.arange(SIZE * fine) + 0.5) / fine
    x, y, z = np.meshgrid(places - SIZE / 2, places - SIZE / 2, places, indexing="ij")
    parts: dict[str, Mask] = {}
    taken = np.zeros(x.shape, bool)
    for part, shapes in _OBJECTS[name].items():
        mask = np.logical_or.reduce([shape(x, y, z) for shape in shapes]) & ~taken
        parts[part] = mask
        taken |= mask
    return Solid(taken.astype(np.uint8), parts)


def _box(low: _Corner, high: _Corner) -> _Shape:
    """From corner to corner; x and y from the middle, z from below the grid."""

    def shape(*axes: _Places) -> Mask:
        inside: Mask = np.logical_and.reduce(
            [(a >= lo) & (a < hi) for a, lo, hi in zip(axes, low, high, strict=True)]
        )
        return inside

    return shape


def _legs(x: float, y: float, low: float, high: float, thick: float = 2) -> list[_Shape]:
    """Four boxes below the corners of a rectangle of half-sides x and y."""
    return [
        _box(
            (min(a, a - side * thick), min(b, b - end * thick), low),
            (max(a, a - side * thick), max(b, b - end * thick), high),
        )
        for side, a in ((-1, -x), (1, x))
        for end, b in ((-1, -y), (1, y))
    ]


def _cone(
    centre: tuple[float, float],
    low: tuple[float, float, float],
    high: tuple[float, float, float],
) -> _Shape:
    """An upright elliptic cylinder whose half-axes change from (x, y) at one height to the other.

    Args:
        centre: x and y from the middle.
        low, high: the half-axes along x and y, and the height that they hold for.
    """

    def shape(x: _Places, y: _Places, z: _Places) -> Mask:
        along = (z - low[2]) / (high[2] - low[2])
        first, second = (a + (b - a) * along for a, b in zip(low[:2], high[:2], strict=True))
        inside: Mask = (along >= 0) & (along < 1)
        inside &= ((x - centre[0]) / first) ** 2 + ((y - centre[1]) / second) ** 2 < 1
        return inside

    return shape


_OBJECTS: Mapping[str, Mapping[str, list[_Shape]]] = {
    "chair": {
        "legs": _legs(7, 7, 3, 13),
        "seat": [_box((-7, -7, 13), (7, 7, 15))],
        "back": [_box((-7, 5, 15), (7, 7, 27))],
    },
    "table": {
        "legs": _legs(12, 8, 9, 19),
        "top": [_box((-12, -8, 19), (12, 8, 21))],
    },
    "bed": {
        "legs": _legs(8, 11, 10, 12),
        "mattress": [_box((-8, -12, 12), (8, 10, 15))],
        "headboard": [_box((-9, 10, 10), (9, 12, 20))],
    },
    "sofa": {
        "seat": [_box((-10, -6, 10), (10, 4, 15))],
        "back": [_box((-10, 3, 10), (10, 6, 20))],
        "arms": [_box((-12, -6, 10), (-9, 6, 18)), _box((9, -6, 10), (12, 6, 18))],
    },
    "monitor": {
        "foot": [_cone((0, 0), (6, 4, 5), (6, 4, 7))],
        "neck": [_box((-2, -1, 7), (2, 1, 11))],
        "screen": [_box((-12, -2, 10), (12, 1, 25))],
    },
    "toilet": {
        "foot": [_cone((0, 0), (4, 6, 3), (4, 7, 9)), _box((-4, 4, 3), (4, 8, 15))],
        "bowl": [_cone((0, -3), (4, 6, 9), (7, 9, 15))],
        "tank": [_box((-7, 6, 13), (7, 12, 27))],
    },
}

NAMES = tuple(_OBJECTS)
