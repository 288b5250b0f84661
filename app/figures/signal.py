"""An image on its own, and under a heat-map."""

import base64
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app.figures.theme import Look, build_figure, colour_bar, picture
from wam_core.signals.image import encode_png


def figure(
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
    source = _source(pixels.tobytes(), pixels.shape)
    traces: list[dict[str, Any]] = [{"type": "image", "source": source, "hoverinfo": "skip"}]
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


@lru_cache(maxsize=8)
def _source(values: bytes, shape: tuple[int, ...]) -> str:
    """A picture as an address; the same one stands under many maps."""
    pixels = np.frombuffer(values, np.uint8).reshape(shape)
    return "data:image/png;base64," + base64.b64encode(encode_png(pixels)).decode()
