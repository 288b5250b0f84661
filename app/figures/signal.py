"""An image on its own, and under a heat-map."""

import base64

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app.figures.theme import Look, colour_bar, finish, picture
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
    source = "data:image/png;base64," + base64.b64encode(encode_png(pixels)).decode()
    result = go.Figure(go.Image(source=source, hoverinfo="skip"))
    if heat is not None:
        low, high = look.limits(heat)
        threshold = float(np.quantile(np.abs(heat), 1 - share)) if share < 1 else -1.0
        result.add_trace(
            go.Heatmap(
                z=np.where(np.abs(heat) >= threshold, heat, np.nan).astype(np.float32),
                zmin=low, zmax=high, colorscale=look.scale(), opacity=opacity,
                colorbar=colour_bar(look),
                hovertemplate="row %{y}, column %{x} px<br>%{z:.3g}<extra></extra>",
            )
        )  # fmt: skip
    picture(result, (rows, columns))
    return finish(result, look, height)
