"""A map that grows before one's eyes: pictures as frames, with a curve that goes along."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.figures.theme import Look, finish
from wam_core.signals.image import encode_png

_COLOURS = {False: ("#5b3f9e", "#e8713a"), True: ("#a58be8", "#f0935f")}
_PICTURE, _CURVE = 300, 190  # px
_PAGE = {False: (255, 255, 255), True: (20, 18, 29)}
_FRAME_MS = 500
_SIDE = 640  # px at most: wider pictures are thinned out
_BUTTON = {"bgcolor": "#dfe1e9", "bordercolor": "#b4b8c5", "font": {"color": "#23252f", "size": 12}}


class Frame(NamedTuple):
    """A moment: its name on the slider, its picture, and where on the curves it is."""

    name: str
    picture: npt.NDArray[np.uint8]
    place: float


def figure(
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
    result.add_trace(go.Image(source=_source(last.picture, look), hoverinfo="skip"), row=1, col=1)
    colours = dict(zip(curves, _COLOURS[look.dark], strict=False))
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
            data=[go.Image(source=_source(frame.picture, look)), _cursor(frame, curves, look)],
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
        legend={
            "orientation": "h",
            "x": 0,
            "y": 0.95 * _CURVE / (above + _CURVE),
            "yanchor": "bottom",
            "font": {"size": 11},
        },
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


def _source(picture: npt.NDArray[np.uint8], look: Look) -> str:
    step = -(-max(picture.shape[:2]) // _SIDE)
    small = picture[:: step if picture.shape[0] > _SIDE else 1, ::step]
    if small.shape[2] == 4:  # what is clear shows the page
        clear = small[..., 3:] == 0
        small = np.where(clear, np.uint8(_PAGE[look.dark]), small[..., :3])
    return "data:image/png;base64," + base64.b64encode(encode_png(small)).decode()


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
        "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", **_BUTTON,
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
