"""Volumes → triangles: smooth surfaces by marching cubes, or the outer faces of cubes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from skimage.measure import marching_cubes

from wam_core.plot.raster import reduced_blocks

Volume = npt.NDArray[np.floating]
_CORNERS = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])  # of a face, counter-clockwise


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles.

    Attributes:
        vertices: (n, 3), in voxels; voxel i reaches from i − ½ to i + ½.
        faces: (m, 3), the three vertices of each triangle.
        voxels: (n, 3) or (m, 3), the voxel that each vertex or each triangle takes its colour from.
        flat: whether colours belong to triangles and not to vertices.
    """

    vertices: npt.NDArray[np.float32]
    faces: npt.NDArray[np.integer]
    voxels: npt.NDArray[np.integer]
    flat: bool

    def joined(self, other: "Mesh") -> "Mesh":
        """Both in one."""
        return Mesh(
            np.concatenate([self.vertices, other.vertices]),
            np.concatenate([self.faces, other.faces + len(self.vertices)]),
            np.concatenate([self.voxels, other.voxels]),
            self.flat,
        )

    def grown(self, by: float) -> "Mesh":
        """Moved outwards by so many voxels, so that it does not flicker against another one."""
        a, b, c = (self.vertices[self.faces[:, corner]] for corner in range(3))
        across, corners = np.cross(b - a, c - a), self.faces.T.ravel()
        outward = np.stack(
            [
                np.bincount(corners, np.tile(across[:, axis], 3), len(self.vertices))
                for axis in range(3)
            ],
            axis=1,
        )
        length = np.linalg.norm(outward, axis=1, keepdims=True)
        moved = self.vertices + by * outward / np.where(length > 0, length, 1)
        return Mesh(moved.astype(np.float32), self.faces, self.voxels, self.flat)


def smooth(values: Volume, level: float) -> Mesh:
    """The surface on which a volume has a level above 0, closed at its borders; it may be empty."""
    padded = np.pad(np.asarray(values, np.float64), 1)
    if not padded.min() < level < padded.max():
        return _empty(flat=False)
    vertices, faces, normals, _ = marching_cubes(padded, level, allow_degenerate=False)
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    across = np.cross(b - a, c - a)
    if np.einsum("ij,ij->", across, normals[faces[:, 0]]) < 0:  # normals point outwards
        faces = faces[:, ::-1]
    # the largest of the voxels about a vertex, on an edge between two or within a cell, is inside
    about = np.floor(vertices).astype(np.int64) + np.indices((2, 2, 2)).reshape(3, 8).T[:, None]
    about = np.minimum(about, np.ceil(vertices).astype(np.int64))
    largest = padded[tuple(about.transpose(2, 0, 1))].argmax(0)
    inside = about[largest, np.arange(len(vertices))] - 1
    return Mesh((vertices - 1).astype(np.float32), faces, inside, flat=False)


def cubes(mask: npt.NDArray[np.bool_]) -> Mesh:
    """The faces of the chosen voxels that have no chosen neighbour; every corner once."""
    padded = np.pad(mask, 1)
    corners, voxels = [], []
    for axis in range(3):
        others = [other for other in range(3) if other != axis]
        for side in (0, 1):
            open_side = padded & ~np.roll(padded, 1 - 2 * side, axis)
            found = np.argwhere(open_side) - 1
            face = np.zeros((4, 3), np.int64)
            face[:, axis] = side
            # seen from outside the corners run counter-clockwise
            face[:, others] = _CORNERS if (side == 1) == (axis != 1) else _CORNERS[::-1]
            corners.append(found[:, None] + face)
            voxels.append(found)
    quads, owners = np.concatenate(corners), np.concatenate(voxels)
    if not len(quads):
        return _empty(flat=True)
    lattice = np.array(mask.shape) + 1
    keys = np.ravel_multi_index(tuple(quads.reshape(-1, 3).T), tuple(lattice))
    unique, where = np.unique(keys, return_inverse=True)
    where = where.reshape(-1, 4)
    vertices = np.stack(np.unravel_index(unique, tuple(lattice)), axis=1) - 0.5
    faces = np.concatenate([where[:, [0, 1, 2]], where[:, [0, 2, 3]]])
    return Mesh(vertices.astype(np.float32), faces, np.tile(owners, (2, 1)), flat=True)


def reduced(values: Volume, factors: tuple[int, ...], *, extreme: bool) -> Volume:
    """Blocks of voxels as one: their mean, or (``extreme``) the value of largest magnitude."""
    if max(factors) == 1:
        return values
    if extreme:
        return reduced_blocks(values, factors, "strongest")
    fills = [-extent % factor for extent, factor in zip(values.shape, factors, strict=True)]
    padded = np.pad(values, [(0, fill) for fill in fills], mode="edge")
    return reduced_blocks(padded, factors, "mean")


def _empty(*, flat: bool) -> Mesh:
    none = np.zeros((0, 3), np.int64)
    return Mesh(none.astype(np.float32), none, none, flat)
