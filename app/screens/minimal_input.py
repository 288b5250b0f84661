"""Minimal input: how little of an input a network can be brought to accept, watched while it shrinks."""

import csv
import io
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial

import streamlit as st
from torch import Tensor

from app import glossary, kinds, runtime
from app.components import jobs
from app.components.downloads import offer_table
from app.components.input_picker import choose_subject
from app.components.model_picker import choose_class, choose_rival, predictions, unshared_network
from app.components.page import chart, heading, invite
from app.components.predictions import second_opinion
from app.components.settings import choose_scales
from app.components.share import Link, ask_for_missing_files
from app.figures import captions, experiment_charts
from app.figures.theme import Look
from app.session import MODALITY, Subject, plain, recall
from wam_core import Classifier
from wam_core.errors import WamError
from wam_core.evaluation.controls import wrong_class
from wam_core.evaluation.minimal import Minimal, Reading, Search, Step, minimal
from wam_core.steps import timed
from wam_core.targets import Contrast, Wanted
from wam_core.transforms import Transform

NAME = "minimal"
_STEPS = (50, 100, 200, 500, 1000)
_PRICES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)
_RATES = (0.005, 0.01, 0.02, 0.05)
_WRONG = "minimal-wrong"
_FOUND = "the same input, network, class and settings, and presses **Search**"
_REDRAWN = 12  # times in a search: curves, sounds and slices


@dataclass(frozen=True, eq=False)
class SearchTask:
    """What is looked for, and in what."""

    subject: Subject
    target: Wanted
    transform: Transform
    search: Search

    @property
    def key(self) -> str:
        """Everything that the result depends on."""
        net = self.subject.net
        return (
            f"{self.subject.signal.key} {net.fingerprint} {net.device} {self.target} "
            f"{self.transform} {self.search}"
        )

    @property
    def seconds(self) -> float:
        """It will take."""
        return self.search.steps * runtime.pass_seconds(self.subject.net)

    @property
    def score(self) -> str:
        """What the search raises, for people."""
        net, wanted = self.subject.net, self.target
        if isinstance(wanted, Contrast):
            of, against = (captions.brief(net.label(int(which))) for which in wanted)
            return f"logit of {of} − {against}"
        assert isinstance(wanted, int)  # the picker gives nothing else
        return f"logit of {captions.brief(net.label(wanted))}"

    def steps(self, target: Wanted = None) -> Generator[Step, None, Minimal]:
        """The search, for another class where one is given; notes how long a pass took."""
        net, search = self.subject.net, self.search
        x, _ = predictions(net, self.subject.signal)
        wanted = self.target if target is None else target
        return _noted(net, minimal(net, x, wanted, transform=self.transform, search=search))


def _noted(
    net: Classifier, steps: Generator[Step, None, Minimal]
) -> Generator[Step, None, Minimal]:
    result, seconds = yield from timed(steps)
    runtime.pace()[net.fingerprint, str(net.device)] = seconds / result.search.steps
    return result


def screen() -> None:
    """The page, from top to bottom."""
    jobs.collect()
    with st.sidebar:
        task = _choose_search()
    kind = st.session_state[MODALITY]
    heading(
        "How little can the network be brought to accept?",
        "A mask over the coefficients is learnt: each may fade from 1 to 0. What it keeps has a price, "
        "and what raises the score of the class is worth it. What is left is the minimal input.",
        Link(_FOUND, kind, lacking=unshared_network(kinds.named(kind))),
    )
    if ask_for_missing_files():
        return
    with st.container():  # always there, so that what follows keeps its place on the page
        jobs.problem(NAME, "What was found until then is shown.")
    job = jobs.job(NAME)
    if job.is_running:
        jobs.watch(NAME, _progress_text, below=partial(_live, job.request))
        return
    latest: SearchTask | None = job.request
    outcome = None if latest is None else jobs.found(NAME, latest.key)
    if latest is None or outcome is None:
        invite("an input and a class", "Search")
        return
    if task is not None and task.key != latest.key:
        st.caption(":material/history: The result shown is of earlier settings; press the button.")
    _result(latest, outcome)


