"""Back undoes the last change of a control: each change gets an entry in the browser's history."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.session import session

_mount = st.components.v2.component(
    "wam_history",
    html="<span></span>",
    js=Path(__file__).with_name("history.js").read_text("utf-8"),
)


def keep_history(page: StreamlitPage) -> None:
    """Once on every page, before anything else; draws nothing."""
    mine, run = session(), get_script_run_ctx()
    before, mine.page = mine.page, page.title
    # When Back leads to another page, Streamlit drops parameters whose names that page has too, and
    # puts these controls at their defaults. In another run they take what was chosen last.
    if before not in ("", page.title) and run is not None and run.is_history_navigation:
        known = {name: st.query_params.get_all(name) for name in st.query_params}
        st.switch_page(page, query_params=known)
    _mount(key="history")
