"""The head of an experiment on one input: its question, what it is about, and the link to it."""

import streamlit as st

from app.state import MODALITY
from app.widgets.model_picker import own_network
from app.widgets.share import share


def heading(title: str, told: str) -> None:
    """To be drawn after the input was chosen."""
    kind = st.session_state[MODALITY]
    head = st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    )
    head.subheader(title, anchor=False, width="content")
    with head:
        share(kind, own_network=own_network(kind) is not None)
    st.caption(told)
