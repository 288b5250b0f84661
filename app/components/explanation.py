"""One explanation at a time per visitor: ask for it, watch it, cancel it, take its result."""

import streamlit as st

from app import kinds, runtime
from app.components import jobs
from app.jobs import Job
from app.request import ExplainRequest, target_fields
from app.session import Explained, ExplanationTask, Slot, Subject, session
from wam_core import Classifier, Contrast, WaveletAttribution, explain_steps
from wam_core.engine import Progress
from wam_core.path import Path
from wam_core.transforms import Transform

NAME = "explain"
_PREVIEW = 300  # px of a side


def estimate(net: Classifier, path: Path) -> float:
    """Seconds an explanation will take, from the last passes of this network."""
    passes = path.length + (0 if path.length == 1 else 1)
    return passes * runtime.pass_seconds(net)


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


def start_if_wanted(task: ExplanationTask, *, pressed: bool) -> None:
    """Start a run where there is a reason to: a click, a first visit, or other settings in mid-run."""
    mine, slot = session(), task.slot
    first = slot not in mine.welcomed  # a first visit shows a result without a click
    other = is_running(slot) and not task.is_answered_by(_latest())
    if pressed or first or mine.again or other:
        mine.welcomed.add(slot)
        mine.again = False
        _start(task)
    known = mine.explained.get(slot)
    if known is not None and not is_busy() and not task.is_answered_by(known):
        st.caption(":material/history: The result shown is of earlier settings; press the button.")


def _start(task: ExplanationTask) -> None:
    """Queue an explanation; the visitor's running one is superseded."""
    mine, subject, request = session(), task.subject, task.request
    before = _latest() if is_busy() else None
    given = subject.signal if subject.mixture is None else subject.mixture.sum
    transform, target = _transform(task), request.build_target(subject.net, subject.signal)
    path = request.build_path(kinds.of(subject.signal).defaults, transform)
    steps = explain_steps(subject.net, given, target, transform=transform, path=path)
    if not jobs.start(NAME, steps, task, uses={subject.net.fingerprint}, keep=_keep):
        return
    if before is not None and before.slot != task.slot and before.slot not in mine.explained:
        mine.welcomed.discard(before.slot)  # it never got its first result


def _transform(task: ExplanationTask) -> Transform:
    signal = task.subject.signal
    return task.request.build_transform(kinds.of(signal).defaults, signal, task.subject.net)


def _keep(job: Job[WaveletAttribution]) -> None:
    """Show the result of a finished job; a failed one leaves the previous result."""
    if (result := job.result) is None:
        return
    task: ExplanationTask = job.request
    session().explained[task.slot] = Explained(task.subject, task.request, result)
    source, passes = result.provenance, result.path.length
    if passes > 1:
        runtime.pace()[source.fingerprint, source.device] = source.seconds / (passes + 1)
    else:
        runtime.note_pass(source.fingerprint, source.device, source.seconds)


def watch() -> None:
    """Progress k/n, a map that refines, and a way out; reruns the page when the job ends."""
    jobs.watch(NAME, jobs.passes, below=_refined)


def problem() -> None:
    """What went wrong with the last job, if anything."""
    jobs.problem(NAME, "The previous result stays.")


def _refined(step: Progress) -> None:
    if step.total > 5:
        task = _latest()
        # a plain picture: a figure anew twice a second would cost more than the passes themselves
        so_far = kinds.of(task.subject.signal).map_picture(
            task.subject, step.partial(), _transform(task)
        )
        square = so_far.picture.shape[1] < 2 * so_far.picture.shape[0]
        st.image(
            so_far.picture, width=_PREVIEW if square else "stretch",
            caption=f"So far: {so_far.words}", alt=f"The passes so far: {so_far.words}",
        )  # fmt: skip
