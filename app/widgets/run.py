"""A long job of a screen: start it, watch it, cancel it; what it has found is kept piece by piece."""

from collections.abc import Callable, Generator
from typing import Any

import streamlit as st

from app import runtime
from app.state import Run, plain, session
from wam_core.errors import BusyError
from wam_core.scheduling import CancelledJobError

Told = Callable[[Any], tuple[float, str, int]]
"""The share that is done, 0 … 1, what is being done, and how many pieces are there."""


def run(name: str) -> Run:
    """The visitor's job of that name; it may never have been started."""
    return session().runs.setdefault(name, Run())


def start(name: str, steps: Generator[Any, None, Any], asked: frozenset[str]) -> None:
    """Queue it; it has an owner of its own, and an explanation does not supersede it.

    Args:
        name: of the job.
        steps: that it takes.
        asked: what it is to find.
    """
    mine = run(name)
    mine.problem, mine.asked = None, asked
    try:
        mine.ticket = runtime.scheduler().submit(steps, owner=f"{session().id}/{name}")
    except BusyError as error:
        mine.problem = f"{error}."


def settle(name: str) -> Any | None:
    """The last step of the job under way; None where none is. An ended one is let go."""
    mine = run(name)
    if (ticket := mine.ticket) is None:
        return None
    if ticket.finished:
        mine.ticket = None
        try:
            ticket.result(0)
        except CancelledJobError:
            mine.problem = "Cancelled. What was measured until then is kept."
        except Exception as error:  # shown to the visitor, whatever it is
            mine.problem = f"{error}. What was measured until then is kept."
    return ticket.progress


def cancel(name: str) -> None:
    """Drop the job before its next step."""
    if (ticket := run(name).ticket) is not None:
        ticket.cancel()


def problem(name: str) -> None:
    """What ended the last job before its time, if anything."""
    if (said := run(name).problem) is not None:
        st.warning(plain(said), icon=":material/warning:")


@st.fragment(run_every=0.7)
def watch(name: str, told: Told, drawn: int) -> None:
    """How far the job is, and a way out; reruns the page when it ends or has found another piece.

    Args:
        name: of the job.
        told: of what a step yields.
        drawn: how many pieces the page shows.
    """
    ticket = run(name).ticket
    if ticket is None or ticket.finished:
        st.rerun()
    share, words, there = (0.0, "", drawn) if ticket.progress is None else told(ticket.progress)
    if there > drawn:
        st.rerun()
    bar, button = st.columns([5, 1], vertical_alignment="center")
    with bar:
        if ticket.progress is None:
            ahead = runtime.scheduler().position(ticket)
            words = f"Waiting · {ahead} ahead" if ahead else "Starting …"
        st.progress(min(max(share, 0.0), 1.0), plain(words))
    with button:
        st.button(
            "Cancel", on_click=cancel, args=(name,), key=f"cancel-{name}",
            icon=":material/close:", width="stretch",
        )  # fmt: skip
