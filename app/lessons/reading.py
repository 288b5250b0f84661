"""Lesson 5: reading an explanation: coarse against fine, shape against texture."""

import streamlit as st

from app import kinds
from app.components.jobs import collect
from app.components.page import chart
from app.figures import captions, result_charts
from app.figures.theme import Look
from app.figures.units import halves
from app.lessons.page import Lesson, Question, explanation, paragraph
from app.runtime import ask, predict_steps
from app.session import Explained, Subject, plain, session
from wam_core import Band
from wam_core.views import piece
from wam_core.views import profile as scale_profile

_ROBUST = (
    "**What is known of texture and shape.** In the paper, this profile was averaged over 1,000 "
    "photographs for networks of one design (ResNet-50). Networks trained to be **robust** held "
    "less of it in the fine levels than the ordinary one, and more in the coarse ones: read off the "
    "published figure, about 1.3 % against 4 % at the finest of five levels, and 43 % against 40 % "
    "at the coarsest. So fine texture is what small, hostile changes act on. This is a published "
    "finding on other networks, not a measurement of yours."
)


def _draw(subject: Subject, look: Look) -> None:
    collect()
    place = paragraph(
        "**Who contributed what?** An explanation gives every wave its importance. Add it up by "
        "level, and you see how much each size counted: the **scale profile**. The shares make "
        "100 %.\n\nThe colours run from amber (fine) over red to violet (coarse); grey is the "
        "approximation. They are the same on every screen.",
        "importance", "scale profile", "approximation",
    )  # fmt: skip
    with place:
        explained = explanation(subject)
        if explained is not None and not explained.result.is_zero:
            shares = scale_profile(explained.result.attribution)
            units = kinds.of(explained.subject.signal).units(
                explained.subject.net, explained.result.layout, explained.subject.signal
            )
            chart(
                result_charts.profile_figure(shares, look, units), "lesson-profile",
                captions.profile_text(shares, units),
            )  # fmt: skip
    if explained is None:
        return
    if explained.result.is_zero:
        st.info("No signal: the score does not respond to this input at all.")
        return
    place = paragraph(
        "**Coarse against fine.** Split the levels in two. Left, the map of each half. Right, your "
        "input with that half only. And below, what the network says when it gets nothing else.\n\n"
        "Coarse levels carry *shape*: outlines, large patches, slow changes. Fine levels carry "
        "*texture*: fur, grain, edges, clicks.\n\nMost waves are fine ones. So compare two numbers: a "
        "half counts for more than its size only where its importance is above its share of all waves.",
        "level", "reconstruction", "probability",
    )  # fmt: skip
    with place:
        _halves(explained)
    paragraph(_ROBUST, "robust network").caption(
        "How to read your own profile: a tall amber bar says that the answer hangs on fine texture, "
        "which a little blur or noise would take away. Tall violet and grey bars say that it hangs "
        "on shape. Whether that is *true* of this network is the next lesson."
    )


def _halves(explained: Explained) -> None:
    result, subject = explained.result, explained.subject
    shares = scale_profile(result.attribution)
    kind, index = kinds.of(subject.signal), result.target.index
    units = kind.units(subject.net, result.layout, subject.signal)
    sentences = []
    for name, bands in halves(result.attribution).items():
        share = sum(shares[band] for band in bands)
        x = piece(result.transform, result.coefficients, result.size, bands)
        probabilities = ask(
            predict_steps(subject.net, x),
            owner=f"{session().id}/lesson-half",
            uses={subject.net.module_fingerprint},
        )[0]
        best = int(probabilities.argmax())
        label, p = plain(subject.net.label(best)), float(probabilities[best])
        left, right = st.columns(2)
        heat = kind.map_picture(subject, result.attribution, result.transform, bands)
        title = f"{name}: {units.span(bands)}"
        left.image(
            heat.picture, width="stretch", caption=f"{title}, {captions.percent(share)} of the importance",
            alt=f"Importance of the {name.lower()} bands: {captions.percent(share)}",
        )  # fmt: skip
        right.image(
            kind.picture(subject, x) if bands[0].is_approx else kind.details_picture(subject, x), width="stretch",
            caption=f"{name} bands of the input alone: “{label}”, p = {p:.2g}",
            alt=f"The {name.lower()} bands of the input alone; the network says {label}",
        )  # fmt: skip
        sentences.append(
            f"- The **{name.lower()}** levels hold **{captions.percent(share)}** of the importance; "
            f"{captions.percent(_count(explained, bands))} of all waves are there. "
            f"From them alone the network says “{label}” (p = {p:.2g}"
            + (").\n" if best == index else
               f"; p of {plain(result.target.label)} = {float(probabilities[index]):.2g}).\n")
        )  # fmt: skip
    st.markdown(f"For “{plain(str(result.target))}” in your input:\n" + "".join(sentences))


def _count(explained: Explained, bands: list[Band]) -> float:
    """The share of the coefficients that lie in some bands."""
    counts = {band: values[0].numel() for band, values in explained.result.attribution.bands()}
    return sum(counts[band] for band in bands) / sum(counts.values())


LESSON = Lesson(
    "reading",
    "Reading an explanation",
    "What the fine and what the coarse levels of your input contributed.",
    _draw,
    (
        Question(
            "Which half holds more of the importance? Does the network keep its answer with that half alone?",
            "Often it does not: importance says how strongly the score *reacts* to a change of a wave. "
            "What is needed to recognise the input is another question. Read both numbers together.",
        ),
        Question(
            "Choose another sample on the left with a different texture. How does the profile move?",
            "Compare the amber bars. Rain, fur and foliage are fine; a chair or a hum is coarse. The "
            "approximation counts wherever brightness or overall shape matters.",
        ),
    ),
)
