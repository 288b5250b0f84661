"""Figures on the page, always with words for those who do not see them."""

from typing import Any

import streamlit as st

from app.figures import figure_files
from app.figures.slicer import Slices, packed, script, style, windows
from app.figures.theme import CONFIG
from app.session import session

__all__ = ["Slices", "chart", "slicer", "windows"]

_LARGE = 14  # px
_mount = st.components.v2.component(
    "wam_slicer", html='<div class="slicer"></div>', css=style(), js=script()
)


def chart(figure: Any, key: str, alt: str) -> None:
    """Draw a figure in its own colours; with larger type while presenting.

    Where it is made of bars or lines, its numbers are one click away.
    """
    presenting = session().presenting
    if presenting:
        figure.update_layout(font_size=_LARGE)
    st.plotly_chart(figure, theme=None, config=CONFIG, key=key, alt=alt)
    if not presenting and (rows := figure_files.table_rows(figure)):
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
