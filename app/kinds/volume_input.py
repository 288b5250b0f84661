"""Whether the shell of a volume is filled, and which way is up."""

from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np
import streamlit as st

from app.kinds.item_choice import choose_item
from app.session import recall, session
from wam_core import Signal
from wam_core.signals import VOLUME
from wam_core.signals.solids import filled, upright

_UP: tuple[Literal["x", "y", "z"], ...] = ("x", "y", "z")
_KEPT = 4


def choose_volume(signal: Signal) -> Signal:
    """One of the volumes of a file, in the form that the network is to get.

    A visitor's own solid can be filled and turned; what is not known of a scan is not changed.
    """
    signal = choose_item(signal)
    if session().samples.get(VOLUME) is None and signal.values.dtype == np.uint8:
        signal = _choose_form(signal)
    return signal


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
