"""Lesson 2: an input taken apart, level by level, and put back."""

import streamlit as st
from torch import Tensor

from app import kinds
from app.figures.theme import Look
from app.kinds.received import NamedPart
from app.lessons.page import Lesson, Question, paragraph, received, usual
from app.session import Subject
from wam_core import Bands
from wam_core.transforms import Transform
from wam_core.views import piece

_MOST = 5


def _draw(subject: Subject, look: Look) -> None:
    x = received(subject)
    kind = kinds.of(subject.signal)
    transform = usual(subject, levels=None if kind.map_has_levels else _MOST)
    z = transform.analyse(x)
    place = paragraph(
        "**Peel your input.** Level 1 holds the finest details. Take it away, and what is left looks "
        "(or sounds) a little blurred. Take level 2 away too, and so on. What remains in the end is "
        "the **approximation**.\n\nLeft: what is left. Right: what you took away last.",
        "level", "approximation",
    )  # fmt: skip
    with place:
        taken = st.slider(
            "Levels taken away", 0, transform.levels, 1, key=f"lesson-peel-{transform.levels}"
        )
        _peeled(subject, transform, z, taken)
    place = paragraph(
        "**Details have a direction.** In a picture, an edge may lie flat, stand upright or run "
        "across: three kinds of detail at each level. A volume has seven. A sound has only one, as "
        "time has one direction: there, a level is an **octave**.",
        "orientation", "band", "octave",
    )  # fmt: skip
    with place:
        kind.draw_directions(subject, x, transform)
    place = paragraph(
        "**Nothing was lost.** Add everything up again and you have the input back, to the last "
        "digits of the computer.",
        "wavelet transform",
    )  # fmt: skip
    with place:
        _together(subject, transform, z, x)


def _peeled(subject: Subject, transform: Transform, z: Bands, taken: int) -> None:
    kind, every = kinds.of(subject.signal), [band for band, _ in z.bands()]
    left = [band for band in every if band.is_approx or band.level > taken]
    last = [band for band in every if not band.is_approx and band.level == taken]
    rest, gone = (piece(transform, z, subject.size, bands) for bands in (left, last))
    words = ["All of it", "Without the finest level", f"Without the {taken} finest levels"][
        min(taken, 2)
    ]
    units = kind.units(subject.net, transform.layout(subject.size), subject.signal)
    size = units.size(last[0]) if last else ""
    kind.draw_peeled(
        subject,
        NamedPart(rest, words, words),
        NamedPart(gone, f"Level {taken}: {size}", f"The details of level {taken} alone, {size}")
        if last
        else None,
    )


def _together(subject: Subject, transform: Transform, z: Bands, x: Tensor) -> None:
    parts = [piece(transform, z, subject.size, [band]) for band, _ in z.bands()]
    back = sum(parts[1:], parts[0])
    error = float((back - x).abs().max() / (x.abs().max() or 1.0))
    count = sum(values.numel() for _, values in z.bands())
    off = f"1 part in {float(f'{1 / error:.1g}'):,.0f}" if error else "nothing at all"
    st.markdown(
        f"All **{len(parts)}** bands added up differ from the input by at most **{off}** of its "
        "largest value."
    )
    st.caption(
        f"{x.numel():,} numbers went in, {count:,} coefficients of {transform.title} came out."
    )


LESSON = Lesson(
    "bands",
    "Levels and directions",
    "Each level holds details of one size; together they are the input.",
    _draw,
    (
        Question(
            "Take levels away until you can no longer tell what it is. Which level carried it?",
            "The last one you took. For most photographs that is level 3 to 5, details of 8 to 32 "
            "pixels: shape is coarse. Fur, grain and hiss are in levels 1 and 2.",
        ),
        Question(
            "Look at (or hear) the bands of one level. Which of them is the strongest in your input?",
            "In a picture with a horizon it is the horizontal one, with trees or pillars the upright "
            "one. In a sound, listen with **solo**: a click is in all octaves, a hum in one.",
        ),
    ),
)
