"""Maps of rankings side by side, all in units of an even spread; the kind of input draws them."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from app import kinds
from app.components.method_picker import Pane
from app.components.page import chart
from app.figures.theme import Look
from app.kinds.received import PlaceMap
from wam_core import Signal
from wam_core.evaluation.map_similarity import Agreement, agreement, fitted, shares
from wam_core.evaluation.pipeline import Ranking


@dataclass(frozen=True)
class Manner:
    """How maps are drawn: alike in all panes.

    Attributes:
        look: of the page.
        end: where the colours end, in units of an even spread; None for each map its own.
        over: the opacity over the input; 0 for the map alone.
    """

    look: Look
    end: float | None = None
    over: float = 0.0


def even(pane: Pane, ranking: Ranking, signal: Signal) -> PlaceMap:
    """The map of a ranking; 1 is as strong as if all were spread evenly."""
    return _even(pane.order.key, signal.modality, ranking)


@st.cache_data(scope="session", max_entries=48, show_spinner=False)
def _even(key: str, kind: str, _ranking: Ranking) -> PlaceMap:
    found = kinds.named(kind).place_map(_ranking)
    return np.asarray(found * found.size)


def against(map_: PlaceMap, reference: PlaceMap) -> tuple[PlaceMap, Agreement]:
    """A map minus the reference, on its grid; and whether both rank the places alike."""
    laid = fitted(shares(map_), reference.shape)
    return laid * laid.size - reference, agreement(laid, reference)


def end(values: PlaceMap, signal: Signal) -> float:
    """Where the colours, or the axis, of a map end."""
    return kinds.of(signal).map_end(values)


def draw(pane: Pane, ranking: Ranking, signal: Signal, manner: Manner, width: int) -> None:
    """The map of a pane."""
    values, kind = even(pane, ranking, signal), kinds.of(signal)
    last = manner.end or kind.map_end(values)
    order, look = pane.order, manner.look
    kind.draw_ranking(order.key, pane.name, order.net, order.x, ranking, look)
    figure = kind.map_figure(
        order.net, signal, order.x, values, look, last, width=width, over=manner.over
    )
    chart(figure, f"map-{pane.letter}", f"{pane.name}: {_strongest(values)}")


def draw_difference(
    pane: Pane, reference: Pane, values: PlaceMap, signal: Signal, manner: Manner, width: int
) -> None:
    """What a pane's map has more than the reference, and less."""
    kind, look = kinds.of(signal), Look(manner.look.dark, "signed")
    last = manner.end or kind.map_end(values)
    figure = kind.map_figure(
        reference.order.net, signal, reference.order.x, values, look, last, width=width
    )
    alt = f"{pane.name} minus {reference.name}: from {values.min():.2g} to {values.max():+.2g}"
    chart(figure, f"difference-{pane.letter}", alt)


def _strongest(values: PlaceMap) -> str:
    place = np.unravel_index(int(values.argmax()), values.shape)
    where = ", ".join(str(int(index)) for index in place)
    return f"{float(values.max()):.3g} times an even spread at ({where}) of {values.shape}"
