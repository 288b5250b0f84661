"""Bar charts of a result: the most probable classes, and the share of each scale."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from app.figures import captions
from app.figures.captions import brief
from app.figures.theme import Look, build_figure
from app.figures.units import Units
from wam_core.bands import Band
from wam_core.plot.colour import level_colour
from wam_core.views import level_profile

# By orientation: bars of one level differ in strength of colour; edges are fainter than faces.
_OPACITY = {"da": 1.0, "ad": 0.75, "dd": 0.5}
_OPACITY |= {
    "daa": 1.0,
    "ada": 0.88,
    "aad": 0.76,
    "add": 0.66,
    "dad": 0.57,
    "dda": 0.48,
    "ddd": 0.4,
}
_ROW = 23


def profile_figure(shares: Mapping[Band, float], look: Look, units: Units) -> go.Figure:
    """Horizontal bars, coarse on top, each split by orientation where there are several."""
    levels = max(band.level for band in shares)
    totals = level_profile(dict(shares))
    named: dict[int | None, str] = {}
    bars = []
    for band, share in shares.items():
        level = None if band.is_approx else band.level
        named[level] = units.level(band).replace(
            " (", "<br>("
        )  # millimetres on a line of their own
        bars.append(
            {
                "type": "bar",
                "y": [named[level]],
                "x": [100 * share],
                "orientation": "h",
                "marker": {
                    "color": level_colour(level, levels),
                    "opacity": _OPACITY.get(band.orientation, 1.0),
                    "line": {"width": 0.5, "color": "rgba(255,255,255,0.6)"},
                },
                "text": units.part(band) if share > 0.04 else "",
                "textposition": "inside",
                "insidetextanchor": "middle",
                "textangle": 0,
                "hovertemplate": f"{units.band(band)}<br>%{{x:.1f}} % of the importance Σ|γ|<extra></extra>",
            }
        )
    notes = [
        {
            "y": named[level], "x": 100 * share, "text": captions.percent(share),
            "showarrow": False, "xanchor": "left", "xshift": 4,
        }
        for level, share in totals.items()
    ]  # fmt: skip
    axes: dict[str, dict[str, Any]] = {
        "xaxis": {
            "title": {"text": "importance, %"},
            "range": [0, 128 * max(totals.values(), default=1.0) or 1],
        },
        "yaxis": {"autorange": "reversed"},
    }
    return build_figure(
        bars, look, max(240, 70 + _ROW * len(totals)), axes=axes, annotations=notes,
        barmode="stack", bargap=0.25, uniformtext={"mode": "hide", "minsize": 9},
    )  # fmt: skip


def predictions_figure(
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
    axes: dict[str, dict[str, Any]] = {
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
