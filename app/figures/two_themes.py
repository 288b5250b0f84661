"""A figure for pages that may be light or dark: its light form, and what the dark one changes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio

from app.figures.tabulated import Row, rows
from app.figures.theme import Look

Change = tuple[list[str | int], Any]


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
    light, dark = _values(figure), _values(draw(replace(look, dark=True)))
    return TwoThemes(
        light, list(_changes(light, dark, [])), rows(figure), int(figure.layout.height)
    )


def _values(figure: go.Figure) -> dict[str, Any]:
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
