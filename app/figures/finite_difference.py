"""What two rules predict of a nudge, against what the network does."""

from collections.abc import Sequence

import plotly.graph_objects as go

from app.figures.theme import Look, finish
from wam_core.finite_difference import Difference

_RIGHT, _WRONG = {False: "#0b7fab", True: "#5cc3ea"}, {False: "#b3560b", True: "#f0a35e"}


def figure(nudges: Sequence[Difference], look: Look) -> go.Figure:
    """Predicted against measured slopes; what is right lies on the line."""
    measured = [nudge.measured for nudge in nudges]
    every = [*measured, *(n.adjoint for n in nudges), *(n.analysed for n in nudges)]
    low, high = min(every), max(every)
    room = 0.08 * ((high - low) or 1.0)
    result = go.Figure(
        go.Scatter(
            x=[low - room, high + room], y=[low - room, high + room], mode="lines", name="exactly right",
            line={"color": look.ink, "width": 1, "dash": "dot"}, hoverinfo="skip",
        )
    )  # fmt: skip
    for name, values, colour, symbol in (
        ("the transform, W", [n.analysed for n in nudges], _WRONG[look.dark], "x"),
        ("the adjoint, A", [n.adjoint for n in nudges], _RIGHT[look.dark], "circle"),
    ):
        result.add_trace(
            go.Scatter(
                x=measured, y=values, mode="markers", name=name,
                marker={"color": colour, "size": 10, "symbol": symbol},
                text=[str(nudge.band) for nudge in nudges],
                hovertemplate=f"{name}, %{{text}}<br>measured %{{x:.3g}}, predicted %{{y:.3g}}<extra></extra>",
            )
        )  # fmt: skip
    finish(result, look, 360)
    result.update_xaxes(title="measured: change of the score per nudge", nticks=6)
    result.update_yaxes(title="predicted", nticks=6)
    return result.update_layout(
        showlegend=True, legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    )
