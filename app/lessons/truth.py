"""Lesson 6: is it true? Curves, controls, and a network that knows nothing."""

from collections.abc import Generator, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from app import kinds, runtime
from app.components.jobs import collect, found, offer, passes
from app.components.page import chart
from app.figures import evaluation_charts, findings
from app.figures.theme import Look
from app.lessons.page import Lesson, Question, explanation, paragraph
from app.screens import randomisation, readouts
from app.session import Explained, Subject, plain
from wam_core import WaveletAttribution, explain_steps
from wam_core.evaluation import controls
from wam_core.evaluation.controls import CHANCE, ENERGY, SHOWN, Entry
from wam_core.evaluation.map_similarity import map_similarity
from wam_core.evaluation.metrics import Measurement
from wam_core.evaluation.pipeline import PASS, Grid
from wam_core.evaluation.randomisation import randomised
from wam_core.evaluation.reliability import STRONG, WEAK

_CHANCES = tuple(Entry(CHANCE, seed) for seed in range(3))
_ENTRIES = (Entry(SHOWN), Entry(ENERGY), *_CHANCES)
_GRID = Grid(8, 13)
_SEED = 0


class Ignorant(NamedTuple):
    """What a network with random weights makes of the same input."""

    result: WaveletAttribution
    correlation: float
    similarity: float


def _draw(subject: Subject, look: Look) -> None:
    collect()
    place = paragraph(
        "**A pretty map proves nothing.** So we test it. We rebuild the input wave by wave, the most "
        "important first, and ask the network each time. If the map is right, the answer should come "
        "back soon.\n\nBut large waves bring any picture back, whoever chose them. So there is a "
        "**control**: the same, with the *largest* waves first. That order never asked the network.",
        "control", "insertion", "|z|",
    )  # fmt: skip
    with place:
        explained = explanation(subject)
        if explained is not None and not explained.result.is_zero:
            _curves(explained, look)
    if explained is None or explained.result.is_zero:
        return
    place = paragraph(
        "**A network that knows nothing.** Now draw all its weights anew. It has never seen an "
        "example. Explain it all the same, and compare.\n\nIf both maps look alike, the map shows your "
        "*input*, and not what the network learnt. This has happened to well-known methods.",
        "randomisation", "rank correlation", "SSIM",
    )  # fmt: skip
    with place:
        _ignorant(explained)


def _curves(explained: Explained, look: Look) -> None:
    where = f"{explained.key} {_GRID}"
    measured: Mapping[Entry, Measurement] | None = found("lesson-trial", where)
    if measured is None:
        offer(
            "lesson-trial", where, "Put it to the test",
            controls.cost(_ENTRIES, _GRID, 0) * runtime.pass_seconds(explained.subject.net) / PASS,
            partial(controls.comparison, explained.subject.net, explained.result, _ENTRIES, _GRID),
            lambda step: (step.done / step.total, readouts.name(explained, step.entry)), first=True,
            uses=explained.subject.net.module_fingerprint,
        )  # fmt: skip
        return
    index = explained.result.target.index
    ours, energy = (measured[Entry(name)] for name in (SHOWN, ENERGY))
    draws = [measured[entry].curve("insertion") for entry in _CHANCES]
    values = np.stack([draw.of(index) for draw in draws])
    lines = {
        readouts.name(explained, Entry(name)): (curve.shares, curve.of(index))
        for name, one in ((SHOWN, ours), (ENERGY, energy))
        for curve in [one.curve("insertion")]
    }  # fmt: skip
    control = readouts.name(explained, Entry(ENERGY))
    tenth = int(abs(ours.curve("insertion").shares - 0.1).argmin())
    chart(
        evaluation_charts.curves_figure(
            lines, look, logarithmic=True, direction="insertion", controls={control},
            band=evaluation_charts.CurveRange("At random", draws[0].shares, values.min(0), values.max(0)),
        ),
        "lesson-curves",
        "Insertion curves. At a tenth of the coefficients: "
        + ", ".join(f"{name} p = {p[tenth]:.2f}" for name, (_, p) in lines.items()),
    )  # fmt: skip
    says = explained.subject.net.label(int(explained.result.logits[0].argmax()))
    judgement = findings.ranking_finding(
        f"“{plain(explained.result.target.label)}”", f"“{plain(says)}”", ours,
        energy, [measured[entry] for entry in _CHANCES], readouts.largest(explained),
    )  # fmt: skip
    st.markdown(f"**{_VERDICTS[judgement.outcome]}** {judgement.text}")


_VERDICTS = {
    "more": "Here the map holds.",
    "alike": "Here the pretty map fails the test.",
    "less": "Here the pretty map fails the test.",
    "chance": "Here the pretty map fails the test.",
}


def _ignorant(explained: Explained) -> None:
    where = f"{explained.key} ignorant"
    known: Ignorant | None = found("lesson-ignorant", where)
    if known is None:
        offer(
            "lesson-ignorant", where, "Explain a network that knows nothing",
            (explained.result.path.length + 1) * runtime.pass_seconds(explained.subject.net), lambda: _steps(explained),
            passes,
            uses=explained.subject.net.module_fingerprint,
        )  # fmt: skip
        return
    left, right = st.columns(2)
    for column, result, name in (
        (left, explained.result, "What the trained network used"),
        (right, known.result, "What one with random weights used"),
    ):
        picture = kinds.of(explained.subject.signal).map_picture(
            explained.subject, result.attribution, result.transform
        )
        column.image(picture.picture, width="stretch", caption=name, alt=f"{name}: {picture.words}")
    numbers = (
        f"The maps correlate {known.correlation:.2f} in rank; SSIM is {known.similarity:.2f}. "
    )
    st.markdown((numbers + _meaning(known.correlation)).replace("-", "−"))


def _meaning(correlation: float) -> str:
    if correlation > STRONG:
        return "**The pretty map fails here**: most of it comes from the input itself."
    if correlation > WEAK:
        return "A part of this map comes from the input, whatever the network learnt."
    return "They have little in common: the map depends on what the network learnt."


def _steps(explained: Explained) -> Generator[Any, None, Ignorant]:
    net, result = explained.subject.net, explained.result
    other = randomised(net, randomisation.inputs(explained), _SEED)
    there = yield from explain_steps(
        other, result.input, result.target.index, transform=result.transform, path=result.path
    )
    return Ignorant(there, *map_similarity(result, there))


LESSON = Lesson(
    "truth",
    "Is it true?",
    "A map has to beat an order that never asked the network.",
    _draw,
    (
        Question(
            "Which order brings the answer back with fewer waves: the explanation or the largest first?",
            "Read the sentence under the curves. On photographs the largest often win: a gradient says "
            "where the score *reacts*, not what is enough to recognise the input.",
        ),
        Question(
            "Try a sound or a volume on the left. Does its map survive the network that knows nothing?",
            "Maps that multiply by the input (Integrated Gradients, the start for sounds and volumes) "
            "carry the input’s own shape: they stay more alike than plain gradients. That is why the "
            "number stands beside the pictures.",
        ),
    ),
)
