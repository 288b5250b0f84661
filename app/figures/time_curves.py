"""When rankings of a sound are strong: lines over time, and how two of them differ."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app.figures.theme import Look, finish
from wam_core.plot.colour import paint

Values = npt.NDArray[np.floating]
_HEIGHT = 150


def figure(values: Values, seconds: float, look: Look, end: float) -> go.Figure:
    """One line.

    Args:
        values: (cells,), 1 = as strong as if all were spread evenly over time.
        seconds: the whole duration.
        look: of the page.
        end: of the vertical axis.
    """
    result = go.Figure(
        go.Scatter(
            x=_times(values, seconds), y=values.astype(np.float32), mode="lines", fill="tozeroy",
            line={"width": 1.2, "color": "#c8514a"}, fillcolor="rgba(200,81,74,0.25)",
            hovertemplate="%{x:.2f} s<br>%{y:.3~g} × even<extra></extra>",
        )
    )  # fmt: skip
    result.update_yaxes(range=[0, 1.05 * end], title="× even", nticks=4)
    return _framed(result, seconds, look)


def difference(values: Values, seconds: float, look: Look, end: float) -> go.Figure:
    """Bars about 0: stronger than the reference above it, weaker below.

    Args:
        values: (cells,), in units of an even spread.
        seconds, look: as for :func:`figure`.
        end: of the vertical axis on either side, and of the colours.
    """
    colours = [f"#{bytes(c).hex()}" for c in paint(np.clip(values, -end, end), end, "signed")]
    result = go.Figure(
        go.Bar(
            x=_times(values, seconds), y=values.astype(np.float32),
            marker={"color": colours, "line": {"width": 0.4, "color": look.ink}}, width=seconds / len(values),
            hovertemplate="%{x:.2f} s<br>%{y:+.3~g} × even<extra></extra>",
        )
    )  # fmt: skip
    result.update_layout(bargap=0)
    _framed(result, seconds, look)
    result.update_yaxes(
        range=[-1.05 * end, 1.05 * end], title="× even", nticks=5, zeroline=True,
        zerolinecolor=look.ink,
    )  # fmt: skip
    return result


def _times(values: Values, seconds: float) -> Values:
    return (np.arange(len(values)) + 0.5) * seconds / len(values)


def _framed(result: go.Figure, seconds: float, look: Look) -> go.Figure:
    finish(result, look, _HEIGHT)
    result.update_xaxes(range=[0, seconds], ticksuffix=" s", showticksuffix="last", showgrid=False)
    return result
