"""What all figures share: ink, margins, colour scales, and how large numbers are coloured."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from wam_core.plot.colour import DIVERGING, PERCENTILE, SEQUENTIAL, colour_limit, hex_scale
from wam_core.signals.image import encode_png
from wam_core.views import Sign

CONFIG = {"displaylogo": False, "showSendToCloud": False, "responsive": True}
_INK = {False: "#31333f", True: "#e4e4ec"}
_PAGE = {False: "#ffffff", True: "#14121d"}
_GRID = {False: "#d9dbe3", True: "#3c3f4d"}

SERIES: Mapping[str, tuple[str, str]] = {
    "violet": ("#5b3f9e", "#b39af0"),
    "lilac": ("#5b3f9e", "#a58be8"),
    "blue": ("#0b7fab", "#5cc3ea"),
    "brown": ("#b3560b", "#f0a35e"),
    "orange": ("#e8713a", "#f0935f"),
    "pink": ("#a3195b", "#f580b4"),
    "grey": ("#6f737d", "#a4a8b3"),
}
"""Colours of lines and bars on a light and on a dark page.

They differ in lightness too, and can be read on their page.
"""

# Plotly paints the button under the pointer, and the chosen one, nearly white: dark text on a light
# button can be read on a dark page as well.
BUTTON = {"bgcolor": "#dfe1e9", "bordercolor": "#b4b8c5", "font": {"color": "#23252f", "size": 12}}
"""The colours of a figure's own buttons."""


@dataclass(frozen=True)
class Look:
    """How attributions are to be coloured.

    Attributes:
        dark: whether the page behind the figure is dark.
        sign: magnitudes on a sequential map from 0, or signed values on a diverging one about 0.
        common: one scale for all bands; otherwise each band ends at its own.
    """

    dark: bool = False
    sign: Sign = "magnitude"
    common: bool = True

    @property
    def ink(self) -> str:
        """The colour of text and lines."""
        return _INK[self.dark]

    @property
    def page(self) -> str:
        """The colour of the page behind the figure."""
        return _PAGE[self.dark]

    def series(self, name: str) -> str:
        """The colour of a line or a bar by its name in :data:`SERIES`."""
        return SERIES[name][self.dark]

    @property
    def quantity(self) -> str:
        """What the colour bar says."""
        return "|γ|, channels summed" if self.sign == "magnitude" else "γ, channels summed"

    def scale(self) -> list[list[Any]]:
        """The colour map, as Plotly takes it."""
        return [list(stop) for stop in _stops(self.sign)]

    def limits(self, values: np.ndarray, percentile: float = PERCENTILE) -> tuple[float, float]:
        """Where the colours end: at 0 or symmetric about it, and at a percentile of |values|."""
        top = colour_limit(values, percentile) or 1.0
        return (0.0, top) if self.sign == "magnitude" else (-top, top)

    def scales(self) -> dict[str, list[list[Any]]]:
        """The colour map once for all traces of a figure that have ``autocolorscale``.

        Plotly chooses among three by the ends of the colours; here they are one. It checks every
        colour of every map that it is given, which counts where there are a score of tiles.
        """
        return {name: self.scale() for name in ("sequential", "sequentialminus", "diverging")}


@cache
def _stops(sign: Sign) -> tuple[tuple[float, str], ...]:
    colours = hex_scale(DIVERGING if sign == "signed" else SEQUENTIAL, 64)
    return tuple((i / (len(colours) - 1), colour) for i, colour in enumerate(colours))


def build_figure(
    traces: Sequence[Mapping[str, Any]],
    look: Look,
    height: int,
    *,
    axes: Mapping[str, Mapping[str, Any]],
    title: str | None = None,
    **layout: Any,
) -> go.Figure:
    """A figure in the common frame, made in one go.

    Plotly checks a figure again with each change to it: one that is put together by many calls
    takes several times as long as one that is given whole, and is made anew at each click.

    Args:
        traces: as Plotly takes them, each with its ``type``.
        look: the colours of ink and grid.
        height: in pixels.
        axes: ``xaxis``, ``yaxis2`` and so on; what they have in common is added.
        title: above the figure.
        layout: everything else; it goes before the common frame.
    """
    whole = {**_frame(look, height, title), **layout}
    whole |= {name: {**axis, **_axis(look)} for name, axis in axes.items()}
    return go.Figure({"data": list(traces), "layout": whole})


def finish(figure: go.Figure, look: Look, height: int, title: str | None = None) -> go.Figure:
    """The same frame for a figure that is there already."""
    figure.update_layout(_frame(look, height, title))
    figure.update_xaxes(_axis(look))
    figure.update_yaxes(_axis(look))
    return figure


def _frame(look: Look, height: int, title: str | None) -> dict[str, Any]:
    """Transparent, so that the page's theme shows through."""
    frame = {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 36 if title else 12, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": look.ink, "size": 12},
        "showlegend": False,
        "hoverlabel": {"font": {"size": 12}},
    }
    if title:
        frame["title"] = {"text": title, "font": {"size": 14}, "x": 0, "xref": "paper"}
    return frame


def _axis(look: Look) -> dict[str, Any]:
    return {"gridcolor": _GRID[look.dark], "zeroline": False, "automargin": True}


def colour_bar(look: Look, *, clipped: bool = True) -> dict[str, Any]:
    """A labelled colour bar; says where the colours end."""
    note = f"<br>colours end at the {PERCENTILE}th percentile" if clipped else ""
    return {
        "title": {"text": look.quantity + note, "font": {"size": 11}, "side": "bottom"},
        "orientation": "h",
        "x": 0.5,
        "xanchor": "center",
        "y": 0,
        "yanchor": "top",
        "ypad": 28,
        "thickness": 10,
        "nticks": 5,
        "tickformat": ".2~g",
        "exponentformat": "power",
        "outlinewidth": 0,
        "tickfont": {"color": look.ink},
    }


def legend_above(y: float = 1.02, size: int = 11) -> dict[str, Any]:
    """A legend in a row above the plot, from its left edge."""
    return {"orientation": "h", "x": 0, "y": y, "yanchor": "bottom", "font": {"size": size}}


def image_address(pixels: npt.NDArray[np.uint8]) -> str:
    """A picture, uint8 (rows, columns, 3), as an address that holds it."""
    return _image_address(pixels.tobytes(), pixels.shape)


def image_trace(pixels: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """A picture, uint8 (rows, columns, 3), as the layer below others."""
    return {"type": "image", "source": image_address(pixels), "hoverinfo": "skip"}


@lru_cache(maxsize=8)
def _image_address(values: bytes, shape: tuple[int, ...]) -> str:
    """Kept, as the same picture stands under many maps."""
    pixels = np.frombuffer(values, np.uint8).reshape(shape)
    return "data:image/png;base64," + base64.b64encode(encode_png(pixels)).decode()


def picture(extent: tuple[int, int], unit: str = " px") -> dict[str, dict[str, Any]]:
    """The axes of an image: rows downwards, square pixels, no grid."""
    rows, columns = extent
    return {
        "xaxis": {
            "range": [-0.5, columns - 0.5],
            "showgrid": False,
            "ticksuffix": unit,
            "showticksuffix": "last",
            "tickangle": 0,
            "nticks": 5,
            "constrain": "domain",
        },
        "yaxis": {
            "range": [rows - 0.5, -0.5],
            "showgrid": False,
            "scaleanchor": "x",
            "constrain": "domain",
        },
    }
