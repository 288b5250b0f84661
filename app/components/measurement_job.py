"""A measurement beside an explanation: offer it with its time, watch it, cancel it, keep what it finds."""

from collections.abc import Callable, Generator
from typing import Any

import streamlit as st

from app.components import jobs
from app.session import plain, session

_MOST = 32  # kept per visitor; the oldest goes first

Steps = Callable[[], Generator[Any, None, Any]]


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
    return name in session().errands and jobs.run(name).asked == key


def offer(
    name: str,
    key: str,
    label: str,
    seconds: float,
    steps: Steps,
    told: jobs.StepText,
    *,
    uses: str,
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
        uses: the fingerprint of the network that it passes.
        first: whether this is what the page is for.
        help: what it is good for.
    """
    if under_way(name, key):
        jobs.watch(name, told)
        return
    problem = session().measured.get((name, key))
    st.button(
        f"{label} · {duration(seconds)}",
        on_click=_start,
        args=(name, key, steps, uses),
        type="primary" if first else "secondary",
        key=f"start-{name}",
        help=help,
    )
    if isinstance(problem, _Failure):
        st.caption(f":material/warning: {plain(problem)}")


def ask(
    name: str,
    key: str,
    seconds: float,
    steps: Steps,
    told: jobs.StepText,
    *,
    uses: str,
    patience: float = 0.0,
) -> Any | None:
    """What the network answers, asked by itself; None, with how far it is, until it has.

    Args:
        name, key, seconds, steps, told, uses: as for :func:`offer`.
        patience: how long a page waits for it, in seconds; what takes longer comes by itself.
    """
    collect()
    if not under_way(name, key) and (name, key) not in session().measured:
        _start(name, key, steps, uses)
        ticket = jobs.run(name).ticket
        if ticket is not None and ticket.wait(patience):
            collect()
    result = found(name, key)
    if result is None:
        offer(name, key, "Ask the network", seconds, steps, told, uses=uses)
    return result


def _start(name: str, key: str, steps: Steps, uses: str) -> None:
    """Queue it, in the place of one of the same name."""
    mine = session()
    mine.measured.pop((name, key), None)
    if jobs.start(name, steps(), key, uses={uses}):
        mine.errands.add(name)
    else:
        mine.measured[name, key] = _Failure(jobs.run(name).problem)


def collect() -> None:
    """Take what ended. Once, before anything is drawn: a page is of one moment."""
    mine = session()
    for name in list(mine.errands):
        job = jobs.run(name)
        if job.ticket is not None and not job.ticket.finished:
            continue
        mine.errands.discard(name)
        result = jobs.settle(name)
        keep(name, job.asked, _Failure(job.problem) if job.problem else result)


def keep(name: str, key: str, result: Any) -> None:
    """Let :func:`found` find it, among the latest of this visitor."""
    known = session().measured
    known[name, key] = result
    while len(known) > _MOST:
        alike = [at for at in known if at[0] == name]
        # what is measured anew with every move of a slider drives out its own kind only
        del known[alike[0] if len(alike) > 1 else next(iter(known))]