def _choose_search() -> SearchTask | None:
    """The sidebar, with its button. None, with the reason on screen, where nothing can be looked for."""
    try:
        subject = choose_subject()
        if subject is None:
            return None
        net, kind = subject.net, kinds.of(subject.signal)
        _, probabilities = predictions(net, subject.signal)
        target = choose_rival(
            net, probabilities, choose_class(net, probabilities, subject.signal.key)
        )
        st.subheader("Search", anchor=False)
        transform = choose_scales(subject.size, net, kind, "minimal")
    except WamError as error:
        st.error(plain(f"{error}."), icon=":material/error:")
        return None
    steps = st.select_slider(
        "Steps", _STEPS, 200, key=recall("minimal-steps"), bind="query-params",
        help="Each is one pass forward and back. The paper takes 500.",
    )  # fmt: skip
    price = st.select_slider(
        "Price of keeping everything", _PRICES, kind.defaults.price,
        format_func=lambda logits: f"{logits:g} logits",
        key=recall(f"minimal-price-{kind.name}"), bind="query-params",
        help=glossary.hint("coefficient", "logit", more="The price of one coefficient is this "
        "divided by their number (α of the objective): the dearer, the less is kept."),
    )  # fmt: skip
    rate = st.select_slider(
        "Step size", _RATES, 0.02, format_func=lambda share: f"{share:g}",
        key=recall("minimal-rate"), bind="query-params",
        help="How far a step of Nadam moves each part of the mask, at most about.",
    )  # fmt: skip
    task = SearchTask(subject, target, transform, Search(float(price), int(steps), float(rate)))
    if st.button(
        f"Search · {jobs.duration(task.seconds)}", type="primary", width="stretch",
        icon=":material/play_arrow:", key="search",
    ):  # fmt: skip
        keep = partial(jobs.keep_outcome, name=NAME, key=task.key)
        jobs.start(NAME, task.steps(), task, uses={net.module_fingerprint}, keep=keep)
    return task


def _progress_text(step: Step) -> tuple[float, str]:
    """For :func:`app.components.jobs.watch`."""
    now = step.readings[-1]
    return step.done / step.total, (
        f"Step {step.done} of {step.total} · {captions.percent(now.kept)} kept · "
        f"score {now.score:.3g} · p {now.probability:.3g}"
    )


