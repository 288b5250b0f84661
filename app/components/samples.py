"""The samples of a kind of input, and the network that a sample was made for."""

import streamlit as st

from app.session import MODEL, SAMPLE, key, plain, put, session
from models import samples
from wam_core.signals import Modality

FIRST: dict[Modality, str] = {"image": "chelsea", "sound": "clock_in_rain", "volume": "chair"}
"""What a first visit explains."""


def choose_sample(kind: Modality) -> str | None:
    """A sample as the input of its kind; None while the input is a visitor's own."""
    mine = session()
    current, where = mine.samples.get(kind, FIRST[kind]), key(SAMPLE, kind)
    if where not in st.session_state and current != FIRST[kind] and kind in mine.inputs:
        put(where, current)  # drawn anew, after the other kind of input
    chosen = st.pills(
        "or a sample",
        samples.names(kind),
        key=where,
        default=FIRST[kind] if current == FIRST[kind] else None,
        format_func=samples.title,
        on_change=_take,
        args=(kind,),
        bind="query-params",
    )
    if kind not in mine.inputs:
        name = chosen or FIRST[kind]
        mine.take(samples.load(name), name)
        if key(MODEL, kind) not in st.query_params:  # a link may ask for another one
            _suit(name, kind)
    return chosen


def credit(name: str) -> None:
    """What a sample shows, and by whom."""
    st.caption(f"{plain(samples.title(name))}: {plain(samples.credit(name))}")


def _take(kind: Modality) -> None:
    chosen = st.session_state[key(SAMPLE, kind)]
    if chosen is not None:
        session().take(samples.load(chosen), chosen)
        _suit(chosen, kind)


def _suit(name: str, kind: Modality) -> None:
    """Choose the network that a sample belongs to, where it belongs to one."""
    if network := samples.network(name):
        put(key(MODEL, kind), network)
