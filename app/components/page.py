"""What every page is made of: its head with the link to it, tabs, figures, and what to do while it is empty."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.components.share import Link, share
from app.figures import figure_files
from app.figures.slicer import Heat, Slices, packed, script, style, windows
from app.figures.theme import CONFIG
from app.session import session

__all__ = ["Heat", "Slices", "chart", "heading", "invite", "slicer", "tabs", "windows"]

_LARGE = 14  # px
_mount = st.components.v2.component(
    "wam_slicer", html='<div class="slicer"></div>', css=style(), js=script()
)


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
        share_button(link)
    st.caption(about)


@st.fragment
def share_button(link: Link) -> None:
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


def chart(figure: Any, key: str, alt: str, *, table: bool = True) -> None:
    """Draw a figure in its own colours; with larger type while presenting.

    Where it is made of bars or lines, its numbers are one click away; without ``table`` the page
    shows them itself.
    """
    presenting = session().presenting
    if presenting:
        figure.update_layout(font_size=_LARGE)
    st.plotly_chart(figure, theme=None, config=CONFIG, key=key, alt=alt)
    if table and not presenting and (rows := figure_files.table_rows(figure)):
        popover = st.popover(
            "Table", type="tertiary", icon=":material/table:", key=f"{key}-table", on_change="rerun"
        )
        if popover.open:
            titles = figure_files.column_titles(figure)
            with popover:
                st.dataframe(rows, hide_index=True, column_config=titles, alt=f"Numbers: {alt}")


def slicer(volume: Slices, key: str) -> None:
    """Draw a volume as three slices that a crosshair links; nothing chosen in it causes a rerun.

    It starts at the strongest attribution. Reruns with the same volume keep the crosshair, the
    window and the threshold, whatever its attribution; another volume starts anew.

    Args:
        volume: what to show. Above 128 voxels per side it is reduced, and the viewer says so.
        key: one per viewer on the page; what was chosen in it comes back with it.
    """
    _mount(key=key, data=packed(volume, key))
