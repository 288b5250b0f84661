"""An experiment on the explanation that Explain shows: the same controls, the same result."""

from collections.abc import Callable

import streamlit as st

from app.screens import explain
from app.screens.heading import heading
from app.state import MODALITY, Explained, Slot, plain, session
from app.widgets import job
from app.widgets.invitation import invite
from app.widgets.model_picker import unshared
from app.widgets.share import Link, asks


def page(title: str, told: str, draw: Callable[[Explained], None]) -> None:
    """The page, from top to bottom.

    Args:
        title, told: above everything.
        draw: what the experiment makes of the result.
    """
    job.collect()
    with st.sidebar:
        wish = explain.controls()
    slot: Slot = st.session_state[MODALITY]
    heading(title, told, Link(kind=slot, lacking=unshared(slot)))
    if asks():
        return
    explain.status(slot, wish)
    shown = session().shown.get(slot)
    if shown is None:
        if not job.under_way(slot):
            invite("an input and a network", "Explain")
        return
    st.caption(f"Of the explanation of **{_name(shown)}** with {type(shown.result.path).__name__}.")
    if shown.result.is_zero:
        st.info("No signal: the gradient is zero everywhere, so nothing can be ranked.")
        return
    draw(shown)


def _name(shown: Explained) -> str:
    return plain(f"{shown.subject.signal.name}, {shown.result.target}")
