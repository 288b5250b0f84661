"""A volume in three dimensions: the object's surface, and in it where the attribution is strong."""

import base64
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from skimage.filters import threshold_otsu

from app.figures.scene_layout import BOTTOM, cameras, controls, row, space, threshold_slider
from app.figures.surfaces import Mesh, cubes, reduced, smooth
from app.figures.theme import Look, build_figure, colour_bar
from wam_core.plot.planes import Ends
from wam_core.views import Sign

SHARES = (0.0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
"""The steps of the slider: how much of the volume is shown, strongest first."""

_START = 0.02
_CELLS = (48, 40, 32, 24, 16)  # along the longest side; the first that a browser can take is drawn
_BYTES = 745_000  # of arrays; written as text they are a third longer
_OBJECT = {False: "#8d93a3", True: "#a9afc0"}
_GLASS = 0.24
_EVERY = {
    "lighting": {"ambient": 0.92, "diffuse": 0.6, "specular": 0.05, "roughness": 0.9, "fresnel": 0.05},
    "lightposition": {"x": -2000, "y": -4000, "z": 8000},
    "hoverinfo": "skip",
}  # fmt: skip

Volume = npt.NDArray[np.floating]
Surfaces = list[tuple[Mesh, Volume]]


class Heat:
    """An attribution by place, and the surfaces that were made of it.

    They are kept with it: most groups of levels stay what they are when the chosen bands change.

    Args:
        values: (a, b, c).
    """

    def __init__(self, values: Volume) -> None:
        self.values = np.asarray(values)
        self.surfaces = cache(self._surfaces)

    def _surfaces(self, factors: tuple[int, ...], sign: Sign, voxels: bool) -> Surfaces:
        """For each of :data:`SHARES` a surface on a coarser grid, and the values on it."""
        heat = reduced(self.values, factors, extreme=True)
        signs = (1, -1) if sign == "signed" else (1,)
        found = []
        for share in SHARES:
            threshold = magnitude_threshold(heat, share)
            parts = [_above(side * heat, threshold, voxels) for side in signs]
            mesh = parts[0] if len(parts) == 1 else parts[0].joined(parts[1])
            # a hair outside of the object's own surface, which often is in the same place
            mesh = mesh.grown(0.04)
            found.append((mesh, heat[tuple(mesh.voxels.T)]))
        return found


def figure(
    volume: Volume,
    heat: Heat,
    look: Look,
    *,
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0),
    unit: str = "",
    ends: Ends = (),
    groups: Mapping[str, Heat] | None = None,
    voxels: bool = False,
    height: int = 600,
) -> go.Figure:
    """One scene for all thresholds: a slider, buttons for the camera, and for groups of levels.

    A threshold is the strongest share of the cells, by magnitude; a group has its own. Nothing runs
    again when they move, and neither changes the other or the camera. Signed values have a surface
    about the positive ones and one about the negative ones.

    Args:
        volume: (a, b, c), 0 = empty and 1 = full; its surface is drawn as glass.
        heat: the attribution by place, on the same grid.
        look: how it is coloured; always on one scale.
        spacing: from one voxel to the next along each axis, in ``unit``.
        unit: ``mm``, then axes are in it; empty, then they are in voxels.
        ends: of the axes, as ``Frame.ends``.
        groups: more attributions by place, as of fine and coarse levels, by their names.
        voxels: cubes in place of smooth surfaces.
        height: in pixels on the screen.
    """
    heats = {"Together": heat, **(groups or {})}
    cells, factors, object_, surfaces = _light_enough(volume, heats, look.sign, voxels)
    scale = np.array(spacing if unit else (1.0, 1.0, 1.0))
    place = _placed(scale, factors)
    traces = [_trace(object_, place, color=_OBJECT[look.dark], opacity=_GLASS)]
    start = SHARES.index(_START)
    for nth, (name, steps) in enumerate(surfaces.items()):
        for step, (mesh, values) in enumerate(steps):
            traces.append(
                _trace(
                    mesh, place,
                    intensity=typed_array(values.astype(np.float32)),
                    intensitymode="cell" if mesh.flat else "vertex",
                    coloraxis="coloraxis",
                    visible=step == start,
                    opacity=0.0 if nth else 1.0,
                    name=f"{name}, strongest {100 * SHARES[step]:g} %",
                )
            )  # fmt: skip
    low, high = look.limits(heat.values)
    rows = [row("Camera", cameras(ends), look, active=False)]
    if groups:
        rows.append(row("Levels", _switches(list(heats)), look, active=True))
    lines = _note(volume.shape, cells, object_)
    margin = {"l": 0, "r": 0, "t": 8 + 38 * len(rows), "b": BOTTOM + 16 * len(lines)}
    note = {
        "text": "<br>".join(lines), "xref": "paper", "yref": "paper", "x": 0, "y": 0,
        "yshift": -BOTTOM, "xanchor": "left", "yanchor": "top", "align": "left",
        "showarrow": False, "font": {"size": 11, "color": look.ink},
    }  # fmt: skip
    return build_figure(
        traces, look, height, axes={},
        margin=margin,
        scene=space(volume.shape, scale, spacing, unit, ends, look),
        coloraxis={
            "colorscale": _scale(look), "cmin": low, "cmax": high, "colorbar": _bar(look),
        },
        sliders=[threshold_slider(SHARES, start, len(heats), look)],
        updatemenus=controls(rows, height - margin["t"] - margin["b"]),
        annotations=[note],
        template={"data": {"mesh3d": [_EVERY]}},  # once: Plotly checks what stands in every trace
        uirevision="scene",
    )  # fmt: skip


