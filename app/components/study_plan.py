"""What is measured in a study: methods with their controls, metrics, steps, scales."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

import models
from app.components.method_picker import offered, title
from app.components.settings import choose_scales
from app.components.study_inputs import SEED
from app.kinds import Kind
from app.runtime import classifier
from app.session import plain, recall
from wam_core import Classifier
from wam_core.evaluation.curves import transfer_score
from wam_core.evaluation.domain import Samples
from wam_core.evaluation.methods import METHODS, Settings
from wam_core.evaluation.metrics import METRICS
from wam_core.evaluation.study import Plan

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
    st.subheader("Methods", anchor=False)
    suited = [name for name in _OURS if "opponent" not in name or channels == _COLOURS]
    ours = _several("Ours: wavelet coefficients", suited, _FIRST[0], kind)
    others = _several("Conventional: the input’s own samples", _CONVENTIONAL, _FIRST[1], kind)
    transform = choose_scales(size, net, kind, "study")
    usual = kind.defaults
    samples = st.slider(
        "Samples", 2, 100, 25, key=recall("study-passes"), bind="query-params",
        help="Noisy copies, steps or points of every method that takes several.",
    )  # fmt: skip
    seed = int(st.number_input("Seed", 0, 2**31 - 1, 0, key=recall(SEED), bind="query-params"))
    settings = Settings(transform, samples, usual.spread, seed, usual.grading)
    controls = _controls([*ours, *others], settings)
    if controls:
        st.caption(
            "Controls, always with them: "
            + plain(", ".join(title(name, net, kind) for name in controls))
            + ". They never ask the network; what a method gains over them is explanation."
        )
    st.subheader("Metrics", anchor=False)
    metrics = st.multiselect(
        "Metrics", list(METRICS), _METRICS, format_func=lambda name: METRICS[name].title,
        key=recall("study-metrics"), bind="query-params", label_visibility="collapsed",
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
