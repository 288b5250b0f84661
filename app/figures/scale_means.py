"""Mean scale profiles of several networks, one above the other, on one scale of shares."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.figures.theme import Look, finish
from wam_core.evaluation.interval import Interval
from wam_core.evaluation.scales import APPROX, ENERGY, OURS
from wam_core.plot.colour import level_colour

_ROW, _FRAME = 150, 96  # px
_PAGE = {False: "#ffffff", True: "#14121d"}
Means = Mapping[tuple[str, str], Mapping[int, Interval]]


def figure(
    means: Means, networks: Sequence[str], levels: Mapping[int, str], look: Look
) -> go.Figure:
    """A row for each network: bars are its mean shares, lines on them their intervals.

    The grey diamond is the share of |z|, which has no network in it; the short line is the mean of
    the first network, in the rows below it.

    Args:
        means: of :func:`wam_core.evaluation.scales.means`.
        networks: in order; the first is what the others are compared with.
        levels: names of the levels, coarse first.
        look: of the page.
    """
    result = make_subplots(
        rows=len(networks), cols=1, shared_xaxes=True, vertical_spacing=0.2 / len(networks)
    )
    coarsest = max(levels)
    names, highest = list(levels.values()), 0.0
    for row, network in enumerate(networks, start=1):
        mine, energy, first = (
            means[network, OURS], means[network, ENERGY], means[networks[0], OURS],
        )  # fmt: skip
        shown = [mine[level] for level in levels]
        highest = max(highest, *(i.high for i in shown), *(energy[level].mean for level in levels))
        result.add_trace(
            go.Bar(
                name=network, x=names, y=[100 * i.mean for i in shown],
                marker={
                    "color": [level_colour(level if level != APPROX else None, coarsest) for level in levels]
                },
                error_y={
                    "type": "data", "symmetric": False, "color": look.ink, "thickness": 1.5, "width": 4,
                    "array": [100 * (i.high - i.mean) for i in shown],
                    "arrayminus": [100 * (i.mean - i.low) for i in shown],
                },
                customdata=[[100 * i.low, 100 * i.high, i.n] for i in shown],
                hovertemplate="%{x}<br>%{y:.3g} % [%{customdata[0]:.3g}, %{customdata[1]:.3g}], "
                "%{customdata[2]} inputs<extra></extra>",
                showlegend=False,
            ),
            row=row, col=1,
        )  # fmt: skip
        _marks(
            result, row, f"{network}: |z|", names, [100 * energy[level].mean for level in levels],
            {"symbol": "diamond", "size": 8, "color": _PAGE[look.dark], "line": {"width": 1.5, "color": look.ink}},
            "share of |z|" if row == 1 else None,
        )  # fmt: skip
        if row > 1:
            _marks(
                result, row, networks[0], names, [100 * first[level].mean for level in levels],
                {"symbol": "line-ew", "size": 26, "line": {"width": 2, "color": look.ink}},
                f"mean of {networks[0]}" if row == len(networks) else None,
            )  # fmt: skip
    finish(result, look, _FRAME + _ROW * len(networks))
    for row, network in enumerate(networks, start=1):
        result.update_yaxes(range=[0, 118 * highest], nticks=4, ticksuffix=" ", row=row, col=1)
        result.add_annotation(
            text=f"<b>{network}</b>", x=0, xref="x domain" if row == 1 else f"x{row} domain",
            y=1, yref="y domain" if row == 1 else f"y{row} domain", xanchor="left", yanchor="bottom",
            showarrow=False,
        )  # fmt: skip
    result.update_yaxes(title="share, %")
    result.update_xaxes(autotickangles=[0, 90], tickfont={"size": 11})
    return result.update_layout(
        showlegend=True, margin_t=62, bargap=0.35,
        legend={
            "orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top", "font": {"size": 11},
        },
    )  # fmt: skip


def _marks(
    result: go.Figure, row: int, series: str, names: Sequence[str], values: Sequence[float],
    marker: Mapping[str, object], legend: str | None,
) -> None:  # fmt: skip
    result.add_trace(
        go.Scatter(
            name=legend or series, x=names, y=values, mode="markers", marker=marker,
            showlegend=legend is not None, hovertemplate="%{x}<br>%{y:.3g} %<extra></extra>",
        ),
        row=row, col=1,
    )  # fmt: skip
