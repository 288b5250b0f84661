"""How a map changes while a network forgets what it learnt."""

from collections.abc import Sequence

import plotly.graph_objects as go

from app.figures.theme import Look, finish
from wam_core.evaluation.randomisation import Stage

_LINES = (("Rank correlation", "correlation"), ("SSIM", "similarity"))
_COLOURS = {False: ("#5b3f9e", "#e8713a"), True: ("#a58be8", "#f0935f")}  # on light, on dark


def figure(stages: Sequence[Stage], look: Look, *, independent: bool) -> go.Figure:
    """Both measures of likeness by stage: as trained, then from the head down."""
    names = ["trained", *(stage.part.name for stage in stages if stage.part is not None)]
    result = go.Figure()
    for (name, what), colour in zip(_LINES, _COLOURS[look.dark], strict=True):
        result.add_trace(
            go.Scatter(
                x=list(range(len(names))),
                y=[getattr(stage, what) for stage in stages],
                name=name,
                mode="markers" if independent else "lines+markers",
                line={"color": colour},
                marker={"size": 9},
                text=names,
                hovertemplate=f"%{{text}}<br>{name} %{{y:.2f}}<extra></extra>",
            )
        )
    finish(result, look, 300)
    result.update_xaxes(
        tickvals=list(range(len(names))),
        ticktext=[_short(name) for name in names],
        tickangle=-30,
        title="drawn anew, one at a time" if independent else "drawn anew down to here",
        range=[-0.3, len(names) - 0.7],
    )
    low = min(0.0, *(min(s.correlation, s.similarity) for s in stages))
    result.update_yaxes(title="likeness to the trained map", range=[low - 0.05, 1.05])
    result.update_layout(
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return result


def _short(name: str) -> str:
    """Where a part begins, two steps deep; the whole name stands where the pointer is.

    >>> _short("blocks.5.2.conv_pw … conv_head"), _short("classifier")
    ('blocks.5', 'classifier')
    """
    return ".".join(name.split(" … ")[0].split(".")[:2])
