"""The charts of the lessons: wavelets and filters, a map that builds up, predicted differences."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.figures.theme import BUTTON, Look, finish, image_address, legend_above
from wam_core.finite_difference import Difference
from wam_core.plot.colour import GREY, level_colour

Values = npt.NDArray[np.floating] | Sequence[float]
_ROW = 86  # px of a wave


class Wave(NamedTuple):
    """A wave of one level; None is the scaling function."""

    level: int | None
    values: Values


class RowAnalysis(NamedTuple):
    """A line of an input, analysed with one wavelet.

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


def wavelets_figure(waves: Sequence[Wave], look: Look) -> go.Figure:
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
                line={"shape": "hvh", "width": 2.5, "color": _wave_colour(wave.level, waves, look)},
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


def filters_figure(low: Values, high: Values, look: Look) -> go.Figure:
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


def coefficients_figure(what: RowAnalysis, look: Look, unit: str) -> go.Figure:
    """The line with the wave on it above; below, what each wave of that level found."""
    line, wave = np.asarray(what.line, float), np.asarray(what.wave, float)
    coefficient = float(what.coefficients[what.chosen])
    colour = level_colour(what.level, what.level)
    middle, span = line.mean(), np.ptp(line) or 1.0
    scaled = middle + np.sign(coefficient or 1.0) * wave / np.abs(wave).max() * 0.5 * span
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
        go.Scatter(x=np.arange(line.size)[around], y=scaled[around], mode="lines", name="wave",
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


def _wave_colour(level: int | None, waves: Sequence[Wave], look: Look) -> str:
    return level_colour(level, max(wave.level or 1 for wave in waves))


_COLOURS = ("lilac", "orange")
_PICTURE, _CURVE = 300, 190  # px
_FRAME_MS = 500
_SIDE = 640  # px at most: wider pictures are thinned out


class Frame(NamedTuple):
    """A moment: its name on the slider, its picture, and where on the curves it is."""

    name: str
    picture: npt.NDArray[np.uint8]
    place: float


def animation_figure(
    frames: Sequence[Frame],
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    look: Look,
    *,
    along: str,
    across: str,
    counted: str,
) -> go.Figure:
    """Play, stop, or drag; everything is in the figure, so nothing is computed again.

    Args:
        frames: in order; the last is shown first, as it is the result.
        curves: two at most, by name.
        look: of the page.
        along, across: what the axes of the curves are.
        counted: what stands before a frame's name.
    """
    rows, columns = frames[-1].picture.shape[:2]
    wide = columns > 2 * rows
    above = _PICTURE // 2 if wide else _PICTURE
    result = make_subplots(
        rows=2, cols=1, row_heights=[above, _CURVE], vertical_spacing=0.08,
    )  # fmt: skip
    last = frames[-1]
    result.add_trace(
        go.Image(source=_frame_source(last.picture, look), hoverinfo="skip"), row=1, col=1
    )
    colours = dict(zip(curves, map(look.series, _COLOURS), strict=False))
    for name, (x, y) in curves.items():
        result.add_trace(
            go.Scatter(
                x=list(x), y=list(y), name=name, mode="lines+markers",
                marker={"size": 5}, line={"color": colours[name]},
                hovertemplate=f"{name}<br>%{{x:.3~g}}: %{{y:.3~g}}<extra></extra>",
            ),
            row=2, col=1,
        )  # fmt: skip
    result.add_trace(_cursor(last, curves, look), row=2, col=1)
    marker = 1 + len(curves)
    result.frames = [
        go.Frame(
            name=frame.name,
            data=[
                go.Image(source=_frame_source(frame.picture, look)),
                _cursor(frame, curves, look),
            ],
            traces=[0, marker],
        )
        for frame in frames
    ]
    finish(result, look, above + _CURVE + 150)
    result.update_xaxes(visible=False, row=1, col=1)
    result.update_yaxes(
        visible=False, row=1, col=1,
        **({"scaleanchor": False} if wide else {"scaleanchor": "x", "constrain": "domain"}),
    )  # fmt: skip
    result.update_xaxes(title=along, row=2, col=1)
    result.update_yaxes(title=across, nticks=5, row=2, col=1)
    return result.update_layout(
        showlegend=len(curves) > 1,
        legend=legend_above(0.95 * _CURVE / (above + _CURVE)),
        updatemenus=[_buttons()],
        sliders=[_slider(frames, look, counted)],
        margin_t=52,
    )


def _cursor(
    frame: Frame, curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], look: Look
) -> go.Scatter:
    """Where the moment is on every curve."""
    heights = [float(np.interp(frame.place, x, y)) for x, y in curves.values()]
    return go.Scatter(
        x=[frame.place] * len(heights), y=heights, mode="markers", showlegend=False,
        marker={"size": 13, "color": look.ink, "symbol": "circle-open", "line": {"width": 2.5}},
        hoverinfo="skip", name="now",
    )  # fmt: skip


