"""The page that a figure is drawn on, measured in dots from its upper left corner."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font

from wam_core import colour
from wam_core.attribution import WaveletAttribution
from wam_core.export.naming import title

PERCENTILE = 99.5
CLIPPING = f"colours end at the {PERCENTILE}th percentile"
FONT = "DejaVu Sans"  # comes with matplotlib, so a figure looks the same on every machine
INK, FAINT = "#31333f", "#5c5f6b"
_DPI = 100

Box = tuple[float, float, float, float]  # left, top, width, height


class Sheet:
    """A white page of ``width`` × ``height`` dots.

    A Figure of its own and not pyplot's, whose list of open figures is shared by all threads.

    Args:
        density: pixels of the file per dot; text and lines grow with it.
    """

    def __init__(self, width: float, height: float, density: float = 1.0) -> None:
        self._width, self._height, self._density = width, height, density
        self._figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
        FigureCanvasAgg(self._figure)

    def axes(self, box: Box, **options: Any) -> Axes:
        """Axes at a place."""
        left, top, width, height = box
        bottom = self._height - top - height
        inside = (
            left / self._width, bottom / self._height,
            width / self._width, height / self._height,
        )  # fmt: skip
        return self._figure.add_axes(inside, **options)

    def text(self, left: float, top: float, text: str, **style: Any) -> None:
        """Words whose upper left corner is at a place."""
        self._figure.text(
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
        colours: colour.Colours,
        low: float,
        high: float,
        label: str,
        extend: str = "neither",
    ) -> None:
        """A colour bar; its arrows (``min``, ``max``, ``both``) say that values go on there."""
        mapped = ScalarMappable(Normalize(low, high), ListedColormap(colours / 255))
        bar = self._figure.colorbar(mapped, cax=self.axes(box), extend=extend, extendfrac=0.03)
        bar.set_label(label, fontsize=8, fontfamily=FONT)
        bar.formatter.set_powerlimits((-2, 3))  # type: ignore[attr-defined]
        bar.ax.tick_params(labelsize=8, labelfontfamily=FONT)
        bar.ax.yaxis.get_offset_text().set(fontsize=8, fontfamily=FONT)

    def png(self) -> bytes:
        """The file; without the date and version that matplotlib would put in."""
        out = io.BytesIO()
        dpi = _DPI * self._density
        self._figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
        return out.getvalue()


def drawable(text: str) -> str:
    """The text with □ for what the font lacks: matplotlib would warn of each such character."""
    known = get_font(findfont(FONT)).get_charmap()
    return "".join(c if ord(c) in known or c == "\n" else "□" for c in text)


def cut(text: str, longest: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def limit(values: npt.NDArray[np.floating]) -> float:
    """Where the colours end; the maximum where the percentile is 0, and 0 where all are."""
    strength = np.abs(values)
    return float(np.percentile(strength, PERCENTILE)) or float(strength.max())
