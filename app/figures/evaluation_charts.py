"""The charts of evaluations: curves over shares, means with intervals, weights randomised."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app.figures.theme import Look, finish, legend_above
from wam_core.evaluation.methods import METHODS
from wam_core.evaluation.randomisation import RandomisationStep
from wam_core.evaluation.report import Line

CONTROLS = frozenset(method.title for method in METHODS.values() if not method.asks)
"""Names of orders that ask no network."""

_COLOURS = ("violet", "blue", "brown", "pink")  # none is the colour of a level
_DASHES = ("dash", "dot", "dashdot", "longdash")
_TICKS = (0.001, 0.01, 0.1, 1.0)
_LEGEND_ROW = 20

Values = npt.NDArray[np.floating] | Sequence[float]


class CurveRange(NamedTuple):
    """Several draws of one order: the lowest and the highest of them at each share."""

    name: str
    shares: Values
    low: Values
    high: Values


def curves_figure(
    curves: Mapping[str, tuple[Values, Values]],
    look: Look,
    *,
    logarithmic: bool,
    direction: str,
    controls: Collection[str] = CONTROLS,
    band: CurveRange | None = None,
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
        _add_range(result, band, look, logarithmic)
    for name, (shares, p) in sorted(curves.items(), key=lambda one: one[0] not in controls):
        x, y = np.asarray(shares, float), np.asarray(p, float)
        visible = x > 0 if logarithmic else np.ones(x.shape, bool)
        control = name in controls
        result.add_trace(
            go.Scatter(
                name=name,
                x=100 * x[visible],
                y=y[visible],
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
        legend=legend_above(),
    )


def palette(
    names: Collection[str], look: Look, controls: Collection[str] = CONTROLS
) -> dict[str, str]:
    """The colour of every curve, in the order of the names: controls are grey."""
    ours = iter(_COLOURS * (1 + len(names)))
    return {name: look.series("grey" if name in controls else next(ours)) for name in names}


def _add_range(result: go.Figure, band: CurveRange, look: Look, logarithmic: bool) -> None:
    """The area between the lowest and the highest."""
    x = np.asarray(band.shares, float)
    visible = x > 0 if logarithmic else np.ones(x.shape, bool)
    grey = f"rgba{(*bytes.fromhex(look.series('grey')[1:]), 0.3)}"
    for p, fill in ((band.low, None), (band.high, "tonexty")):
        result.add_trace(
            go.Scatter(
                name=band.name,
                x=100 * x[visible],
                y=np.asarray(p, float)[visible],
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


_ROW, _FRAME = 38, 110  # px


def intervals_figure(
    lines: Sequence[Line],
    look: Look,
    *,
    title: str,
    higher: bool | None,
    names: Mapping[str, str],
) -> go.Figure:
    """The best on top; a bar through each mean is its interval, a tick the mean of its baseline.

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
            name="baseline mean",
            x=[mean for _, mean in rivals],
            y=[_two_lines(name) for name, _ in rivals],
            mode="markers",
            marker={
                "symbol": "line-ns",
                "size": 20,
                "line": {"width": 2, "color": look.series("grey")},
            },
            hovertemplate="baseline %{x:.3f}<extra></extra>",
        )
    )
    for asks, name, colour, symbol in (
        (True, "uses model gradients", look.series("violet"), "circle"),
        (False, "baseline", look.series("grey"), "diamond-open"),
    ):
        some = [line for line in ordered if METHODS[line.method].asks == asks]
        result.add_trace(
            go.Scatter(
                name=name,
                x=[line.interval.mean for line in some],
                y=[_two_lines(names[line.method]) for line in some],
                mode="markers",
                marker={
                    "symbol": symbol,
                    "size": 10,
                    "color": colour,
                    "line": {"width": 2, "color": colour},
                },
                error_x={
                    "visible": any(line.interval.n > 1 for line in some),
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
        categoryorder="array", categoryarray=[_two_lines(names[line.method]) for line in ordered][::-1],
        ticksuffix="  ", range=[-0.6, len(ordered) - 0.4],
    )  # fmt: skip
    return result.update_layout(
        showlegend=True,
        legend=legend_above(1.0),
    )


def _two_lines(name: str) -> str:
    """On two lines where it is long, so that there is room for the figure on a narrow screen.

    >>> _two_lines("Path-signed, opponent colours"), _two_lines("|z| alone")
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


_LINES = (("Rank correlation", "correlation"), ("SSIM", "similarity"))
_MEASURE_COLOURS = ("lilac", "orange")


def randomisation_figure(
    stages: Sequence[RandomisationStep], look: Look, *, independent: bool
) -> go.Figure:
    """Both measures of likeness by stage: as trained, then from the head down."""
    names = ["trained", *(step.part.name for step in stages if step.part is not None)]
    result = go.Figure()
    for (name, what), colour in zip(_LINES, _MEASURE_COLOURS, strict=True):
        result.add_trace(
            go.Scatter(
                x=list(range(len(names))),
                y=[getattr(step, what) for step in stages],
                name=name,
                mode="markers" if independent else "lines+markers",
                line={"color": look.series(colour)},
                marker={"size": 9},
                text=names,
                hovertemplate=f"%{{text}}<br>{name} %{{y:.2f}}<extra></extra>",
            )
        )
    finish(result, look, 300)
    result.update_xaxes(
        tickvals=list(range(len(names))),
        ticktext=[_short_name(name) for name in names],
        tickangle=-30,
        title="drawn anew, one at a time" if independent else "drawn anew down to here",
        range=[-0.3, len(names) - 0.7],
    )
    low = min(0.0, *(min(s.correlation, s.similarity) for s in stages))
    result.update_yaxes(title="likeness to the trained map", range=[low - 0.05, 1.05])
    result.update_layout(
        showlegend=True,
        legend=legend_above(size=12),
    )
    return result


def _short_name(name: str) -> str:
    """Where a part begins, two steps deep; the whole name stands where the pointer is.

    >>> _short_name("blocks.5.2.conv_pw … conv_head"), _short_name("classifier")
    ('blocks.5', 'classifier')
    """
    return ".".join(name.split(" … ")[0].split(".")[:2])
