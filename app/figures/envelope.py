"""The whole of a long sound, with the part of it that is heard."""

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from app.figures.theme import Look, finish
from wam_core.plot.raster import blocks, reduced

_COLUMNS = 400


def figure(
    samples: npt.NDArray[np.floating], rate: float, part: tuple[int, int], look: Look
) -> go.Figure:
    """The envelope of a sound (samples,), and ``part``, from its first sample to before its last."""
    step = max(1, -(-samples.size // _COLUMNS))
    ranges = blocks(samples.size, step)
    times = (np.arange(len(ranges)) + 0.5) * step / rate
    result = go.Figure()
    for extreme, fill in (("min", None), ("max", "tonexty")):
        edge = reduced(samples, ranges, extreme)
        result.add_trace(
            go.Scatter(
                x=times, y=edge.astype(np.float32), mode="lines", fill=fill, hoverinfo="skip",
                line={"width": 0.5, "color": look.ink}, fillcolor=look.ink,
            )
        )  # fmt: skip
    first, last = (place / rate for place in part)
    result.add_vrect(first, last, fillcolor="#e8713a", opacity=0.35, line_width=0)
    end = samples.size / rate
    result.update_xaxes(
        range=[0, end], showgrid=False, tickangle=0, tickvals=[0, end / 2, end],
        ticktext=["0", f"{end / 2:.3g}", f"{end:.3g} s"],
    )  # fmt: skip
    result.update_yaxes(visible=False, fixedrange=True)
    return finish(result, look, 90)
