"""What a network says while features are switched on or off: several orders on one chart."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app.figures.theme import Look, finish
from wam_core.evaluation.methods import METHODS

CONTROLS = frozenset(method.title for method in METHODS.values() if not method.asks)
"""Names of orders that ask no network."""

# Told apart by lightness too, and readable on their page; none is the colour of a level.
_COLOURS = {
    False: ("#5b3f9e", "#0b7fab", "#b3560b", "#a3195b"),
    True: ("#b39af0", "#5cc3ea", "#f0a35e", "#f580b4"),
}
_CONTROL = {False: "#6f737d", True: "#a4a8b3"}
_DASHES = ("dash", "dot", "dashdot", "longdash")
_TICKS = (0.001, 0.01, 0.1, 1.0)
_LEGEND_ROW = 20

Values = npt.NDArray[np.floating] | Sequence[float]


class Band(NamedTuple):
    """Several draws of one order: the lowest and the highest of them at each share."""

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
    controls: Collection[str] = CONTROLS,
    band: Band | None = None,
) -> go.Figure:
    """The probability of the explained class over the share of the features.

    Args:
        curves: by name, shares 0 … 1 and the probability at each.
        look: of the page.
        logarithmic: whether the first thousandths are to be told apart; a share of 0 is left out.
        direction: ``insertion`` (features are switched on) or ``deletion`` (off).
        controls: names that are drawn dashed and grey, behind the others.
        band: of orders that are drawn at random, behind everything.
    """
    colours = palette(curves, look, controls)
    dashes = iter(_DASHES * len(curves))
    result = go.Figure()
    if band is not None:
        _spread(result, band, look, logarithmic)
    for name, (shares, p) in sorted(curves.items(), key=lambda one: one[0] not in controls):
        x, y = np.asarray(shares, float), np.asarray(p, float)
        shown = x > 0 if logarithmic else np.ones(x.shape, bool)
        control = name in controls
        result.add_trace(
            go.Scatter(
                name=name,
                x=100 * x[shown],
                y=y[shown],
                mode="lines",
                legendrank=1001 if control else 1000,
                line={
                    "color": colours[name],
                    "width": 1.5 if control else 2.25,
                    "dash": next(dashes) if control else "solid",
                },
                hovertemplate=f"%{{x:.3~g}} % {_switched(direction)}: p = %{{y:.3~g}}",
            )
        )
    top = max((float(np.max(p, initial=0.0)) for _, p in curves.values()), default=1.0)
    finish(result, look, 300 + _LEGEND_ROW * (len(curves) + (band is not None)))
    result.update_xaxes(
        title=f"features switched {_switched(direction)}, %, "
        + ("logarithmic" if logarithmic else "strongest first"),
        type="log" if logarithmic else "linear",
        range=[-1, 2] if logarithmic else [0, 100],
        tickvals=[100 * tick for tick in _TICKS] if logarithmic else [0, 25, 50, 75, 100],
        ticks="outside",
        tickcolor=look.ink,
    )
    result.update_yaxes(title="p of the class", range=[0, min(1.02, 1.15 * top) or 1.02], nticks=6)
    return result.update_layout(
        margin_r=20,  # else the last tick has no room for its label, and goes without
        showlegend=True,
        hovermode="x unified",
        hoverlabel={"bgcolor": "#23252f" if look.dark else "#ffffff"},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 11}},
    )


def palette(
    names: Collection[str], look: Look, controls: Collection[str] = CONTROLS
) -> dict[str, str]:
    """The colour of every curve, in the order of the names: controls are grey."""
    ours = iter(_COLOURS[look.dark] * (1 + len(names)))
    return {name: _CONTROL[look.dark] if name in controls else next(ours) for name in names}


def _spread(result: go.Figure, band: Band, look: Look, logarithmic: bool) -> None:
    """The area between the lowest and the highest."""
    x = np.asarray(band.shares, float)
    shown = x > 0 if logarithmic else np.ones(x.shape, bool)
    grey = f"rgba{(*bytes.fromhex(_CONTROL[look.dark][1:]), 0.3)}"
    for p, fill in ((band.low, None), (band.high, "tonexty")):
        result.add_trace(
            go.Scatter(
                name=band.name,
                x=100 * x[shown],
                y=np.asarray(p, float)[shown],
                mode="lines",
                legendrank=1002,
                showlegend=fill is not None,
                line={"color": grey, "width": 0.5},
                fill=fill,
                fillcolor=grey,
                hovertemplate="p = %{y:.3~g}",
            )
        )


def _switched(direction: str) -> str:
    return "on" if direction == "insertion" else "off"
