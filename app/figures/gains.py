"""How far each way to keep lifts the target out of a mixture."""

from collections.abc import Mapping

import plotly.graph_objects as go

from app.figures.theme import Look, finish

_COLOURS = {"Soft": "#5b3f9e", "Hard": "#e8713a"}


def figure(gains: Mapping[str, Mapping[str, float]], look: Look) -> go.Figure:
    """Bars in dB: by ranking, and within it by way to keep; 0 is as in the mixture."""
    result = go.Figure()
    for way in next(iter(gains.values())):
        values = [gains[ranking][way] for ranking in gains]
        result.add_trace(
            go.Bar(
                name=way,
                y=list(gains),
                x=values,
                orientation="h",
                marker={"color": _COLOURS.get(way, "#8a8f98")},
                text=[decibels(value, change=True) for value in values],
                textposition="outside",
                cliponaxis=False,
                hovertemplate=f"%{{y}}, {way.lower()}<br>%{{x:.2f}} dB<extra></extra>",
            )
        )
    every = [value for by_way in gains.values() for value in by_way.values()]
    low, high = min(0.0, *every), max(0.0, *every)
    room = 0.3 * (high - low) or 1.0
    finish(result, look, 90 + 56 * len(gains))
    result.update_xaxes(
        title="change of target : other, dB",
        range=[low - (room if low < 0 else 0), high + room],
        zeroline=True,
        zerolinecolor=look.ink,
    )
    result.update_yaxes(autorange="reversed", ticksuffix=" ")
    result.update_layout(
        barmode="group", bargap=0.3, showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    return result


def decibels(value: float, *, change: bool = False) -> str:
    """A ratio for people; with its sign where it is a change.

    >>> decibels(-0.01, change=True), decibels(-3.26)
    ('+0.0 dB', '−3.3 dB')
    """
    rounded = round(value, 1) + 0.0  # no −0.0
    return f"{rounded:{'+' if change else ''}.1f} dB".replace("-", "−")
