"""The files of numbers: the scale profile as a table, sounds as WAV, a volume as NIfTI."""

import csv
import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage
from torch import Tensor

from wam_core import views
from wam_core.attribution import WaveletAttribution
from wam_core.bands import Band
from wam_core.classifier import Classifier
from wam_core.naming import STEPS, check_axes
from wam_core.network_input import NetworkGrid, network_grid
from wam_core.partition import Parts
from wam_core.plot.raster import Floats, importance
from wam_core.signals.nifti import encode_nifti
from wam_core.signals.pcm import encode_wav
from wam_core.signals.signal import Signal


def profile_csv(
    result: WaveletAttribution, rate: float = 0.0, grid: NetworkGrid | None = None
) -> str:
    """The scale profile: level, orientation, what the band describes, share of Σ|γ|.

    What it describes is the size of the structures, in pixels (samples, voxels) and, where the
    spacing of a volume is known, in mm (along each axis where they differ); or, where the rate of a
    sound is known, the frequencies in Hz. From coarse to fine. The approximation holds what
    is larger than the coarsest details; its row has the coarsest level and the orientation
    ``approx``. The shares add up to 1, unless the attribution is zero everywhere, when each is 0.

    Args:
        result: of any number of axes.
        rate: samples per second of what the network received; 0 for everything else.
        grid: where a volume's voxels lie; None for everything else.
    """
    lengths = _lengths(grid)
    names = ("low_hz", "high_hz") if rate else (f"size_{STEPS[result.transform.ndim]}", *lengths)
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("level", "orientation", *names, "share"))
    for band, share in views.profile(result.attribution).items():
        word = "approx" if band.is_approx else band.orientation
        info = result.layout[band]
        sizes = (info.scale, *(info.scale * length for length in lengths.values()))
        units = info.hertz(rate) if rate else sizes
        rows.writerow((band.level, word, *(f"{unit:.10g}" for unit in units), repr(share)))
    return out.getvalue()


def sound_files(result: WaveletAttribution, parts: Parts, rate: int) -> dict[str, bytes]:
    """WAV files by name, 32-bit floats that nothing was done to: they keep their loudness.

    ``kept.wav`` and ``rest.wav`` add up to ``original.wav``, and so do all of ``bands/``, each of
    which is synthesised from the coefficients of one band alone.
    """
    waves = {"original": result.input, "kept": parts.kept, "rest": parts.rest}
    waves |= {f"bands/{band}": wave for band, wave in single_bands(result)}
    return {f"{name}.wav": encode_wav(_samples(x), rate, depth=32) for name, x in waves.items()}


def single_bands(result: WaveletAttribution) -> Iterator[tuple[Band, Tensor]]:
    """The input band by band, coarse to fine; (1, c, *space) each, adding up to it."""
    z = result.coefficients.map(lambda values: values[:1])
    for wanted, _ in z.bands():
        alone = z.map_bands(
            lambda band, values, wanted=wanted: (  # type: ignore[misc]  # it has defaults
                values if band == wanted else torch.zeros_like(values)
            )
        )
        yield wanted, result.transform.synthesise(alone, result.size)


def attribution_nii(result: WaveletAttribution, classifier: Classifier, signal: Signal) -> bytes:
    """The heat-map of |γ|, channels and bands summed, on the grid of the input's file: a .nii.gz.

    Shape, order and direction of the axes and the affine are the file's, so that any viewer lays
    the two over each other. Between the network's cells it is interpolated; where the network saw
    nothing of the file it is 0.

    Raises:
        SettingsError: not an attribution of a volume.
    """
    from wam_core.signals.orientation import as_stored  # nibabel: only who needs it waits for it

    check_axes(result, 3, "this file is written for 3 (a volume)")
    values = _on(importance(result), network_grid(classifier, signal).matrix, signal.size)
    if signal.frame is None:
        return encode_nifti(values)
    return encode_nifti(*as_stored(values, signal.frame))


def _lengths(grid: NetworkGrid | None) -> dict[str, float]:
    """The columns for sizes in mm, and the length of a voxel in each."""
    if grid is None or not grid.unit:
        return {}
    if max(grid.spacing) <= 1.001 * min(grid.spacing):
        return {f"size_{grid.unit}": grid.spacing[0]}
    return {f"size_{grid.unit}_axis_{axis}": step for axis, step in enumerate(grid.spacing)}


def _samples(x: Tensor) -> npt.NDArray[np.float32]:
    """The first sample of a batch, (channel, sample)."""
    values: npt.NDArray[np.float32] = x[0].detach().cpu().numpy().astype(np.float32)
    return values


def _on(
    heat: Floats, matrix: npt.NDArray[np.float64], size: tuple[int, ...]
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
