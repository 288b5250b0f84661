"""A study over a set of inputs: the plan, its job, and what was measured so far.

What was measured stays in the session, and the same plan goes on from there.
"""

import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import streamlit as st

import models
from app import runtime
from app.components import jobs
from app.components.method_picker import offered, title
from app.components.settings import choose_scales
from app.components.study_inputs import SEED
from app.jobs import Job
from app.kinds import Kind
from app.request import ExplainRequest
from app.runtime import classifier
from app.session import StudyRecord, plain, recall, session
from wam_core import Classifier, Signal
from wam_core.defaults import POINTS
from wam_core.evaluation.curves import transfer_score
from wam_core.evaluation.domain import Samples
from wam_core.evaluation.methods import METHODS, Settings
from wam_core.evaluation.metrics import METRICS
from wam_core.evaluation.report import complete
from wam_core.evaluation.study import SECONDS, Failure, Item, Plan, Progress, Results, study

NAME = "evaluate"
_REDRAWN = 40
_OURS = [name for name in METHODS if name.startswith("wam-")]
_CONVENTIONAL = [name for name, known in METHODS.items() if known.asks and name not in _OURS]
_FIRST = ("wam-sg", "wam-path"), ("gradcam",)
_METRICS = ("faithfulness", "log-auc", "sufficient")
_STEPS = (8, 16, 32, 64)
_COLOURS = 3
_SECOND = "second-network"


@dataclass(frozen=True, eq=False)
class Choice:
    """A plan, and what of it has no name of its own.

    Attributes:
        plan: what is measured.
        second_model: the name of the second network; empty where none is asked.
    """

    plan: Plan
    second_model: str


def choose_plan(net: Classifier, kind: Kind, channels: int, size: tuple[int, ...]) -> Choice:
    """The plan for one network and kind of input.

    Args:
        net: the network.
        kind: of input.
        channels, size: of what the network receives.

    Raises:
        SettingsError: nothing to measure, or a wavelet that does not fit.
        ModelError: a second network that knows other classes, or cannot be had.
    """
    suited = [name for name in _OURS if "opponent" not in name or channels == _COLOURS]
    ours = _several("Wavelet methods", suited, _FIRST[0], kind)
    others = _several("Conventional methods", _CONVENTIONAL, _FIRST[1], kind)
    transform = choose_scales(size, net, kind, "study")
    usual = kind.defaults
    samples = st.slider(
        "Passes", 2, 100, POINTS, key=recall("study-passes"), bind="query-params",
        help="Noisy copies, steps or points of every method that takes several.",
    )  # fmt: skip
    seed = int(st.number_input("Seed", 0, 2**31 - 1, 0, key=recall(SEED), bind="query-params"))
    settings = Settings(transform, samples, usual.spread, seed, usual.grading)
    controls = _controls([*ours, *others], settings)
    if controls:
        st.caption(
            "Always included baselines: "
            + plain(", ".join(title(name, net, kind) for name in controls))
            + " (they do not use the model)."
        )
    metrics = st.multiselect(
        "Metrics", list(METRICS), _METRICS, format_func=lambda name: METRICS[name].title,
        key=recall("study-metrics"), bind="query-params",
        help=" ".join(f"{metric.title}: {metric.meaning}" for metric in METRICS.values()),
    )  # fmt: skip
    steps = st.select_slider(
        "Steps of the curves", _STEPS, 16, key=recall("study-steps"), bind="query-params",
        help="Of insertion and deletion; the published tables take 64.",
    )  # fmt: skip
    second_model = _choose_second_model(net, kind) if _SECOND in metrics else ""
    score = transfer_score(classifier(second_model), net) if second_model else None
    methods = (*ours, *others, *controls)
    plan = Plan(methods, tuple(metrics), settings, int(steps), transfer_score=score, seed=seed)
    return Choice(plan, second_model)


def usual_choice(net: Classifier, kind: Kind, signal: Signal, channels: int) -> Choice:
    """The plan that the controls begin with.

    Args:
        net, kind: the network and the kind of input.
        signal: an input of that kind.
        channels: of what the network receives.
    """
    usual = kind.defaults
    transform = ExplainRequest().build_transform(usual, signal, net)
    settings = Settings(transform, POINTS, usual.spread, 0, usual.grading)
    methods = [name for group in _FIRST for name in group]
    return Choice(
        Plan((*methods, *_controls(methods, settings)), _METRICS, settings, 16, seed=0), ""
    )


def _several(label: str, names: Sequence[str], first: Sequence[str], kind: Kind) -> list[str]:
    return st.multiselect(
        label, names, [name for name in first if name in names],
        format_func=lambda name: offered(name, kind), bind="query-params",
        key=recall(f"study-{first[0]}-{kind.name}-{len(names)}"),
    )  # fmt: skip


