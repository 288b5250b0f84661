"""What stands about a scene in three dimensions: axes, cameras, buttons, the threshold slider."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from app.figures.theme import BUTTON, Look
from wam_core.plot.planes import Ends, axis_name
from wam_core.plot.raster import round_down

BOTTOM = 88
"""The room below the scene, in pixels."""

_FAR = 1.8
_UPRIGHT = 2
_LARGE = 1.12  # how much of the room the longest side takes
_FRONTS = ("front", "a", "anterior")
_FAINT = {False: "#c9ccd6", True: "#4a4d5c"}
_RAIL = "#8f86b8"  # of the slider; its grip has the same colour


def space(
    size: Sequence[int],
    scale: npt.NDArray[np.floating],
    spacing: Sequence[float],
    unit: str,
    ends: Ends,
    look: Look,
) -> dict[str, Any]:
    """The axes of a scene, in true proportion."""
    extents = np.array(size) * np.array(spacing)
    shares = _LARGE * extents / extents.max()
    axes = {
        letter: {
            "range": [-0.5 * step, (count - 0.5) * step],
            "title": {
                "text": f"{axis_name(number, ends)}, {unit or 'voxels'}",
                "font": {"size": 11, "color": look.ink},
            },
            "color": look.ink,
            "gridcolor": _FAINT[look.dark],
            "zeroline": False,
            "showbackground": False,
            "showspikes": False,
            "tickfont": {"size": 10},
            "tickangle": 0,
            **_ticks(number, count * step, ends[number] if ends else None, step),
        }
        for number, (letter, count, step) in enumerate(
            zip(("xaxis", "yaxis", "zaxis"), size, scale, strict=True)
        )
    }
    return {
        **axes,
        "domain": {"x": [0, 0.9]},  # beside the colour bar
        "aspectmode": "manual",
        "aspectratio": dict(zip("xyz", map(float, shares), strict=True)),
        "camera": _camera(*_ISO),
        "dragmode": "orbit",
        "bgcolor": "rgba(0,0,0,0)",
        "uirevision": "scene",
    }


def _ticks(number: int, extent: float, ends: tuple[str, str] | None, step: float) -> dict[str, Any]:
    """Round numbers, and at either end what lies there: it is true from every side."""
    every = round_down(extent / 3)
    places = np.arange(0, extent - step / 2, every)
    low, high = -0.5 * step, extent - 0.5 * step
    if ends is None:
        return {"tickvals": places.tolist(), "ticktext": [f"{place:g}" for place in places]}
    room = 0.12 * extent
    # the three low ends meet in one corner, where two names would lie over each other
    lowest = "" if number == _UPRIGHT else ends[0]
    between = places[(places > low + room) & (places < high - room)]
    return {
        "tickvals": [low, *between.tolist(), high],
        "ticktext": [lowest, *(f"{place:g}" for place in between), ends[1]],
    }


_ISO = ((1.2, -1.55, 0.95), (0.0, 0.0, 1.0))


def cameras(ends: Ends) -> list[dict[str, Any]]:
    """Buttons for the usual views; the axis that is looked along loses its labels."""
    side = -1.0 if not ends or ends[1][1].lower() not in _FRONTS else 1.0
    x, y, z = _ISO[0]
    views = {
        "Front": ((0.0, _FAR * side, 0.0), (0.0, 0.0, 1.0), 1),
        "Top": ((0.0, 0.0, _FAR), (0.0, 1.0, 0.0), 2),
        "Side": ((_FAR, 0.0, 0.0), (0.0, 0.0, 1.0), 0),
        "Iso": ((x, -y * side, z), _ISO[1], None),
    }
    return [
        {"label": name, "method": "relayout", "args": [_seen(_camera(eye, up), along)]}
        for name, (eye, up, along) in views.items()
    ]


def _seen(camera: dict[str, Any], along: int | None) -> dict[str, Any]:
    labels: dict[str, Any] = {}
    for number, letter in enumerate("xyz"):
        where, is_labelled = f"scene.{letter}axis", number != along
        labels[f"{where}.showticklabels"] = is_labelled
        labels[f"{where}.title.font.size"] = 11 if is_labelled else 1
    return {"scene.camera": camera, **labels}


def _camera(eye: tuple[float, float, float], up: tuple[float, float, float]) -> dict[str, Any]:
    """Without perspective, so that what is equally large is drawn so; changing it resets axes."""
    return {
        "eye": dict(zip("xyz", eye, strict=True)),
        "up": dict(zip("xyz", up, strict=True)),
        "center": {"x": 0, "y": 0, "z": 0},
        "projection": {"type": "orthographic"},
    }


def row(
    title: str, buttons: Sequence[dict[str, Any]], look: Look, *, active: bool
) -> dict[str, Any]:
    """A row of buttons; ``active``: one of them is the chosen one."""
    return {
        "type": "buttons", "direction": "right", "buttons": list(buttons), "name": title,
        "showactive": active, "active": 0 if active else -1,
        "x": 0, "xanchor": "left", "yanchor": "bottom",
        "pad": {"l": 2, "r": 0, "t": 0, "b": 0},
        **BUTTON,
    }  # fmt: skip


def controls(rows: Sequence[dict[str, Any]], plot: float) -> list[dict[str, Any]]:
    """Rows of buttons above a scene of ``plot`` pixels, the first at the top."""
    return [
        menu | {"y": 1 + (38 * (len(rows) - 1 - nth) + 4) / plot} for nth, menu in enumerate(rows)
    ]


def threshold_slider(
    shares: Sequence[float], start: int, groups: int, look: Look
) -> dict[str, Any]:
    """One step for each share; all the surfaces are in the figure already."""
    traces = list(range(1, 1 + groups * len(shares)))
    steps = [
        {
            "label": f"{100 * share:g} %",
            "method": "restyle",
            "args": [{"visible": [nth == chosen for _ in range(groups) for nth in range(len(shares))]},
                     traces],
        }
        for chosen, share in enumerate(shares)
    ]  # fmt: skip
    return {
        "steps": steps, "active": start,
        "x": 0, "len": 1, "y": 0, "yanchor": "top",
        "pad": {"l": 14, "r": 14, "t": 8, "b": 0},
        "currentvalue": {"prefix": "Strongest ", "suffix": " of the cells", "font": {"size": 12},
                         "xanchor": "left", "offset": 14},
        "font": {"size": 11, "color": look.ink},
        "bgcolor": _RAIL, "bordercolor": _RAIL,
        "activebgcolor": "#5b3f9e", "tickcolor": _FAINT[look.dark],
        "transition": {"duration": 0},
    }  # fmt: skip
