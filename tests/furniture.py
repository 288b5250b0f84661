"""Files of volumes that tests upload: a chair as a mesh, a box in a scan, a set of small volumes."""

import io
from collections.abc import Mapping

import nibabel
import numpy as np
import numpy.typing as npt

Box = tuple[tuple[float, float, float], tuple[float, float, float]]

# low and high corners, in cm; z is up, the back is at the far end of y
CHAIR: tuple[Box, ...] = (
    ((0, 0, 40), (45, 45, 46)),  # seat
    ((0, 39, 46), (45, 45, 95)),  # back
    *(((x, y, 0), (x + 6, y + 6, 40)) for x in (0, 39) for y in (0, 39)),  # legs
)
_CORNERS = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
_FACES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


def off(boxes: tuple[Box, ...] = CHAIR, up: str = "z") -> bytes:
    """Boxes as an OFF file; with y up, the axes are exchanged in turn."""
    order = {"z": (0, 1, 2), "y": (1, 2, 0), "x": (2, 0, 1)}[up]
    points, faces = [], []
    for low, high in boxes:
        start = len(points)
        for corner in _CORNERS:
            place = [(low, high)[end][axis] for axis, end in enumerate(corner)]
            points.append(" ".join(f"{place[axis]:g}" for axis in order))
        faces += [f"4 {' '.join(str(start + index) for index in face)}" for face in _FACES]
    head = ["OFF", f"{len(points)} {len(faces)} 0"]
    return "\n".join([*head, *points, *faces, ""]).encode()


def nifti(
    values: npt.NDArray[np.generic], spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)
) -> bytes:
    """A compressed NIfTI file, its axes along R, A and S."""
    affine = np.diag([*spacing, 1.0])
    return nibabel.Nifti1Image(values, affine).to_bytes()


def head() -> npt.NDArray[np.float32]:
    """A bright ellipsoid with a brighter spot in its right front, (40, 48, 20)."""
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, n) for n in (40, 48, 20)), indexing="ij")
    values = 400.0 * ((x / 0.8) ** 2 + (y / 0.9) ** 2 + (z / 0.9) ** 2 < 1)
    values += 500.0 * ((x - 0.4) ** 2 + (y - 0.4) ** 2 + z**2 < 0.05)
    return values.astype(np.float32)


def npy(values: npt.NDArray[np.generic]) -> bytes:
    """An NPY file."""
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getvalue()


def several(parts: Mapping[str, npt.NDArray[np.generic]]) -> bytes:
    """An NPZ file of arrays."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **parts)
    return buffer.getvalue()
