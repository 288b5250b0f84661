"""Volumes → triangles by marching cubes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from skimage.filters import threshold_otsu
from skimage.measure import marching_cubes

from wam_core.plot.raster import reduced_blocks

Volume = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles.

    Attributes:
        vertices: (n, 3), in voxels; voxel i reaches from i − ½ to i + ½.
        faces: (m, 3), the three vertices of each triangle, counter-clockwise from outside.
    """

    vertices: npt.NDArray[np.float32]
    faces: npt.NDArray[np.integer]


def surface_level(volume: Volume) -> float:
    """The level of an object's surface: ½ of what is full or empty, Otsu's level otherwise."""
    between = (volume > 0.02) & (volume < 0.98)
    if between.mean() < 0.5 * (volume >= 0.98).mean() or not between.any():
        return 0.5
    return float(threshold_otsu(np.asarray(volume)))


def smooth(values: Volume, level: float) -> Mesh:
    """The surface of a level above the smallest value, closed at the borders; it may be empty."""
    least = float(np.min(values))
    padded = np.pad(np.asarray(values, np.float64), 1, constant_values=min(least, 0.0))
    if not padded.min() < level < padded.max():
        none = np.zeros((0, 3))
        return Mesh(none.astype(np.float32), none.astype(np.int64))
    vertices, faces, normals, _ = marching_cubes(padded, level, allow_degenerate=False)
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    across = np.cross(b - a, c - a)
    if np.einsum("ij,ij->", across, normals[faces[:, 0]]) < 0:  # normals point outwards
        faces = faces[:, ::-1]
    return Mesh((vertices - 1).astype(np.float32), faces)


def reduced(values: Volume, factors: tuple[int, ...]) -> Volume:
    """Blocks of voxels as one, their mean; the last ones are filled up with the values at the edge."""
    if max(factors) == 1:
        return values
    fills = [-extent % factor for extent, factor in zip(values.shape, factors, strict=True)]
    padded = np.pad(values, [(0, fill) for fill in fills], mode="edge")
    return reduced_blocks(padded, factors, "mean")