def _controls(methods: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """Those of the domains of the methods, each once, and a random order in each domain."""
    found = [METHODS[name].control for name in methods]
    for name in methods:
        sampled = isinstance(METHODS[name].domain(settings), Samples)
        found.append("random-samples" if sampled else "random")
    return tuple(dict.fromkeys(found))


def _choose_second_model(net: Classifier, kind: Kind) -> str:
    """A network that had no part in the rankings."""
    others = [name for name in models.names(kind.name) if name != net.name]
    return str(
        st.selectbox(
            "Second network", others, format_func=lambda name: models.spec(name).title,
            key=recall(f"study-judge-{kind.name}"), bind="query-params",
            help="It has to know the same classes, and judges the same perturbed inputs.",
        )
    )  # fmt: skip


def key(choice: Choice, net: Classifier, labels: str) -> str:
    """A hex SHA-256 of all that a number depends on, besides its input and its method."""
    plan = choice.plan
    parts = (
        net.fingerprint, net.device, plan.metrics, plan.settings, plan.steps, plan.points,
        choice.second_model, plan.seed, labels,
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def record(at: str) -> StudyRecord:
    """What was measured under a key so far."""
    return session().studies.get(at) or StudyRecord()


def latest() -> str | None:
    """The key of the study that was started last."""
    at: str | None = jobs.job(NAME).request
    return at


def pairs(known: StudyRecord) -> set[tuple[str, str]]:
    """Inputs with the methods that were measured on them."""
    return {(row.input, row.method) for row in known.rows}


def skipped(known: StudyRecord) -> set[str]:
    """Inputs that could not be read or judged at all."""
    return {f.input for f in known.failures if not _method_of(f)}


def given_up(known: StudyRecord) -> set[tuple[str, str]]:
    """Inputs with the methods that could not be measured on them."""
    return {(f.input, name) for f in known.failures if (name := _method_of(f))}


def _method_of(failure: Failure) -> str:
    """The method that failed, where it was one; the study puts its name in front of the reason."""
    name = failure.reason.partition(": ")[0]
    return name if name in METHODS else ""


def seconds(choice: Choice, net: Classifier, missing: int) -> float:
    """It will take to measure so many pairs of input and method."""
    plan, known = choice.plan, _pace(net.fingerprint, str(net.device))
    each = runtime.pace().get(known, runtime.pass_seconds(net))
    return each * plan.passes() * missing / len(plan.methods)


def start(at: str, choice: Choice, net: Classifier, items: Sequence[Item]) -> None:
    """Measure what is missing; a study under way is superseded, and what it found is kept."""
    jobs.job(NAME).collect()
    known = record(at)
    known.earlier_rows, known.earlier_failures = list(known.rows), list(known.failures)
    known.total = len(items) * len(choice.plan.methods)
    session().studies.put(at, known)  # now the youngest
    # the second network is not at hand here: then nothing else runs beside the study
    uses = None if choice.second_model else {net.module_fingerprint}
    jobs.start(NAME, _steps(net, items, choice, pairs(known)), at, uses=uses, keep=_keep)


def _keep(job: Job[Results]) -> None:
    """Let :func:`record` give what the study has measured so far."""
    if job.outcome is not None:
        known = session().studies[job.request]
        known.rows = known.earlier_rows + complete(list(job.outcome.rows))
        known.failures = list(dict.fromkeys(known.earlier_failures + list(job.outcome.failures)))


def progress_text(step: Progress) -> tuple[float, str]:
    """For :func:`app.components.jobs.watch`."""
    words = f"{step.done} of {step.total} · {step.input} · {METHODS[step.method].title}"
    spent = [row.value for row in step.rows if row.metric == SECONDS]
    if spent:  # what pairs have taken so far corrects the estimate
        left = sum(spent) / len(spent) * (step.total - step.done)
        words += f" · {jobs.duration(left)} left"
    return step.done / max(step.total, 1), words


def amount(step: Progress) -> int:
    """Fortieths of the study, or pairs where there are fewer: each draws the table anew."""
    return step.done // max(1, step.total // _REDRAWN)


def _steps(
    net: Classifier, items: Sequence[Item], choice: Choice, done: set[tuple[str, str]]
) -> Generator[Progress, None, Results]:
    """The study; notes at the end how long a pass took."""
    plan = choice.plan
    results = yield from study(net, items, plan, done=done)
    spent = [row.value for row in results.rows if row.metric == SECONDS]
    if spent:
        passes = plan.passes() * len(spent) / len(plan.methods)
        runtime.pace()[_pace(net.fingerprint, str(net.device))] = sum(spent) / passes
    return results


def _pace(fingerprint: str, device: str) -> tuple[str, str]:
    return fingerprint, f"{device}, study"
