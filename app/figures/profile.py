"""How much each scale counted, in shares that add up to 100 %."""

from collections.abc import Mapping

import plotly.graph_objects as go

from app.figures import captions
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


def figure(shares: Mapping[Band, float], look: Look, units: Units) -> go.Figure:
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
    axes = {
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
