"""A search for a minimal input: the score and what is kept, step by step."""

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.figures.theme import Look, finish
from wam_core.minimal import Reading

_COLOURS = {False: ("#5b3f9e", "#b3560b", "#0b7fab"), True: ("#b39af0", "#f0a35e", "#5cc3ea")}
_MOST = 100  # points of a line


def figure(readings: Sequence[Reading], total: int, score: str, look: Look) -> go.Figure:
    """Above, the score; below, how much is kept. Both over the steps.

    Args:
        readings: so far, the first of the whole input.
        total: steps of the search.
        score: what it is, such as ``logit of cat``.
        look: of the page.
    """
    result = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.1)
    every = max(1, (total + 1) // _MOST)
    steps = [n for n in range(len(readings)) if n % every == 0 or n == len(readings) - 1]
    lines = (
        (1, score, [readings[n].score for n in steps], "%{y:.3g}", "solid"),
        (2, "not switched off", [100 * readings[n].kept for n in steps], "%{y:.3g} %", "solid"),
        (2, "mean of the mask", [100 * readings[n].mean for n in steps], "%{y:.3g} %", "dash"),
    )
    for (row, name, values, form, dash), colour in zip(lines, _COLOURS[look.dark], strict=True):
        result.add_trace(
            go.Scatter(
                x=steps, y=values, name=name, mode="lines",
                line={"color": colour, "width": 2.25, "dash": dash},
                hovertemplate=f"step %{{x}}<br>{name} {form}<extra></extra>",
            ),
            row=row, col=1,
        )  # fmt: skip
    finish(result, look, 360)
    result.add_hline(
        y=readings[0].score, line={"color": look.ink, "width": 1, "dash": "dot"},
        annotation={"text": "of the whole input", "font": {"size": 11}}, annotation_position="top right",
        row=1, col=1,
    )  # fmt: skip
    result.update_xaxes(range=[0, total], row=1, col=1)
    result.update_xaxes(title="step", range=[0, total], row=2, col=1)
    result.update_yaxes(title="score, logits", nticks=5, row=1, col=1)
    result.update_yaxes(
        title="kept, % of coefficients", range=[0, 103], nticks=5, ticksuffix=" ", row=2, col=1
    )
    return result.update_layout(
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 11}},
    )
