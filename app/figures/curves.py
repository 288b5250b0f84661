"""What a network says while features are switched on or off, by the order in which they are."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app.figures.theme import Look, finish

Values = npt.NDArray[np.float64]

_COLOURS = {
    False: ("#5b3f9e", "#e8713a", "#1b8a8f", "#b0306a", "#6c8f1f"),
    True: ("#a58be8", "#f0935f", "#45b8bc", "#e0699d", "#a3c653"),
}  # on light, on dark
_TICKS = (0.1, 0.3, 1, 3, 10, 30, 100)


class Band(NamedTuple):
    """A curve of several draws: their lowest and highest values."""

    name: str
    shares: Values
    low: Values
    high: Values


def figure(
    curves: Mapping[str, tuple[Values, Values]],
    look: Look,
    *,
    logarithmic: bool,
    direction: str,
    band: Band | None = None,
) -> go.Figure:
    """p of the class by the share that is switched.

    Args:
        curves: by the name of the ranking, shares 0 … 1 and p.
        look: of the page.
        logarithmic: whether shares are spaced by their logarithm; 0 has none and is left out.
        direction: ``insertion`` or ``deletion``.
        band: what random orders do.
    """
    result = go.Figure()
    if band is not None:
        _add_band(result, band, look, logarithmic)
    palette = _COLOURS[look.dark]
    for number, (name, (shares, p)) in enumerate(curves.items()):
        on = shares > 0 if logarithmic else shares >= 0
        result.add_trace(
            go.Scatter(
                x=100 * shares[on], y=p[on], name=name, mode="lines+markers",
                line={
                    "color": palette[number % len(palette)],
                    "dash": "solid" if number % 2 == 0 else "dash",
                    "width": 2.5 if number == 0 else 1.8,
                },
                marker={"size": 4},
                hovertemplate=f"{name}<br>%{{x:.3g}} %: p = %{{y:.3f}}<extra></extra>",
            )
        )  # fmt: skip
    finish(result, look, 340)
    verb = "put in" if direction == "insertion" else "taken out"
    result.update_xaxes(title=f"share {verb}, %")
    if logarithmic:
        result.update_xaxes(type="log", range=[-1.05, 2.05], tickvals=_TICKS)
    else:
        result.update_xaxes(range=[-2, 102])
    result.update_yaxes(title="p of the class", range=[-0.03, 1.03])
    result.update_layout(
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    )
    return result


def _add_band(result: go.Figure, band: Band, look: Look, logarithmic: bool) -> None:
    on = band.shares > 0 if logarithmic else band.shares >= 0
    grey = "rgba(190,192,205,0.35)" if look.dark else "rgba(110,114,130,0.28)"
    for values, fill in ((band.low, None), (band.high, "tonexty")):
        result.add_trace(
            go.Scatter(
                x=100 * band.shares[on], y=values[on], name=band.name, mode="lines", fill=fill,
                fillcolor=grey, line={"width": 0.8, "color": grey}, showlegend=fill is not None,
                hovertemplate=f"{band.name}<br>%{{x:.3g}} %: p = %{{y:.3f}}<extra></extra>",
            )
        )  # fmt: skip
