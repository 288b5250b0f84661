"""Reruns the fragment around it until it is no longer drawn; the page is not rerun."""

from pathlib import Path

import streamlit as st

from app.figures.elements import ELEMENTS

_mount = st.components.v2.component(
    "wam_timer", html="", js=ELEMENTS + Path(__file__).with_name("timer.js").read_text("utf-8")
)


def rerun_every(milliseconds: int, key: str) -> None:
    """Draw nothing, and rerun the fragment.

    Args:
        milliseconds: between two reruns.
        key: one on the page.
    """
    _mount(key=f"timer-{key}", data={"milliseconds": milliseconds}, on_due_change=lambda: None)