def _frame_source(picture: npt.NDArray[np.uint8], look: Look) -> str:
    step = -(-max(picture.shape[:2]) // _SIDE)
    small = picture[:: step if picture.shape[0] > _SIDE else 1, ::step]
    if small.shape[2] == 4:  # what is clear shows the page
        clear = small[..., 3:] == 0
        small = np.where(clear, np.array([*bytes.fromhex(look.page[1:])], np.uint8), small[..., :3])
    return image_address(np.ascontiguousarray(small))


def _buttons() -> dict[str, Any]:
    def played(frames: Any, mode: str) -> list[Any]:
        timing = {"frame": {"duration": _FRAME_MS, "redraw": True}, "transition": {"duration": 0}}
        return [frames, timing | {"mode": mode, "fromcurrent": False}]

    return {
        "type": "buttons", "direction": "right", "showactive": False,
        "buttons": [
            {"label": "▶ Watch", "method": "animate", "args": played(None, "immediate")},
            {"label": "■ Stop", "method": "animate", "args": played([None], "immediate")},
        ],
        "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", **BUTTON,
    }  # fmt: skip


def _slider(frames: Sequence[Frame], look: Look, counted: str) -> dict[str, Any]:
    timing = {"frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    return {
        "active": len(frames) - 1,
        "steps": [
            {
                "label": frame.name, "method": "animate",
                "args": [[frame.name], timing | {"mode": "immediate"}],
            }
            for frame in frames
        ],
        "currentvalue": {"prefix": f"{counted} ", "font": {"size": 12}, "xanchor": "left"},
        "pad": {"t": 44, "l": 8, "r": 8}, "len": 1, "x": 0, "font": {"size": 11, "color": look.ink},
        "transition": {"duration": 0},
    }  # fmt: skip


def differences_figure(differences: Sequence[Difference], look: Look) -> go.Figure:
    """Predicted against measured slopes; what is right lies on the line."""
    measured = [each.measured for each in differences]
    every = [
        *measured,
        *(each.adjoint for each in differences),
        *(each.analysed for each in differences),
    ]
    low, high = min(every), max(every)
    room = 0.08 * ((high - low) or 1.0)
    result = go.Figure(
        go.Scatter(
            x=[low - room, high + room], y=[low - room, high + room], mode="lines", name="exactly right",
            line={"color": look.ink, "width": 1, "dash": "dot"}, hoverinfo="skip",
        )
    )  # fmt: skip
    for name, values, colour, symbol in (
        ("the transform, W", [each.analysed for each in differences], look.series("brown"), "x"),
        ("the adjoint, A", [each.adjoint for each in differences], look.series("blue"), "circle"),
    ):
        result.add_trace(
            go.Scatter(
                x=measured, y=values, mode="markers", name=name,
                marker={"color": colour, "size": 10, "symbol": symbol},
                text=[str(each.band) for each in differences],
                hovertemplate=f"{name}, %{{text}}<br>measured %{{x:.3g}}, predicted %{{y:.3g}}<extra></extra>",
            )
        )  # fmt: skip
    finish(result, look, 360)
    result.update_xaxes(title="measured: change of the score per nudge", nticks=6)
    result.update_yaxes(title="predicted", nticks=6)
    return result.update_layout(showlegend=True, legend=legend_above(size=12))
