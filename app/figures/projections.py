"""A volume's bands by level and orientation, as maximum-intensity projections."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
import torch

from app.figures.theme import Look, build_figure, colour_bar
from app.figures.tiles import Tiles
from app.figures.units import Voxels
from wam_core.bands import Band, Bands, Layout
from wam_core.plot.planes import Plane, axis_name, grid_places, planes
from wam_core.transforms import Transform
from wam_core.views import over_channels, projection

# Seven bands fill two rows of four: the faces and the corner, then the edges. The approximation has
# a row to itself, above them.
_PLACES = {
    "daa": (0, 0), "ada": (0, 1), "aad": (0, 2), "ddd": (0, 3),
    "add": (1, 0), "dad": (1, 1), "dda": (1, 2), "aaa": (1, 3),
}  # fmt: skip
_COLUMNS = 4
_TILE, _TITLE = 190, 36  # pixels: the height of a tile, and of the two lines above it
_FONT = 12


def figure(
    attribution: Bands,
    transform: Transform,
    size: tuple[int, int, int],
    look: Look,
    units: Voxels,
    axis: int = 1,
) -> go.Figure:
    """Every band on the input's own grid, looked through along one axis; all zoom together.

    The approximation has the first row; levels follow, coarse on top. A level has two rows: what
    changes along one axis (faces) and along all three (corners), then what changes along two
    (edges). Where orientations are no words over {a, d}, a level has as many rows as its bands fill.
    Each place shows the largest magnitude on its line of sight, or, signed, the value that has it.

    Args:
        attribution: of a volume.
        transform: what it was decomposed with.
        size: of the volume, in voxels.
        look: colours, and whether bands share a scale.
        units: how bands are named, the proportions, and what lies at the ends of the axes.
        axis: what is looked along.
    """
    view = next(plane for plane in planes(units.ends) if plane.axis == axis)
    layout = transform.layout(size)
    tiles = dict(_projected(over_channels(attribution, look.sign), layout, size, axis))
    places = {
        band: (1, 1) if band.is_approx else (row + 2, column + 1)
        for band, (row, column) in grid_places(layout, _PLACES, _COLUMNS).items()
    }
    rows = max(row for row, _ in places.values())
    titles = {place: _title(band, units) for band, place in places.items()}
    every = [(row, column) for row in range(1, rows + 1) for column in range(1, _COLUMNS + 1)]
    grid = Tiles(
        rows,
        _COLUMNS,
        tuple(titles.get(place, "") for place in every),
        horizontal=0.02,
        vertical=_TITLE / (rows * (_TILE + _TITLE)),
    )
    everything = np.concatenate([values.ravel() for values in tiles.values()])
    common = look.limits(everything)
    traces = []
    for band, values in tiles.items():
        low, high = common if look.common else look.limits(values)
        info = layout[band]
        traces.append(
            {
                "type": "heatmap",
                "z": values if view.down < view.across else values.T,
                "x0": info.first[view.across], "dx": info.step[view.across],
                "y0": info.first[view.down], "dy": info.step[view.down],
                "zmin": low, "zmax": high,
                "autocolorscale": True,
                "showscale": look.common and band.is_approx,
                "colorbar": colour_bar(look) | {"ypad": 30},
                "hovertemplate": f"{units.band(band)}<br>{units.size(band)}"
                f"<br>{axis_name(view.across, units.ends)} %{{x:.0f}}, "
                f"{axis_name(view.down, units.ends)} %{{y:.0f}}"
                "<br>%{z:.3g}<extra></extra>",
                **grid.axes_of(*places[band]),
            }
        )  # fmt: skip
    axes = _axes(grid, view, size, units, [place for place in every if place not in titles])
    left, top, right, bottom = view.sides
    scale = "" if look.common else "; each up to its own maximum"
    below = {
        "text": f"Every tile: {left} ← → {right}, {top} above, {bottom} below{scale}",
        "xref": "paper", "yref": "paper", "x": 0, "y": 0, "yshift": -4,
        "xanchor": "left", "yanchor": "top",
        "showarrow": False, "font": {"size": _FONT, "color": look.ink},
    }  # fmt: skip
    notes = [title | {"align": "center"} for title in grid.titles(size=_FONT, color=look.ink)]
    notes += _row_heads(grid, axes, places, units, look)
    return build_figure(
        traces, look, 120 + rows * (_TILE + _TITLE), axes=axes,
        colorscale=look.scales(),
        annotations=[*notes, below],
        margin={"l": 30, "r": 8, "t": _TITLE + 4, "b": 86},
    )  # fmt: skip


def _projected(
    attribution: Bands, layout: Layout, size: tuple[int, int, int], axis: int
) -> Iterator[tuple[Band, np.ndarray]]:
    """By band, what is left of it without an axis; float32, one value for each coefficient.

    Coefficients that stand for nothing within the volume are left out along that axis.
    """
    for band, values in attribution.bands():
        step, before = layout[band].step[axis], -layout[band].start[axis]
        first, last = before // step, -(-(size[axis] + before) // step)
        inside = values[:1].narrow(axis + 2, first, last - first)
        flat: torch.Tensor = projection(inside, axis)
        yield band, flat[0, 0].cpu().numpy().astype(np.float32)


def _title(band: Band, units: Voxels) -> str:
    """The orientation of a band, broken so that it fits on a narrow screen."""
    if band.is_approx:
        return "Approximation"
    first, _, last = units.part(band).rpartition(" ")
    return "<br>".join(part for part in (first, last) if part)


def _row_heads(
    grid: Tiles,
    axes: Mapping[str, Mapping[str, Any]],
    places: Mapping[Band, tuple[int, int]],
    units: Voxels,
    look: Look,
) -> Iterator[dict[str, Any]]:
    """The size of structures beside the rows of each level, upright."""
    for name in dict.fromkeys(units.voxels(band) for band in places):
        own = [place for band, place in places.items() if units.voxels(band) == name]
        ends = [
            axes[grid.axes_of(*place)["yaxis"].replace("y", "yaxis")]["domain"] for place in own
        ]
        yield {
            "text": name, "textangle": -90,
            "xref": "paper", "yref": "paper", "x": 0, "xshift": -4,
            "y": (min(low for low, _ in ends) + max(high for _, high in ends)) / 2,
            "xanchor": "right", "yanchor": "middle",
            "showarrow": False, "font": {"size": _FONT, "color": look.ink},
        }  # fmt: skip


def _axes(
    grid: Tiles,
    view: Plane,
    size: tuple[int, int, int],
    units: Voxels,
    hidden: Collection[tuple[int, int]],
) -> dict[str, dict[str, Any]]:
    """The same axes under every tile, in true proportion."""

    def ends(axis: int, *, backwards: bool) -> list[float]:
        both = [-0.5, size[axis] - 0.5]
        return both[::-1] if backwards else both

    plain = {"showgrid": False, "showticklabels": False, "constrain": "domain"}
    ratio = units.steps[view.down] / units.steps[view.across]
    across = ends(view.across, backwards=view.mirrored[0])
    down = ends(view.down, backwards=not view.mirrored[1])
    return grid.axes(
        {"range": across, **plain},
        {"range": down, "scaleanchor": "x", "scaleratio": ratio, **plain},
        hidden=hidden,
    )
