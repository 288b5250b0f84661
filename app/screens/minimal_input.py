"""Minimal input: how little of an input a network can be brought to accept, watched while it shrinks."""

import csv
import io
from functools import partial

import streamlit as st
from torch import Tensor

from app import kinds
from app.components import jobs
from app.components.chart import chart
from app.components.downloads import offer_table
from app.components.minimal_job import NAME, Asked, choose_search, progress_text
from app.components.model_picker import predictions, unshared_network
from app.components.page import heading, invite
from app.components.predictions import second_opinion
from app.components.share import Link, ask_for_missing_files
from app.figures import captions, experiment_charts
from app.figures.theme import Look
from app.session import MODALITY, plain
from wam_core.evaluation.minimal import Minimal, Reading, Step
from wam_core.evaluation.study import wrong_class

_WRONG = "minimal-wrong"
_FOUND = "the same input, network, class and settings, and presses **Search**"
_REDRAWN = 12  # times in a search: curves, sounds and slices


def screen() -> None:
    """The page, from top to bottom."""
    jobs.collect()
    with st.sidebar:
        asked = choose_search()
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
        jobs.watch(NAME, progress_text, below=partial(_live, job.request))
        return
    latest: Asked | None = job.request
    outcome = None if latest is None else jobs.found(NAME, latest.key)
    if latest is None or outcome is None:
        invite("an input and a class", "Search")
        return
    if asked is not None and asked.key != latest.key:
        st.caption(":material/history: The result shown is of earlier settings; press the button.")
    _result(latest, outcome)


def _live(asked: Asked, step: Step) -> None:
    """The input as it shrinks."""
    part = step.done * _REDRAWN // step.total
    fast = kinds.of(asked.subject.signal).is_picture  # a plain picture may change twice a second
    left = step.input if fast else _held(asked.key, part, step.input)
    every = max(1, step.total // _REDRAWN)
    readings = step.readings[: 1 + (len(step.readings) - 1) // every * every]
    _figures(asked, left, readings, "live")


@st.cache_resource(show_spinner=False, max_entries=2, scope="session")
def _held(key: str, part: int, _x: Tensor) -> Tensor:
    """The first input of a part of the search: sounds and slices stay a while."""
    return _x


def _figures(
    asked: Asked, left: Tensor, readings: tuple[Reading, ...], name: str, target: str = ""
) -> None:
    """The whole and what is left of it, and the course of the search."""
    x, _ = predictions(asked.subject.net, asked.subject.signal)
    parts, kind = {"The whole input": x, "What is left": left}, kinds.of(asked.subject.signal)
    # the column of the parts beside the curves, or all of the page
    column, curves = st.columns([1, 1]) if kind.is_picture else (st.container(), st.container())
    with column:
        kind.draw_parts(asked.subject, parts, f"{name}-pieces", lead="What is left")
    with curves:
        last = readings[-1]
        chart(
            experiment_charts.search_figure(
                readings, asked.search.steps, target or asked.score, Look(st.context.theme.type == "dark")
            ),
            f"{name}-descent",
            f"Score from {readings[0].score:.3g} to {last.score:.3g} logits, "
            f"{captions.percent(last.kept)} of the coefficients kept",
        )  # fmt: skip


def _result(asked: Asked, outcome: Minimal | Step) -> None:
    net, last = asked.subject.net, outcome.readings[-1]
    first = outcome.readings[0]
    label = plain(asked.score)
    if isinstance(outcome, Step):
        st.caption(f"Stopped after {outcome.done} of {outcome.total} steps.")
    st.markdown(_sentence(asked, outcome, label))
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
    _figures(asked, outcome.input, outcome.readings, "minimal")
    st.caption(
        "Kept: of the coefficients that hold anything, those not switched off; beside it, the mean of the "
        "mask over them. "
        "p when clipped: what the search leaves may go beyond black and white, or full scale; clipped, "
        "as any file would be, the network gives this."
    )
    second_opinion(net, asked.subject.signal.modality, outcome.input, outcome.readings[0].best)
    offer_table(partial(_csv, outcome), "minimal.csv", "Every step (.csv)")
    if isinstance(outcome, Minimal):
        _control(asked, outcome)


def _sentence(asked: Asked, outcome: Minimal | Step, label: str) -> str:
    """What became of score and label, in plain words."""
    first, last = outcome.readings[0], outcome.readings[-1]
    net = asked.subject.net
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


def _control(asked: Asked, outcome: Minimal) -> None:
    """The same search for a class that is not there."""
    st.subheader("Can it make up evidence?", anchor=False)
    net = asked.subject.net
    _, probabilities = predictions(net, asked.subject.signal)
    wrong = wrong_class(asked.subject.signal.name, outcome.target.index, probabilities[0])
    label = plain(captions.brief(net.label(wrong)))
    there: Minimal | None = jobs.found(_WRONG, asked.key)
    if there is None:
        st.caption(
            f"Asked for “{label}”, a wrong class drawn at random, an honest method finds nothing. A "
            "learnt mask often does: then what it leaves is no evidence that a class is there."
        )
        jobs.offer(
            _WRONG, asked.key, "Try a wrong class", asked.seconds, lambda: asked.steps(wrong), progress_text,
            uses=net.fingerprint,
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
        asked, there.input, there.readings, "wrong", f"logit of {captions.brief(net.label(wrong))}"
    )


def _csv(outcome: Minimal | Step) -> str:
    """step, score, probability, best, kept, mean; every digit."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("step", *Reading._fields))
    table.writerows((step, *map(repr, reading)) for step, reading in enumerate(outcome.readings))
    return out.getvalue()
