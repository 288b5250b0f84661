"""The numbers of a figure as rows, for those who read tables better than pictures."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import plotly.graph_objects as go

Row = dict[str, Any]
_MOST = 2000  # rows: what is longer is no table to read


def rows(figure: go.Figure) -> list[Row]:
    """A row for every bar and every point of a line; empty for pictures, maps and scenes.

    >>> rows(go.Figure(go.Bar(x=[0.5], y=["cat"], orientation="h", name="p")))
    [{'series': 'p', 'x': 0.5, 'y': 'cat'}]
    """
    found: list[Row] = []
    for trace in figure.data:
        if isinstance(trace, go.Bar | go.Scatter) and trace.x is not None and trace.y is not None:
            series = trace.name or _said(trace)
            found += [{"series": series, "x": x, "y": y} for x, y in _pairs(trace.x, trace.y)]
    named = any(row["series"] for row in found)
    if len(found) > _MOST:
        return []
    return found if named else [{"x": row["x"], "y": row["y"]} for row in found]


def titles(figure: go.Figure) -> dict[str, str]:
    """What the columns of :func:`rows` are, as far as the axes say so."""
    told = {"x": figure.layout.xaxis.title.text, "y": figure.layout.yaxis.title.text}
    return {axis: text for axis, text in told.items() if text}


def _pairs(x: Iterable[Any], y: Iterable[Any]) -> list[tuple[Any, Any]]:
    return [(_plain(a), _plain(b)) for a, b in zip(x, y, strict=False)]


def _plain(value: Any) -> Any:
    """Numbers to four significant digits; line breaks of labels as spaces."""
    if isinstance(value, int | float | np.number):
        return float(f"{float(value):.4g}")
    return str(value).replace("<br>", " ")


def _said(trace: Any) -> str:
    """What stands under the pointer, before the number."""
    template = trace.hovertemplate
    return (
        str(template).split("<br>")[0]
        if template and "%{" not in str(template).split("<br>")[0]
        else ""
    )
