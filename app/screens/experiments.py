"""Experiments: one question at a time, put to an input, an explanation, or several networks."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from app.components import jobs
from app.figures.theme import Look
from app.screens import (
    deciding,
    minimal_input,
    mixing,
    randomisation,
    scale_profiles,
)
from app.screens.explain import experiment_page
from app.session import recall


class _Experiment(NamedTuple):
    """Its name on the button and in links, and what draws it."""

    title: str
    draw: Callable[[], None]


def _randomisation() -> None:
    """The explanation against networks whose weights are drawn anew."""
    experiment_page(
        "Does the map change when the network forgets?",
        "An explanation of a network should not survive the loss of what the network learnt.",
        lambda explained: randomisation.section(explained, Look(st.context.theme.type == "dark")),
    )


_EXPERIMENTS = {
    "noise": _Experiment("Noise", mixing.noise),
    "overlap": _Experiment("Overlap", mixing.second_sound),
    "minimal": _Experiment("Minimal input", minimal_input.screen),
    "deciding": _Experiment("Sufficient and necessary", deciding.screen),
    "profiles": _Experiment("Scale profiles", scale_profiles.screen),
    "randomisation": _Experiment("Randomisation", _randomisation),
}


def screen() -> None:
    """The page, from top to bottom."""
    jobs.collect()
    st.title("Experiments", anchor=False)
    chosen = st.pills(
        "Experiment", list(_EXPERIMENTS), default="noise", required=True, key=recall("experiment"),
        format_func=lambda name: _EXPERIMENTS[name].title, bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    _EXPERIMENTS[chosen].draw()
