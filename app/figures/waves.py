"""Waves for newcomers: the shapes of a wavelet, its filters, and one slid along a line."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.figures.theme import Look, finish
from wam_core.plot.colour import GREY, level_colour

Values = npt.NDArray[np.floating] | Sequence[float]
_ROW = 86  # px of a wave


class Wave(NamedTuple):
    """A wave of one level; None is the scaling function."""

    level: int | None
    values: Values


class Met(NamedTuple):
    """A line of an input met by one wave.

    Attributes:
        line: the samples.
        coefficients: of one level along it.
        places: of each coefficient, in samples.
        chosen: which of them is looked at.
        wave: that wave, as long as the line; its size 1.
        level: of the wave.
    """

    line: Values
    coefficients: Values
    places: Values
    chosen: int
    wave: Values
    level: int


def shapes(waves: Sequence[Wave], look: Look) -> go.Figure:
    """One wave under the other on the same axis, each about its own middle."""
    result = make_subplots(rows=len(waves), cols=1, shared_xaxes=True, vertical_spacing=0.075)
    reach = 1.0
    for row, wave in enumerate(waves, start=1):
        values = np.asarray(wave.values, float)
        mass = values**2 / (values**2).sum()
        places = np.arange(values.size) - (mass * np.arange(values.size)).sum()
        there = np.abs(places[np.abs(values) > 1e-3 * np.abs(values).max()])
        reach = max(reach, float(there.max(initial=0.0)))
        name = "scaling function" if wave.level is None else f"level {wave.level}"
        result.add_trace(
            go.Scatter(
                x=places, y=values, mode="lines", name=name,
                line={"shape": "hvh", "width": 2.5, "color": _colour(wave.level, waves, look)},
                hovertemplate=f"{name}<br>%{{x:.0f}} samples from its middle<extra></extra>",
            ),
            row=row, col=1,
        )  # fmt: skip
        result.add_annotation(
            text=name, row=row, col=1, xref="x domain", yref="y domain", x=0, y=1, xanchor="left",
            yanchor="bottom", yshift=1, showarrow=False,
        )  # fmt: skip
    result.update_yaxes(showticklabels=False, showgrid=False, zeroline=True)
    finish(result, look, 50 + _ROW * len(waves))
    result.update_yaxes(zeroline=True, zerolinecolor=look.ink, zerolinewidth=0.5)
    result.update_xaxes(range=[-1.1 * reach, 1.1 * reach])
    result.update_layout(margin_t=24)
    return result.update_xaxes(title="samples from its middle", row=len(waves), col=1)


def filters(low: Values, high: Values, look: Look) -> go.Figure:
    """The numbers of the two filters."""
    result = make_subplots(
        rows=1, cols=2, subplot_titles=["keeps what is smooth", "keeps what changes"]
    )
    for column, (values, colour) in enumerate(((low, GREY), (high, level_colour(1, 1))), start=1):
        result.add_trace(
            go.Bar(
                x=list(range(len(values))), y=list(values), marker={"color": colour},
                name=("low-pass", "high-pass")[column - 1],
                hovertemplate="number %{x}: %{y:.3f}<extra></extra>",
            ),
            row=1, col=column,
        )  # fmt: skip
    finish(result, look, 190)
    result.update_annotations(font={"size": 12, "color": look.ink})
    result.update_xaxes(showticklabels=False, showgrid=False)
    return result.update_layout(margin_t=28)


def met(what: Met, look: Look, unit: str) -> go.Figure:
    """The line with the wave on it above; below, what each wave of that level found."""
    line, wave = np.asarray(what.line, float), np.asarray(what.wave, float)
    coefficient = float(what.coefficients[what.chosen])
    colour = level_colour(what.level, what.level)
    middle, span = line.mean(), np.ptp(line) or 1.0
    drawn = middle + np.sign(coefficient or 1.0) * wave / np.abs(wave).max() * 0.5 * span
    there = np.abs(wave) > 1e-3 * np.abs(wave).max()
    first, last = (int(place) for place in np.flatnonzero(there)[[0, -1]])
    result = make_subplots(
        rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.12, row_heights=[0.6, 0.4],
        subplot_titles=["a line of the input, and one wave on it", "what the wave finds at each place"],
    )  # fmt: skip
    result.add_trace(
        go.Scatter(x=np.arange(line.size), y=line, mode="lines", name="input",
                   line={"color": look.ink, "width": 1.2}, hovertemplate="%{x}: %{y:.3g}<extra></extra>"),
        row=1, col=1,
    )  # fmt: skip
    around = slice(max(first - 1, 0), last + 2)
    result.add_trace(
        go.Scatter(x=np.arange(line.size)[around], y=drawn[around], mode="lines", name="wave",
                   line={"color": colour, "width": 3, "shape": "hvh"}, hoverinfo="skip"),
        row=1, col=1,
    )  # fmt: skip
    result.add_trace(
        go.Bar(
            x=np.asarray(what.places, float), y=list(what.coefficients), name="coefficients",
            marker={"color": [colour if nth == what.chosen else GREY for nth in range(len(what.coefficients))]},
            hovertemplate="at %{x:.0f}: %{y:.3g}<extra></extra>",
        ),
        row=2, col=1,
    )  # fmt: skip
    finish(result, look, 380)
    result.update_annotations(font={"size": 12, "color": look.ink}, x=0, xanchor="left")
    result.update_xaxes(range=[-1, line.size])
    result.update_xaxes(title=unit, row=2, col=1)
    return result.update_layout(margin_t=30)


def _colour(level: int | None, waves: Sequence[Wave], look: Look) -> str:
    return level_colour(level, max(wave.level or 1 for wave in waves))
