"""Jobs on a page: start one, show how far it is with a way out, and what a measurement has found.

The jobs of a visitor go by names: two of different names do not supersede each other. A measurement
is a job beside what the page is about: offered with its time, or made by itself, and kept by a key of
everything that it depends on.
"""

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import streamlit as st

from app import runtime
from app.jobs import Job, sentence
from app.session import Explained, plain, session
from wam_core.engine import Progress
from wam_core.errors import BusyError

KEPT = "What was measured until then is kept."

T = TypeVar("T")

Steps = Callable[[], Generator[Any, None, Any]]
StepText = Callable[[Any], tuple[float, str]]
"""The share that is done, 0 … 1, and what is being done, of what a step yields."""


class _Failure(str):
    """Why a measurement has found nothing; kept in place of a result."""


def passes(step: Progress) -> tuple[float, str]:
    """How far an explanation is."""
    return step.done / step.total, f"Pass {step.done} of {step.total}"


def duration(seconds: float) -> str:
    """How long something will take.

    >>> duration(0.4), duration(12.3), duration(200)
    ('under 1 s', 'about 12 s', 'about 3 min')
    """
    if seconds < 1:
        return "under 1 s"
    return f"about {seconds:.0f} s" if seconds < 100 else f"about {seconds / 60:.0f} min"


def job(name: str) -> Job[Any]:
    """The visitor's job of that name; it may never have been started."""
    mine = session()
    return mine.jobs.setdefault(name, Job(f"{mine.id}/{name}"))


def start(
    name: str,
    steps: Generator[Any, None, Any],
    request: Any,
    *,
    uses: Collection[str] | None,
    keep: Callable[[Job[Any]], None],
    background: bool = False,
) -> bool:
    """Queue it; whether the server had room.

    Args:
        name: of the job.
        steps: that it takes.
        request: what it is to find.
        uses: module fingerprints of the networks that it passes; None where that is not known.
        keep: takes what was collected of it.
        background: whether it waits for all other jobs of the server.
    """
    try:
        job(name).submit(
            runtime.scheduler(), steps, request, uses=uses, keep=keep, background=background
        )
    except BusyError:  # told by problem()
        return False
    return True


def collect() -> None:
    """Take what all jobs have found by now. Once, before anything is drawn: a page is of one moment."""
    for one in list(session().jobs.values()):
        one.collect()


def problem(name: str, consolation: str) -> None:
    """What ended the last job before its time, if anything.

    Args:
        name: of the job.
        consolation: what is not lost by it, in a sentence.
    """
    if (error := job(name).error) is not None:
        st.warning(plain(f"{sentence(error)} {consolation}"), icon=":material/warning:")


@st.fragment(run_every=0.3)
def watch(
    name: str,
    text: StepText,
    *,
    amount: Callable[[Any], int] = lambda _: 0,
    below: Callable[[Any], None] | None = None,
) -> None:
    """How far the job is, and a way out; reruns the page when it ends.

    Args:
        name: of the job.
        text: of what a step yields.
        amount: how much of what the page shows has been found by a step; it is rerun when there is
            more than was collected.
        below: draws under the bar what a step has brought.
    """
    mine = job(name)
    if mine.ticket is None or mine.has_ended:
        st.rerun()
    step = mine.ticket.progress
    seen = 0 if mine.step is None else amount(mine.step)
    if step is not None and amount(step) > seen:
        st.rerun()
    bar, button = st.columns([5, 1], vertical_alignment="center")
    with bar:
        if step is None:
            ahead = runtime.scheduler().position(mine.ticket)
            st.progress(0.0, f"Waiting · {ahead} ahead" if ahead else "Starting …")
        else:
            share, words = text(step)
            st.progress(min(max(share, 0.0), 1.0), plain(words))
    with button:
        st.button(
            "Cancel", on_click=mine.cancel, key=f"cancel-{name}",
            icon=":material/close:", width="stretch",
        )  # fmt: skip
    if step is not None and below is not None:
        below(step)


def found(name: str, key: str) -> Any | None:
    """What a measurement found; None as long as it was not made.

    Args:
        name: of the measurement; a visitor makes one of a name at a time.
        key: of everything that it depends on.
    """
    result = session().measured.get((name, key))
    return None if isinstance(result, _Failure) else result


