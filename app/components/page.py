"""The frame of a page: its head with the link to it, its tabs, and what to do while it is empty."""

from collections.abc import Callable, Mapping

import streamlit as st

from app.components.share import Link, share


def heading(title: str, about: str, link: Link, *, large: bool = False) -> None:
    """To be drawn after the input was chosen.

    Args:
        title, about: above everything.
        link: what the link to the page is about.
        large: for a screen; an experiment has the title of its screen above it.
    """
    head = st.container(horizontal=True, vertical_alignment="center")
    draw = head.title if large else head.subheader
    draw(title, anchor=False, width="content")
    with head:
        _share_button(link)
    st.caption(about)


@st.fragment
def _share_button(link: Link) -> None:
    """Opening the link draws nothing else anew."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        share(link)


def tabs(pages: Mapping[str, Callable[[], None]], key: str) -> None:
    """Tabs of which only the open one is computed: each a name and what draws it."""
    opened = st.tabs(list(pages), on_change="rerun", key=key, bind="query-params")
    for tab, draw in zip(opened, pages.values(), strict=True):
        if tab.open:
            with tab:
                draw()


def invite(what: str, button: str) -> None:
    """Say what to choose in the sidebar, which a narrow screen hides, and what to press then."""
    st.info(
        f"Choose {what} on the left (behind **»** on a narrow screen), then press **{button}**."
    )
