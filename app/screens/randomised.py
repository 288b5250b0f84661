"""Randomisation, as an experiment of its own: the explanation against networks that forget."""

import streamlit as st

from app.figures.theme import Look
from app.screens import on_explained
from app.screens.randomisation import forgetting
from app.session import Explained


def screen() -> None:
    """The page, from top to bottom."""
    on_explained.page(
        "Does the map change when the network forgets?",
        "An explanation of a network should not survive the loss of what the network learnt.",
        _draw,
    )


def _draw(explained: Explained) -> None:
    forgetting(explained, Look(st.context.theme.type == "dark"))
