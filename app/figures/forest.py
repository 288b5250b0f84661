"""Means over inputs with their intervals, one row per method, each beside its control."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from app.figures.theme import Look, finish
from wam_core.evaluation.methods import METHODS
from wam_core.evaluation.summary import Line

_OURS = {False: "#5b3f9e", True: "#b39af0"}
_GREY = {False: "#6f737d", True: "#a4a8b3"}
_ROW, _FRAME = 38, 110  # px


def figure(
    lines: Sequence[Line],
    look: Look,
    *,
    title: str,
    higher: bool | None,
    names: Mapping[str, str],
) -> go.Figure:
    """The best on top; a bar through each mean is its interval, a tick the mean of its control.

    Args:
        lines: of one metric in one reading.
        look: of the page.
        title: of the metric.
        higher: whether more is better; None where neither is.
        names: of methods.
    """
    ordered = sorted(lines, key=lambda line: line.interval.mean, reverse=higher is not False)
    means = {line.method: line.interval.mean for line in ordered}
    result = go.Figure()
    rivals = [
        (names[line.method], means[METHODS[line.method].control])
        for line in ordered
        if METHODS[line.method].control in means
    ]
    result.add_trace(
        go.Scatter(
            name="mean of its control",
            x=[mean for _, mean in rivals],
            y=[_broken(name) for name, _ in rivals],
            mode="markers",
            marker={
                "symbol": "line-ns",
                "size": 20,
                "line": {"width": 2, "color": _GREY[look.dark]},
            },
            hovertemplate="its control %{x:.3f}<extra></extra>",
        )
    )
    for asks, said, colour, symbol in (
        (True, "asks the network", _OURS[look.dark], "circle"),
        (False, "control", _GREY[look.dark], "diamond-open"),
    ):
        some = [line for line in ordered if METHODS[line.method].asks == asks]
        result.add_trace(
            go.Scatter(
                name=said,
                x=[line.interval.mean for line in some],
                y=[_broken(names[line.method]) for line in some],
                mode="markers",
                marker={
                    "symbol": symbol,
                    "size": 10,
                    "color": colour,
                    "line": {"width": 2, "color": colour},
                },
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [line.interval.high - line.interval.mean for line in some],
                    "arrayminus": [line.interval.mean - line.interval.low for line in some],
                    "color": colour,
                    "thickness": 2,
                    "width": 5,
                },
                customdata=[
                    [line.interval.low, line.interval.high, line.interval.n] for line in some
                ],
                hovertemplate="%{y}<br>%{x:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}], "
                "%{customdata[2]} inputs<extra></extra>",
            )
        )
    finish(result, look, _FRAME + _ROW * len(ordered))
    better = {True: ", more is better", False: ", less is better", None: ""}[higher]
    result.update_xaxes(title=f"{title}{better}", nticks=6)
    result.update_yaxes(
        categoryorder="array", categoryarray=[_broken(names[line.method]) for line in ordered][::-1],
        ticksuffix="  ", range=[-0.6, len(ordered) - 0.4],
    )  # fmt: skip
    return result.update_layout(
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"size": 11}},
    )


def _broken(name: str) -> str:
    """On two lines where it is long, so that there is room for the figure on a narrow screen.

    >>> _broken("Path-signed, opponent colours"), _broken("|z| alone")
    ('Path-signed,<br>opponent colours', '|z| alone')
    """
    if len(name) <= 20:
        return name
    middle = min(
        (place for place, sign in enumerate(name) if sign == " "),
        key=lambda place: abs(place - len(name) / 2),
        default=None,
    )
    return name if middle is None else f"{name[:middle]}<br>{name[middle + 1 :]}"
