"""Explain: controls in one row, the finding in one line, the main picture; then tabs."""

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import kinds
from app.components import build_up, contributions, explanation, jobs, reliability
from app.components.model_picker import unshared_network
from app.components.page import heading, tabs
from app.components.share import Link, ask_for_missing_files, share
from app.figures.theme import Look
from app.screens import summary
from app.screens.details import details
from app.screens.export_menu import export
from app.screens.faithfulness import faithfulness
from app.screens.toolbar import Wanted, toolbar
from app.session import MODALITY, Explained, Slot, plain, session


def screen() -> None:
    """The page, from top to bottom."""
    jobs.collect()
    wanted = toolbar()
    slot: Slot = st.session_state[MODALITY]
    if ask_for_missing_files():
        return
    _page(wanted, slot, _inspect, take_away=partial(_take_away, slot))


def experiment_page(title: str, about: str, draw: Callable[[Explained], None]) -> None:
    """The page of an experiment on the explanation that Explain shows: the same controls and result.

    Args:
        title, about: above everything.
        draw: what the experiment makes of the result.
    """
    jobs.collect()
    wanted = toolbar()
    slot: Slot = st.session_state[MODALITY]
    heading(title, about, Link(kind=slot, lacking=unshared_network(kinds.named(slot))))
    if ask_for_missing_files():
        return

    def with_caption(explained: Explained) -> None:
        path = type(explained.result.path).__name__
        st.caption(f"Explanation of **{_name(explained)}** by {path}.")
        draw(explained)

    _page(wanted, slot, with_caption)


def _name(explained: Explained) -> str:
    return plain(f"{explained.subject.signal.name}, {explained.result.target}")


def _page(
    wanted: Wanted,
    slot: Slot,
    draw: Callable[[Explained], None],
    take_away: Callable[[], None] = lambda: None,
) -> None:
    """What is wrong, how far a run is or what to press, and the result.

    Args:
        wanted: what the controls ask for.
        slot: where the result is kept.
        draw: draws it.
        take_away: draws what takes the result elsewhere, at the end of the first line.
    """
    line: DeltaGenerator | None = None
    with st.container():  # always there, so that what follows keeps its place on the page
        explanation.problem()
        if wanted.problem:
            st.error(wanted.problem, icon=":material/error:")
    known, task = session().explained.get(slot), wanted.task
    current = known is not None and (task is None or explanation.is_current(task))
    with st.container(
        horizontal=True, wrap=False, vertical_alignment="center", key="headline", gap="small"
    ):
        if explanation.is_running(slot):
            explanation.watch()
        elif current and known is not None:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                line = summary.headline(known)
                reliability.chip(known)
                meaning = st.popover("Meaning", type="tertiary", key="meaning")
            take_away()
        elif task is not None and explanation.button("Explain", wanted.seconds):
            session().again = True
            st.rerun()
    if task is not None and not explanation.is_of(task.subject, slot):
        explanation.preview(task.subject)
        return
    if known is None:
        return
    with st.container():
        if not current:
            st.html(explanation.PALE)
    with st.container(key="result"):
        if known.result.is_zero:
            st.info("The gradient is zero everywhere; there is nothing to display.")
        else:
            draw(known)
    if line is not None:
        summary.complete(line, meaning, known)


def _inspect(explained: Explained) -> None:
    """The result. Nothing here runs the explanation again: these are views."""
    kinds.of(explained.subject.signal).overview(explained)
    build_up.draw(explained)
    _below(explained)


@st.fragment
def _below(explained: Explained) -> None:
    """What stands below the main picture."""
    kind, look = kinds.of(explained.subject.signal), Look(st.context.theme.type == "dark")
    tabs(
        {
            "Input": partial(summary.given, explained),
            **kind.tabs(explained),
            "Contributions": partial(contributions.draw, explained),
            "Faithfulness": partial(faithfulness, explained, look),
            "Details": partial(details, explained),
        },
        key=kind.key("tab"),
    )


@st.fragment
def _take_away(slot: Slot) -> None:
    """The link to what is on the page, and the files; opening either draws nothing else again."""
    with st.container(horizontal=True, horizontal_alignment="right", width="content"):
        share(Link(kind=slot, lacking=unshared_network(kinds.named(slot))))
        if slot in session().explained:
            export(session().explained[slot])
