"""Maps of several rankings, in one unit: how strong a place is against an even spread."""

import base64
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app.figures.theme import Look, build_figure, colour_bar, picture
from wam_core.signals.image import encode_png

Values = npt.NDArray[np.floating]
_CUT, _SPACE = (
    "colours end at a 99.5th percentile",
    "<span style='color:rgba(0,0,0,0)'>.</span>",
)  # two lines under every map
_BAR = 76  # px below a map: the colour bar with its title


def limit(values: Values) -> float:
    """Where the colours of a map end: a percentile of the magnitudes; NaN is no place."""
    return Look().limits(values[np.isfinite(values)])[1]


def figure(
    values: Values,
    look: Look,
    end: float,
    *,
    under: npt.NDArray[np.uint8] | None = None,
    opacity: float = 1.0,
    width: int = 230,
) -> go.Figure:
    """One map.

    Args:
        values: (rows, columns), 1 = as strong as if all were spread evenly; NaN where no place is.
        look: of the page; signed is the difference of two maps, about 0.
        end: the value at which the colours end.
        under: a picture of the same size below the map, uint8 RGB.
        opacity: of the map.
        width: that it will have, in px, so that it gets the height that belongs to it.
    """
    rows, columns = values.shape
    traces: list[dict[str, Any]] = []
    if under is not None:
        source = "data:image/png;base64," + base64.b64encode(encode_png(under)).decode()
        traces.append({"type": "image", "source": source, "hoverinfo": "skip"})
    signed = look.sign == "signed"
    clipped = bool(np.nanmax(np.abs(values), initial=0.0) > end)
    traces.append(
        {
            "type": "heatmap",
            "z": values.astype(np.float32),
            "zmin": -end if signed else 0.0,
            "zmax": end,
            "colorscale": look.scale(),
            "opacity": opacity,
            "hoverongaps": False,
            "colorbar": _bar(look, end, clipped=clipped),
            "hovertemplate": "row %{y}, column %{x}<br>"
            + ("%{z:+.3~g} × even more than the reference" if signed else "%{z:.3~g} × even")
            + "<extra></extra>",
        }
    )
    axes = {name: axis | {"visible": False} for name, axis in picture((rows, columns), "").items()}
    return build_figure(traces, look, round(width * rows / columns) + _BAR, axes=axes)


def _bar(look: Look, end: float, *, clipped: bool) -> dict[str, Any]:
    signed = look.sign == "signed"
    words = "× even, against the reference" if signed else "× an even spread"
    bar = colour_bar(look, clipped=False)
    bar["title"]["text"] = f"{words}<br>{_CUT if clipped else _SPACE}"
    places = (-end, 0.0, end) if signed else (0.0, end / 2, end)
    return bar | {
        "ypad": 6,
        "len": 0.88,
        "tickvals": places,
        "ticktext": [f"{place:{'+' if signed and place else ''}.2g}" for place in places],
    }
