"""A picture with its attribution over it, all bands side by side, and the share of each level, linked.

The browser's part is one ES module without dependencies. It fetches what :func:`packed` gives once
for each result; everything that is chosen in it acts there, and is kept in the page's address.
"""

from pathlib import Path

import streamlit as st

from app.components.media import address
from app.components.viewer.packing import Plane, packed
from app.figures.elements import ELEMENTS, ELEMENTS_STYLE
from app.figures.view_state import VIEW_STATE
from app.session import session

__all__ = ["Plane", "packed", "viewer"]

_HERE = Path(__file__).parent
_PARTS = (
    "choices.js",
    "viewer.js",
    "panels.js",
    "scales.js",
    "controls.js",
    "evidence.js",
    "numbers.js",
)
_STYLES = ("choices.css", "viewer.css")
_mount = st.components.v2.component(
    "wam_viewer",
    html='<div class="viewer"></div>',
    css="\n".join([ELEMENTS_STYLE, *((_HERE / n).read_text("utf-8") for n in _STYLES)]),
    js="\n".join([VIEW_STATE, ELEMENTS, *((_HERE / n).read_text("utf-8") for n in _PARTS)]),
)


def viewer(plane: Plane, key: str, result: str) -> None:
    """Draw it; nothing chosen in it causes a rerun.

    Args:
        plane: what to show.
        key: one per viewer on the page, of letters and digits: its view in the page's address.
        result: tells the explanation apart from others, so that its build-up on the page is known.
    """
    data = _packed(result, key, session().id, plane)
    _mount(key=key, data={"url": address(data, "application/octet-stream", key), "result": result})


@st.cache_data(scope="session", max_entries=4, show_spinner=False)
def _packed(result: str, key: str, nonce: str, _plane: Plane) -> bytes:
    return packed(_plane, key, nonce)
