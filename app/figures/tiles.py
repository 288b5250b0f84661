"""Maps in rows and columns that are zoomed together: their axes and titles, as parts of a figure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from plotly.subplots import make_subplots

Axis = Mapping[str, Any]


@dataclass(frozen=True)
class Tiles:
    """A grid of places, numbered from 1, row by row.

    Attributes:
        rows, columns: how many.
        named: the title of each place; may be empty.
        horizontal, vertical: the room between them, as shares of the whole.
    """

    rows: int
    columns: int
    named: tuple[str, ...]
    horizontal: float
    vertical: float

    def axes_of(self, row: int, column: int) -> dict[str, str]:
        """The axes of a trace at a place."""
        number = self._number(row, column)
        return {"xaxis": f"x{number}", "yaxis": f"y{number}"}

    def axes(
        self, across: Axis, down: Axis, hidden: Collection[tuple[int, int]] = ()
    ) -> dict[str, dict[str, Any]]:
        """All axes.

        Args:
            across, down: what those of every place have.
            hidden: places that show none.
        """
        unseen = {f"{letter}axis{self._number(*place)}" for place in hidden for letter in "xy"}
        return {
            name: {**axis, **(across if name.startswith("x") else down)}
            | ({"visible": False} if name in unseen else {})
            for name, axis in self._layout.items()
            if "axis" in name
        }

    def titles(self, **font: Any) -> list[dict[str, Any]]:
        """The names over their places."""
        return [{**note, "font": font} for note in self._layout["annotations"]]

    def _number(self, row: int, column: int) -> str:
        number = (row - 1) * self.columns + column
        return str(number) if number > 1 else ""

    @cached_property
    def _layout(self) -> Mapping[str, Any]:
        return _layout(self)


@lru_cache(maxsize=32)
def _layout(tiles: Tiles) -> Mapping[str, Any]:
    """What Plotly lays out; it takes longer over that than all the rest of a figure does."""
    figure = make_subplots(
        rows=tiles.rows,
        cols=tiles.columns,
        shared_xaxes="all",
        shared_yaxes="all",
        horizontal_spacing=tiles.horizontal,
        vertical_spacing=tiles.vertical,
        subplot_titles=tiles.named,
    )
    layout: Mapping[str, Any] = figure.to_dict()["layout"]
    return layout
