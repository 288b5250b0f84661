"""An attribution of a volume as one picture of all its bands: level × orientation, looked through."""

from typing import Any

import numpy as np
import numpy.typing as npt

from wam_core import views
from wam_core.attribution import WaveletAttribution
from wam_core.bands import Band
from wam_core.classifier import Classifier
from wam_core.naming import check_axes, unit
from wam_core.network_input import network_grid
from wam_core.plot.colour import colour_limit, paint, scale
from wam_core.plot.planes import (
    Plane,
    axis_name,
    grid_places,
    planes,
    short_orientation,
    structure_extent,
)
from wam_core.plot.raster import to_array
from wam_core.plot.sheet import CLIPPING, FAINT, INK, Sheet
from wam_core.signals.signal import Signal
from wam_core.views import Sign

_ORDER = ("aaa", "daa", "ada", "aad", "add", "dad", "dda", "ddd")
_PLACES = {word: (0, column) for column, word in enumerate(_ORDER)}
_LEFT, _TOP, _RIGHT, _BOTTOM = 16, 108, 100, 52
_SIDE, _GAP, _NAME = 132, 12, 20  # of a tile, between tiles, above a tile
_DENSITY = 1.5


def projections_png(
    result: WaveletAttribution,
    classifier: Classifier,
    signal: Signal,
    sign: Sign = "magnitude",
    axis: int | None = None,
) -> bytes:
    """Every band looked through along one axis, on the input's own grid, as a PNG.

    Rows are levels, coarse on top; columns are the approximation and the seven orientations. Where
    a transform has others, the bands of a level fill rows of eight. Each place shows the largest
    magnitude on its line of sight, or, signed, the value that has it. Bands share one scale, which
    ends at the 99.5th percentile.

    Args:
        result, classifier, signal: what was found, and with what.
        sign: |γ| or γ, summed over channels.
        axis: what is looked along; from the front where None, or along the first axis.

    Raises:
        SettingsError: not an attribution of a volume.
    """
    check_axes(result, 3, "this picture is drawn for 3 (a volume)")
    grid = network_grid(classifier, signal)
    every = planes(grid.ends)
    front = every[1 if grid.ends else 0].axis if axis is None else axis
    plane = next(one for one in every if one.axis == front)
    tiles = _tiles(result, sign, plane)
    most = colour_limit(np.concatenate([tile.ravel() for tile in tiles.values()]))

    levels, places = result.transform.levels, grid_places(result.layout, _PLACES, len(_ORDER))
    rows = 1 + max(down for down, _ in places.values())
    sides = np.array(result.size) * np.array(grid.spacing)
    across, down = float(sides[plane.across]), float(sides[plane.down])
    per_unit = _SIDE / max(across, down)
    wide, tall = across * per_unit, down * per_unit
    column, row = max(wide, 104) + _GAP, tall + _NAME + 6
    page = Sheet(_LEFT + 8 * column + _RIGHT, _TOP + rows * row + _BOTTOM, _DENSITY)
    page.head(result, _LEFT, 130)
    for band, tile in tiles.items():
        place = places[band]
        left, top = _LEFT + place[1] * column, _TOP + place[0] * row + _NAME
        axes = page.axes((left, top, wide, tall))
        pixels = paint(tile, most, sign)
        axes.imshow(pixels, interpolation="nearest", aspect="auto")
        axes.set_axis_off()
        name = f"L{band.level} {band.orientation}" if not band.is_approx else "approximation"
        size = structure_extent(result.layout[band].scale).removesuffix("oxels")
        page.text(left, top - 15, f"{name}  {'>' if band.is_approx else '≈'} {size}x",
                  fontsize=7.5, color=INK)  # fmt: skip
    for word in {band.orientation for band in tiles} & set(_ORDER[1:]):
        first, _, last = short_orientation(word, grid.ends).rpartition(" ")
        left = _LEFT + _ORDER.index(word) * column
        page.text(left, _TOP - 32, f"{first}\n{last}", fontsize=8, color=FAINT)
    high = max(rows * row - _NAME, 150)
    page.scale(
        (_LEFT + 8 * column + 6, _TOP + _NAME, 14, min(high, rows * row - _NAME - 6)),
        scale(sign), -most if sign == "signed" else 0.0, most or 1.0,
        f"{'γ' if sign == 'signed' else '|γ|'} in {unit(result, 'unit of a coefficient')}",
        "both" if sign == "signed" else "max",
    )  # fmt: skip
    left_, top_, right_, bottom_ = plane.sides
    scales = ", ".join(
        f"L{level} ≈ {structure_extent(result.layout.level(level).scale, grid.spacing, grid.unit)}"
        for level in range(levels, 0, -1)
    )
    below = _TOP + rows * row + 6
    page.text(
        _LEFT, below,
        f"{plane.title}, along {axis_name(front, grid.ends)}: {left_} on the left, "
        f"{right_} on the right, {top_} above, {bottom_} below. vx: voxels; {scales}.",
        fontsize=8, color=FAINT,
    )  # fmt: skip
    page.text(
        _LEFT, below + 15,
        f"Each place shows the largest magnitude on its line of sight; channels are summed; {CLIPPING}.",
        fontsize=8, color=FAINT,
    )  # fmt: skip
    return page.png()


def _tiles(result: WaveletAttribution, sign: Sign, plane: Plane) -> dict[Band, npt.NDArray[Any]]:
    """By band, its projection at the input's size, as rows and columns."""
    attribution = views.over_channels(result.attribution.map(lambda values: values[:1]), sign)
    return {
        band: plane.laid(
            to_array(
                views.projection(
                    views.at_input_size(values, result.layout[band], result.size),
                    plane.axis,
                )
            )
        )
        for band, values in attribution.bands()
    }  # fmt: skip
