"""The scale profile as a table."""

import csv
import io
from collections.abc import Mapping

from wam_core import views
from wam_core.attribution import WaveletAttribution
from wam_core.export.placing import Placing
from wam_core.frequency_bands import band_hz
from wam_core.transforms.dwt import structure_size

STEPS: Mapping[int, str] = {1: "samples", 2: "pixels", 3: "voxels"}
"""What the steps on a grid of n axes are called."""


def profile_csv(result: WaveletAttribution, rate: float = 0.0, grid: Placing | None = None) -> str:
    """The scale profile: level, orientation, what the band describes, share of Σ|γ|.

    What it describes is the size of the structures, in pixels (samples, voxels) and, where the
    spacing of a volume is known, in mm (along each axis where they differ); or, where the rate of a
    sound is known, the frequencies in Hz. From coarse to fine. The approximation holds what
    is larger than the coarsest details; its row has the coarsest level and the orientation
    ``approx``. The shares add up to 1, unless the attribution is zero everywhere, when each is 0.

    Args:
        result: of any number of axes.
        rate: samples per second of what the network heard; 0 for everything else.
        grid: where a volume's voxels lie; None for everything else.
    """
    lengths = _lengths(grid)
    names = ("low_hz", "high_hz") if rate else (f"size_{STEPS[result.transform.ndim]}", *lengths)
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("level", "orientation", *names, "share"))
    for band, share in views.profile(result.attribution).items():
        word = "approx" if band.is_approx else band.orientation
        size = structure_size(band.level)
        units = band_hz(band, rate) if rate else (size, *(size * s for s in lengths.values()))
        rows.writerow((band.level, word, *(f"{unit:.10g}" for unit in units), repr(share)))
    return out.getvalue()


def _lengths(grid: Placing | None) -> dict[str, float]:
    """The columns for sizes in mm, and the length of a voxel in each."""
    if grid is None or not grid.unit:
        return {}
    if max(grid.spacing) <= 1.001 * min(grid.spacing):
        return {f"size_{grid.unit}": grid.spacing[0]}
    return {f"size_{grid.unit}_axis_{axis}": step for axis, step in enumerate(grid.spacing)}
