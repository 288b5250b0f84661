"""A page with nothing but the build-up of a small explanation: ``streamlit run`` this file.

``?kind=`` image (the default), sound, volume, or zero, an image of which no coefficient counts;
a switch gives another result.
"""

import streamlit as st

from app import runtime
from app.components import build_up, jobs
from tests import reports


@st.cache_resource(show_spinner=False)
def settle() -> None:
    """As the dashboard does once a network is loaded: else each search for garbage holds all up."""
    runtime._settle()


def page() -> None:
    st.set_page_config(layout="wide")
    jobs.collect()
    st.caption("Above")
    other = st.toggle("Another result", key="other")
    kind = st.query_params.get("kind", "image")
    explained = reports.explained(kind, "other" if other else "same")
    settle()
    build_up.draw(explained)
    st.caption(f"{st.session_state.setdefault('runs', 0)} runs before")
    st.session_state["runs"] += 1


if __name__ == "__main__":
    page()
