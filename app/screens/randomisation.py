"""Randomisation: does the map change when the network forgets what it learnt? Tab and report."""

from collections.abc import Generator
from functools import partial
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from app import glossary, runtime
from app.components.jobs import found, offer
from app.components.page import chart
from app.figures import evaluation_charts, findings
from app.figures.theme import Look
from app.report.parts import Chart, Part
from app.session import Explained, recall, unmarked
from models import samples
from wam_core.errors import WamError
from wam_core.evaluation.randomisation import PARTS, RandomisationProgress, randomisation

_ORDERS = {"cascading": "Cascading", "independent": "One at a time"}
_MOST_INPUTS = 6  # for the statistics of batch normalisation


def section(explained: Explained, look: Look) -> None:
    """On request: each part of the network costs another explanation."""
    st.subheader("Randomisation", anchor=False)
    st.caption(
        "The weights are drawn anew, from the head down, and the same class is explained each time. "
        "A map that stays as it is does not show what the network learnt (Adebayo et al. 2018)."
    )
    order = st.segmented_control(
        "Weights drawn anew", list(_ORDERS), default="cascading", required=True,
        format_func=_ORDERS.__getitem__, key=recall("forgetting-way"), bind="query-params",
        help=glossary.hint(
            "randomisation",
            more="Cascading: the head, then more and more of the network below it. One at a time: "
            "one part, all others as they were trained.",
        ),
    )  # fmt: skip
    independent = order == "independent"
    key = f"{explained.key} {order}"
    stages = found("forgetting", key)
    if stages is None:
        offer(
            "forgetting",
            key,
            "Randomise",
            PARTS
            * (explained.result.path.length + 1)
            * runtime.pass_seconds(explained.subject.net),
            lambda: _steps(explained, independent),
            _progress_text,
            uses=explained.subject.net.module_fingerprint,
        )
        return
    st.markdown(findings.randomisation_finding(stages, independent=independent).replace("_", "\\_"))
    chart(
        evaluation_charts.randomisation_figure(stages, look, independent=independent),
        "forgetting",
        "Rank correlation with the trained map: "
        + ", ".join(f"{s.part.name if s.part else 'trained'} {s.correlation:.2f}" for s in stages),
    )
    st.caption(
        "Rank correlation: Spearman’s ρ of |γ| over the coefficients that have a value in either. "
        "SSIM: likeness of the heat-maps as they are seen, where either has a value. 1 is the same; "
        "maps with nothing in common are near 0. One draw of the weights, seed 0."
    )


def report_parts(explained: Explained) -> list[Part]:
    """What the visitor asked for, for a report."""
    made: list[Part] = []
    for order in _ORDERS:
        if (stages := found("forgetting", f"{explained.key} {order}")) is not None:
            independent = order == "independent"
            sentence = unmarked(findings.randomisation_finding(stages, independent=independent))
            figure = partial(
                evaluation_charts.randomisation_figure, stages, independent=independent
            )
            made.append(Chart("Randomisation", figure, sentence, sentence))
    return made


def _steps(explained: Explained, independent: bool) -> Generator[Any, None, Any]:
    given = inputs(explained)
    return (
        yield from randomisation(
            explained.subject.net, explained.result, given, independent=independent, most=PARTS
        )
    )


def inputs(explained: Explained) -> list[Tensor]:
    """The input and some samples, by size: what batch normalisation gets to see."""
    net, x = explained.subject.net, explained.result.input
    every = [x]
    for name in samples.names(explained.subject.signal.modality)[: _MOST_INPUTS - 1]:
        try:
            every.append(net.prepare(samples.load(name)))
        except WamError:  # a network may not take every sample
            continue
    sizes = dict.fromkeys(one.shape[1:] for one in every)
    return [torch.cat([one for one in every if one.shape[1:] == size]) for size in sizes]


def _progress_text(step: RandomisationProgress) -> tuple[float, str]:
    part = len(step.stages)
    return step.done / step.total, f"Part {part} · pass {step.done} of {step.total}"
