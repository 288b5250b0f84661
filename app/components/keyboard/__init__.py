"""Keys that work wherever the focus is: for those who talk and do not look for buttons."""

from pathlib import Path

import streamlit as st

_mount = st.components.v2.component(
    "wam_keyboard",
    html="<span></span>",
    js=Path(__file__).with_name("keyboard.js").read_text("utf-8"),
)


def pressed() -> str | None:
    """``next``, ``previous`` or ``leave``, in the run that the key caused; else None.

    The numbers 1 to 9 open the tabs of a result without a run.
    """
    state = _mount(key="keyboard", on_pressed_change=lambda: None)
    key: str | None = state.get("pressed")
    return key
