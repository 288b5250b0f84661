"""Learn: six lessons on the visitor's own input, and the glossary."""

import streamlit as st

import models
from app import glossary, kinds
from app.components.input_picker import choose_input
from app.components.model_picker import predictions
from app.figures.theme import Look
from app.lessons import LESSONS
from app.lessons.page import ended
from app.runtime import classifier
from app.session import LESSON, MODEL, Subject, plain, put, recall, session
from models import samples
from wam_core import Signal
from wam_core.errors import WamError

_WORDS = "glossary"
_TITLES = {
    **{lesson.key: f"{nth} {lesson.title}" for nth, lesson in enumerate(LESSONS, start=1)},
    _WORDS: "Glossary",
}


def screen() -> None:
    """The page, from top to bottom."""
    with st.sidebar:
        st.subheader("Your input", anchor=False)
        subject = _subject()
    st.title("Learn", anchor=False)
    chosen = st.pills(
        "Lesson", list(_TITLES), default=LESSONS[0].key, required=True, key=recall(LESSON),
        format_func=_TITLES.__getitem__, bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    if chosen == _WORDS:
        _words()
        return
    lesson = next(lesson for lesson in LESSONS if lesson.key == chosen)
    st.header(lesson.title, anchor=False, divider="violet")
    st.caption(f"{lesson.lead} Every figure is computed now, on the input in the sidebar.")
    if isinstance(subject, Subject):
        lesson.draw(subject, Look(st.context.theme.type == "dark"))
    else:
        st.error(subject, icon=":material/error:")
    ended(lesson.questions)
    _onwards(str(chosen))


def _subject() -> Subject | str:
    """What the lessons are about; or why there is nothing, in one sentence."""
    signal = choose_input()
    name = _network(signal)
    try:
        net = classifier(name)
        signal = kinds.of(signal).choose_excerpt(signal, net)
        x, _ = predictions(net, signal)
    except WamError as error:
        return plain(f"{error}.")
    title = models.spec(name).title
    st.caption(f"Network: {plain(title)}. Another one is chosen on the screen Explain.")
    return Subject(signal, net, title, tuple(x.shape[2:]))


def _network(signal: Signal) -> str:
    """The network that a sample belongs to, else the one chosen on Explain, else the first."""
    kind, mine = kinds.of(signal), session()
    sample = mine.samples.get(kind.name)
    if sample and (belongs := samples.network(sample)):
        return belongs
    where = kind.key(MODEL)
    return st.session_state.get(where) or mine.chosen.get(where) or models.default(kind.name)


def _words() -> None:
    """Every word, with what it means and where it is shown."""
    st.header("Glossary", anchor=False, divider="violet")
    st.caption("The same words explain the controls: point at a question mark anywhere.")
    wanted = st.text_input("Search", key="glossary-search", placeholder="a word").casefold()
    found = [
        term for term in sorted(glossary.TERMS.values(), key=lambda one: one.name.casefold().strip("|"))
        if wanted in f"{term.name} {term.meaning}".casefold()
    ]  # fmt: skip
    if not found:
        st.info(f"No word or meaning contains “{plain(wanted)}”. Try a shorter one.")
        return
    st.table(
        [
            {
                "word": plain(term.name),
                "meaning": plain(term.meaning),
                "lesson": _TITLES.get(term.lesson, ""),
            }
            for term in found
        ]
    )


def _onwards(chosen: str) -> None:
    """To the lesson before and the one after."""
    order = list(_TITLES)
    nth = order.index(chosen)
    row = st.container(horizontal=True, horizontal_alignment="distribute")
    if nth:
        row.button(
            f"Back: {_TITLES[order[nth - 1]]}", on_click=put, args=(LESSON, order[nth - 1]),
            key="lesson-back", icon=":material/arrow_back:", type="tertiary",
        )  # fmt: skip
    row.button(
        f"Next: {_TITLES[order[nth + 1]]}", on_click=put, args=(LESSON, order[nth + 1]),
        key="lesson-next", icon=":material/arrow_forward:", type="primary",
    )  # fmt: skip
