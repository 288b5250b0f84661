"""Maps of several rankings in one unit, relative to a uniform map: over places, over time."""

from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app.figures.theme import Look, build_figure, colour_bar, finish, image_trace, picture
from wam_core.plot.colour import paint

Values = npt.NDArray[np.floating]
_CUT, _SPACE = (
    "colours end at a 99.5th percentile",
    "<span style='color:rgba(0,0,0,0)'>.</span>",
)  # two lines under every map
_BAR = 76  # px below a map: the colour bar with its title


def map_limit(values: Values) -> float:
    """Where the colours of a map end: a percentile of the magnitudes; NaN is no place."""
    return Look().limits(values[np.isfinite(values)])[1]


def map_figure(
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
        traces.append(image_trace(under))
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
            "colorbar": _map_bar(look, end, clipped=clipped),
            "hovertemplate": "row %{y}, column %{x}<br>"
            + ("%{z:+.3~g} × even more than the reference" if signed else "%{z:.3~g} × even")
            + "<extra></extra>",
        }
    )
    axes = {name: axis | {"visible": False} for name, axis in picture((rows, columns), "").items()}
    return build_figure(traces, look, round(width * rows / columns) + _BAR, axes=axes)


def _map_bar(look: Look, end: float, *, clipped: bool) -> dict[str, Any]:
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


_HEIGHT = 150


def curve_figure(values: Values, seconds: float, look: Look, end: float) -> go.Figure:
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
    return _time_axis(result, seconds, look)


def difference_figure(values: Values, seconds: float, look: Look, end: float) -> go.Figure:
    """Bars about 0: stronger than the reference above it, weaker below.

    Args:
        values: (cells,), in units of an even spread.
        seconds, look: as for :func:`curve_figure`.
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
    _time_axis(result, seconds, look)
    result.update_yaxes(
        range=[-1.05 * end, 1.05 * end], title="× even", nticks=5, zeroline=True,
        zerolinecolor=look.ink,
    )  # fmt: skip
    return result


def _times(values: Values, seconds: float) -> Values:
    return (np.arange(len(values)) + 0.5) * seconds / len(values)


def _time_axis(result: go.Figure, seconds: float, look: Look) -> go.Figure:
    finish(result, look, _HEIGHT)
    result.update_xaxes(range=[0, seconds], ticksuffix=" s", showticksuffix="last", showgrid=False)
    return result
