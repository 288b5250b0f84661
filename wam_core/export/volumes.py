"""An attribution of a volume as numbers: by place, and on the grid of its file."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from wam_core import views
from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.errors import SettingsError
from wam_core.export.placing import placing
from wam_core.signals.nifti import encode_nifti
from wam_core.signals.signal import Signal

Volume = npt.NDArray[np.floating[Any]]


def attribution_nii(result: WaveletAttribution, classifier: Classifier, signal: Signal) -> bytes:
    """The heat-map of |γ|, channels and bands summed, on the grid of the input's file: a .nii.gz.

    Shape, order and direction of the axes and the affine are the file's, so that any viewer lays
    the two over each other. Between the network's cells it is interpolated; where the network saw
    nothing of the file it is 0.

    Raises:
        SettingsError: not an attribution of a volume.
    """
    from wam_core.signals.orientation import as_stored  # nibabel: only who needs it waits for it

    heat = strength(result)
    values = _on(heat, placing(classifier, signal).matrix, signal.size)
    if signal.frame is None:
        return encode_nifti(values)
    return encode_nifti(*as_stored(values, signal.frame))


def strength(result: WaveletAttribution) -> Volume:
    """|γ| summed over channels and bands on the network's grid, (a, b, c), of the first sample.

    Raises:
        SettingsError: not an attribution of a volume.
    """
    if result.transform.ndim != 3:
        raise SettingsError(
            f"the attribution has {result.transform.ndim} spatial axes; "
            "this file is written for 3 (a volume)"
        )
    magnitude = views.over_channels(result.attribution, "magnitude")
    return numbers(views.heat_map(magnitude, result.transform, result.size))


def strongest(heat: Volume) -> tuple[int, ...]:
    """The place of the largest value; of many equal ones, as a coefficient has, one amid them."""
    places = np.argwhere(heat == heat.max())
    return tuple(int(index) for index in places[len(places) // 2])


def _on(
    heat: Volume, matrix: npt.NDArray[np.float64], size: tuple[int, ...]
) -> npt.NDArray[np.float32]:
    """Values on another grid; ``matrix`` leads from an index of theirs to one of it.

    It scales and moves, as front ends never turn a volume.
    """
    back = np.linalg.inv(matrix)
    steps, start = np.diag(back)[:3], back[:3, 3]
    values = ndimage.affine_transform(
        heat.astype(np.float32), steps, start, size, order=1, mode="nearest"
    )
    for axis, (step, first, extent) in enumerate(zip(steps, start, heat.shape, strict=True)):
        places = np.arange(size[axis]) * step + first
        # a cell reaches half a cell beyond its centre, and what the network saw ends there
        outside = np.flatnonzero((places < -0.5 - 1e-6) | (places > extent - 0.5 + 1e-6))
        values[(slice(None),) * axis + (outside,)] = 0
    return np.asarray(values, np.float32)


def numbers(values: Any) -> Volume:
    """The first sample and channel of a tensor; float64, so that tiny gradients do not vanish."""
    found: Volume = values[0, 0].detach().cpu().double().numpy()
    return found
