"""A job of a screen on the shared lane: start it, watch it, cancel it, take what it has found."""

from collections.abc import Callable, Collection, Generator
from typing import Any

import streamlit as st

from app import runtime
from app.session import Run, plain, session
from wam_core.engine import Progress
from wam_core.errors import BusyError
from wam_core.memory import NO_ROOM, ran_out
from wam_core.scheduling import CancelledJobError

KEPT = "What was measured until then is kept."

StepText = Callable[[Any], tuple[float, str]]
"""The share that is done, 0 … 1, and what is being done, of what a step yields."""


def passes(step: Progress) -> tuple[float, str]:
    """How far an explanation is."""
    return step.done / step.total, f"Pass {step.done} of {step.total}"


def run(name: str) -> Run:
    """The visitor's job of that name; it may never have been started."""
    return session().runs.setdefault(name, Run())


def start(
    name: str, steps: Generator[Any, None, Any], asked: Any, *, uses: Collection[str] | None
) -> bool:
    """Queue it; whether the server had room. Jobs of different names do not supersede each other.

    Args:
        name: of the job.
        steps: that it takes.
        asked: what it is to find.
        uses: fingerprints of the networks that it passes; None where that is not known.
    """
    mine = run(name)
    mine.problem = None
    try:
        mine.ticket = runtime.scheduler().submit(steps, owner=f"{session().id}/{name}", uses=uses)
    except BusyError as error:
        mine.problem = f"{error}."
        return False
    mine.asked = asked
    return True


def settle(name: str) -> Any | None:
    """The last step of the job under way, or its result; None where there is neither.

    A job that has ended is let go; where it ended before its time, :attr:`Run.problem` says why.
    """
    mine = run(name)
    if (ticket := mine.ticket) is None:
        return None
    if ticket.finished:
        mine.ticket = None
        try:
            if (result := ticket.result(0)) is not None:
                return result
        except CancelledJobError:
            mine.problem = "Cancelled."
        except Exception as error:  # shown to the visitor, whatever it is
            mine.problem = f"{NO_ROOM if ran_out(error) else error}."
    return ticket.progress


def cancel(name: str) -> None:
    """Drop the job before its next step."""
    if (ticket := run(name).ticket) is not None:
        ticket.cancel()


def problem(name: str, consolation: str) -> None:
    """What ended the last job before its time, if anything.

    Args:
        name: of the job.
        consolation: what is not lost by it, in a sentence.
    """
    if (said := run(name).problem) is not None:
        st.warning(plain(f"{said} {consolation}"), icon=":material/warning:")


@st.fragment(run_every=0.5)
def watch(
    name: str,
    told: StepText,
    *,
    arrived: Callable[[Any], bool] | None = None,
    below: Callable[[Any], None] | None = None,
) -> None:
    """How far the job is, and a way out; reruns the page when it ends.

    Args:
        name: of the job.
        told: of what a step yields.
        arrived: whether a step has brought what the page does not show yet: it is rerun then.
        below: draws under the bar what a step has brought.
    """
    ticket = run(name).ticket
    if ticket is None or ticket.finished:
        st.rerun()
    step = ticket.progress
    if step is not None and arrived is not None and arrived(step):
        st.rerun()
    bar, button = st.columns([5, 1], vertical_alignment="center")
    with bar:
        if step is None:
            ahead = runtime.scheduler().position(ticket)
            st.progress(0.0, f"Waiting · {ahead} ahead" if ahead else "Starting …")
        else:
            share, words = told(step)
            st.progress(min(max(share, 0.0), 1.0), plain(words))
    with button:
        st.button(
            "Cancel", on_click=cancel, args=(name,), key=f"cancel-{name}",
            icon=":material/close:", width="stretch",
        )  # fmt: skip
    if step is not None and below is not None:
        below(step)
