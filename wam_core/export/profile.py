"""The scale profile as a table."""

import csv
import io
from collections.abc import Mapping

from wam_core import views
from wam_core.attribution import WaveletAttribution
from wam_core.octaves import band_hz
from wam_core.transform import structure_size

# what one step on the grid of n axes is
_STEPS: Mapping[int, str] = {1: "samples", 2: "pixels", 3: "voxels"}


def profile_csv(result: WaveletAttribution, rate: float = 0.0) -> str:
    """The scale profile: level, orientation, what the band describes, share of Σ|γ|.

    What it describes is the size of the structures, in pixels (samples, voxels), or, where the rate
    of a sound is known, the frequencies in Hz. From coarse to fine. The approximation holds what
    is larger than the coarsest details; its row has the coarsest level and the orientation
    ``approx``. The shares add up to 1, unless the attribution is zero everywhere, when each is 0.

    Args:
        result: of any number of axes.
        rate: samples per second of what the network heard; 0 for everything else.
    """
    names = ("low_hz", "high_hz") if rate else (f"size_{_STEPS[result.transform.ndim]}",)
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("level", "orientation", *names, "share"))
    for band, share in views.profile(result.attribution).items():
        word = "approx" if band.is_approx else band.orientation
        units = band_hz(band, rate) if rate else (structure_size(band.level),)
        rows.writerow((band.level, word, *(f"{unit:.10g}" for unit in units), repr(share)))
    return out.getvalue()
