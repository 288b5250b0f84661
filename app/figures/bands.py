"""The level × orientation grid: one tile per band on the input's own grid, zoomed together."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.figures.theme import Look, colour_bar, finish
from app.figures.units import Pixels
from wam_core.pyramid import Band, Pyramid, orientations
from wam_core.transform import WaveletTransform
from wam_core.views import over_channels

_UNITS = Pixels()


def figure(
    attribution: Pyramid, transform: WaveletTransform, size: tuple[int, int], look: Look
) -> go.Figure:
    """Rows are levels, coarse on top; columns are orientations; the approximation stands first.

    Every coefficient is drawn over the 2^level pixels it stands for, so all tiles share the
    input's axes and a zoom into one is a zoom into all.
    """
    shown = over_channels(attribution, look.sign)
    words = orientations(shown.ndim)
    levels = list(range(transform.levels, 0, -1))
    approx = Band(transform.levels, "a" * shown.ndim)
    cells = {approx: (1, 1)} | {
        Band(level, word): (row, column)
        for row, level in enumerate(levels, start=2)
        for column, word in enumerate(words, start=1)
    }
    titles = {cell: f"{_UNITS.band(band)} · {_UNITS.size(band)}" for band, cell in cells.items()}
    result = make_subplots(
        rows=len(levels) + 1,
        cols=len(words),
        shared_xaxes="all",
        shared_yaxes="all",
        horizontal_spacing=0.02,
        vertical_spacing=0.10 / len(levels),
        subplot_titles=[
            titles.get((row, column), "")
            for row in range(1, len(levels) + 2)
            for column in range(1, len(words) + 1)
        ],
    )
    everything = np.concatenate([v[0, 0].cpu().numpy().ravel() for _, v in shown.bands()])
    common = look.limits(everything)
    for band, (row, column) in cells.items():
        values = shown[band][0, 0].cpu().numpy().astype(np.float32)
        low, high = common if look.common else look.limits(values)
        step, lag = 2**band.level, transform.lag(band.level)
        result.add_trace(
            go.Heatmap(
                z=values,
                x0=(step - 1) / 2 - lag, dx=step, y0=(step - 1) / 2 - lag, dy=step,
                zmin=low, zmax=high,
                colorscale=look.scale(),
                showscale=look.common and band.is_approx,
                colorbar=colour_bar(look) | {"ypad": 10},
                hovertemplate=f"{_UNITS.band(band)}<br>row %{{y:.0f}}, column %{{x:.0f}} px"
                "<br>%{z:.3g}<extra></extra>",
            ),
            row=row, col=column,
        )  # fmt: skip
    rows, columns = size
    result.update_xaxes(
        range=[-0.5, columns - 0.5], showgrid=False, showticklabels=False, constrain="domain"
    )
    result.update_yaxes(
        range=[rows - 0.5, -0.5], showgrid=False, showticklabels=False, constrain="domain",
        scaleanchor="x", scaleratio=1,
    )  # fmt: skip
    for column in range(2, len(words) + 1):  # the places beside the approximation stay empty
        result.update_xaxes(visible=False, row=1, col=column)
        result.update_yaxes(visible=False, row=1, col=column)
    result.update_annotations(font={"size": 12, "color": look.ink})
    finish(result, look, 106 + 250 * (len(levels) + 1))
    return result.update_layout(margin_t=28)  # for the titles of the first row
