"""A result as a Matplotlib figure: overlay and mosaic, rows of a sound, or slices of a volume."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.figure import Figure

from wam_core import views
from wam_core.attribution import WaveletAttribution
from wam_core.naming import title
from wam_core.plot.colour import colour_limit, grey, level_colour, overlay, paint, relative
from wam_core.plot.raster import Floats, importance, peak, to_array

_ROW = 0.7  # inches


def figure(result: WaveletAttribution) -> Figure:
    """The first input of a result; the figure belongs to nobody, so that nothing has to be closed.

    One axis: the signal, and |γ| of each band over its samples. Two: |γ| over the input in grey, and
    the mosaic of the bands, each relative to its own 99.5th percentile. Three: the three slices
    through the largest value.
    """
    drawn = _FIGURES[result.transform.ndim](result)
    drawn.suptitle(f"{result.target} · {title(result)}", fontsize=10)
    return drawn


def _rows(result: WaveletAttribution) -> Figure:
    magnitude = views.over_channels(result.attribution, "magnitude")
    bands = list(magnitude.items())[::-1]
    drawn = Figure(figsize=(9, _ROW * (len(bands) + 3)), layout="constrained")
    axes = drawn.subplots(len(bands) + 1, 1, sharex=True, height_ratios=[2] + [1] * len(bands))
    for channel in result.input[0].cpu():
        axes[0].plot(channel.numpy(), color="0.35", linewidth=0.7)
    axes[0].set_ylabel("input", fontsize=8)
    for place, (band, values) in zip(axes[1:], bands, strict=True):
        level = None if band.is_approx else band.level
        heights = to_array(views.at_input_size(values, result.layout[band], result.size))
        place.fill_between(
            np.arange(len(heights)),
            heights,
            color=level_colour(level, magnitude.levels),
            step="mid",
        )
        place.set_ylim(0, None if heights.any() else 1)
        place.set_ylabel(str(band), fontsize=8, rotation=0, ha="right", va="center")
        place.set_yticks([])
    axes[-1].set_xlabel("sample")
    return drawn


def _overlay_and_mosaic(result: WaveletAttribution) -> Figure:
    drawn = Figure(figsize=(9, 4.6), layout="constrained")
    left, right = drawn.subplots(1, 2)
    under, heat = grey(_received(result))[..., :1], importance(result)
    left.imshow(overlay(under, heat, colour_limit(heat)))
    left.set_title("|γ| over the input", fontsize=9)
    flat = views.over_channels(result.attribution, "magnitude")
    right.imshow(paint(to_array(views.mosaic(relative(flat))), 1.0), interpolation="nearest")
    for band, (rows, columns) in ((b, (t[0], t[1])) for b, t in views.tiles(flat).items()):
        right.text(
            columns.start + 1, rows.start + 1, str(band), color="white", fontsize=6, va="top"
        )
    right.set_title("bands, each to its own maximum", fontsize=9)
    for place in (left, right):
        place.set_axis_off()
    return drawn


def _slices(result: WaveletAttribution) -> Figure:
    drawn = Figure(figsize=(10, 3.8), layout="constrained")
    received, heat = _received(result), importance(result)
    place, limit = peak(heat), colour_limit(heat)
    for axis, axes in enumerate(drawn.subplots(1, 3)):
        under = grey(np.take(received, place[axis], axis))[..., :1]
        axes.imshow(overlay(under, np.take(heat, place[axis], axis), limit))
        axes.set_title(f"axis {axis}, slice {place[axis]}", fontsize=9)
        axes.set_axis_off()
    return drawn


def _received(result: WaveletAttribution) -> Floats:
    """The mean over channels, 0 … 1 from its least value to its largest."""
    values = to_array(result.input.mean(1, keepdim=True))
    low, high = float(values.min()), float(values.max())
    stretched: Floats = (values - low) / ((high - low) or 1.0)
    return stretched


_FIGURES: Mapping[int, Callable[[WaveletAttribution], Figure]] = {
    1: _rows,
    2: _overlay_and_mosaic,
    3: _slices,
}
