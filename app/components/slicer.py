"""Three linked slices of a volume on the page: nothing that is moved or chosen causes a rerun."""

import streamlit as st

from app.figures.slicer import Slices, packed, script, style, windows

__all__ = ["Slices", "slicer", "windows"]

_mount = st.components.v2.component(
    "wam_slicer", html='<div class="slicer"></div>', css=style(), js=script()
)


def slicer(volume: Slices, key: str) -> None:
    """Draw a volume as three slices that a crosshair links.

    It starts at the strongest attribution. Reruns with the same volume keep the crosshair, the
    window and the threshold, whatever its attribution; another volume starts anew.

    Args:
        volume: what to show. Above 128 voxels per side it is reduced, and the viewer says so.
        key: one per viewer on the page; what was chosen in it comes back with it.
    """
    _mount(key=key, data=packed(volume, key))
