"""The maps of an image: under a heat-map, the dyadic mosaic, and level × orientation."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app.figures.theme import Look, build_figure, colour_bar, image_trace, picture
from app.figures.tiles import Tiles
from app.figures.units import Pixels
from wam_core.bands import Bands, Layout
from wam_core.plot.colour import PERCENTILE, relative
from wam_core.transforms import Transform
from wam_core.views import mosaic, over_channels, tiles

_NARROWEST, _WIDE = 0.1, 0.24  # of the mosaic: tiles with the size, and those with all words


def overlay_figure(
    pixels: npt.NDArray[np.uint8],
    look: Look,
    heat: npt.NDArray[np.float32] | None = None,
    *,
    opacity: float = 0.7,
    share: float = 1.0,
    height: int = 500,
) -> go.Figure:
    """A picture (rows, columns, 3), with the strongest ``share`` of a heat-map over it.

    Places weaker than the threshold are left clear.
    """
    rows, columns = pixels.shape[:2]
    traces = [image_trace(pixels)]
    if heat is not None:
        low, high = look.limits(heat)
        threshold = float(np.quantile(np.abs(heat), 1 - share)) if share < 1 else -1.0
        values, block = _own_resolution(heat)
        first = (block - 1) / 2  # the middle of a block
        traces.append(
            {
                "type": "heatmap",
                "z": np.where(np.abs(values) >= threshold, values, np.nan).astype(np.float32),
                "x0": first, "dx": block, "y0": first, "dy": block,
                "zmin": low, "zmax": high, "colorscale": look.scale(), "opacity": opacity,
                "colorbar": colour_bar(look),
                "hovertemplate": "row %{y}, column %{x} px<br>%{z:.3g}<extra></extra>",
            }
        )  # fmt: skip
    return build_figure(traces, look, height, axes=picture((rows, columns)))


def _own_resolution(
    heat: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float32], int]:
    """The map with one value per block, and a block's side: coarse bands repeat each of theirs.

    A browser need not be sent a value more than once.
    """
    block = 1
    while 2 * block <= min(heat.shape):
        values = heat[:: 2 * block, :: 2 * block]
        again = values.repeat(2 * block, 0).repeat(2 * block, 1)[: heat.shape[0], : heat.shape[1]]
        if not np.array_equal(again, heat):
            break
        block *= 2
    return heat[::block, ::block], block


def mosaic_figure(attribution: Bands, layout: Layout, look: Look, height: int = 500) -> go.Figure:
    """All bands in one picture: the approximation in the corner, finer levels outwards.

    Each tile is divided by its own 99.5th percentile, so that faint bands can be read.
    """
    channels_summed = over_channels(attribution, look.sign)
    placed, units = tiles(channels_summed), Pixels(layout)
    canvas = mosaic(relative(channels_summed))[0, 0].cpu().numpy().astype(np.float32)
    covered = np.zeros(canvas.shape, dtype=bool)
    for tile in placed.values():
        covered[tile] = True
    bar = colour_bar(look, clipped=False)
    bar["title"]["text"] = f"{look.quantity}<br>relative to each band’s {PERCENTILE}th percentile"
    notes, frames = [], []
    for band, (rows, columns) in placed.items():
        frames.append(
            {
                "type": "rect",
                "x0": columns.start - 0.5, "x1": columns.stop - 0.5,
                "y0": rows.start - 0.5, "y1": rows.stop - 0.5,
                "line": {"color": "rgba(255,255,255,0.75)", "width": 1},
            }
        )  # fmt: skip
        share = (columns.stop - columns.start) / canvas.shape[1]
        if share < _NARROWEST:
            continue
        size, part = units.words(band)
        notes.append(
            {
                "x": columns.start, "y": rows.start, "xanchor": "left", "yanchor": "top",
                "text": f"{size} · {part}" if share > _WIDE else size,
                "font": {"size": 12, "color": "white"},
                "showarrow": False, "bgcolor": "rgba(20,20,30,0.72)", "borderpad": 2,
            }
        )  # fmt: skip
    trace = {
        "type": "heatmap",
        "z": np.where(covered, canvas, np.nan).astype(np.float32),
        "zmin": -1.0 if look.sign == "signed" else 0.0,
        "zmax": 1.0,
        "colorscale": look.scale(),
        "colorbar": bar,
        "hovertemplate": "row %{y}, column %{x}<br>%{z:.3g}<extra></extra>",
    }
    axes = picture((canvas.shape[0], canvas.shape[1]), " coefficients")
    return build_figure([trace], look, height, axes=axes, shapes=frames, annotations=notes)


def grid_figure(
    attribution: Bands, transform: Transform, size: tuple[int, int], look: Look
) -> go.Figure:
    """Rows are levels, coarse on top; columns are orientations; the approximation stands first.

    Every coefficient is drawn over the pixels it stands for, so all tiles share the input's axes
    and a zoom into one is a zoom into all.
    """
    channels_summed = over_channels(attribution, look.sign)
    layout = transform.layout(size)
    units = Pixels(layout)
    levels = list(range(transform.levels, 0, -1))
    words = list(dict.fromkeys(b.orientation for b in layout if not b.is_approx))
    cells = {
        band: (1, 1)
        if band.is_approx
        else (2 + levels.index(band.level), 1 + words.index(band.orientation))
        for band in layout
    }
    titles = {cell: " · ".join(units.words(band)) for band, cell in cells.items()}
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
    everything = np.concatenate([v[0, 0].cpu().numpy().ravel() for _, v in channels_summed.bands()])
    common = look.limits(everything)
    traces = []
    for band, place in cells.items():
        values = channels_summed[band][0, 0].cpu().numpy().astype(np.float32)
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
                "hovertemplate": f"{titles[place]}<br>row %{{y:.0f}}, column %{{x:.0f}} px"
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
