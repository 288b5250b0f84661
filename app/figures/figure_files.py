"""A figure away from its screen: as a page, for light and dark pages, as a table."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
from plotly.offline import get_plotlyjs

from app.figures.theme import CONFIG, Look

Row = dict[str, Any]
_MOST = 2000  # rows: what is longer is no table to read
Change = tuple[list[str | int], Any]

_STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 1000px; padding: 20px 16px; background: #fff; color: #31333f;
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 20px; line-height: 1.3; overflow-wrap: anywhere; }
p { margin: 4px 0 16px; color: #5c5f6b; }
"""


def library() -> str:
    """Plotly's own library, to be put into a page once."""
    script: str = get_plotlyjs()
    if "</script" in script:
        raise RuntimeError("Plotly's library would end the element that holds it")
    return script


def page_html(figure: go.Figure, title: str, caption: str) -> str:
    """The page; Plotly's library is inside it, so that it opens on a machine without a network.

    Args:
        figure: coloured for a light page.
        title: its heading.
        caption: a sentence below it.
    """
    body = pio.to_html(figure, config=CONFIG, full_html=False, include_plotlyjs=True)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{escape(title)}</h1>\n<p>{escape(caption)}</p>\n{body}\n</body>\n</html>\n"
    )


@dataclass(frozen=True, eq=False)
class TwoThemes:
    """A figure as Plotly's library takes it.

    Attributes:
        light: ``data`` and ``layout``, as JSON values.
        dark: where values are others on a dark page, and which.
        rows: its numbers, as a table has them.
        height: in pixels.
    """

    light: dict[str, Any]
    dark: list[Change]
    rows: list[Row]
    height: int


def two_themes(draw: Callable[[Look], go.Figure], look: Look = Look()) -> TwoThemes:  # noqa: B008  (frozen)
    """Drawn twice, and written once: the large arrays are the same in both."""
    figure = draw(replace(look, dark=False))
    light, dark = _json_values(figure), _json_values(draw(replace(look, dark=True)))
    return TwoThemes(
        light, list(_changes(light, dark, [])), table_rows(figure), int(figure.layout.height)
    )


def _json_values(figure: go.Figure) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(pio.to_json(figure, validate=False))
    return written


def _changes(light: Any, dark: Any, place: list[str | int]) -> Iterator[Change]:
    """What has to be put where; a branch of another form is put whole."""
    if isinstance(light, dict) and isinstance(dark, dict) and light.keys() == dark.keys():
        for key, value in light.items():
            yield from _changes(value, dark[key], [*place, key])
    elif isinstance(light, list) and isinstance(dark, list) and len(light) == len(dark):
        for number, value in enumerate(light):
            yield from _changes(value, dark[number], [*place, number])
    elif light != dark:
        yield place, dark


def table_rows(figure: go.Figure) -> list[Row]:
    """A row for every bar and every point of a line; empty for pictures, maps and scenes.

    >>> table_rows(go.Figure(go.Bar(x=[0.5], y=["cat"], orientation="h", name="p")))
    [{'series': 'p', 'x': 0.5, 'y': 'cat'}]
    """
    found: list[Row] = []
    for trace in figure.data:
        if isinstance(trace, go.Bar | go.Scatter) and trace.x is not None and trace.y is not None:
            series = trace.name or _series_name(trace)
            found += [{"series": series, "x": x, "y": y} for x, y in _pairs(trace.x, trace.y)]
    named = any(row["series"] for row in found)
    if len(found) > _MOST:
        return []
    return found if named else [{"x": row["x"], "y": row["y"]} for row in found]


def column_titles(figure: go.Figure) -> dict[str, str]:
    """What the columns of :func:`table_rows` are, as far as the axes say so."""
    texts = {"x": figure.layout.xaxis.title.text, "y": figure.layout.yaxis.title.text}
    return {axis: text for axis, text in texts.items() if text}


def _pairs(x: Iterable[Any], y: Iterable[Any]) -> list[tuple[Any, Any]]:
    return [(_rounded(a), _rounded(b)) for a, b in zip(x, y, strict=False)]


def _rounded(value: Any) -> Any:
    """Numbers to four significant digits; line breaks of labels as spaces."""
    if isinstance(value, int | float | np.number):
        return float(f"{float(value):.4g}")
    return str(value).replace("<br>", " ")


def _series_name(trace: Any) -> str:
    """What stands under the pointer, before the number."""
    template = trace.hovertemplate
    return (
        str(template).split("<br>")[0]
        if template and "%{" not in str(template).split("<br>")[0]
        else ""
    )
