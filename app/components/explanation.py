"""One explanation at a time per visitor: ask for it, watch it, cancel it, take its result."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import kinds, runtime
from app.components import jobs
from app.components.model_picker import predictions
from app.jobs import Job, Store
from app.request import ExplainRequest, target_fields
from app.session import Explained, ExplanationTask, Slot, Subject, session
from wam_core import Classifier, Contrast, WaveletAttribution, explain_steps
from wam_core.path import Path
from wam_core.transforms import Transform

NAME = "explain"

AUTOMATIC_S = 5.0
"""What takes no longer is explained without a press of a button."""

_PULSE_S = 0.1
_PATIENCE_S = 2.5  # a page waits so long for a result before it shows how far it is


def estimate(net: Classifier, path: Path) -> float:
    """Seconds an explanation will take, from the last passes of this network."""
    passes = path.length + (0 if path.length == 1 else 1)
    return passes * runtime.pass_seconds(net)


def button(label: str, seconds: float, key: str = "explain") -> bool:
    """The button that starts a run, with how long it will take; whether it was pressed."""
    return st.button(
        f"{label} · {jobs.duration(seconds)}",
        type="primary",
        icon=":material/play_arrow:",
        key=key,
    )


def request(
    subject: Subject, target: int | Contrast, transform: Transform, path: Path
) -> ExplainRequest:
    """What was chosen on the screen, as a request."""
    of, against = target if isinstance(target, Contrast) else (target, None)
    return ExplainRequest.of(transform, path, **target_fields(subject.net, of, against))


def is_running(slot: Slot) -> bool:
    """Whether an explanation to be shown there is being computed."""
    return is_busy() and _latest().slot == slot


def is_busy() -> bool:
    """Whether any explanation is being computed."""
    return jobs.job(NAME).is_running


def _latest() -> ExplanationTask:
    """What was asked for last."""
    task: ExplanationTask = jobs.job(NAME).request
    return task


def is_current(task: ExplanationTask) -> bool:
    """Whether the result that the page has is the result of this."""
    known = session().explained.get(task.slot)
    return known is not None and task.is_answered_by(known)


def update(task: ExplanationTask, seconds: float, place: DeltaGenerator) -> None:
    """Explain by itself what is wanted now, where that takes little time; else when it is asked for.

    What was cancelled or failed is not tried again by itself. A run of other settings ends. While
    the page waits, it shows the input, or the result of other settings in pale.

    Args:
        task: what the controls ask for.
        seconds: it will take.
        place: empty, for what is shown while the page waits.
    """
    mine, job = session(), jobs.job(NAME)
    asked, mine.again = mine.again, False
    ours = job.request is not None and _latest().slot == task.slot
    same = ours and task.is_answered_by(_latest())
    running, failed = ours and job.is_running, ours and job.error is not None
    if running and same:
        return
    if is_current(task) and not asked:
        if running or failed:
            job.withdraw()
        return
    first = task.slot not in mine.explained  # a visit begins with a result, however long it takes
    if asked or running or ((first or seconds <= AUTOMATIC_S) and not (failed and same)):
        if (result := _results_of_samples().get(task)) is not None:
            job.withdraw()
            mine.explained[task.slot] = Explained(task.subject, task.request, result)
            return
        _start(task)
        if job.ticket is not None and job.is_running and seconds <= AUTOMATIC_S:
            with _meanwhile(task, place) as pulse:
                until = time.monotonic() + _PATIENCE_S
                while not job.ticket.wait(_PULSE_S) and time.monotonic() < until:
                    pulse.empty()  # here Streamlit ends this run, if a control was changed meanwhile
            job.collect()


class _Results:
    """The latest results of samples and networks of the catalogue, for all visitors.

    What visitors upload is never in it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results = Store[WaveletAttribution](most=24)

    def get(self, task: ExplanationTask) -> WaveletAttribution | None:
        """The result of an equal task, if there is one."""
        with self._lock:
            known: WaveletAttribution | None = self._results.get((task.subject.key, task.request))
        return known

    def put(self, task: ExplanationTask, result: WaveletAttribution) -> None:
        """Keep a result, where it is of a sample."""
        origin = task.subject.origin
        if origin.sample is not None and origin.own is None and task.subject.mixture is None:
            with self._lock:
                self._results.put((task.subject.key, task.request), result)


@st.cache_resource(show_spinner=False)
def _results_of_samples() -> _Results:
    return _Results()


@contextmanager
def _meanwhile(task: ExplanationTask, place: DeltaGenerator) -> Iterator[DeltaGenerator]:
    """What is on the page while it waits for the result."""
    with place.container():
        if task.subject.mixture is not None or is_of(task.subject, task.slot):
            st.html(PALE)
        else:
            st.html(HIDDEN)
            preview(task.subject)
        pulse = st.empty()
    yield pulse
    place.empty()


def is_of(subject: Subject, slot: Slot) -> bool:
    """Whether the result that the page has is of this input and network."""
    known = session().explained.get(slot)
    return known is not None and known.subject.key == subject.key


def preview(subject: Subject) -> None:
    """The input itself, until there is a result of it."""
    x, _ = predictions(subject.net, subject.signal)
    picture = kinds.of(subject.signal).picture(subject, x)
    square = picture.shape[1] < 2 * picture.shape[0]
    st.image(picture, width=430 if square else "stretch", alt="The input, not explained yet")


# Streamlit keeps what is style alone apart from its place on the page, until the end of the next run.
_IN_PLACE = "<span hidden></span>"

PALE = "<style>.st-key-result { opacity: 0.35; pointer-events: none; }</style>" + _IN_PLACE
"""Of a result that was made with other settings."""

HIDDEN = "<style>.st-key-headline, .st-key-result { display: none; }</style>" + _IN_PLACE
"""Of a result of another input."""


def _start(task: ExplanationTask) -> None:
    """Queue an explanation; the visitor's running one is superseded."""
    subject, request = task.subject, task.request
    given = subject.signal if subject.mixture is None else subject.mixture.sum
    transform, target = _transform(task), request.build_target(subject.net, subject.signal)
    path = request.build_path(kinds.of(subject.signal).defaults, transform)
    steps = explain_steps(subject.net, given, target, transform=transform, path=path)
    jobs.start(NAME, steps, task, uses={subject.net.module_fingerprint}, keep=_keep)


def _transform(task: ExplanationTask) -> Transform:
    signal = task.subject.signal
    return task.request.build_transform(kinds.of(signal).defaults, signal, task.subject.net)


def _keep(job: Job[WaveletAttribution]) -> None:
    """Show the result of a finished job; a failed one leaves the previous result."""
    if (result := job.result) is None:
        return
    task: ExplanationTask = job.request
    session().explained[task.slot] = Explained(task.subject, task.request, result)
    _results_of_samples().put(task, result)
    source, passes = result.provenance, result.path.length
    if passes > 1:
        runtime.pace()[source.fingerprint, source.device] = source.seconds / (passes + 1)
    else:
        runtime.note_pass(source.fingerprint, source.device, source.seconds)


def watch() -> None:
    """Progress k/n and a way out; reruns the page when the job ends."""
    jobs.watch(NAME, jobs.passes)


def problem() -> None:
    """What went wrong with the last job, if anything."""
    jobs.problem(NAME, "The previous result stays.")
