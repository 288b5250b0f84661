"""Whether the values of Integrated Gradients add up to what they explain, in plain words."""

import math

import streamlit as st

from app import glossary
from app.figures import captions, findings
from app.state import METHOD, MOST_STEPS, STEPS, Explained, key, plain, put, session


def told(shown: Explained) -> None:
    """The gap, what it means, and more steps; nothing for a path without a baseline."""
    gap = shown.result.completeness_gap
    if gap is None:
        return
    result = shown.result
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
            _more(shown)


def warning(shown: Explained) -> None:
    """The same in a line, only where it matters."""
    gap = shown.result.completeness_gap
    if gap is not None and not float(gap[0]) <= findings.POOR_GAP:
        row = st.container(horizontal=True, vertical_alignment="center")
        row.caption(
            f":material/warning: The values add up badly: {captions.percent(float(gap[0]))} of the "
            "change of the score is missing or too much."
        )
        with row:
            _more(shown, "-above")


def _more(shown: Explained, place: str = "") -> None:
    path = shown.result.path
    steps = getattr(path, "steps", None) or path.along.steps
    more = min(4 * steps, MOST_STEPS)
    if more > steps and st.button(
        f"More steps: {more} instead of {steps}",
        key=f"more-steps{place}",
        icon=":material/add:",
        on_click=_ask,
        args=(shown, more),
    ):
        st.rerun()


def _ask(shown: Explained, steps: int) -> None:
    put(STEPS, steps)
    put(key(METHOD, shown.subject.signal.modality), "integrated")
    session().again = True
