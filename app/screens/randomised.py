"""Randomisation, as an experiment of its own: the explanation against networks that forget."""

import streamlit as st

from app.figures.theme import Look
from app.screens.explain import experiment_page
from app.screens.randomisation import forgetting
from app.session import Explained


def screen() -> None:
    """The page, from top to bottom."""
    experiment_page(
        "Does the map change when the network forgets?",
        "An explanation of a network should not survive the loss of what the network learnt.",
        _draw,
    )


def _draw(explained: Explained) -> None:
    forgetting(explained, Look(st.context.theme.type == "dark"))
