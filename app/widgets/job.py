"""One explanation at a time per visitor: ask for it, watch it, cancel it, take its result."""

from functools import partial

import numpy as np
import streamlit as st

from app import runtime
from app.figures import orthographic, timeline
from app.figures.theme import Look
from app.state import Asked, Explained, Request, Slot, Subject, session
from app.widgets import run
from wam_core import Classifier, Pyramid, explain_steps
from wam_core.colour import paint
from wam_core.engine import Progress
from wam_core.paths import Path, settings
from wam_core.planes import planes
from wam_core.target import Wanted
from wam_core.transform import WaveletTransform
from wam_core.views import heat_map, over_channels

NAME = "explain"
_STRIPE = 16  # px of a band
_PREVIEW = 240  # px of a side


def estimate(net: Classifier, path: Path) -> float:
    """Seconds an explanation will take, from the last passes of this network."""
    passes = path.length + (0 if path.length == 1 else 1)
    return passes * runtime.pace().get((net.fingerprint, str(net.device)), 0.1)


def button(subject: Subject, path: Path, label: str = "Explain", key: str = "explain") -> bool:
    """The button that starts a run, with how long it will take; whether it was pressed."""
    seconds = estimate(subject.net, path)
    return st.button(
        f"{label} · about {seconds:.0f} s" if seconds >= 1 else f"{label} · under 1 s",
        type="primary",
        width="stretch",
        icon=":material/play_arrow:",
        key=key,
    )


def request(subject: Subject, target: Wanted, transform: WaveletTransform, path: Path) -> Request:
    """What is asked, in a form that can be compared."""
    what = f"{subject.signal.key} {subject.mixed}".strip()
    steps = str(sorted(settings(path).items()))
    return Request(what, subject.net.fingerprint, target, transform, steps)


def under_way(slot: Slot) -> bool:
    """Whether an explanation to be shown there is being computed."""
    return _asked() is not None and _asked().slot == slot


def busy() -> bool:
    """Whether any explanation is being computed."""
    return _asked() is not None


def _asked() -> Asked | None:
    """What is being computed."""
    job = run.run(NAME)
    return None if job.ticket is None else job.asked


def ask(asked: Request, subject: Subject, path: Path, slot: Slot, *, pressed: bool) -> None:
    """Start a run where there is a reason to: a click, a first visit, or other settings in mid-run."""
    mine = session()
    first = slot not in mine.welcomed  # a first visit shows a result without a click
    other = under_way(slot) and _asked().request != asked
    if pressed or first or mine.again or other:
        mine.welcomed.add(slot)
        mine.again = False
        _start(Asked(asked, subject, slot), path)
    known = mine.shown.get(slot)
    if known is not None and not busy() and known.request != asked:
        st.caption(":material/history: The result shown is of earlier settings; press the button.")


def _start(wanted: Asked, path: Path) -> None:
    """Queue an explanation; the visitor's running one is superseded."""
    mine, subject, before = session(), wanted.subject, _asked()
    given = subject.signal if subject.mixture is None else subject.mixture.sum
    steps = explain_steps(
        subject.net, given, wanted.request.target, transform=wanted.request.transform, path=path
    )
    if not run.start(NAME, steps, wanted):
        return
    if before is not None and before.slot != wanted.slot and before.slot not in mine.shown:
        mine.welcomed.discard(before.slot)  # it never got its first result


def collect() -> None:
    """Take the result of a finished job; a failed one leaves the previous result."""
    job = run.run(NAME)
    if job.ticket is None or not job.ticket.finished:
        return
    result = run.settle(NAME)
    if job.problem is not None:
        return
    wanted: Asked = job.asked
    session().shown[wanted.slot] = Explained(wanted.subject, wanted.request, result)
    seconds, passes = result.provenance.seconds, result.path.length
    if passes > 1:
        known = (result.provenance.fingerprint, result.provenance.device)
        runtime.pace()[known] = seconds / (passes + 1)


def watch() -> None:
    """Progress k/n, a map that refines, and a way out; reruns the page when the job ends."""
    run.watch(NAME, _told, below=_refined)


def problem() -> None:
    """What went wrong with the last job, if anything."""
    run.problem(NAME, "The previous result stays.")


def _told(step: Progress) -> tuple[float, str]:
    return step.done / step.total, f"Pass {step.done} of {step.total}"


def _refined(step: Progress) -> None:
    wanted = _asked()
    if step.total > 5 and wanted is not None:
        _preview(step.partial(), wanted.request.transform, wanted.subject)


def _preview(so_far: Pyramid, transform: WaveletTransform, subject: Subject) -> None:
    """The map of the passes so far.

    A plain picture: a figure anew twice a second would cost more than the passes themselves.
    """
    if subject.signal.modality == "sound":
        rate = subject.net.frontend.rate
        row = timeline.scalogram(so_far, transform, subject.size, rate, Look())
        palette = np.array([list(bytes.fromhex(c[1:])) for c in row.palette], np.uint8)
        st.image(
            palette[row.codes].repeat(_STRIPE, axis=0),
            width="stretch",
            caption=f"So far: importance over time, {row.rows[0]} on top to {row.rows[-1]} below",
            alt=f"The passes so far. {row.alt}",
        )
        return
    heat = heat_map(over_channels(so_far, "magnitude"), transform, subject.size)[0, 0]
    values = heat.cpu().numpy()
    _, limit = Look().limits(values)
    colours = partial(paint, limit=limit, sign="magnitude")
    if subject.signal.modality == "volume":
        views = planes(subject.signal.frame.ends if subject.signal.frame else ())
        st.image(
            orthographic.picture(values, views, colours, orthographic.strongest, side=_PREVIEW),
            caption="The map so far: the strongest value along each line of sight",
            alt="Three projections of the passes so far",
        )
        return
    st.image(
        colours(values),
        width=300,
        caption="The map so far",
        alt="The heat-map of the passes so far",
    )