def surface_level(volume: Volume) -> float:
    """Where the surface of the object lies: ½ of what is full or empty, Otsu's level otherwise."""
    between = (volume > 0.02) & (volume < 0.98)
    if between.mean() < 0.5 * (volume >= 0.98).mean() or not between.any():
        return 0.5
    return float(threshold_otsu(np.asarray(volume)))


def magnitude_threshold(heat: Volume, share: float) -> float:
    """A threshold between the strongest ``share`` of the cells and the others; ∞ for none."""
    ordered = np.sort(np.abs(heat), axis=None)[::-1]
    count = min(round(share * ordered.size), int(np.count_nonzero(ordered)))
    if not count:
        return float("inf")
    last = ordered[count - 1]
    below = ordered[ordered < last]
    return float(last + (below[0] if below.size else 0.0)) / 2


def _light_enough(
    volume: Volume, heats: Mapping[str, Heat], sign: Sign, voxels: bool
) -> tuple[tuple[int, ...], tuple[int, ...], Mesh, dict[str, Surfaces]]:
    """All surfaces, on the finest grid that a browser takes: its cells, and voxels per cell."""
    level = surface_level(volume)
    sizes = [tuple(-(-extent // most) for extent in volume.shape) for most in _CELLS]
    tried = list(dict.fromkeys(sizes))  # several may come to the same
    for factors in tried:
        small = reduced(np.asarray(volume, np.float32), factors, extreme=False)
        body = cubes(small >= level) if voxels else smooth(small, level)
        left, surfaces = _BYTES - _weight(body), {}
        # from the last to the first: where the groups are too much already, as they mostly are,
        # what the chosen bands are together is not looked for on that grid
        for name, heat in reversed(list(heats.items())):
            if left < 0 and factors != tried[-1]:
                break
            surfaces[name] = heat.surfaces(factors, sign, voxels)
            left -= sum(_weight(mesh) for mesh, _ in surfaces[name])
        if left >= 0:
            break
    return small.shape, factors, body, {name: surfaces[name] for name in heats}


def _above(heat: Volume, threshold: float, voxels: bool) -> Mesh:
    if voxels or not np.isfinite(threshold):
        found = cubes(heat >= threshold)
        return found if voxels else Mesh(found.vertices, found.faces, found.voxels, flat=False)
    # no higher than twice the threshold: beside a very strong cell the surface would swell
    return smooth(np.minimum(np.maximum(heat, 0), 2 * threshold), threshold)


def _weight(mesh: Mesh) -> int:
    narrow = 2 if len(mesh.vertices) < 2**16 else 4
    return 12 * len(mesh.vertices) + 3 * narrow * len(mesh.faces) + 4 * len(mesh.voxels)


_Place = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]


def _placed(scale: npt.NDArray[np.floating], factors: Sequence[int]) -> _Place:
    """Cells → the axes: a cell of f voxels is centred between the first and the last of them."""
    each = np.array(factors)
    return lambda vertices: ((vertices * each + (each - 1) / 2) * scale).astype(np.float32)


def _trace(mesh: Mesh, place: _Place, **options: Any) -> dict[str, Any]:
    index = np.uint16 if len(mesh.vertices) < 2**16 else np.uint32
    return {
        "type": "mesh3d",
        **dict(zip("xyz", map(typed_array, place(mesh.vertices).T), strict=True)),
        **dict(zip("ijk", map(typed_array, mesh.faces.T.astype(index)), strict=True)),
        "flatshading": mesh.flat,
        **options,
    }  # fmt: skip


def _switches(names: Sequence[str]) -> list[dict[str, Any]]:
    """One button for each group. The slider has the traces' visibility, these their opacity."""
    traces = list(range(1, 1 + len(names) * len(SHARES)))
    return [
        {
            "label": name,
            "method": "restyle",
            "args": [
                {"opacity": [float(group == name) for group in names for _ in SHARES]},
                traces,
            ],
        }
        for name in names
    ]


def _scale(look: Look) -> list[list[Any]]:
    """The colours of the look; magnitudes without those that cannot be told from the page.

    Near black ones take no shade, and the palest would be lost on a white page.
    """
    colours = [colour for _, colour in look.scale()]
    if look.sign == "magnitude":
        colours = colours[len(colours) // 4 : None if look.dark else -len(colours) // 10]
    return [[nth / (len(colours) - 1), colour] for nth, colour in enumerate(colours)]


def _bar(look: Look) -> dict[str, Any]:
    """Upright, at the right edge."""
    bar = colour_bar(look)
    bar["title"] |= {"side": "right"}
    return bar | {
        "orientation": "v", "x": 1.0, "xanchor": "right", "y": 0.55, "yanchor": "middle",
        "len": 0.8, "ypad": 0, "xpad": 4,
    }  # fmt: skip


def _note(size: Sequence[int], cells: Sequence[int], body: Mesh) -> list[str]:
    """Lines on what the figure does not show."""
    lines = []
    if not len(body.faces):
        lines.append("The object has no surface: it is empty, or full throughout.")
    if tuple(cells) != tuple(size):
        lines += [
            f"Drawn with {_times(cells)} cells for {_times(size)} voxels:",
            "to spare the browser, only the strongest of a cell is shown.",
        ]
    return lines


def _times(size: Sequence[int]) -> str:
    return " × ".join(map(str, size))


_SHORT = {"float32": "f4", "uint16": "u2", "uint32": "u4"}


def typed_array(values: npt.NDArray[Any]) -> dict[str, str] | list[Any]:
    """A line of numbers as bytes in base64, what Plotly itself makes of it in the end.

    Given an array, it asks twice what kind of library that may come from: in a scene of 29 meshes
    of seven arrays that took as long as all surfaces.

    >>> typed_array(np.array([1, 2], np.uint16))
    {'dtype': 'u2', 'bdata': 'AQACAA=='}
    """
    if not values.size:
        return []
    line = np.ascontiguousarray(values)
    return {"dtype": _SHORT[line.dtype.name], "bdata": base64.b64encode(line.data).decode("ascii")}
