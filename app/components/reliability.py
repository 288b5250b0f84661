"""The reliability of the explanation on the page: three checks in the background, and their chip."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass

import streamlit as st

from app import glossary, kinds
from app.components import jobs
from app.components.timer import rerun_every
from app.figures import reliability_text
from app.jobs import Job, sentence
from app.kinds.received import MapPicture
from app.session import Explained, plain, put
from wam_core.evaluation.reliability import (
    Check,
    Grade,
    Reliability,
    ReliabilityProgress,
    reliability_steps,
)

NAME = "reliability"
SHOWN = "map"
_POLL_MS = 1000
_PICTURE = 92  # px, the width of a picture

_COLOURS = {Grade.GOOD: "green", Grade.WEAK: "orange", Grade.POOR: "red"}
_ICONS = {Grade.GOOD: "check_circle", Grade.WEAK: "warning", Grade.POOR: "error"}


@dataclass(frozen=True, eq=False)
class Checked:
    """What is kept of the checks of one explanation.

    Attributes:
        found: their numbers; the maps themselves are not kept.
        pictures: of the map itself, and by the name of a check, of what it was compared with.
    """

    found: Reliability
    pictures: Mapping[str, MapPicture]


@st.fragment
def chip(explained: Explained) -> None:
    """The outcome in two words; a click shows the checks. Refreshes itself while they run."""
    if explained.result.is_zero:
        return
    CHECKS.start(explained)
    CHECKS.job.collect()
    checked, running = CHECKS.found(explained), CHECKS.is_running(explained)
    if st.session_state.get(NAME):  # it stays open when its words change
        put(NAME, True)
    opened = st.popover(
        _label(checked, running=running), type="tertiary", key=NAME, on_change="rerun"
    )
    if running:
        rerun_every(_POLL_MS, NAME)
    if not opened.open:
        return
    with opened:
        if checked is not None:
            _rows(explained, checked)
        elif running:
            _progress(CHECKS.job)
        else:
            _missing(explained, CHECKS.job)


def _label(checked: Checked | None, *, running: bool) -> str:
    if checked is None:
        words = reliability_text.RUNNING if running else reliability_text.MISSING
        return f":gray-badge[:material/pending: {words}]"
    grade, words = checked.found.decisive.grade, reliability_text.outcome_text(checked.found)
    return f":{_COLOURS[grade]}-badge[:material/{_ICONS[grade]}: {words}]"


def _rows(explained: Explained, checked: Checked) -> None:
    """Each check with its number, what that is compared with, and a picture."""
    st.markdown(
        "**Three checks on this input**",
        help=glossary.hint("|z|", "standard error", "randomisation"),
    )
    for check in checked.found.checks:
        _row(explained, check, checked.pictures)
    st.caption("n = 1: one input does not rank methods. Evaluate compares them over many inputs.")


def _row(explained: Explained, check: Check, pictures: Mapping[str, MapPicture]) -> None:
    """A check without a second map shows the map itself."""
    name = check.name if check.name in pictures else SHOWN
    words, colour = reliability_text.PICTURES[name], _COLOURS[check.grade]
    outcome = (
        f":{colour}[:material/{_ICONS[check.grade]}: {reliability_text.OUTCOMES[check.grade]}]"
    )
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.image(pictures[name].picture, width=_PICTURE, alt=words, caption=words)
        with st.container():
            st.markdown(f"**{reliability_text.NAMES[check.name]}** {outcome}")
            st.caption(plain(reliability_text.sentence(check, explained.result.path)))


def _progress(mine: Job[Checked]) -> None:
    step = mine.step
    share = 0.0 if step is None else step.done / step.total
    st.progress(min(share, 1.0), "Runs when the server is idle")
    st.button("Cancel", on_click=mine.cancel, key=f"{NAME}-cancel", icon=":material/close:")


def _missing(explained: Explained, mine: Job[Checked]) -> None:
    if mine.error is not None:
        st.caption(plain(sentence(mine.error)))
    st.button("Check", on_click=CHECKS.submit, args=(explained,), key=f"{NAME}-again")


def steps(explained: Explained) -> Generator[ReliabilityProgress, None, Checked]:
    """The checks and their pictures, as a generator of steps."""
    subject, result = explained.subject, explained.result
    kind = kinds.of(subject.signal)
    checks = yield from reliability_steps(subject.net, result)
    maps = {SHOWN: result.attribution, **checks.maps}
    pictures = {
        name: kind.map_picture(subject, bands, result.transform) for name, bands in maps.items()
    }
    return Checked(Reliability(checks.checks, {}), pictures)


CHECKS = jobs.Background(NAME, steps)
"""Those of the visitor's latest explanation."""
