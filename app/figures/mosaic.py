"""The dyadic mosaic of an image's bands, each tile with its name."""

import numpy as np
import plotly.graph_objects as go

from app.figures.theme import Look, build_figure, colour_bar, picture
from app.figures.units import Pixels
from wam_core.bands import Bands
from wam_core.views import mosaic, over_channels, tiles

_UNITS = Pixels()


def figure(attribution: Bands, look: Look, height: int = 500) -> go.Figure:
    """All bands in one picture: the approximation in the corner, finer levels outwards.

    With a common scale the colours mean the same everywhere; with own scales each tile is divided
    by its own largest magnitude, so that faint bands can be read.
    """
    shown = over_channels(attribution, look.sign)
    placed = tiles(shown)
    if not look.common:
        shown = shown.map(lambda values: values / values.abs().max().clamp_min(1e-30))
    canvas = mosaic(shown)[0, 0].cpu().numpy().astype(np.float32)
    covered = np.zeros(canvas.shape, dtype=bool)
    for tile in placed.values():
        covered[tile] = True
    low, high = look.limits(canvas[covered]) if look.common else (0.0, 1.0)
    if not look.common and look.sign == "signed":
        low = -1.0
    bar = colour_bar(look, clipped=look.common)
    if not look.common:
        bar["title"]["text"] = "share of each band’s own maximum"
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
        wide = columns.stop - columns.start > 0.4 * canvas.shape[1]
        notes.append(
            {
                "x": columns.start, "y": rows.start, "xanchor": "left", "yanchor": "top",
                "text": f"{_UNITS.band(band)} · {_UNITS.size(band)}" if wide else _UNITS.chip(band),
                "font": {"size": 11 if wide else 9, "color": "white"},
                "showarrow": False, "bgcolor": "rgba(20,20,30,0.55)", "borderpad": 2,
            }
        )  # fmt: skip
    trace = {
        "type": "heatmap",
        "z": np.where(covered, canvas, np.nan).astype(np.float32),
        "zmin": low,
        "zmax": high,
        "colorscale": look.scale(),
        "colorbar": bar,
        "hovertemplate": "row %{y}, column %{x}<br>%{z:.3g}<extra></extra>",
    }
    axes = picture((canvas.shape[0], canvas.shape[1]), " coefficients")
    return build_figure([trace], look, height, axes=axes, shapes=frames, annotations=notes)
