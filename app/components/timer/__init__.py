"""Reruns the fragment around it until it is no longer drawn; the page is not rerun."""

from pathlib import Path

import streamlit as st

_mount = st.components.v2.component(
    "wam_timer", html="", js=(Path(__file__).parent / "timer.js").read_text("utf-8")
)


def rerun_every(milliseconds: int, key: str) -> None:
    """Draw nothing, and rerun the fragment.

    Args:
        milliseconds: between two reruns.
        key: one on the page.
    """
    _mount(key=f"timer-{key}", data={"milliseconds": milliseconds}, on_due_change=lambda: None)
