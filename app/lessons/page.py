"""What every lesson is made of: paragraphs beside figures, and two questions at the end."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from app import glossary, kinds
from app.components.explanation import estimate, request
from app.components.jobs import found, keep, offer, passes
from app.components.model_picker import predictions
from app.figures.theme import Look
from app.request import ExplainRequest
from app.runtime import ask
from app.session import Explained, Subject, session
from wam_core import Classifier, explain_steps
from wam_core.transforms import Transform, build

_EXPLAINED = "lesson-explained"


@dataclass(frozen=True)
class Question:
    """Something to try on the figure, and what is to be seen."""

    ask: str
    answer: str


@dataclass(frozen=True, eq=False)
class Lesson:
    """A page of text beside live figures.

    Attributes:
        key: as in the glossary.
        title: on its button.
        lead: one sentence: what one knows afterwards.
        draw: paragraphs and figures about an input.
        questions: two, at the end.
    """

    key: str
    title: str
    lead: str
    draw: Callable[[Subject, Look], None]
    questions: tuple[Question, Question]


def paragraph(text: str, *terms: str) -> DeltaGenerator:
    """A paragraph on the left, with what its words mean for those who ask; the place on its right."""
    words, figure = st.columns([2, 3], gap="large")
    words.markdown(text, help=glossary.hint(*terms) if terms else None)
    return figure


def ended(questions: tuple[Question, ...]) -> None:
    """The questions, their answers folded."""
    st.subheader("Try it", anchor=False)
    for column, question in zip(st.columns(len(questions)), questions, strict=True):
        with column:
            st.markdown(question.ask)
            with st.expander("Answer"):
                st.markdown(question.answer)


def received(subject: Subject) -> Tensor:
    """What the network receives of the input, (1, c, *space)."""
    return predictions(subject.net, subject.signal)[0]


def usual(subject: Subject, wavelet: str | None = None, levels: int | None = None) -> Transform:
    """The transform that this kind of input starts with; another wavelet, or as many levels as fit."""
    kind = kinds.of(subject.signal).defaults
    name = wavelet or kind.wavelet
    ndim = len(subject.size)
    most = build(wavelet=name, levels=1, ndim=ndim).max_levels(subject.size)
    wanted = levels or kind.levels(subject.size, getattr(subject.net.frontend, "rate", 0.0))
    return build(wavelet=name, levels=max(1, min(wanted, most)), ndim=ndim, boundary=kind.padding)


def key(subject: Subject, *what: object) -> str:
    """What a result of a lesson goes by."""
    return " ".join(
        map(str, (subject.signal.key, subject.net.fingerprint, subject.net.device, *what))
    )


def once(
    name: str, where: str, net: Classifier, steps: Callable[[], Generator[Any, None, Any]]
) -> Any:
    """The result of a short job that passes a network, computed once per visitor; waits for it."""
    if (known := found(name, where)) is not None:
        return known
    result = ask(steps(), owner=f"{session().id}/{name}", uses={net.module_fingerprint})
    keep(name, where, result)
    return result


def explanation(subject: Subject) -> Explained | None:
    """The one on Explain if it is of this input, else one of the lessons' own.

    None, with a button for it on the page, as long as there is none.
    """
    there = session().explained.get(subject.signal.modality)
    if there is not None and there.subject.signal.key == subject.signal.key:
        return there
    defaults, transform = kinds.of(subject.signal).defaults, usual(subject)
    path = ExplainRequest().build_path(defaults, transform)
    where = key(subject, transform, path)
    result = found(_EXPLAINED, where)
    if result is None:
        offer(
            _EXPLAINED, where, "Explain this input", estimate(subject.net, path),
            partial(explain_steps, subject.net, received(subject), transform=transform, path=path),
            passes, first=True, uses=subject.net.module_fingerprint,
        )  # fmt: skip
        return None
    return Explained(subject, request(subject, result.target.index, transform, path), result)
