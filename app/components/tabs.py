"""Tabs of which only the open one is computed."""

from collections.abc import Callable, Mapping

import streamlit as st

from app.session import key
from wam_core.signals import Modality


def tab_key(modality: Modality) -> str:
    """Which tab of a result is open."""
    return key("tab", modality)


def tabs(pages: Mapping[str, Callable[[], None]], key: str) -> None:
    """Draw the open one of several pages, each a name and what draws it."""
    drawn = st.tabs(list(pages), on_change="rerun", key=key, bind="query-params")
    for tab, draw in zip(drawn, pages.values(), strict=True):
        if tab.open:
            with tab:
                draw()
