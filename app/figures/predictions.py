"""The most probable classes."""

from collections.abc import Sequence

import plotly.graph_objects as go

from app.figures.captions import brief
from app.figures.theme import Look, build_figure


def figure(
    labels: Sequence[str],
    probabilities: Sequence[float],
    explained: str,
    look: Look,
    height: int = 230,
) -> go.Figure:
    """Bars from 0 to 1; the class that is explained stands out."""
    names = [f"{rank}. {label}" for rank, label in enumerate(labels, start=1)]
    bars = {
        "type": "bar",
        "y": names,
        "width": 0.4,
        "x": list(probabilities),
        "orientation": "h",
        "marker": {"color": ["#5b3f9e" if label == explained else "#9aa0ad" for label in labels]},
        "text": [f"{p:.2f}" if p >= 0.01 else f"{p:.1g}" for p in probabilities],
        "textposition": "outside",
        "cliponaxis": False,
        "constraintext": "none",
        "customdata": list(labels),
        "hovertemplate": "%{customdata}<br>p = %{x:.3g}<extra></extra>",
    }
    axes = {
        "xaxis": {"range": [0, 1.2], "title": {"text": "probability"}, "tickvals": [0, 0.5, 1]},
        # a category, as Plotly would read “2. 0”, the digit 0 in second place, as a number
        "yaxis": {"autorange": "reversed", "type": "category", "showticklabels": False},
    }
    notes = [  # above its bar, where a narrow figure has room for it too
        {
            "x": 0, "y": name, "text": brief(name), "showarrow": False,
            "xanchor": "left", "yanchor": "bottom", "yshift": 5,
        }
        for name in names
    ]  # fmt: skip
    return build_figure([bars], look, height, axes=axes, annotations=notes)
