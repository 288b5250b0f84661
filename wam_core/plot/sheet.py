"""Pages that figures are drawn on, measured in dots: one free, one with rows over a time axis."""

import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.text import Text

from wam_core.attribution import WaveletAttribution
from wam_core.naming import title
from wam_core.plot.colour import PERCENTILE, Colours, scale
from wam_core.plot.raster import Cells
from wam_core.views import Sign

CLIPPING = f"colours end at the {PERCENTILE}th percentile"
FONT = "DejaVu Sans"  # comes with matplotlib, so a figure looks the same on every machine
INK, FAINT = "#31333f", "#5c5f6b"
_DPI = 100

Box = tuple[float, float, float, float]  # left, top, width, height

_LEFT, _WIDE, _RIGHT, _TOP, _GAP, _BOTTOM = 108, 900, 124, 68, 36, 76
_ROWS_DENSITY = 1.5
COLUMNS = round(_WIDE * _ROWS_DENSITY)
"""The most columns of a row: the pixels it is wide."""

_WIDEST_TITLE, _WIDEST_NOTE = 130, 165
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Sheet:
    """A white page of ``width`` × ``height`` dots.

    A Figure of its own and not pyplot's, whose list of open figures is shared by all threads.

    Args:
        density: pixels of the file per dot; text and lines grow with it.
    """

    def __init__(self, width: float, height: float, density: float = 1.0) -> None:
        self._width, self._height, self._density = width, height, density
        self._figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
        self._canvas = FigureCanvasAgg(self._figure)

    def axes(self, box: Box, **options: Any) -> Axes:
        """Axes at a place."""
        left, top, width, height = box
        bottom = self._height - top - height
        inside = (
            left / self._width, bottom / self._height,
            width / self._width, height / self._height,
        )  # fmt: skip
        return self._figure.add_axes(inside, **options)

    def text(self, left: float, top: float, text: str, **style: Any) -> Text:
        """Words whose upper left corner is at a place."""
        return self._figure.text(
            left / self._width,
            1 - top / self._height,
            drawable(text),
            fontfamily=FONT,
            parse_math=False,  # a label with two $ would be read as a formula, and may not be one
            **({"va": "top", "color": INK} | style),
        )

    def head(self, result: WaveletAttribution, left: float, widest: int) -> None:
        """What the figure is of, in two lines; the second is cut after ``widest`` characters."""
        source = result.provenance
        what = f"{result.target}, by {source.model}, in {source.input_name}"
        self.text(left, 14, title(result), fontsize=12, fontweight="bold")
        self.text(left, 36, cut(what, widest), fontsize=9)

    def scale(
        self,
        box: Box,
        colours: Colours,
        low: float,
        high: float,
        label: str,
        extend: str = "neither",
    ) -> None:
        """A colour bar; its arrows (``min``, ``max``, ``both``) say that values go on there."""
        mapped = ScalarMappable(Normalize(low, high), ListedColormap(colours / 255))
        bar = self._figure.colorbar(mapped, cax=self.axes(box), extend=extend, extendfrac=0.03)
        bar.set_label(label, fontsize=8, fontfamily=FONT)
        bar.formatter.set_powerlimits((-2, 3))  # type: ignore[attr-defined]  # a ScalarFormatter
        bar.ax.tick_params(labelsize=8, labelfontfamily=FONT)
        bar.ax.yaxis.get_offset_text().set(fontsize=8, fontfamily=FONT)

    def pixels(self) -> Colours:
        """The page as it is now, uint8 (rows, columns, 3); it can be changed and taken again."""
        self._figure.set_dpi(_DPI * self._density)
        self._canvas.draw()  # type: ignore[no-untyped-call]  # theirs
        pixels = np.asarray(self._canvas.buffer_rgba())  # type: ignore[no-untyped-call]  # theirs
        return pixels[..., :3].copy()

    def png(self) -> bytes:
        """The file; without the date and version that matplotlib would put in."""
        out = io.BytesIO()
        dpi = _DPI * self._density
        self._figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
        return out.getvalue()


class Rows(Sheet):
    """Rows of given heights in dots, from top to bottom, over ``duration`` seconds, or samples."""

    def __init__(self, result: WaveletAttribution, duration: float, heights: Sequence[int]) -> None:
        self._duration = duration
        self._left_over = list(heights)
        self._top = float(_TOP)
        self._rows: list[Axes] = []
        height = _TOP + sum(heights) + _GAP * len(heights) + _BOTTOM - _GAP // 2
        super().__init__(_LEFT + _WIDE + _RIGHT, height, _ROWS_DENSITY)
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


def drawable(text: str) -> str:
    """The text with □ for what the font lacks: matplotlib would warn of each such character."""
    known = get_font(findfont(FONT)).get_charmap()
    return "".join(c if ord(c) in known or c == "\n" else "□" for c in text)


def cut(text: str, longest: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
