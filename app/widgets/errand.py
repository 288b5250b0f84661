"""A measurement beside an explanation: offer it with its time, watch it, cancel it, keep what it finds."""

from collections.abc import Callable, Generator
from typing import Any

import streamlit as st

from app import runtime
from app.state import Errand, plain, session
from wam_core.errors import BusyError
from wam_core.scheduling import CancelledJobError

_MOST = 32  # kept per visitor; the oldest goes first

Steps = Callable[[], Generator[Any, None, Any]]
Told = Callable[[Any], tuple[float, str]]


class _Failure(str):
    """Why there is nothing; shown in place of it."""


def duration(seconds: float) -> str:
    """How long something will take.

    >>> duration(0.4), duration(12.3), duration(200)
    ('under 1 s', 'about 12 s', 'about 3 min')
    """
    if seconds < 1:
        return "under 1 s"
    return f"about {seconds:.0f} s" if seconds < 100 else f"about {seconds / 60:.0f} min"


def found(name: str, key: str) -> Any | None:
    """What a measurement found; None as long as it was not made.

    Args:
        name: of the measurement; a visitor makes one of a name at a time.
        key: of everything that it depends on.
    """
    result = session().measured.get((name, key))
    return None if isinstance(result, _Failure) else result


def under_way(name: str, key: str) -> bool:
    """Whether exactly this is being measured."""
    running = session().errands.get(name)
    return running is not None and running.key == key


def offer(
    name: str,
    key: str,
    label: str,
    seconds: float,
    steps: Steps,
    told: Told,
    *,
    first: bool = False,
    help: str | None = None,
) -> None:
    """A button that starts a measurement; its progress while it runs; why it failed, if it did.

    Args:
        name, key: as for :func:`found`.
        label: of the button.
        seconds: it will take.
        steps: the job.
        told: the share that is done, 0 … 1, and what is being done, of what a step yields.
        first: whether this is what the page is for.
        help: what it is good for.
    """
    if under_way(name, key):
        _watch(name, told)
        return
    problem = session().measured.get((name, key))
    st.button(
        f"{label} · {duration(seconds)}",
        on_click=_start,
        args=(name, key, steps),
        type="primary" if first else "secondary",
        key=f"start-{name}",
        help=help,
    )
    if isinstance(problem, _Failure):
        st.caption(f":material/warning: {plain(problem)}")


def _start(name: str, key: str, steps: Steps) -> None:
    """Queue it. An errand has an owner of its own: it does not supersede an explanation."""
    mine = session()
    mine.measured.pop((name, key), None)
    try:
        ticket = runtime.scheduler().submit(steps(), owner=f"{mine.id}/{name}")
    except BusyError as error:
        mine.measured[name, key] = _Failure(error)
        return
    mine.errands[name] = Errand(key, ticket)


def collect() -> None:
    """Take what ended. Once, before anything is drawn: a page is of one moment."""
    mine = session()
    for name, errand in list(mine.errands.items()):
        if not errand.ticket.finished:
            continue
        del mine.errands[name]
        try:
            result = errand.ticket.result(0)
        except CancelledJobError:
            result = _Failure("Cancelled.")
        except Exception as error:  # shown to the visitor, whatever it is
            result = _Failure(error)
        mine.measured[name, errand.key] = result
    while len(mine.measured) > _MOST:
        del mine.measured[next(iter(mine.measured))]


def _cancel(name: str) -> None:
    if (errand := session().errands.get(name)) is not None:
        errand.ticket.cancel()


@st.fragment(run_every=0.5)
def _watch(name: str, told: Told) -> None:
    """How far it is, and a way out; reruns the page when it ends."""
    errand = session().errands.get(name)
    if errand is None or errand.ticket.finished:
        st.rerun()
    bar, button = st.columns([5, 1], vertical_alignment="center")
    with bar:
        if errand.ticket.progress is None:
            ahead = runtime.scheduler().position(errand.ticket)
            st.progress(0.0, f"Waiting · {ahead} ahead" if ahead else "Starting …")
        else:
            share, words = told(errand.ticket.progress)
            st.progress(min(max(share, 0.0), 1.0), words)
    with button:
        st.button(
            "Cancel", on_click=_cancel, args=(name,), key=f"cancel-{name}",
            icon=":material/close:", width="stretch",
        )  # fmt: skip
