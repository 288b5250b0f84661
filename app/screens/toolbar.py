"""The row of controls above an explanation: input, network, class, method; it starts the job."""

from dataclasses import dataclass

import streamlit as st

from app import kinds
from app.components import explanation
from app.components.input_picker import choose_subject, input_problem
from app.components.model_picker import choose_class, choose_rival, predictions
from app.components.settings import choose_path, choose_transform, method_title
from app.session import METHOD_MENU, ExplanationTask, plain
from wam_core.errors import WamError


@dataclass(frozen=True)
class Wanted:
    """What the controls ask for.

    Attributes:
        task: the explanation; None where there is none to ask for.
        seconds: it takes, about.
        problem: why there is none, in one sentence.
    """

    task: ExplanationTask | None = None
    seconds: float = 0.0
    problem: str = ""


def toolbar() -> Wanted:
    """Draw the controls in one row; start the explanation they ask for, where it takes little time."""
    row = st.container(
        horizontal=True, wrap=False, vertical_alignment="center", gap="small", key="toolbar"
    )
    with row:
        wanted = _controls()
    # always there, so that what follows keeps its place on the page
    problem, waiting = st.container(), st.empty()
    with problem:
        input_problem()
    if wanted.task is not None:
        explanation.update(wanted.task, wanted.seconds, waiting)
    return wanted


def _controls() -> Wanted:
    try:
        subject = choose_subject(menus=True)
    except WamError as error:
        return Wanted(problem=plain(f"{error}. The previous result stays."))
    if subject is None:
        return Wanted()
    net, kind = subject.net, kinds.of(subject.signal)
    _, probabilities = predictions(net, subject.signal)
    chosen = choose_class(net, probabilities, subject.signal.key)
    with st.popover(
        method_title(kind), key=METHOD_MENU, on_change="rerun", help="Method and settings"
    ):
        method = st.container()
        try:
            transform = choose_transform(subject.size, kind, getattr(net.frontend, "rate", 0.0))
            transform.check(subject.size)
        except WamError as error:
            return Wanted(problem=plain(str(error)))
        with method:
            path = choose_path(net, kind, transform)
        target = choose_rival(net, probabilities, chosen)
    task = ExplanationTask(
        explanation.request(subject, target, transform, path), subject, kind.name
    )
    return Wanted(task, explanation.estimate(net, path))
