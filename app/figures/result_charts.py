"""Bar charts of a result: the most probable classes, and the share of each scale."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from app.figures import captions
from app.figures.captions import brief
from app.figures.theme import Look, build_figure, legend_above
from app.figures.units import Units
from wam_core.bands import Band
from wam_core.plot.colour import level_colour
from wam_core.views import expected_profile, level_profile

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
    """Horizontal bars, coarse on top, each split by orientation where there are several.

    A tick on each row is the level's share of the coefficients: a map without structure ends there.
    """
    levels = max(band.level for band in shares)
    totals = level_profile(dict(shares))
    expected = level_profile(expected_profile(units.layout))
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
                "hovertemplate": f"{units.band(band)}<br>%{{x:.1f}} % of Σ|γ|<extra></extra>",
                "showlegend": False,
            }
        )
    ticks = {
        "type": "scatter",
        "mode": "markers",
        "name": "expected by number of coefficients",
        "x": [100 * expected[level] for level in totals],
        "y": [named[level] for level in totals],
        "marker": {
            "symbol": "line-ns",
            "size": 0.7 * _ROW,
            "line": {"width": 2.5, "color": look.ink},
        },
        "hovertemplate": "expected by number of coefficients: %{x:.1f} %<extra></extra>",
    }
    most = 1.24 * max(*totals.values(), *expected.values())
    notes = [
        {
            "y": named[level], "x": 100 * _label_place(share, expected[level], 0.12 * most),
            "text": captions.percent(share), "showarrow": False, "xanchor": "left", "xshift": 6,
        }
        for level, share in totals.items()
    ]  # fmt: skip
    axes: dict[str, dict[str, Any]] = {
        "xaxis": {
            "title": {"text": "share of attribution, %"},
            "range": [0, 100 * most],
        },
        "yaxis": {"autorange": "reversed"},
    }
    return build_figure(
        [*bars, ticks], look, max(240, 90 + _ROW * len(totals)), axes=axes, annotations=notes,
        barmode="stack", bargap=0.25, showlegend=True, legend=legend_above(1.0, 12),
    )  # fmt: skip


def _label_place(share: float, expected: float, width: float) -> float:
    """Behind the bar; behind the tick where that would be crossed."""
    return expected if share <= expected < share + width else share


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
