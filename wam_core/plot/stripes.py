"""The bands of a signal with one axis: a stripe for each, over the signal's own samples."""

import numpy as np
from matplotlib.axes import Axes

from wam_core import views
from wam_core.attribution import WaveletAttribution
from wam_core.bands import Band
from wam_core.naming import check_axes, unit
from wam_core.plot.colour import colour_limit, paint
from wam_core.plot.raster import Cells, Floats, envelope, round_up, to_array
from wam_core.plot.sheet import CLIPPING, COLUMNS, FONT, Rows

STRIPE, WAVE = 24, 110
"""Heights in dots: of one band, and of a wave."""

WHOLE = "#b4b8c2"
"""The colour of a wave as it was given."""


def bands_png(result: WaveletAttribution) -> bytes:
    """A signal and, below it, |γ| of its bands, over samples: for a result whose rate is not known.

    A column shows the largest value that falls into it; colours end at the 99.5th percentile.

    Raises:
        SettingsError: not an attribution of a signal with one axis.
    """
    check_axes(result, 1, "this picture is drawn for 1 (a sound, or any other signal)")
    bands, cells = stripes(result, 1.0, "magnitude")
    page = Rows(result, float(result.size[0]), [WAVE, STRIPE * len(bands)])
    axes = page.row("Signal", "as the network received it; the first channel, where there are more")
    wave = to_array(result.input)
    peak = round_up(float(np.abs(wave).max()))
    outline(axes, wave, WHOLE)
    level(axes, peak, "signal")
    axes = page.row("Attribution by band", "each coefficient lies over its samples")
    attributed(page, axes, cells, "magnitude", unit(result, "unit of the input"))
    named(page, axes, list(map(str, bands)))
    page.end([f"|γ| summed over channels; {CLIPPING}. L1 is the finest."], along="sample")
    return page.png()


def stripes(result: WaveletAttribution, rate: float, sign: views.Sign) -> tuple[list[Band], Cells]:
    """The bands, coarse to fine, and each of them on the input's own samples."""
    flat = list(views.over_channels(result.attribution, sign).bands())
    values = [
        to_array(views.at_input_size(z[:1], result.layout[band], result.size)) for band, z in flat
    ]
    return [band for band, _ in flat], Cells(np.stack(values), 0.0, 1 / rate)


def attributed(page: Rows, axes: Axes, cells: Cells, sign: views.Sign, of: str) -> None:
    """Attributions over time in colour, with their colour bar; ``of`` is their unit."""
    columns = cells.gathered(float(axes.get_xlim()[1]), COLUMNS, sign)
    most = colour_limit(columns.values)
    page.raster(axes, columns, paint(columns.values, most, sign))
    page.importance(sign, most, of)


def named(page: Rows, axes: Axes, names: list[str]) -> None:
    """The name of each stripe beside it, and a line between two."""
    page.ticks(axes, [row + 0.5 for row in range(len(names))], names)
    for edge in range(1, len(names)):
        axes.axhline(edge, color="white", linewidth=0.8)


def outline(axes: Axes, x: Floats, ink: str) -> None:
    """A wave from the first column to the last: what its samples reach in each."""
    low, high = envelope(x, COLUMNS)
    # from edge to edge, the last value twice: a step per column
    times = np.linspace(0, float(axes.get_xlim()[1]), len(low) + 1)
    lower, upper = (np.append(side, side[-1]) for side in (low, high))
    axes.fill_between(times, lower, upper, step="post", color=ink, linewidth=0.4)


def level(axes: Axes, peak: float, label: str) -> None:
    """The vertical axis of a wave."""
    axes.set_ylim(-peak, peak)
    axes.set_yticks([-peak, 0, peak])
    axes.set_ylabel(label, fontsize=8, fontfamily=FONT)
