"""One explanation at a time per visitor: ask for it, watch it, cancel it, take its result."""

from functools import partial

import numpy as np
import streamlit as st

from app import runtime
from app.figures import orthographic, timeline
from app.figures.theme import Look
from app.state import Explained, Request, Slot, Subject, plain, session
from wam_core import Classifier, Pyramid, explain_steps
from wam_core.colour import paint
from wam_core.errors import BusyError
from wam_core.paths import Path, settings
from wam_core.planes import planes
from wam_core.scheduling import CancelledJobError
from wam_core.target import Wanted
from wam_core.transform import WaveletTransform
from wam_core.views import heat_map, over_channels

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


def ask(asked: Request, subject: Subject, path: Path, slot: Slot, *, pressed: bool) -> None:
    """Start a run where there is a reason to: a click, a first visit, or other settings in mid-run."""
    mine = session()
    first = slot not in mine.welcomed  # a first visit shows a result without a click
    running = mine.job is not None and mine.job_slot == slot
    if pressed or first or mine.again or (running and mine.job_request != asked):
        mine.welcomed.add(slot)
        mine.again = False
        _start(asked, subject, path, slot)
    known = mine.shown.get(slot)
    if known is not None and mine.job is None and known.request != asked:
        st.caption(":material/history: The result shown is of earlier settings; press the button.")


def _start(asked: Request, subject: Subject, path: Path, slot: Slot) -> None:
    """Queue an explanation; the visitor's running one is superseded."""
    mine = session()
    given = subject.signal if subject.mixture is None else subject.mixture.sum
    steps = explain_steps(
        subject.net, given, asked.target, transform=asked.transform, path=path
    )  # fmt: skip
    try:
        job = runtime.scheduler().submit(steps, owner=mine.id)
    except BusyError as error:
        mine.job_error = str(error)
        return
    if mine.job is not None and mine.job_slot != slot and mine.job_slot not in mine.shown:
        mine.welcomed.discard(mine.job_slot)  # it never got its first result
    mine.job, mine.job_request, mine.job_subject, mine.job_slot = job, asked, subject, slot
    mine.job_error = None


def collect() -> None:
    """Take the result of a finished job; a failed one leaves the previous result."""
    mine = session()
    job = mine.job
    if job is None or not job.finished:
        return
    mine.job = None
    assert mine.job_subject is not None and mine.job_request is not None  # set with the job
    try:
        result = job.result(0)
    except CancelledJobError:
        mine.job_error = "Cancelled. The previous result stays."
    except Exception as error:  # shown to the visitor, whatever it is
        mine.job_error = f"{error}. The previous result stays."
    else:
        mine.shown[mine.job_slot] = Explained(mine.job_subject, mine.job_request, result)
        seconds, passes = result.provenance.seconds, result.path.length
        known = (result.provenance.fingerprint, result.provenance.device)
        if passes > 1:
            runtime.pace()[known] = seconds / (passes + 1)


def cancel() -> None:
    """Drop the visitor's job before its next step."""
    if (job := session().job) is not None:
        job.cancel()


@st.fragment(run_every=0.5)
def watch() -> None:
    """Progress k/n, a map that refines, and a way out; reruns the page when the job ends."""
    mine = session()
    job = mine.job
    if job is None:
        return
    if job.finished:
        st.rerun()
    progress = job.progress
    bar, button = st.columns([5, 1], vertical_alignment="center")
    with bar:
        if progress is None:
            ahead = runtime.scheduler().position(job)
            st.progress(0.0, f"Waiting · {ahead} ahead" if ahead else "Starting …")
        else:
            st.progress(progress.done / progress.total, f"Pass {progress.done} of {progress.total}")
    with button:
        st.button("Cancel", on_click=cancel, icon=":material/close:", width="stretch")
    if progress is not None and progress.total > 5 and mine.job_subject is not None:
        _preview(progress.partial(), mine.job_request.transform, mine.job_subject)


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


def problem() -> None:
    """What went wrong with the last job, if anything."""
    if (error := session().job_error) is not None:
        st.warning(plain(error), icon=":material/warning:")
