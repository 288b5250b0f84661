"""Triangles and points → voxels: on a grid of cubes around the object."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError
from wam_core.signals.limits import Limits
from wam_core.signals.meshes import Points, Triangles

Voxels = npt.NDArray[np.uint8]

# Faces on the border of the grid would be rounded into its empty voxels.
_INWARDS = 1e-3
# Corners that meet to a thousandth of a voxel are one.
_DIGITS = 3
# trimesh divides triangles until their edges are this long. A point of the surface then lies within
# edge/√3 of a corner, and voxels that touch by their faces cannot pass it below half a voxel.
_EDGE = 0.8
_AT_ONCE = 500_000


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

    def inside(self, points: Points) -> Points:
        """Places in units of voxels, from the corner of the grid, off its empty voxels."""
        places: Points = (points - self.low) / self.pitch + 1
        return np.clip(places, 1 + _INWARDS, np.array(self.size) - 1 - _INWARDS, out=places)

    def marked(self, places: npt.NDArray[Any]) -> Voxels:
        """The voxels that hold one of the places, (n, 3)."""
        voxels = np.zeros(self.size, np.uint8)
        voxels[tuple(np.floor(places).astype(np.intp).T)] = 1
        return voxels


def shell(
    corners: Points, triangles: Triangles, placing: Placing, name: str, limits: Limits
) -> tuple[Voxels, bool]:
    """The voxels that a surface runs through, (x, y, z), and whether it is watertight.

    trimesh divides the triangles until their edges are shorter than a voxel. How many there will
    be is known before the first is divided, and bounded.

    Raises:
        InputError: triangles so large and many that they would take too long.
    """
    import trimesh  # it takes seconds to load, so only a mesh loads it

    mesh = trimesh.Trimesh(placing.inside(corners), triangles, process=False)
    mesh.merge_vertices(digits_vertex=_DIGITS)
    ordered = np.sort(mesh.faces, axis=1)
    mesh.update_faces((np.diff(ordered, axis=1) > 0).all(axis=1))
    voxels = placing.marked(mesh.vertices)
    if mesh.is_empty:
        return voxels, False
    so_far = np.cumsum(_pieces(mesh.triangles))
    if so_far[-1] > limits.mesh_pieces:
        raise InputError(
            f"the {len(triangles):,} triangles of {name} cover its extent too many times over; "
            "a surface without hidden repetitions is accepted"
        )
    borders = np.searchsorted(so_far, np.arange(_AT_ONCE, so_far[-1], _AT_ONCE))
    for faces in np.split(np.asarray(mesh.faces), np.unique(borders)):
        if len(faces):
            # trimesh rounds places to the nearest voxel, whose middle is at a half here
            part = trimesh.Trimesh(mesh.vertices - 0.5, faces, process=False)
            part.remove_unreferenced_vertices()
            grid = part.voxelized(1.0, max_iter=20, edge_factor=1 / _EDGE)
            voxels |= placing.marked(grid.points + 0.5)
    return voxels, bool(mesh.is_watertight)


def parts(corners: Points, triangles: Triangles) -> list[tuple[Triangles, float]]:
    """The bodies of a watertight mesh that do not touch, the largest first, and their volumes.

    A volume is negative where the faces look inwards, as those of a cavity do.
    """
    import trimesh

    mesh = trimesh.Trimesh(corners, triangles, process=False)
    mesh.merge_vertices()
    label_of: Any = trimesh.graph.connected_component_labels  # it has no types
    labels = label_of(mesh.face_adjacency, node_count=len(mesh.faces))
    crosses = np.einsum(
        "ij,ij->i",
        mesh.triangles[:, 0],
        np.cross(mesh.triangles[:, 1], mesh.triangles[:, 2]),
    )
    volumes = np.bincount(labels, crosses / 6)
    return [
        (triangles[labels == label], float(volumes[label]))
        for label in np.argsort(-np.abs(volumes))
    ]


def _pieces(triangles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Into how many pieces each triangle will be divided, (m, 3, 3) → (m,), about.

    In four while its shortest edge is too long as well, then in three.
    """
    edges = np.linalg.norm(triangles - np.roll(triangles, 1, axis=1), axis=2)
    rounds = np.ceil(np.log2(np.maximum(edges / _EDGE, 1)))
    most, least = rounds.max(axis=1), rounds.min(axis=1)
    counts: npt.NDArray[np.float64] = 4**least * 3 ** (most - least)
    return counts
