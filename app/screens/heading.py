"""The head of a page: its question, what it is about, and the link to it."""

import streamlit as st

from app.components.share import Link, share


def heading(title: str, told: str, link: Link, *, large: bool = False) -> None:
    """To be drawn after the input was chosen.

    Args:
        title, told: above everything.
        link: what the link to the page is about.
        large: for a screen; an experiment has the title of its screen above it.
    """
    head = st.container(horizontal=True, vertical_alignment="center")
    draw = head.title if large else head.subheader
    draw(title, anchor=False, width="content")
    with head:
        _to_share(link)
    st.caption(told)


@st.fragment
def _to_share(link: Link) -> None:
    """Opening the link draws nothing else anew."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        share(link)
