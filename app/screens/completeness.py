"""Whether the values of Integrated Gradients add up to what they explain, in plain words."""

import math

import streamlit as st

from app import glossary
from app.figures import captions, findings
from app.session import METHOD, MOST_STEPS, STEPS, Explained, key, plain, put, session

_DOUBTS = {"smoothgrad": "standard error", "integrated": "step doubling"}


def told(explained: Explained) -> None:
    """The gap, what it means, and more steps; nothing for a path without a baseline."""
    gap = explained.result.completeness_gap
    if gap is None:
        return
    result = explained.result
    missing = float(gap[0])
    number, words = st.columns([1, 3], vertical_alignment="center")
    number.metric(
        "Completeness gap",
        captions.percent(missing) if math.isfinite(missing) else "undefined",
        help=glossary.hint("completeness gap", "Integrated Gradients"),
    )
    change = float(result.scores[0] - result.origin_scores[0])
    total = float(sum(values.sum() for _, values in result.attribution.bands()))
    words.markdown(findings.adds_up(plain(str(result.target)), change, total, missing))
    if missing > findings.GOOD_GAP:
        with words:
            _more(explained)


def warning(explained: Explained) -> None:
    """How far the map is from its limit; and the gap in a line, only where it matters."""
    if (said := findings.uncertain(explained.result)) is not None:
        st.caption(said, help=glossary.hint(_DOUBTS[explained.result.path.kind]))
    gap = explained.result.completeness_gap
    if gap is not None and not float(gap[0]) <= findings.POOR_GAP:
        row = st.container(horizontal=True, vertical_alignment="center")
        row.caption(
            f":material/warning: The values add up badly: {captions.percent(float(gap[0]))} of the "
            "change of the score is missing or too much."
        )
        with row:
            _more(explained, "-above")


def _more(explained: Explained, place: str = "") -> None:
    path = explained.result.path
    steps = getattr(path, "steps", None) or path.along.steps
    more = min(4 * steps, MOST_STEPS)
    if more > steps and st.button(
        f"More steps: {more} instead of {steps}",
        key=f"more-steps{place}",
        icon=":material/add:",
        on_click=_ask,
        args=(explained, more),
    ):
        st.rerun()


def _ask(explained: Explained, steps: int) -> None:
    put(STEPS, steps)
    put(key(METHOD, explained.subject.signal.modality), "integrated")
    session().again = True
