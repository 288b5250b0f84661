"""Presenter mode: large type, one case after the other, keys instead of controls."""

import streamlit as st

from app.components import keyboard
from app.screens.cases import CASES, find
from app.screens.gallery import explain_page, neighbour, open_case
from app.session import plain, session
from wam_core.errors import WamError

PRESENT = "present"
_STYLE = """<style>
html { font-size: 20px; }
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"], [data-testid="stHeader"] { display: none; }
[data-testid="stMainBlockContainer"] { padding-top: 1rem; padding-bottom: 1rem; }
</style>"""


def presenting() -> bool:
    """Whether this visitor presents: by the link, or since the button was pressed."""
    mine = session()
    if PRESENT in st.query_params:
        mine.presenting = st.query_params[PRESENT] == "true"
    return mine.presenting


def bar() -> None:
    """The row above every screen while presenting; opens cases before the screen is drawn."""
    st.html(_STYLE)
    mine = session()
    key = keyboard.pressed()
    current = find(mine.case) if mine.case else None
    back, title, onwards, out = st.columns([1, 8, 1, 1], vertical_alignment="center")
    number = 0 if current is None else CASES.index(current) + 1
    with title:
        if current is None:
            st.markdown("**Press → for the first case**")
        else:
            st.markdown(f"**{plain(current.title)}** · {number} of {len(CASES)}")
    if (
        back.button("‹", key="case-previous", help="← or Page Up", width="stretch")
        or key == "previous"
    ):
        _turn(-1)
    if (
        onwards.button("›", key="case-next", help="→ or Page Down", width="stretch")
        or key == "next"
    ):
        _turn(1)
    if (
        out.button(
            "",
            key="present-leave",
            icon=":material/close:",
            help="Leave the presentation (Escape)",
            width="stretch",
        )
        or key == "leave"
    ):
        leave()
        st.rerun()
    if current is not None:
        st.markdown(f"##### {plain(current.look)}")
    st.query_params[PRESENT] = "true"


def leave() -> None:
    """Back to all controls; what is shown stays."""
    session().presenting = False
    st.query_params.pop(PRESENT, None)


def _turn(step: int) -> None:
    try:
        open_case(neighbour(step))
    except WamError as error:
        st.error(plain(f"{error}."), icon=":material/error:")
        return
    # the query is given, as Streamlit refuses to clear one that widgets are bound to
    st.switch_page(explain_page(), query_params={PRESENT: "true"})
