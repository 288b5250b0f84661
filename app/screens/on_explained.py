"""An experiment on the explanation that Explain shows: the same controls, the same result."""

from collections.abc import Callable

import streamlit as st

from app.components import job, jobs
from app.components.invitation import invite
from app.components.model_picker import unshared
from app.components.share import Link, asks
from app.screens import explain
from app.screens.heading import heading
from app.session import MODALITY, Explained, Slot, plain, session


def page(title: str, told: str, draw: Callable[[Explained], None]) -> None:
    """The page, from top to bottom.

    Args:
        title, told: above everything.
        draw: what the experiment makes of the result.
    """
    jobs.collect()
    with st.sidebar:
        wish = explain.controls()
    slot: Slot = st.session_state[MODALITY]
    heading(title, told, Link(kind=slot, lacking=unshared(slot)))
    if asks():
        return
    explain.status(slot, wish)
    explained = session().explained.get(slot)
    if explained is None:
        if not job.is_running(slot):
            invite("an input and a network", "Explain")
        return
    st.caption(
        f"Of the explanation of **{_name(explained)}** with {type(explained.result.path).__name__}."
    )
    if explained.result.is_zero:
        st.info("No signal: the gradient is zero everywhere, so nothing can be ranked.")
        return
    draw(explained)


def _name(explained: Explained) -> str:
    return plain(f"{explained.subject.signal.name}, {explained.result.target}")
