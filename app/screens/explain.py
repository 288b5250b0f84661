"""Explain: an input, a network, a class and a variant; then what the network used."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from app import kinds
from app.components import explanation, jobs
from app.components.input_picker import choose_subject
from app.components.model_picker import choose_class, predictions, unshared_network
from app.components.page import heading, invite, tabs
from app.components.settings import choose_path, choose_transform
from app.components.share import Link, ask_for_missing_files, share
from app.figures.theme import Look
from app.screens.details import completeness_warning, details
from app.screens.export_menu import export
from app.screens.faithfulness import faithfulness
from app.screens.summary import draw_summary
from app.session import MODALITY, Explained, ExplanationTask, Slot, plain, session
from wam_core.errors import WamError

_ABOUT = (
    "An input is taken apart into details of every size: fine ones, such as edges, texture or high "
    "sounds, and coarse ones, such as outlines or low sounds. Here you see which of them a network’s "
    "answer hangs on. Words are explained behind the question marks; **Learn** shows them on your input."
)


def screen() -> None:
    """The page, from top to bottom."""
    mine = session()
    jobs.collect()
    head = st.container(horizontal=True, vertical_alignment="center")
    head.title("What did the network use?", anchor=False, width="content")
    if not mine.presenting:
        st.caption(_ABOUT)
    loading = st.empty()
    if not mine.explained:
        loading.info(
            "Loading a network. A first result comes by itself, of the sample on the left."
        )
    with st.sidebar:
        error_text = controls()
    loading.empty()
    slot: Slot = st.session_state[MODALITY]
    if ask_for_missing_files():
        return
    with head:
        _take_away(slot)
    status(slot, error_text)
    if slot in mine.explained:
        _inspect(mine.explained[slot])
    elif not explanation.is_running(slot):
        invite("an input and a network", "Explain")


def _inspect(explained: Explained) -> None:
    """The result. Nothing here runs the explanation again: these are views.

    What no control of the views changes is drawn apart from them, and not again with each click.
    """
    draw_summary(explained)
    if explained.result.is_zero:
        st.info("No signal: the gradient is zero everywhere, so there is no map to show.")
    else:
        _views(explained)


@st.fragment
def _views(explained: Explained) -> None:
    """The maps, and what they are switched by."""
    completeness_warning(explained)
    kind, look = kinds.of(explained.subject.signal), Look(st.context.theme.type == "dark")
    tabs(
        {
            **kind.tabs(explained),
            "Is it true?": partial(faithfulness, explained, look),
            "Details": partial(details, explained),
        },
        key=kind.key("tab"),
    )


def status(slot: Slot, error_text: str | None) -> None:
    """What is wrong, what ended before its time, and how far a run is."""
    with st.container():  # always there, so that what follows keeps its place on the page
        explanation.problem()
        if error_text:
            st.error(error_text, icon=":material/error:")
        if explanation.is_running(slot):
            explanation.watch()
        else:
            _of_another(slot)


def _of_another(slot: Slot) -> None:
    """Say so where the result is that of another input than the one just given."""
    mine = session()
    explained, given = mine.explained.get(slot), mine.inputs[slot]
    if explained is None or explained.subject.signal.sha256 == given.sha256:
        return
    row = st.container(horizontal=True, vertical_alignment="center", border=True)
    row.markdown(
        f":material/history: Below is still the result of **{plain(explained.subject.signal.name)}**. "
        f"**{plain(given.name)}** is chosen and not explained yet.",
        width="stretch",
    )
    if row.button("Explain it now", type="primary", key="explain-now"):
        mine.again = True
        st.rerun()


@st.fragment
def _take_away(slot: Slot) -> None:
    """The link to what is on the page, and the files; opening either draws nothing else anew."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        share(Link(kind=slot, lacking=unshared_network(kinds.named(slot))))
        if slot in session().explained:
            export(session().explained[slot])


def controls() -> str | None:
    """The sidebar; starts a job when asked to. Returns what is wrong, in one sentence."""
    try:
        subject = choose_subject()
    except WamError as error:
        return plain(f"{error}. The previous result stays.")
    if subject is None:
        return None
    net, kind = subject.net, kinds.of(subject.signal)
    _, probabilities = predictions(net, subject.signal)
    target = choose_class(net, probabilities, subject.signal.key)
    st.subheader("Method", anchor=False)
    variant = st.container()
    try:
        transform = choose_transform(subject.size, kind, getattr(net.frontend, "rate", 0.0))
        transform.check(subject.size)
    except WamError as error:
        return plain(str(error))
    with variant:
        path = choose_path(net, kind, transform)
    task = ExplanationTask(
        explanation.request(subject, target, transform, path), subject, kind.name
    )
    explanation.start_if_wanted(task, pressed=explanation.button(subject, path))
    return None


def experiment_page(title: str, about: str, draw: Callable[[Explained], None]) -> None:
    """The page of an experiment on the explanation that Explain shows: the same controls and result.

    Args:
        title, about: above everything.
        draw: what the experiment makes of the result.
    """
    jobs.collect()
    with st.sidebar:
        error_text = controls()
    slot: Slot = st.session_state[MODALITY]
    heading(title, about, Link(kind=slot, lacking=unshared_network(kinds.named(slot))))
    if ask_for_missing_files():
        return
    status(slot, error_text)
    explained = session().explained.get(slot)
    if explained is None:
        if not explanation.is_running(slot):
            invite("an input and a network", "Explain")
        return
    st.caption(
        f"Of the explanation of **{_name(explained)}** with {type(explained.result.path).__name__}."
    )
    if explained.result.is_zero:
        st.info("No signal: the gradient is zero everywhere, so nothing can be ranked.")
        return
    draw(explained)


def _name(explained: Explained) -> str:
    return plain(f"{explained.subject.signal.name}, {explained.result.target}")