def _live(task: SearchTask, step: Step) -> None:
    """The input as it shrinks."""
    part = step.done * _REDRAWN // step.total
    fast = kinds.of(task.subject.signal).is_picture  # a plain picture may change twice a second
    left = step.input if fast else _held(task.key, part, step.input)
    every = max(1, step.total // _REDRAWN)
    readings = step.readings[: 1 + (len(step.readings) - 1) // every * every]
    _figures(task, left, readings, "live")


@st.cache_resource(show_spinner=False, max_entries=2, scope="session")
def _held(key: str, part: int, _x: Tensor) -> Tensor:
    """The first input of a part of the search: sounds and slices stay a while."""
    return _x


def _figures(
    task: SearchTask, left: Tensor, readings: tuple[Reading, ...], name: str, target: str = ""
) -> None:
    """The whole and what is left of it, and the course of the search."""
    x, _ = predictions(task.subject.net, task.subject.signal)
    parts, kind = {"The whole input": x, "What is left": left}, kinds.of(task.subject.signal)
    # the column of the parts beside the curves, or all of the page
    column, curves = st.columns([1, 1]) if kind.is_picture else (st.container(), st.container())
    with column:
        kind.draw_parts(task.subject, parts, f"{name}-pieces", lead="What is left")
    with curves:
        last = readings[-1]
        chart(
            experiment_charts.search_figure(
                readings, task.search.steps, target or task.score, Look(st.context.theme.type == "dark")
            ),
            f"{name}-descent",
            f"Score from {readings[0].score:.3g} to {last.score:.3g} logits, "
            f"{captions.percent(last.kept)} of the coefficients kept",
        )  # fmt: skip


def _result(task: SearchTask, outcome: Minimal | Step) -> None:
    net, last = task.subject.net, outcome.readings[-1]
    first = outcome.readings[0]
    label = plain(task.score)
    if isinstance(outcome, Step):
        st.caption(f"Stopped after {outcome.done} of {outcome.total} steps.")
    st.markdown(_sentence(task, outcome, label))
    with st.container(horizontal=True, gap="xsmall"):
        for title, value, note in (
            ("Coefficients kept", captions.percent(last.kept), f"mean {captions.percent(last.mean)}"),
            ("Score, logits", f"{last.score:.3g}", f"whole {first.score:.3g}"),
            ("p of the class", f"{last.probability:.3g}", f"whole {first.probability:.3g}"),
            *(
                [("p when clipped", f"{float(outcome.clipped[outcome.target.index]):.3g}", "to valid values")]
                if isinstance(outcome, Minimal)
                else []
            ),
        ):  # fmt: skip
            st.metric(
                title, value, note, delta_color="off", delta_arrow="off", border=True, width=172
            )
    _figures(task, outcome.input, outcome.readings, "minimal")
    st.caption(
        "Kept: of the coefficients that hold anything, those not switched off; beside it, the mean of the "
        "mask over them. "
        "p when clipped: what the search leaves may go beyond black and white, or full scale; clipped, "
        "as any file would be, the network gives this."
    )
    second_opinion(net, task.subject.signal.modality, outcome.input, outcome.readings[0].best)
    offer_table(partial(_csv, outcome), "minimal.csv", "Every step (.csv)")
    if isinstance(outcome, Minimal):
        _control(task, outcome)


def _sentence(task: SearchTask, outcome: Minimal | Step, label: str) -> str:
    """What became of score and label, in plain words."""
    first, last = outcome.readings[0], outcome.readings[-1]
    net = task.subject.net
    says = plain(captions.brief(net.label(last.best)))
    lead = f"**{captions.percent(last.kept)}** of the coefficients are left. "
    if last.best != first.best:
        return (
            lead + f"**The label is lost**: the network now says “{says}”, not "
            f"“{plain(captions.brief(net.label(first.best)))}”. The price is too high."
        )
    if last.score > first.score:
        return (
            lead + f"The network still says “{says}”, and the {label} **rose** from "
            f"{first.score:.3g} to {last.score:.3g}: it is surer of this than of the input itself. So a "
            "learnt mask finds what *convinces*, not what counted; it can **fabricate**. The control below "
            "puts that to the test."
        )
    return (
        lead + f"The network still says “{says}”; the {label} fell from "
        f"{first.score:.3g} to {last.score:.3g}."
    )


def _control(task: SearchTask, outcome: Minimal) -> None:
    """The same search for a class that is not there."""
    st.subheader("Can it make up evidence?", anchor=False)
    net = task.subject.net
    _, probabilities = predictions(net, task.subject.signal)
    wrong = wrong_class(task.subject.signal.name, outcome.target.index, probabilities[0])
    label = plain(captions.brief(net.label(wrong)))
    there: Minimal | None = jobs.found(_WRONG, task.key)
    if there is None:
        st.caption(
            f"Asked for “{label}”, a wrong class drawn at random, an honest method finds nothing. A "
            "learnt mask often does: then what it leaves is no evidence that a class is there."
        )
        jobs.offer(
            _WRONG, task.key, "Try a wrong class", task.seconds, lambda: task.steps(wrong), _progress_text,
            uses=net.module_fingerprint,
        )  # fmt: skip
        return
    last = there.readings[-1]
    if last.best == wrong:
        st.markdown(
            f"**It fabricates.** Asked for “{label}”, which is not there, the same search turns the "
            f"network’s answer to it (p from {there.readings[0].probability:.2g} to "
            f"{last.probability:.3g}), with {captions.percent(last.kept)} of the coefficients. So the "
            "minimal input above is no proof either: it shows what this network can be talked into."
        )
    else:
        st.markdown(
            f"Asked for “{label}”, which is not there, the same search reaches p = "
            f"{last.probability:.2g} and does **not** turn the network’s answer, which is "
            f"“{plain(captions.brief(net.label(last.best)))}”."
        )
    _figures(
        task, there.input, there.readings, "wrong", f"logit of {captions.brief(net.label(wrong))}"
    )


def _csv(outcome: Minimal | Step) -> str:
    """step, score, probability, best, kept, mean; every digit."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("step", *Reading._fields))
    table.writerows((step, *map(repr, reading)) for step, reading in enumerate(outcome.readings))
    return out.getvalue()
