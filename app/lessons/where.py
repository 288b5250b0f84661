"""Lesson 3: where the gradient goes, and why it takes the adjoint to get there."""

from functools import partial

import streamlit as st
import torch

from app import kinds
from app.components.explanation import estimate
from app.components.jobs import collect, found, offer
from app.components.model_picker import predictions
from app.components.page import chart
from app.figures import captions, lesson_charts
from app.figures.theme import Look
from app.lessons.page import Lesson, Question, key, once, paragraph, received, usual
from app.session import Subject, plain
from wam_core import Bands, Gradient
from wam_core.finite_difference import FiniteDifferences, finite_difference
from wam_core.transforms import Transform, build

_OFFERED = ("haar", "db2", "db4", "bior2.2", "bior4.4")
_COUNT = 12
_SMALL = 0.01  # an error that nobody sees


def _draw(subject: Subject, look: Look) -> None:
    collect()
    _, probabilities = predictions(subject.net, subject.signal)
    says = plain(subject.net.label(int(probabilities[0].argmax())))
    transform = usual(subject)
    steps = partial(finite_difference, subject.net, received(subject), transform=transform, count=0)
    flat: FiniteDifferences = once("lesson-gradient", key(subject, transform), subject.net, steps)
    place = paragraph(
        f"**Ask the network.** It says “{says}”. Now change one number of the input a very little. "
        "How fast does the score of its answer rise or fall? That is the **gradient**.\n\n"
        "Most saliency maps stop here: one value for every pixel, sample or voxel. It says *where* "
        "the network is sensitive. It does not say whether it looked at fine grain or at a large shape.",
        "network", "logit", "gradient",
    )  # fmt: skip
    with place:
        left, right = st.columns(2)
        left.image(
            kinds.of(subject.signal).picture(subject, received(subject)), width="stretch",
            caption="The input, as the network receives it", alt="The input as the network receives it",
        )  # fmt: skip
        right.image(
            kinds.of(subject.signal).strength_picture(subject, flat.gradient[0].abs().sum(0)), width="stretch",
            caption="Its gradient, place by place", alt="The gradient of the score at every place",
        )  # fmt: skip
    place = paragraph(
        "**Ask about waves instead.** The input is a sum of waves. So we may change the strength of "
        "one *wave* a little and ask the same. That gives a gradient for every **coefficient**: it "
        "says where *and* at which size. Here is each level on its own.",
        "coefficient", "level", "importance",
    )  # fmt: skip
    with place:
        _by_level(subject, flat.adjoint, transform)
    place = paragraph(
        "**The way from one to the other.** It is tempting to take the wavelet transform of the "
        "gradient. That is wrong, unless the wavelet is as simple as haar. Right is the "
        "**adjoint**: it asks how each wave would have changed every pixel.\n\n"
        "Pick a wavelet. Then let the network judge: nudge some waves, and compare what both rules "
        "predicted with what the score really did.",
        "adjoint", "wavelet transform", "padding",
    )  # fmt: skip
    with place:
        _put_to_test(subject, look)


def _by_level(subject: Subject, adjoint: Bands, transform: Transform) -> None:
    kind, every = kinds.of(subject.signal), [band for band, _ in adjoint.bands()]
    if kind.map_has_levels:
        whole = kind.map_picture(subject, adjoint, transform)
        st.image(whole.picture, width="stretch", caption=whole.words.capitalize(), alt=whole.words)
        return
    columns = st.columns(2)
    units = kind.units(subject.net, transform.layout(subject.size), subject.signal)
    for nth, level in enumerate((*range(1, transform.levels + 1), None)):
        bands = [b for b in every if (None if b.is_approx else b.level) == level]
        part = kind.map_picture(subject, adjoint, transform, bands)
        name = f"{'Approximation' if level is None else f'Level {level}'}: {units.size(bands[0])}"
        columns[nth % 2].image(
            part.picture, width="stretch", caption=name, alt=f"Importance at {name}, {part.words}"
        )  # fmt: skip


def _put_to_test(subject: Subject, look: Look) -> None:
    ndim = len(subject.size)
    fitting = [
        name
        for name in _OFFERED
        if build(wavelet=name, levels=1, ndim=ndim).max_levels(subject.size)
    ]
    wavelet = st.pills(
        "Wavelet", fitting, default="db4" if "db4" in fitting else fitting[0], required=True,
        key=f"lesson-judged-{len(fitting)}",
    )  # fmt: skip
    transform = usual(subject, wavelet, levels=3)
    where = key(subject, transform)
    steps = partial(finite_difference, subject.net, received(subject), transform=transform)
    there: FiniteDifferences = once("lesson-apart", where, subject.net, partial(steps, count=0))
    st.metric(
        "How far the transform of the gradient is from the truth",
        captions.percent(there.error), border=True,
    )  # fmt: skip
    measured: FiniteDifferences | None = found("lesson-nudges", where)
    if measured is None:
        offer(
            "lesson-nudges", where, f"Nudge {_COUNT} waves",
            2 * _COUNT * estimate(subject.net, Gradient()) / 3, partial(steps, count=_COUNT),
            lambda step: (step[0] / step[1], f"Wave {step[0]} of {step[1]}"),
            uses=subject.net.module_fingerprint,
        )  # fmt: skip
        return
    right, wrong = (
        _median([abs(getattr(one, rule) - one.measured) / abs(one.measured) for one in measured.differences
                 if one.measured])
        for rule in ("adjoint", "analysed")
    )  # fmt: skip
    chart(
        lesson_charts.differences_figure(measured.differences, look), "lesson-nudges-figure",
        f"{len(measured.differences)} waves: the adjoint misses the measured change by {captions.percent(right)} "
        f"in the middle, the transform by {captions.percent(wrong)}",
    )  # fmt: skip
    st.caption(
        f"In the middle, the adjoint misses the measured change by {captions.percent(right)}, the "
        f"transform by {captions.percent(wrong)}. "
        + (
            f"With {transform.title} and this size both rules are the same."
            if measured.error < _SMALL
            else "The network decides: only the adjoint is on the line."
            if right < wrong / 2
            else "So close to silence the score bends too soon for a nudge to decide."
        )
    )


def _median(values: list[float]) -> float:
    return float(torch.tensor(values).median()) if values else 0.0


LESSON = Lesson(
    "where",
    "Where the gradient goes",
    "A gradient can be asked of waves, if it is carried there by the right rule.",
    _draw,
    (
        Question(
            "Switch the wavelet to haar. What happens to the error?",
            "For pictures and sounds whose size can be halved often enough it is 0: haar’s waves do "
            "not overlap and need nothing beyond the edges, and then transform and adjoint are the "
            "same. Where the size does not divide evenly, a little is left.",
        ),
        Question(
            "Switch to bior4.4. Why is the error so large?",
            "Its waves for taking apart and for putting together are different ones. The transform "
            "uses the first, but a change of a coefficient acts through the second.",
        ),
    ),
)
