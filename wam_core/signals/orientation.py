"""Arrays that know where they lie in a body: to left–right, back–front, down–up, and back again."""

from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt
from nibabel.affines import obliquity
from nibabel.orientations import apply_orientation, inv_ornt_aff, io_orientation, ornt_transform

from wam_core.signals.frame import Affine, Frame

Matrix = npt.NDArray[np.float64]

ENDS = (("L", "R"), ("P", "A"), ("I", "S"))
_UNTURNED = np.array([[0, 1], [1, 1], [2, 1]])
# Below this an axis counts as straight: half a voxel over a hundred.
_OBLIQUE_DEGREES = 0.3


def canonical(
    values: npt.NDArray[Any], affine: Matrix
) -> tuple[npt.NDArray[Any], Frame, tuple[str, ...]]:
    """A volume with its axes in the closest canonical order, its frame, and what to say about it.

    Nothing is resampled: axes are exchanged and reversed until axis 0 runs from left to right,
    axis 1 from the back to the front and axis 2 upwards.

    Args:
        values: (a, b, c) in the order of the file.
        affine: 4 × 4, voxel indices of the file → mm, RAS+.

    Raises:
        ValueError: an affine that is not finite or has no inverse.
    """
    if not np.isfinite(affine).all() or np.linalg.matrix_rank(affine[:3, :3]) < 3:
        raise ValueError(f"the affine is not finite or flat: {affine.tolist()}")
    stored = io_orientation(affine)
    turned = apply_orientation(values, stored)
    placed = affine @ inv_ornt_aff(stored, values.shape)
    spacing = tuple(float(step) for step in nib.affines.voxel_sizes(placed))
    notes: tuple[str, ...] = ()
    degrees = float(np.degrees(obliquity(placed).max()))
    if degrees > _OBLIQUE_DEGREES:
        notes = (
            f"The voxels lie oblique in the body, by up to {degrees:.2g}°: slices follow the "
            "voxels, and what is written goes back into the file's own frame.",
        )
    frame = Frame(
        (spacing[0], spacing[1], spacing[2]),
        "mm",
        ENDS,
        _rows(placed),
        tuple((int(axis), int(way)) for axis, way in stored),
    )
    return turned, frame, notes


def as_stored(values: npt.NDArray[Any], frame: Frame) -> tuple[npt.NDArray[Any], Matrix]:
    """A volume and its affine in the order of the file that the frame came from.

    Args:
        values: (a, b, c) in the order of the signal.
    """
    affine = frame.matrix
    if frame.stored is None:
        return values, affine
    back = ornt_transform(_UNTURNED, np.array(frame.stored))
    return apply_orientation(values, back), affine @ inv_ornt_aff(back, values.shape)


def _rows(affine: Matrix) -> Affine:
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in affine)