def keep(name: str, key: str, result: Any) -> None:
    """Let :func:`found` find it, among the latest of this visitor."""
    # what is measured anew with every move of a slider drives out its own kind only
    session().measured.put((name, key), result, owner=name)


def keep_outcome(job: Job[Any], name: str, key: str) -> None:
    """Let :func:`found` find what a job has found so far: one that is cancelled keeps that."""
    if job.outcome is not None:
        keep(name, key, job.outcome)


def _keep_result(job: Job[Any], name: str, key: str) -> None:
    """The result of a measurement, or why there is none."""
    if not job.is_running:
        keep(name, key, _Failure(sentence(job.error)) if job.error else job.result)


def _is_running(name: str, key: str) -> bool:
    """Whether exactly this is being measured."""
    return job(name).is_running and job(name).request == key


def offer(
    name: str,
    key: str,
    label: str,
    seconds: float,
    steps: Steps,
    text: StepText,
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
        text: of what a step yields.
        uses: the module fingerprint of the network that it passes.
        first: whether this is what the page is for.
        help: what it is good for.
    """
    if _is_running(name, key):
        watch(name, text)
        return
    st.button(
        f"{label} · {duration(seconds)}",
        on_click=_measure,
        args=(name, key, steps, uses),
        type="primary" if first else "secondary",
        key=f"start-{name}",
        help=help,
    )
    if isinstance(failure := session().measured.get((name, key)), _Failure):
        st.caption(f":material/warning: {plain(failure)}")


def ask(
    name: str,
    key: str,
    seconds: float,
    steps: Steps,
    text: StepText,
    *,
    uses: str,
    patience: float = 0.0,
) -> Any | None:
    """What the network answers, asked by itself; None, with how far it is, until it has.

    Args:
        name, key, seconds, steps, text, uses: as for :func:`offer`.
        patience: how long a page waits for it, in seconds; what takes longer comes by itself.
    """
    mine = job(name)
    mine.collect()
    if not _is_running(name, key) and (name, key) not in session().measured:
        _measure(name, key, steps, uses)
        if mine.ticket is not None and mine.ticket.wait(patience):
            mine.collect()
    result = found(name, key)
    if result is None:
        offer(name, key, "Ask the network", seconds, steps, text, uses=uses)
    return result


def _measure(name: str, key: str, steps: Steps, uses: str) -> None:
    """Queue it, in the place of one of the same name."""
    session().measured.drop((name, key))
    queued = start(name, steps(), key, uses={uses}, keep=partial(_keep_result, name=name, key=key))
    if not queued and (error := job(name).error) is not None:
        keep(name, key, _Failure(sentence(error)))


@dataclass(frozen=True)
class Background(Generic[T]):
    """Work on an explanation that waits for all other jobs, and is kept with it.

    That of an earlier explanation is superseded. A result that is zero has none.

    Attributes:
        name: of the job.
        steps: makes it, of an explanation.
    """

    name: str
    steps: Callable[[Explained], Generator[Any, None, T]]

    @property
    def job(self) -> Job[T]:
        """The visitor's latest one."""
        return job(self.name)

    def start(self, explained: Explained) -> None:
        """Queue it, unless it is kept, under way, or was ended before its time."""
        unasked = self.job.request != explained.key and not explained.result.is_zero
        if unasked and self.found(explained) is None:
            self.submit(explained)

    def submit(self, explained: Explained) -> None:
        """Queue it."""
        start(
            self.name, self.steps(explained), explained.key,
            uses={explained.subject.net.module_fingerprint}, keep=self._keep, background=True,
        )  # fmt: skip

    def found(self, explained: Explained) -> T | None:
        """What is kept; None until it is done."""
        result: T | None = found(self.name, explained.key)
        return result

    def is_running(self, explained: Explained) -> bool:
        """Whether exactly this is under way."""
        return _is_running(self.name, explained.key)

    def _keep(self, job: Job[T]) -> None:
        if job.result is not None:
            keep(self.name, job.request, job.result)
