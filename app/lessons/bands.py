"""Lesson 2: an input taken apart, level by level, and put back."""

from collections.abc import Sequence

import streamlit as st
from torch import Tensor

from app.components import preview
from app.components.player import Clip, Sounds, player
from app.figures import timeline
from app.figures.theme import Look
from app.figures.units import Units, units_of
from app.lessons.page import Lesson, Question, beside, received, usual
from app.session import Subject
from wam_core import Bands
from wam_core.band_reconstruction import piece
from wam_core.plot.colour import level_colour
from wam_core.transforms import Transform

_MOST = 5
_TILE = 134  # px of an orientation
_RAISED = ", contrast raised"


def _draw(subject: Subject, look: Look) -> None:
    x = received(subject)
    transform = usual(subject, levels=None if subject.signal.modality == "sound" else _MOST)
    z, units = transform.analyse(x), units_of(subject.net, subject.signal)
    place = beside(
        "**Peel your input.** Level 1 holds the finest details. Take it away, and what is left looks "
        "(or sounds) a little blurred. Take level 2 away too, and so on. What remains in the end is "
        "the **approximation**.\n\nLeft: what is left. Right: what you took away last.",
        "level", "approximation",
    )  # fmt: skip
    with place:
        taken = st.slider(
            "Levels taken away", 0, transform.levels, 1, key=f"lesson-peel-{transform.levels}"
        )
        _peeled(subject, transform, z, taken, units)
    place = beside(
        "**Details have a direction.** In a picture, an edge may lie flat, stand upright or run "
        "across: three kinds of detail at each level. A volume has seven. A sound has only one, as "
        "time has one direction: there, a level is an **octave**.",
        "orientation", "band", "octave",
    )  # fmt: skip
    with place:
        _oriented(subject, transform, z, units)
    place = beside(
        "**Nothing was lost.** Add everything up again and you have the input back, to the last "
        "digits of the computer.",
        "wavelet transform",
    )  # fmt: skip
    with place:
        _together(subject, transform, z, x)


def _peeled(subject: Subject, transform: Transform, z: Bands, taken: int, units: Units) -> None:
    every = [band for band, _ in z.bands()]
    left = [band for band in every if band.is_approx or band.level > taken]
    last = [band for band in every if not band.is_approx and band.level == taken]
    rest, gone = (piece(transform, z, subject.size, bands) for bands in (left, last))
    words = ["All of it", "Without the finest level", f"Without the {taken} finest levels"][
        min(taken, 2)
    ]
    name = f"Level {taken}: {units.size(last[0])}" if last else ""
    if subject.signal.modality == "sound":
        parts = [Clip("left", words, _samples(rest))]
        if last:
            parts.append(Clip("taken", name, _samples(gone)))
        rows = [timeline.waveform(part.samples, _rate(subject), part.label) for part in parts]
        _play(subject, parts, rows, "lesson-peeled")
        return
    columns = st.columns(2)
    columns[0].image(preview.at(subject, rest), width="stretch", caption=words, alt=words)
    if last:
        columns[1].image(
            preview.at_details(subject, gone), width="stretch", caption=f"{name}{_RAISED}",
            alt=f"The details of level {taken} alone, {units.size(last[0])}",
        )  # fmt: skip


def _oriented(subject: Subject, transform: Transform, z: Bands, units: Units) -> None:
    if subject.signal.modality == "sound":
        _octaves(subject, transform, z, units)
        return
    level = st.slider(
        "Level", 1, transform.levels, min(2, transform.levels), key=f"lesson-oriented-{transform.levels}"
    )  # fmt: skip
    bands = [band for band, _ in z.bands() if not band.is_approx and band.level == level]
    with st.container(horizontal=True):
        for band in bands:
            st.image(
                preview.at_details(subject, piece(transform, z, subject.size, [band])), width=_TILE,
                caption=units.band(band), alt=f"{units.band(band)} alone",
            )  # fmt: skip
    st.caption(f"Level {level}: {units.size(bands[0])}{_RAISED}.")


def _octaves(subject: Subject, transform: Transform, z: Bands, units: Units) -> None:
    """Every band of a sound can be heard alone: mute and solo are in the player."""
    bands = [band for band, _ in z.bands()][::-1]
    clips = [
        Clip("original", "Original", _samples(received(subject))),
        *(
            Clip(
                str(band), units.size(band),
                _samples(piece(transform, z, subject.size, [band])), "band",
                level_colour(None if band.is_approx else band.level, transform.levels),
            )
            for band in bands
        ),
    ]  # fmt: skip
    found = timeline.scalogram(
        z, transform, subject.size, _rate(subject), Look(common=False), "What the waves found"
    )
    _play(subject, clips, [found], "lesson-octaves", [str(band) for band in bands])


def _play(
    subject: Subject,
    clips: list[Clip],
    rows: Sequence[timeline.Row],
    key: str,
    active: list[str] | None = None,
) -> None:
    rate = _rate(subject)
    whole = timeline.Timeline(subject.size[0] / rate, tuple(rows))
    player(whole, Sounds.with_one_gain(clips, rate), key=key, active=active)


def _rate(subject: Subject) -> int:
    return int(subject.net.frontend.rate)


def _samples(x: Tensor):  # type: ignore[no-untyped-def]
    return x[0, 0].detach().cpu().numpy()


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
        f"{x.numel():,} numbers went in, {count:,} coefficients of {transform.wavelet} came out."
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
