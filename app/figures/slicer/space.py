"""What the scene in three dimensions gets: the object's surface, its directions, a still picture."""

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from app.figures import isometric
from app.figures.surfaces import Mesh, reduced, smooth, surface_level
from wam_core.plot.planes import directions
from wam_core.signals.image import encode_webp

if TYPE_CHECKING:
    from app.figures.slicer.slices import Slices

_STEPS = 64  # per voxel of a vertex, counted from voxel −1 on
_CELLS = (
    128,
    96,
    64,
    48,
    32,
    24,
    16,
)  # along the longest side; the first that is light enough is sent
_BYTES = 400_000  # of the surface
_STILL = 420  # px
_SHARE = 0.03  # of the voxels that the still picture shows the attribution of


def scene(
    volume: "Slices", low: float, step: float
) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """What is written as JSON, and the arrays of the surface.

    Args:
        volume: what is shown.
        low, step: of its codes: value = low + code · step.
    """
    level = surface_level(volume.values)
    surface, factors = _light_enough(volume, level)
    each = np.array(factors) / np.array(volume.factors)
    vertices = surface.vertices * each + (each - 1) / 2  # in the voxels that the browser has
    numbers = np.rint(np.clip((vertices + 1) * _STEPS, 0, 65535)).astype(np.uint16)
    small = len(numbers) < 2**16
    faces = surface.faces.astype(np.uint16 if small else np.uint32)
    towards = directions(volume.ends)
    still = isometric.picture(
        volume.values, level, volume.ends, volume.spacing, _STILL, _marked(volume)
    )
    return {
        "axes": [[each.axis, each.sign] for each in towards],
        "names": [each.name for each in towards],
        "level": (level - low) / step,
        "still": "data:image/webp;base64," + base64.b64encode(encode_webp(still)).decode(),
    }, {"vertices": numbers.ravel(), "faces": faces.ravel()}


def _marked(volume: "Slices") -> npt.NDArray[np.float32] | None:
    """The strongest of the attribution, 0 … 1; NaN elsewhere."""
    if volume.heat is None:
        return None
    strength = volume.heat.summed()
    most = float(strength.max())
    if not most:
        return None
    least = np.quantile(strength, 1 - _SHARE)
    return np.where((strength >= least) & (strength > 0), strength / most, np.nan).astype(
        np.float32
    )


def _light_enough(volume: "Slices", level: float) -> tuple[Mesh, tuple[int, ...]]:
    """The object's surface on the finest grid that is light enough; voxels for each of its cells."""
    for most in _CELLS:
        factors = tuple(-(-extent // most) for extent in volume.values.shape)
        few = reduced(np.asarray(volume.values, np.float32), factors)
        found = smooth(few, level)
        wide = 6 if len(found.vertices) < 2**16 else 12
        weight = 6 * len(found.vertices) + wide * len(found.faces)
        if weight <= _BYTES:
            break
    return found, factors
