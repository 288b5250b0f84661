"""The level × orientation grid: one tile per band on the input's own grid, zoomed together."""

import numpy as np
import plotly.graph_objects as go

from app.figures.theme import Look, build_figure, colour_bar
from app.figures.tiles import Tiles
from app.figures.units import Pixels
from wam_core.bands import Bands
from wam_core.transforms import Transform
from wam_core.views import over_channels

_UNITS = Pixels()


def figure(
    attribution: Bands, transform: Transform, size: tuple[int, int], look: Look
) -> go.Figure:
    """Rows are levels, coarse on top; columns are orientations; the approximation stands first.

    Every coefficient is drawn over the pixels it stands for, so all tiles share the input's axes
    and a zoom into one is a zoom into all.
    """
    shown = over_channels(attribution, look.sign)
    layout = transform.layout(size)
    levels = list(range(transform.levels, 0, -1))
    words = list(dict.fromkeys(b.orientation for b in layout if not b.is_approx))
    cells = {
        band: (1, 1)
        if band.is_approx
        else (2 + levels.index(band.level), 1 + words.index(band.orientation))
        for band in layout
    }
    titles = {cell: f"{_UNITS.band(band)} · {_UNITS.size(band)}" for band, cell in cells.items()}
    tiles = Tiles(
        len(levels) + 1,
        len(words),
        tuple(
            titles.get((row, column), "")
            for row in range(1, len(levels) + 2)
            for column in range(1, len(words) + 1)
        ),
        horizontal=0.02,
        vertical=0.10 / len(levels),
    )
    everything = np.concatenate([v[0, 0].cpu().numpy().ravel() for _, v in shown.bands()])
    common = look.limits(everything)
    traces = []
    for band, place in cells.items():
        values = shown[band][0, 0].cpu().numpy().astype(np.float32)
        low, high = common if look.common else look.limits(values)
        (dy, dx), (y0, x0) = layout[band].step, layout[band].first
        traces.append(
            {
                "type": "heatmap",
                "z": values,
                "x0": x0, "dx": dx, "y0": y0, "dy": dy,
                "zmin": low, "zmax": high,
                "autocolorscale": True,
                "showscale": look.common and band.is_approx,
                "colorbar": colour_bar(look) | {"ypad": 10},
                "hovertemplate": f"{_UNITS.band(band)}<br>row %{{y:.0f}}, column %{{x:.0f}} px"
                "<br>%{z:.3g}<extra></extra>",
                **tiles.axes_of(*place),
            }
        )  # fmt: skip
    rows, columns = size
    plain = {"showgrid": False, "showticklabels": False, "constrain": "domain"}
    axes = tiles.axes(
        {"range": [-0.5, columns - 0.5], **plain},
        {"range": [rows - 0.5, -0.5], "scaleanchor": "x", "scaleratio": 1, **plain},
        # as the places beside the approximation, and those of orientations that a level lacks
        hidden=[
            (row, column)
            for row in range(1, len(levels) + 2)
            for column in range(1, len(words) + 1)
            if (row, column) not in titles
        ],
    )
    return build_figure(
        traces, look, 106 + 250 * (len(levels) + 1), axes=axes,
        colorscale=look.scales(),
        annotations=tiles.titles(size=12, color=look.ink),
        margin={"l": 8, "r": 8, "t": 28, "b": 8},  # for the titles of the first row
    )  # fmt: skip
