"""The tab behind every result: settings, provenance, and what is to be trusted of the sum."""

import math
from collections.abc import Iterator

import streamlit as st

from app import glossary, kinds, reproduction
from app.components.downloads import offer
from app.components.settings import field_key
from app.figures import captions, findings
from app.request import MOST_PASSES
from app.session import METHOD_MENU, Explained, plain, put, session
from wam_core import IntegratedGradients, PathSigned, SmoothGrad
from wam_core.path import Path
from wam_core.transforms import Transform

_ESTIMATES = {"smoothgrad": "standard error", "integrated": "step doubling"}


def details(explained: Explained) -> None:
    """Settings, provenance, and everything to take away."""
    result, source = explained.result, explained.result.provenance
    completeness(explained)
    st.table(
        {
            "variant": plain(str(result.path)),
            "wavelet": ", ".join(_transform(result.transform)),
            "target": plain(str(result.target)),
            "network": plain(source.model),
            "fingerprint": source.fingerprint[:16],
            "input SHA-256": explained.subject.signal.sha256[:16],
            "device": reproduction.ran(source),
            "passed": source.layout,
            "time": f"{source.seconds:.2f} s",
            "versions": ", ".join(f"{k} {v}" for k, v in source.versions.items()),
        }
    )
    offer(explained)
    _reproduce(explained)


def _reproduce(explained: Explained) -> None:
    """The program and the command that give the same numbers, to be copied."""
    st.subheader("Reproduce", anchor=False)
    again = reproduction.both(
        explained.result, explained.subject.net, explained.subject.signal, explained.subject.origin
    )
    python, shell = st.tabs(["Python", "Command line"])
    python.code(again["python"], language="python", wrap_lines=True)
    shell.code(again["command"], language="bash", wrap_lines=True)
    st.caption(plain(reproduction.EXACT))


def completeness(explained: Explained) -> None:
    """The gap, what it means, and more steps; nothing for a path without a baseline."""
    gap = explained.result.completeness_gap
    result = explained.result
    if gap is None or result.origin_scores is None:
        return
    missing = float(gap[0])
    number, words = st.columns([1, 3], vertical_alignment="center")
    number.metric(
        "Completeness gap",
        captions.percent(missing) if math.isfinite(missing) else "undefined",
        help=glossary.hint("completeness gap", "Integrated Gradients"),
    )
    change = float(result.scores[0] - result.origin_scores[0])
    total = float(sum(values.sum() for _, values in result.attribution.bands()))
    words.markdown(findings.completeness_finding(plain(str(result.target)), change, total, missing))
    if missing > findings.GOOD_GAP:
        with words:
            _more(explained)


def cautions(explained: Explained) -> None:
    """How far the map is from its limit; and the gap in a line, only where it matters."""
    if (caution := findings.error_finding(explained.result)) is not None:
        st.caption(caution, help=glossary.hint(_ESTIMATES[explained.result.path.kind]))
    gap = explained.result.completeness_gap
    if gap is not None and not float(gap[0]) <= findings.POOR_GAP:
        row = st.container(horizontal=True, vertical_alignment="center")
        row.caption(
            f":material/warning: The values add up badly: {captions.percent(float(gap[0]))} of the "
            "change of the score is missing or too much."
        )
        with row:
            _more(explained, "-above")


def _steps(path: Path) -> int:
    """Points on the way from the baseline; 0 for a path without one."""
    along = path.along if isinstance(path, SmoothGrad) else path
    return along.steps if isinstance(along, IntegratedGradients | PathSigned) else 0


def _more(explained: Explained, place: str = "") -> None:
    steps = _steps(explained.result.path)
    more = min(4 * steps, MOST_PASSES)
    if more > steps and st.button(
        f"More steps: {more} instead of {steps}",
        key=f"more-steps{place}",
        icon=":material/add:",
        on_click=_ask,
        args=(explained, more),
    ):
        st.rerun()


def _ask(explained: Explained, steps: int) -> None:
    kind = kinds.of(explained.subject.signal)
    put(field_key("steps", kind), steps, METHOD_MENU)
    put(field_key("method", kind), "integrated", METHOD_MENU)
    session().again = True


def _transform(transform: Transform) -> Iterator[str]:
    """Its name, the number of levels, and whatever else was chosen."""
    yield transform.title
    yield f"{transform.levels} levels"
    for name, value in transform.choices.items():
        if name not in ("levels", "wavelet"):
            yield str(value)
