"""What groups of levels contribute to the prediction: the numbers, once a result, and their tab."""

import streamlit as st
from torch import Tensor

from app import glossary, kinds
from app.components.page import chart
from app.figures import contributed
from app.figures.contributed import Effects
from app.figures.theme import Look
from app.runtime import ask, predict_steps
from app.session import Explained, plain, session
from wam_core.errors import BusyError, CancelledJobError


def effects(explained: Explained) -> Effects | None:
    """The contributions; None where the map is zero or the server had no room to measure them."""
    result, net, signal = explained.result, explained.subject.net, explained.subject.signal
    if (answers := group_answers(explained)) is None:
        return None
    kind = kinds.of(signal)
    return contributed.group_effects(
        result, net, kind.groups(result.attribution), kind.group_structures,
        kind.units(net, result.layout, signal), answers,
    )  # fmt: skip


def draw(explained: Explained) -> None:
    """One sentence, the chart, every number, and how they were measured."""
    found = effects(explained)
    if found is None:
        st.caption("The server is busy. Open this tab again to measure the contributions.")
        return
    st.markdown(
        plain(contributed.sentence(found)),
        help=glossary.hint("contribution", more=contributed.method_note(found)),
    )
    look = Look(st.context.theme.type == "dark")
    figure, alt = contributed.chart(found, look), contributed.chart_text(found)
    chart(figure, "contributions", alt, table=False)
    st.table(contributed.rows(found))
    if contrary := contributed.disagreement(found):
        with st.popover("Ablation and map disagree", type="tertiary", icon=":material/info:"):
            st.markdown(plain(contrary))


def group_answers(explained: Explained) -> Tensor | None:
    """Class probabilities of :func:`app.figures.contributed.partial_inputs`, measured once a result.

    None where the map is zero or there was no room to measure.
    """
    if explained.result.is_zero:
        return None
    try:
        return _group_answers(explained.key, explained)
    except (BusyError, CancelledJobError):  # the latter: the visitor has left
        return None


@st.cache_data(scope="session", max_entries=16, show_spinner=False)
def _group_answers(key: str, _explained: Explained) -> Tensor:
    net, result = _explained.subject.net, _explained.result
    groups = kinds.of(_explained.subject.signal).groups(result.attribution)
    steps = predict_steps(net, contributed.partial_inputs(result, groups))
    return ask(steps, owner=f"{session().id}/contributed", uses={net.module_fingerprint}).cpu()
