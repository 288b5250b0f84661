"""Explain: an input, a network, a class and a variant; then what the network used."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.components import job, jobs
from app.components.invitation import invite
from app.components.model_picker import choose_class, predictions, unshared
from app.components.settings import choose_path, choose_transform
from app.components.share import Link, asks, share
from app.components.subject import choose_subject
from app.screens import inspect_image, inspect_sound, inspect_volume
from app.screens.export_menu import export
from app.session import MODALITY, Explained, Slot, plain, session
from wam_core.errors import WamError
from wam_core.signals import Modality

_INSPECT: Mapping[Modality, Any] = {
    "image": inspect_image,
    "sound": inspect_sound,
    "volume": inspect_volume,
}

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
        wish = controls()
    loading.empty()
    slot: Slot = st.session_state[MODALITY]
    if asks():
        return
    with head:
        _take_away(slot)
    status(slot, wish)
    if slot in mine.explained:
        _inspect(mine.explained[slot])
    elif not job.is_running(slot):
        invite("an input and a network", "Explain")


def _inspect(explained: Explained) -> None:
    """The result. Nothing here runs the explanation again: these are views.

    What no control of the views changes is drawn apart from them, and not again with each click.
    """
    kind = _INSPECT[explained.subject.signal.modality]
    kind.summary(explained)
    if explained.result.is_zero:
        st.info("No signal: the gradient is zero everywhere, so there is no map to show.")
    else:
        kind.views(explained)


def status(slot: Slot, wish: str | None) -> None:
    """What is wrong, what ended before its time, and how far a run is."""
    with st.container():  # always there, so that what follows keeps its place on the page
        job.problem()
        if wish:
            st.error(wish, icon=":material/error:")
        if job.is_running(slot):
            job.watch()
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
        share(Link(kind=slot, lacking=unshared(slot)))
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
    net, kind = subject.net, subject.signal.modality
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
    asked = job.request(subject, target, transform, path)
    pressed = job.button(subject, path)
    job.ask(asked, subject, path, kind, pressed=pressed)
    return None
