"""A page of rows over one time axis."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from wam_core.attribution import WaveletAttribution
from wam_core.colour import Colours, scale
from wam_core.export.sheet import FAINT, FONT, INK, Sheet, cut, drawable
from wam_core.export.timing import Cells, Floats
from wam_core.views import Sign

_LEFT, _WIDE, _RIGHT, _TOP, _GAP, _BOTTOM = 108, 900, 124, 68, 36, 76
_DENSITY = 1.5
COLUMNS = round(_WIDE * _DENSITY)
"""The most columns of a row: the pixels it is wide."""

_WIDEST_TITLE, _WIDEST_NOTE = 130, 165
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Rows(Sheet):
    """Rows of given heights in dots, from top to bottom, over ``duration`` seconds, or samples."""

    def __init__(self, result: WaveletAttribution, duration: float, heights: Sequence[int]) -> None:
        self._duration = duration
        self._left_over = list(heights)
        self._top = float(_TOP)
        self._rows: list[Axes] = []
        height = _TOP + sum(heights) + _GAP * len(heights) + _BOTTOM - _GAP // 2
        super().__init__(_LEFT + _WIDE + _RIGHT, height, _DENSITY)
        self.head(result, _LEFT, _WIDEST_TITLE)

    def row(self, title: str, caption: str = "") -> Axes:
        """The next row, with its heading above it."""
        height = self._left_over.pop(0)
        self._top += _GAP // 2
        self.text(_LEFT, self._top - 16, title, fontsize=9, fontweight="bold")
        self.text(
            _LEFT + _WIDE, self._top - 15, caption, fontsize=8, color=FAINT, ha="right"
        )  # fmt: skip
        axes = self.axes((_LEFT, self._top, _WIDE, height))
        axes.set_xlim(0, self._duration)
        axes.tick_params(labelsize=8, labelfontfamily=FONT, length=3, color=FAINT, labelcolor=INK)
        axes.tick_params(axis="x", labelbottom=False)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        for spine in axes.spines.values():
            spine.set_edgecolor(FAINT)
            spine.set_linewidth(0.6)
        self._box = (_LEFT + _WIDE + 16, self._top, 14, height)
        self._top += height + _GAP // 2
        self._rows.append(axes)
        return axes

    def raster(self, axes: Axes, cells: Cells, pixels: Colours) -> None:
        """Coloured cells, uint8 (rows, cells, 3), the first row at the bottom; row i is i … i + 1."""
        axes.imshow(
            pixels,
            origin="lower",
            aspect="auto",
            interpolation="nearest",
            extent=(cells.start, cells.stop, 0, len(pixels)),
        )
        axes.set_xlim(0, self._duration)
        axes.set_ylim(0, len(pixels))

    def ticks(self, axes: Axes, places: Sequence[float], names: Sequence[str]) -> None:
        """Names beside places on the vertical axis."""
        axes.set_yticks(places, list(map(drawable, names)))

    def colours(
        self, colours: Colours, low: float, high: float, label: str, extend: str = "neither"
    ) -> None:
        """The colour bar of the last row."""
        self.scale(self._box, colours, low, high, label, extend)

    def importance(self, sign: Sign, most: float, unit: str) -> None:
        """The colour bar of the last row, for attributions; a power of ten stands with the unit."""
        power = math.floor(math.log10(most)) if most else 0
        if -2 < power < 3:
            power = 0
        else:
            unit = f"10{str(power).translate(_RAISED)} {unit}"
        high = most / 10.0**power or 1.0
        signed = sign == "signed"
        self.colours(
            scale(sign),
            -high if signed else 0.0,
            high,
            f"{'γ' if signed else '|γ|'} in {unit}",
            "both" if signed else "max",
        )

    def end(self, notes: Sequence[str], along: str = "time in s") -> None:
        """The common axis below the last row, and lines of text."""
        last = self._rows[-1]
        last.tick_params(axis="x", labelbottom=True)
        last.set_xlabel(along, fontsize=8, fontfamily=FONT, color=INK, labelpad=2)
        for line, note in enumerate(notes):
            below = self._top + 22 + 14 * line
            self.text(_LEFT, below, cut(note, _WIDEST_NOTE), fontsize=8, color=FAINT)


def shared_pixels(values: Floats, palette: Colours, low: float, high: float) -> Colours:
    """The colours of values between two ends."""
    share = np.clip((values - low) / (high - low), 0, 1)
    pixels: Colours = palette[np.rint(share * 255).astype(np.uint8)]
    return pixels
