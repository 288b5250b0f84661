"""Maps of rankings, relative to a uniform map, and how each differs from the reference."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from app import kinds
from app.components.method_picker import Pane
from app.kinds.received import PlaceMap, RankedMap
from wam_core import Signal
from wam_core.evaluation.map_similarity import Agreement, agreement, fitted, shares
from wam_core.evaluation.pipeline import Ranking


def relative(pane: Pane, ranking: Ranking, signal: Signal) -> PlaceMap:
    """The map of a ranking, 1 = uniform."""
    return _relative(pane.order.key, signal.modality, ranking)


@st.cache_data(scope="session", max_entries=48, show_spinner=False)
def _relative(key: str, kind: str, _ranking: Ranking) -> PlaceMap:
    found = kinds.named(kind).place_map(_ranking)
    return np.asarray(found * found.size)


def against(map_: PlaceMap, reference: PlaceMap) -> tuple[PlaceMap, Agreement]:
    """A map less the reference, on its grid; and the rank correlation of the two."""
    laid = fitted(shares(map_), reference.shape)
    return laid * laid.size - reference, agreement(laid, reference)


def ranked_maps(
    panes: Sequence[Pane], known: Mapping[str, Ranking], reference: str, signal: Signal
) -> tuple[list[RankedMap], dict[str, Agreement]]:
    """The maps of the panes that have a ranking, in their order; and their agreement with the reference.

    Args:
        panes: from left to right.
        known: rankings by letter.
        reference: its letter; without its ranking there are no differences.
        signal: the input.
    """
    there = [pane for pane in panes if pane.letter in known]
    values = {pane.letter: relative(pane, known[pane.letter], signal) for pane in there}
    maps, likeness = [], {}
    for pane in there:
        own, difference = values[pane.letter], None
        if reference in values and pane.letter != reference:
            difference, likeness[pane.letter] = against(own, values[reference])
        order = pane.order
        maps.append(
            RankedMap(
                order.key, pane.letter, pane.title, order.net, order.x, known[pane.letter],
                own, difference, _strongest(own),
            )
        )  # fmt: skip
    return maps, likeness


def _strongest(values: PlaceMap) -> str:
    place = np.unravel_index(int(values.argmax()), values.shape)
    where = ", ".join(str(int(index)) for index in place)
    return f"Maximum {float(values.max()):.3g} × the uniform value at ({where})"
