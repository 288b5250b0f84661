"""Which volume of a file is explained, and whether its shell is filled and which way is up."""

from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np
import streamlit as st

from app.server import server
from app.session import plain, put, recall, session
from wam_core import Signal
from wam_core.errors import InputError
from wam_core.signals import VOLUME, read
from wam_core.signals.solids import filled, upright

_UP: tuple[Literal["x", "y", "z"], ...] = ("x", "y", "z")
_KEPT = 4


def choose_volume(signal: Signal) -> Signal:
    """One of the volumes of a file, in the form that the network is to get.

    A visitor's own solid can be filled and turned; what is not known of a scan is not changed.
    """
    if signal.holds_several:
        signal = _choose_item(signal)
    if session().samples.get(VOLUME) is None and signal.values.dtype == np.uint8:
        signal = _choose_form(signal)
    return signal


def _choose_item(signal: Signal) -> Signal:
    """The part of the file, and the number in it; read anew when another one is asked for."""
    mine, counts = session(), dict(signal.series)
    part, number = signal.item or (next(iter(counts)), 0)
    where = f"item/{signal.sha256[:12]}"
    left, right = st.columns([3, 2])
    if len(counts) > 1:
        with left:
            part = st.selectbox(
                "Part of the file",
                list(counts),
                key=_first(f"{where}/part", part),
                bind="query-params",
                format_func=lambda name: f"{name} ({counts[name]:,})",
            )
    with right if len(counts) > 1 else left:
        number = int(
            st.number_input(
                "Number",
                0,
                counts[part] - 1,
                key=_first(f"{where}/number/{part}", min(number, counts[part] - 1)),
                bind="query-params",
                help=f"Here the file holds {counts[part]:,} volumes, counted from 0.",
            )
        )
    data = mine.several.get(VOLUME)
    if (part, number) == signal.item or data is None:
        return signal
    try:
        signal = read(data, signal.name, server().limits, (part, number))
    except InputError as error:
        st.error(plain(f"{error}. The previous input stays."), icon=":material/broken_image:")
        return signal
    mine.take(signal, several=data)
    return signal


def _first(where: str, value: str | int) -> str:
    """The key of a widget that starts at a value."""
    if recall(where) not in st.session_state:
        put(where, value)
    return where


def _choose_form(signal: Signal) -> Signal:
    """A shell filled or not, and the axis of the file that points up, where that is not known."""
    where = f"form/{signal.sha256[:12]}"
    row = st.container(horizontal=True)
    whole = _formed(signal, filled, "filled")
    if int(whole.values.sum()) > int(signal.values.sum()):  # else it encloses no empty space
        inside = row.segmented_control(
            "Inside", ["Shell", "Filled"], default="Shell", required=True,
            key=recall(f"{where}/inside"), bind="query-params",
            help="What the surface encloses: empty or filled. The networks here were trained on "
            "solid objects.",
        )  # fmt: skip
        if inside == "Filled":
            signal = whole
    if signal.frame is not None and signal.frame.affine is not None:
        return signal
    up = row.segmented_control(
        "Up axis", _UP, default="z", required=True, key=recall(f"{where}/up"), bind="query-params",
        help="Which axis of the file points up. Many modelling programs take y; the network of "
        "household objects knows them standing on z.",
    )  # fmt: skip
    return _formed(signal, partial(upright, up=up), up) if up != "z" else signal


def _formed(signal: Signal, form: Callable[[Signal], Signal], name: str) -> Signal:
    """A volume in another form; the last few are kept, as it takes a moment."""
    known, formed = (signal.key, name), session().formed
    if known not in formed:
        while len(formed) >= _KEPT:
            del formed[next(iter(formed))]
        formed[known] = form(signal)
    return formed[known]
