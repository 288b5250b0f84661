"""Beneath the scale profile: what the fine and the coarse levels contributed, and how sure that is."""

import streamlit as st
from torch import Tensor

from app import glossary
from app.figures.contributed import asked, told
from app.runtime import ask, predict_steps
from app.session import Explained, plain, session
from wam_core.errors import BusyError


def contributed(explained: Explained) -> None:
    """Draw it; the rest of the page does without where the server has no room for the question."""
    result, net, signal = explained.result, explained.subject.net, explained.subject.signal
    try:
        found = told(result, net, signal, answers(explained), plain)
    except BusyError as error:
        st.caption(plain(f"What fine and coarse details contributed is not known yet: {error}."))
        return
    st.markdown(
        f"**What fine and coarse details contributed to “{plain(found.target)}”**",
        help=glossary.hint("contribution", "importance", "coefficient"),
    )
    st.markdown("\n".join(f"- {line}" for line in found.lines))
    st.caption(found.sure)


def answers(explained: Explained) -> Tensor:
    """What the network says of some groups of levels only: of :func:`app.figures.contributed.asked`.

    Raises:
        BusyError: it had to be asked, and there was no room.
    """
    return _answers(explained.key, explained)


@st.cache_data(scope="session", max_entries=16, show_spinner=False)
def _answers(key: str, _explained: Explained) -> Tensor:
    """Class probabilities of the input that has some of the groups only, for each set of them."""
    net = _explained.subject.net
    steps = predict_steps(net, asked(_explained.result, _explained.subject.signal.modality))
    return ask(steps, owner=f"{session().id}/contributed", uses={net.fingerprint}).cpu()
