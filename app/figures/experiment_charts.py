"""The charts of the experiments: a search for a minimal input, gains in a mixture, mean profiles."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.figures.captions import number
from app.figures.theme import Look, finish, legend_above
from wam_core.evaluation.minimal import Reading
from wam_core.evaluation.report import Interval
from wam_core.evaluation.scales import APPROX, ENERGY, OURS
from wam_core.plot.colour import level_colour

_PROFILE_ROW, _PROFILE_FRAME = 150, 96  # px
Means = Mapping[tuple[str, str], Mapping[int, Interval]]


def scale_means_figure(
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
        intervals = [mine[level] for level in levels]
        highest = max(
            highest, *(i.high for i in intervals), *(energy[level].mean for level in levels)
        )
        result.add_trace(
            go.Bar(
                name=network, x=names, y=[100 * i.mean for i in intervals],
                marker={
                    "color": [level_colour(level if level != APPROX else None, coarsest) for level in levels]
                },
                error_y={
                    "type": "data", "symmetric": False, "color": look.ink, "thickness": 1.5, "width": 4,
                    "array": [100 * (i.high - i.mean) for i in intervals],
                    "arrayminus": [100 * (i.mean - i.low) for i in intervals],
                },
                customdata=[[100 * i.low, 100 * i.high, i.n] for i in intervals],
                hovertemplate="%{x}<br>%{y:.3g} % [%{customdata[0]:.3g}, %{customdata[1]:.3g}], "
                "%{customdata[2]} inputs<extra></extra>",
                showlegend=False,
            ),
            row=row, col=1,
        )  # fmt: skip
        _add_marks(
            result, row, f"{network}: |z|", names, [100 * energy[level].mean for level in levels],
            {"symbol": "diamond", "size": 8, "color": look.page, "line": {"width": 1.5, "color": look.ink}},
            "share of |z|" if row == 1 else None,
        )  # fmt: skip
        if row > 1:
            _add_marks(
                result, row, networks[0], names, [100 * first[level].mean for level in levels],
                {"symbol": "line-ew", "size": 26, "line": {"width": 2, "color": look.ink}},
                f"mean of {networks[0]}" if row == len(networks) else None,
            )  # fmt: skip
    finish(result, look, _PROFILE_FRAME + _PROFILE_ROW * len(networks))
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


def _add_marks(
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


_SEARCH_COLOURS = ("violet", "brown", "blue")
_MOST = 100  # points of a line


def search_figure(readings: Sequence[Reading], total: int, score: str, look: Look) -> go.Figure:
    """Above, the score; below, how much is kept. Both over the steps.

    Args:
        readings: so far, the first of the whole input.
        total: steps of the search.
        score: what it is, such as ``logit of cat``.
        look: of the page.
    """
    result = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.1)
    every = max(1, (total + 1) // _MOST)
    steps = [n for n in range(len(readings)) if n % every == 0 or n == len(readings) - 1]
    lines = (
        (1, score, [readings[n].score for n in steps], "%{y:.3g}", "solid"),
        (2, "not switched off", [100 * readings[n].kept for n in steps], "%{y:.3g} %", "solid"),
        (2, "mean of the mask", [100 * readings[n].mean for n in steps], "%{y:.3g} %", "dash"),
    )
    for (row, name, values, form, dash), colour in zip(lines, _SEARCH_COLOURS, strict=True):
        result.add_trace(
            go.Scatter(
                x=steps, y=values, name=name, mode="lines",
                line={"color": look.series(colour), "width": 2.25, "dash": dash},
                hovertemplate=f"step %{{x}}<br>{name} {form}<extra></extra>",
            ),
            row=row, col=1,
        )  # fmt: skip
    finish(result, look, 360)
    result.add_hline(
        y=readings[0].score, line={"color": look.ink, "width": 1, "dash": "dot"},
        annotation={"text": "of the whole input", "font": {"size": 11}}, annotation_position="top right",
        row=1, col=1,
    )  # fmt: skip
    result.update_xaxes(range=[0, total], row=1, col=1)
    result.update_xaxes(title="step", range=[0, total], row=2, col=1)
    result.update_yaxes(title="score, logits", nticks=5, row=1, col=1)
    result.update_yaxes(
        title="kept, % of coefficients", range=[0, 103], nticks=5, ticksuffix=" ", row=2, col=1
    )
    return result.update_layout(
        showlegend=True,
        legend=legend_above(),
    )


_GAIN_COLOURS = {"Soft": "#5b3f9e", "Hard": "#e8713a"}


def gains_figure(gains: Mapping[str, Mapping[str, float]], look: Look) -> go.Figure:
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
                marker={"color": _GAIN_COLOURS.get(way, "#8a8f98")},
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
        legend=legend_above(size=12),
    )  # fmt: skip
    return result


def decibels(value: float, *, change: bool = False) -> str:
    """A ratio for people; with its sign where it is a change.

    >>> decibels(-0.01, change=True), decibels(-3.26)
    ('+0.0 dB', '−3.3 dB')
    """
    rounded = round(value, 1) + 0.0  # no −0.0
    return f"{number(rounded, '+.1f' if change else '.1f')} dB"
