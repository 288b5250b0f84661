"""Triangles and points → voxels: a closed surface encloses what it encloses, and nothing leaks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.spatial import cKDTree

from wam_core.errors import InputError
from wam_core.signals.limits import Limits

Voxels = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]
Triangles = npt.NDArray[np.int64]

# A point of the surface lies within edge/√3 of a sampled one, and voxels that touch by their faces
# cannot pass it while that is below half a voxel: edges of 0.86 would do.
_EDGE = 0.5
# Flat faces on the border between two voxels would fray by rounding: all points move this far
# inwards, against the normal, which leaves a box the size that it is.
_INWARDS = 1e-3
_AT_ONCE = 2_000_000
# Corners that meet to this part of a voxel are one.
_MERGED = 2**13
_BITS = 21  # hold so many parts of 255 voxels
_COARSEST = 24  # cells, for a cloud of few points
_GAP = 1.5  # times the usual distance of neighbours: then the voxels of a cloud touch
_SURVEYED = 20_000


@dataclass(frozen=True)
class Placing:
    """A grid of cubes around an object, with an empty voxel at either end.

    Attributes:
        low: the corner of the object, in its own units.
        pitch: the side of a voxel, in the same.
        size: voxels along x, y and z.
    """

    low: Points
    pitch: float
    size: tuple[int, int, int]

    @classmethod
    def around(cls, points: Points, cells: int, name: str) -> "Placing":
        """The grid with ``cells`` voxels along the longest side, the empty ones included.

        Raises:
            InputError: points that are not finite, or all in one place.
        """
        if not np.isfinite(points).all():
            raise InputError(f"{name} holds coordinates that are NaN or infinite")
        low, high = points.min(axis=0), points.max(axis=0)
        longest = float((high - low).max())
        if not 0 < longest < np.inf or longest <= 1e-12 * float(np.abs(points).max()):
            raise InputError(f"{name} has no extent: all its points lie in one place")
        pitch = longest / (cells - 2)
        a, b, c = (max(1, int(np.ceil(side / pitch - 1e-6))) + 2 for side in high - low)
        return cls(low, pitch, (a, b, c))

    def inside(self, points: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Places in units of voxels, from the corner of the grid."""
        return ((points - self.low) / self.pitch + 1).astype(np.float32)

    def mark(self, voxels: Voxels, places: npt.NDArray[np.float32]) -> None:
        """Fill the voxels that hold one of the places, (n, 3)."""
        # what lies exactly at the high end belongs to the last voxel of the object
        index = np.clip(places.astype(np.int32), 1, np.array(self.size, np.int32) - 2)
        voxels[index[:, 0], index[:, 1], index[:, 2]] = 1


def shell(
    corners: Points, triangles: Triangles, placing: Placing, name: str, limits: Limits
) -> Voxels:
    """The voxels that a surface runs through, (x, y, z).

    Each triangle is covered by a lattice of points finer than a voxel. How many there will be is
    known before the first is set, and bounded.

    Raises:
        InputError: triangles so large and many that they would take too long.
    """
    places = placing.inside(corners)
    voxels = np.zeros(placing.size, np.uint8)
    steps = _steps(places, triangles)
    if int(((steps + 1) * (steps + 2) // 2).sum()) > limits.mesh_samples:
        raise InputError(
            f"the {len(triangles):,} triangles of {name} cover its extent too many times over; "
            "a surface without hidden repetitions is accepted"
        )
    for step in np.flatnonzero(np.bincount(steps)):
        weights = _lattice(int(step))
        chosen = triangles[steps == step]
        at_once = max(1, _AT_ONCE // len(weights))
        for start in range(0, len(chosen), at_once):
            faces = places[chosen[start : start + at_once]]
            normals = np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0])
            lengths = np.linalg.norm(normals, axis=1, keepdims=True)
            faces = faces - _INWARDS * (normals / np.maximum(lengths, 1e-12))[:, None]
            placing.mark(voxels, (weights @ faces).reshape(-1, 3))
    return voxels


def closed(corners: Points, triangles: Triangles, placing: Placing) -> bool:
    """Whether a surface is watertight: where corners meet, each edge belongs to an even number."""
    merged = _merged(placing.inside(corners))[triangles]
    a, b, c = merged.T
    a, b, c = merged[(a != b) & (b != c) & (c != a)].T
    if not a.size:
        return False
    ends = np.concatenate([a, b, c]), np.concatenate([b, c, a])
    edges = np.minimum(*ends) * len(corners) + np.maximum(*ends)
    edges.sort()
    # sorted, equal ones are neighbours: where each run of them begins, and how long it is
    starts = np.flatnonzero(np.diff(edges, prepend=-1))
    return bool((np.diff(starts, append=len(edges)) % 2 == 0).all())


def enclosed(voxels: Voxels) -> Voxels:
    """The same voxels and all the empty ones that cannot be reached from outside, through faces."""
    solid: Voxels = ndimage.binary_fill_holes(voxels).astype(np.uint8)
    return solid


def cells_for(points: Points, limits: Limits) -> int:
    """So many voxels along the longest side that those of neighbouring points touch.

    The distance to the nearest other point decides, as 9 in 10 of a sample have it.
    """
    survey = points[:: max(1, len(points) // _SURVEYED)]
    distances, _ = cKDTree(points).query(survey, k=2)
    apart = distances[:, 1][np.isfinite(distances[:, 1]) & (distances[:, 1] > 0)]
    longest = float(np.ptp(points, axis=0).max())
    if not apart.size or not longest > 0:
        return limits.mesh_cells
    wanted = longest / (_GAP * float(np.quantile(apart, 0.9))) + 2
    return int(np.clip(wanted, min(_COARSEST, limits.mesh_cells), limits.mesh_cells))


def _merged(places: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """One number for all corners that meet."""
    key = np.zeros(len(places), np.int64)
    for axis in range(3):
        key = key << _BITS | np.rint(places[:, axis].astype(np.float64) * _MERGED).astype(np.int64)
    order = np.argsort(key)
    number = np.empty(len(key), np.int64)
    number[order] = np.cumsum(np.diff(key[order], prepend=-1) != 0) - 1
    return number


def _steps(places: npt.NDArray[np.float32], triangles: Triangles) -> npt.NDArray[np.int64]:
    """Into how many pieces each triangle's edges are cut."""
    longest = np.zeros(len(triangles), np.float32)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        edges = places[triangles[:, a]] - places[triangles[:, b]]
        np.maximum(longest, np.linalg.norm(edges, axis=1), out=longest)
    steps: npt.NDArray[np.int64] = np.maximum(1, np.ceil(longest / _EDGE)).astype(np.int64)
    return steps


def _lattice(steps: int) -> npt.NDArray[np.float32]:
    """Barycentric weights of a triangular lattice, (point, corner)."""
    i, j = np.meshgrid(np.arange(steps + 1), np.arange(steps + 1), indexing="ij")
    below = i + j <= steps
    i, j = i[below], j[below]
    return (np.stack([i, j, steps - i - j], axis=1) / steps).astype(np.float32)
