"""Lesson 4: three variants; SmoothGrad averages, Integrated Gradients add up."""

from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from torch import Tensor

from app import kinds
from app.components.explanation import estimate
from app.components.jobs import collect, found, offer, passes
from app.components.page import chart
from app.figures import captions, lesson_charts
from app.figures.lesson_charts import Frame
from app.figures.theme import Look
from app.lessons.page import Lesson, Question, key, paragraph, received, usual
from app.session import Subject
from wam_core import Bands, IntegratedGradients, SmoothGrad
from wam_core.defaults import POINTS
from wam_core.path import Path
from wam_core.quadrature import quadrature
from wam_core.trace import Trace, trace
from wam_core.views import over_channels

_KEPT = (1, 2, 3, 5, 8, 12, 17, 25)
_STEPS = (5, 10, 25, 50)
_WATCHED = 4 / 3  # a watched pass asks for the score as well
_OFF = 0.05


def _draw(subject: Subject, look: Look) -> None:
    collect()
    kind = kinds.of(subject.signal)
    place = paragraph(
        "**Gradient.** One look at the input as it is. Quick, but nervous: a network’s score is "
        "rugged, and the slope at one point depends on every small bump.\n\n"
        "**SmoothGrad.** Add a little noise to the input, take the gradient, and do it again with "
        "other noise. The mean of many such maps keeps what they have in common. Press the button, "
        "then *Watch*: the first frame is a single noisy copy.",
        "gradient", "SmoothGrad", "spread",
    )  # fmt: skip
    with place:
        spread = st.select_slider(
            "Spread of the noise", kind.settings.spreads, kind.defaults.spread,
            format_func=lambda share: f"{share:g}", key=f"lesson-spread-{kind.name}",
        )  # fmt: skip
        smooth = SmoothGrad(POINTS, spread)
        grown = _watched(subject, "lesson-smooth", "Watch SmoothGrad", smooth)
        if grown is not None:
            _averaging(subject, grown, look)
    place = paragraph(
        f"**Integrated Gradients.** Begin with nothing: {kind.settings.baselines['zero']}. "
        "Walk to the input in small steps. At each step ask for the gradient, and note what "
        "the step was worth. At the end, all notes together must be what the score gained on the "
        "way.\n\nThe two curves are that sum and the score itself. They should meet at the end. "
        "What is missing there is the **completeness gap**.",
        "Integrated Gradients", "baseline", "completeness gap",
    )  # fmt: skip
    with place:
        steps = st.select_slider(
            "Steps on the way", _STEPS, POINTS, key=f"lesson-steps-{kind.name}"
        )
        path = IntegratedGradients(steps, grading=kind.defaults.grading)
        walked = _watched(subject, "lesson-walk", "Walk the path", path)
        if walked is not None:
            _adding(subject, walked, path, look)


def _watched(subject: Subject, name: str, label: str, path: Path) -> Trace | None:
    """The growth of an explanation, once it was asked for."""
    transform = usual(subject)
    where = key(subject, transform, path)
    known: Trace | None = found(name, where)
    if known is None:
        kept = {round(part / POINTS * path.length) or 1 for part in _KEPT}
        offer(
            name, where, label, _WATCHED * estimate(subject.net, path),
            partial(trace, subject.net, received(subject), transform=transform, path=path, kept=kept),
            passes, first=True, uses=subject.net.module_fingerprint,
        )  # fmt: skip
    return known


def _averaging(subject: Subject, grown: Trace, look: Look) -> None:
    steps = [step for step in grown.points if step.attribution is not None]
    whole = steps[-1].attribution
    assert whole is not None
    likeness = [_likeness(step.attribution, whole) for step in steps]  # type: ignore[arg-type]  # kept
    counts = [float(step.done) for step in steps]
    transform = grown.result.transform
    frames = [
        Frame(
            str(step.done),
            kinds.of(subject.signal).map_picture(subject, step.attribution, transform).picture,  # type: ignore[arg-type]  # kept
            float(step.done),
        )
        for step in steps
    ]
    chart(
        lesson_charts.animation_figure(
            frames, {"likeness": (counts, likeness)}, look,
            along="noisy copies so far", across="likeness to the last map", counted="Copies:",
        ),
        "lesson-averaging",
        f"The map after {steps[0].done} copy has a likeness of {likeness[0]:.2f} to the map of all "
        f"{steps[-1].done}, halfway {likeness[len(likeness) // 2]:.2f}",
    )  # fmt: skip
    st.caption(
        f"One copy alone is {likeness[0]:.2f} alike to the mean of {steps[-1].done} (1 = the same). "
        f"The score at the copies lies between {min(m.score for m in grown.points):.3g} and "
        f"{max(m.score for m in grown.points):.3g}; at the input itself it is "
        f"{float(grown.result.scores[0]):.3g}."
    )


def _adding(subject: Subject, grown: Trace, path: IntegratedGradients, look: Look) -> None:
    result = grown.result
    start, end = float(result.origin_scores[0]), float(result.scores[0])  # type: ignore[index]  # IG has x₀
    places = [alpha for alpha, _ in quadrature(path.rule, path.steps, path.grading)]
    gained = [step.score - start for step in grown.points]
    totals = [step.total for step in grown.points]
    frames = [
        Frame(
            str(step.done),
            kinds.of(subject.signal)
            .map_picture(subject, step.attribution, result.transform)
            .picture,
            100 * places[step.done - 1],
        )
        for step in grown.points
        if step.attribution is not None
    ]
    way = [0.0, *(100 * place for place in places), 100.0]
    chart(
        lesson_charts.animation_figure(
            frames,
            {
                "what the score has gained": (way, [0.0, *gained, end - start]),
                "sum of the values so far": (way, [0.0, *totals, totals[-1]]),
            },
            look,
            along="share of the way, %", across="score", counted="Steps:",
        ),
        "lesson-adding",
        f"The score gains {end - start:.3g} on the way; the values add up to {totals[-1]:.3g}",
    )  # fmt: skip
    gap = float(result.completeness_gap[0])  # type: ignore[index]  # Integrated Gradients
    st.caption(
        f"From nothing to the input the score rises by {end - start:.3g}; {path.steps} steps add up to "
        f"{totals[-1]:.3g}. Completeness gap: {captions.percent(gap)}"
        + (". The sum is as good as closed." if gap < _OFF else ". More steps make it smaller.")
    )


def _likeness(one: Bands, other: Bands) -> float:
    """The cosine between two maps of magnitudes."""
    a, b = (
        np.concatenate([_row(values) for _, values in over_channels(z, "magnitude").bands()])
        for z in (one, other)
    )
    return float(a @ b / ((np.linalg.norm(a) * np.linalg.norm(b)) or 1.0))


def _row(values: Tensor) -> Any:
    return values[0].flatten().double().cpu().numpy()


LESSON = Lesson(
    "variants",
    "Three variants",
    "One look, a mean of many looks, or a walk from nothing to the input.",
    _draw,
    (
        Question(
            "Set the spread to 0 and watch again. What is SmoothGrad then?",
            "The plain gradient: all copies are the same, and so is every frame. With a very large "
            "spread the network sees hardly more than noise, and the map is about that.",
        ),
        Question(
            "Walk the path with 5 steps, then with 50. Which curve changes?",
            "The sum. The score at a place of the way is what it is; few steps only guess what "
            "happened in between. With more steps the two curves close up.",
        ),
    ),
)
