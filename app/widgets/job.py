"""One explanation at a time per visitor: ask for it, watch it, cancel it, take its result."""

import streamlit as st

from app import runtime
from app.figures.theme import Look
from app.state import Request, plain, session
from wam_core import Classifier, Pyramid, Signal, explain_steps
from wam_core.colour import paint
from wam_core.errors import BusyError
from wam_core.paths import Path, settings
from wam_core.scheduling import CancelledJobError
from wam_core.target import Wanted
from wam_core.transform import WaveletTransform
from wam_core.views import heat_map, over_channels


def estimate(net: Classifier, path: Path) -> float:
    """Seconds an explanation will take, from the last passes of this network."""
    passes = path.length + (0 if path.length == 1 else 1)
    return passes * runtime.pace().get((net.fingerprint, str(net.device)), 0.1)


def request(
    signal: Signal, model: str, target: Wanted, transform: WaveletTransform, path: Path
) -> Request:
    """What is asked, in a form that can be compared."""
    return Request(signal.sha256, model, target, transform, str(sorted(settings(path).items())))


def start(
    asked: Request,
    net: Classifier,
    signal: Signal,
    path: Path,
    shown_name: str,
    size: tuple[int, ...],
) -> None:
    """Queue an explanation; the visitor's running one is superseded."""
    mine = session()
    steps = explain_steps(net, signal, asked.target, transform=asked.transform, path=path)
    try:
        mine.job = runtime.scheduler().submit(steps, owner=mine.id)
    except BusyError as error:
        mine.job_error = str(error)
        return
    mine.job_request, mine.job_error = asked, None
    mine.pending, mine.pending_size = (signal, net, shown_name), size


def collect() -> None:
    """Take the result of a finished job; a failed one leaves the previous result."""
    mine = session()
    job = mine.job
    if job is None or not job.finished:
        return
    mine.job = None
    try:
        result = job.result(0)
    except CancelledJobError:
        mine.job_error = "Cancelled. The previous result stays."
    except Exception as error:  # shown to the visitor, whatever it is
        mine.job_error = f"{error}. The previous result stays."
    else:
        mine.result, mine.result_request = result, mine.job_request
        mine.result_signal, mine.result_net, mine.result_model = mine.pending
        seconds, passes = result.provenance.seconds, result.path.length
        key = (result.provenance.fingerprint, result.provenance.device)
        if passes > 1:
            runtime.pace()[key] = seconds / (passes + 1)


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
    if progress is not None and progress.total > 5 and mine.job_request is not None:
        _preview(mine.job_request, progress.partial(), mine.pending_size)


def _preview(asked: Request, partial: Pyramid, size: tuple[int, ...]) -> None:
    """The heat-map of the passes so far."""
    heat = heat_map(over_channels(partial, "magnitude"), asked.transform, size)[0, 0]
    values = heat.cpu().numpy()
    _, limit = Look().limits(values)
    # a plain picture: a figure anew twice a second would cost more than the passes themselves
    st.image(
        paint(values, limit, "magnitude"),
        width=300,
        caption="The map so far",
        alt="The heat-map of the passes so far",
    )


def pixels(net: Classifier, x):  # type: ignore[no-untyped-def]
    """What the network receives (or would), as uint8 RGB (rows, columns, 3); clipped to the screen."""
    shown = net.show(x)[0].clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).cpu().numpy()
    return shown.repeat(3, axis=2) if shown.shape[2] == 1 else shown


def problem() -> None:
    """What went wrong with the last job, if anything."""
    if (error := session().job_error) is not None:
        st.warning(plain(error), icon=":material/warning:")
