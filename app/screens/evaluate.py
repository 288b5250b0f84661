"""Evaluate: methods and baselines over a set of inputs, measured in one job, with intervals."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components import jobs, study_inputs, study_plan
from app.components.jobs import duration
from app.components.method_picker import title
from app.components.model_picker import choose_model, predictions, unshared_network
from app.components.page import share_button
from app.components.share import SET, Link, ask_for_missing_files
from app.components.study_inputs import Inputs, choose_inputs
from app.components.study_plan import Choice, choose_plan
from app.screens import outcome_table, saved_studies
from app.session import plain
from wam_core import Classifier
from wam_core.errors import WamError
from wam_core.evaluation.methods import METHODS
from wam_core.transforms import DEFAULT

_FOUND = "the same inputs, network, methods, settings and view"


@dataclass(frozen=True, eq=False)
class Study:
    """What is chosen."""

    inputs: Inputs
    name: str
    net: Classifier
    choice: Choice

    @property
    def key(self) -> str:
        """Of everything that a number depends on, besides its input and its method."""
        return study_plan.key(self.choice, self.net, self.inputs.labels)

    @property
    def missing(self) -> int:
        """Pairs of input and method that were neither measured nor given up."""
        known = study_plan.record(self.key)
        done = study_plan.pairs(known) | study_plan.given_up(known)
        skipped = study_plan.skipped(known)
        return sum(
            (source.name, method) not in done
            for source in self.inputs.sources
            for method in self.choice.plan.methods
            if source.name not in skipped
        )


def screen() -> None:
    """The page, from top to bottom."""
    jobs.collect()
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="head", wrap=False
    ):
        st.subheader("Evaluate", anchor=False, width="content")
        link = st.container()
    row = st.container(
        horizontal=True, wrap=False, vertical_alignment="center", gap="small", key="toolbar"
    )
    problems = st.container()  # always there, so that what follows keeps its place on the page
    with row:
        chosen = _controls(problems)
        if chosen is not None:
            saved_studies.offer(chosen.key, chosen.choice, chosen.net, chosen.inputs)
            _button(chosen)
    with link:
        share_button(Link(_FOUND, places=(SET,), lacking=_unshared(chosen)))
    if ask_for_missing_files(SET):
        return
    with st.container():
        jobs.problem(study_plan.NAME, jobs.KEPT)
        if jobs.job(study_plan.NAME).is_running:
            jobs.watch(study_plan.NAME, study_plan.progress_text, amount=study_plan.amount)
    at, earlier = _shown(chosen)
    known = study_plan.record(at)
    if known.rows or known.failures:
        if earlier:
            st.caption(":material/history: Settings changed – run again.")
        outcome_table.show(
            at, known, _names(chosen), {} if chosen is None else chosen.inputs.thumbnails(),
            running=jobs.job(study_plan.NAME).is_running,
        )  # fmt: skip
    if chosen is not None:
        _command(chosen)


def _unshared(chosen: Study | None) -> tuple[str, ...]:
    """What no link can hold, in sentences."""
    return study_inputs.unshared() + (
        () if chosen is None else unshared_network(chosen.inputs.kind)
    )


def _controls(problems: DeltaGenerator) -> Study | None:
    """The menus. None, with the reason on the page, where there is nothing to measure."""
    with st.popover("Inputs", icon=":material/photo_library:", key="study-inputs-menu"):
        inputs = choose_inputs(problems)
    if inputs is None:
        return None
    with st.popover("Network", key="study-network-menu"):
        chosen = choose_model(inputs.kind)
    if chosen is None:
        return None
    name, net = chosen
    with st.popover("Methods and metrics", icon=":material/tune:", key="study-plan-menu"):
        try:
            x, _ = predictions(net, inputs.first)
            choice = choose_plan(net, inputs.kind, x.shape[1], tuple(x.shape[2:]))
        except WamError as error:
            problems.error(plain(f"{error}."), icon=":material/error:")
            return None
    return Study(inputs, name, net, choice)


def _button(study: Study) -> None:
    pairs, missing = len(study.inputs.sources) * len(study.choice.plan.methods), study.missing
    running = jobs.job(study_plan.NAME)
    busy = running.is_running and study.key == running.request
    measured = study_plan.pairs(study_plan.record(study.key))
    there = sum(
        (source.name, method) in measured
        for source in study.inputs.sources
        for method in study.choice.plan.methods
    )
    going_on = there > 0
    label = "Resume" if going_on and missing else "Run"
    seconds = study_plan.seconds(study.choice, study.net, missing)
    if st.button(
        f"{label} · {duration(seconds)}" if missing else "Run",
        type="primary", icon=":material/play_arrow:",
        disabled=busy or not missing, key="evaluate",
    ):  # fmt: skip
        study_plan.start(study.key, study.choice, study.net, study.inputs.items(study.net))
        st.rerun()
    st.caption(
        f"{len(study.inputs.sources)} inputs × {len(study.choice.plan.methods)} methods"
        + (f", {there} of {pairs} pairs measured" if going_on and missing else ""),
        width="content",
        help=f"{study.choice.plan.passes()} passes of the network for each input. Results are kept "
        "in this browser tab; an interrupted run resumes.",
    )


def _shown(study: Study | None) -> tuple[str, bool]:
    """The key of the study that is shown, and whether it is of other settings than those chosen."""
    if study is not None:
        known = study_plan.record(study.key)
        if known.rows or known.failures:
            return study.key, False
    latest = study_plan.latest()
    return latest or "", latest is not None and not jobs.job(study_plan.NAME).is_running


def _names(study: Study | None) -> dict[str, str]:
    """Methods, for people."""
    if study is None:
        return {name: known.title for name, known in METHODS.items()}
    return {name: title(name, study.net, study.inputs.kind) for name in METHODS}


def _command(study: Study) -> None:
    """The line that gives the same numbers in a shell."""
    with st.expander("Command line"):
        st.code(" ".join(_line(study)), language="bash", wrap_lines=True)
        st.caption(
            "FOLDER: a folder with these files. Synthesised samples have no file."
            if study.inputs.folder == "FOLDER"
            else "The same command resumes an interrupted run."
        )


def _line(study: Study) -> Sequence[str]:
    plan, transform = study.choice.plan, study.choice.plan.settings.transform
    own = st.session_state.get(study.inputs.kind.key("own-weights")) is not None
    folder = study.inputs.folder
    return [
        "wam evaluate", _quoted(folder), *([f"--limit {study.inputs.limit}"] if study.inputs.limit else []),
        "--weights FILE --class-names FILE --model ARCHITECTURE" if own else f"--model {_quoted(study.name)}",
        f"--methods {','.join(plan.methods)}", f"--metrics {','.join(plan.metrics)}",
        *([] if transform.name == DEFAULT else [f"--transform {transform.name}"]),
        *(f"--{name} {transform.choices[name]}" for name in ("wavelet", "levels") if name in transform.choices),
        f"--steps {plan.steps} --samples {plan.settings.samples}",
        *([] if study.inputs.labels == "predicted" else [f"--labels {study.inputs.labels}"]),
        *([f"--judge {_quoted(study.choice.second_model)}"] if study.choice.second_model else []),
        f"--seed {plan.seed}",
    ]  # fmt: skip


def _quoted(text: str) -> str:
    """For a shell, where it holds more than letters, digits and the like."""
    return shlex.quote(text)
