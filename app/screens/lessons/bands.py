"""Lesson 2: an input taken apart, level by level, and put back."""

import streamlit as st
from torch import Tensor

from app.figures import timeline
from app.figures.theme import Look
from app.figures.units import Hertz, Pixels, Units, Voxels
from app.screens.lessons.page import Lesson, Question, beside, received, usual
from app.state import Subject
from app.widgets import glance
from app.widgets.player import Clip, Sounds, player
from wam_core import Pyramid, WaveletTransform
from wam_core.colour import level_colour
from wam_core.pieces import piece

_MOST = 5
_TILE = 150  # px of an orientation


def named(subject: Subject) -> Units:
    """How the bands of this kind of input are called."""
    if subject.signal.modality == "sound":
        return Hertz(subject.net.frontend.rate)
    if subject.signal.modality == "volume":
        frame = subject.signal.frame
        return Voxels(
            subject.net.frontend.spacing(subject.signal),
            frame.unit if frame else "",
            frame.ends if frame else (),
        )
    return Pixels()


def _draw(subject: Subject, look: Look) -> None:
    x = received(subject)
    transform = usual(subject, levels=None if subject.signal.modality == "sound" else _MOST)
    z, units = transform.analyse(x), named(subject)
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


def _peeled(
    subject: Subject, transform: WaveletTransform, z: Pyramid, taken: int, units: Units
) -> None:
    every = [band for band, _ in z.bands()]
    left = [band for band in every if band.is_approx or band.level > taken]
    last = [band for band in every if not band.is_approx and band.level == taken]
    rest = piece(transform, z, subject.size, left)
    kept, gone = st.columns(2)
    name = "nothing taken away yet" if not last else units.size(last[0])
    kept.image(
        glance.at(subject, rest), width="stretch",
        caption="All of it" if not taken else f"Without the {taken} finest level{'s' * (taken > 1)}",
        alt=f"The input without its {taken} finest levels",
    )  # fmt: skip
    if last:
        gone.image(
            glance.at(subject, piece(transform, z, subject.size, last)), width="stretch",
            caption=f"Level {taken}: {name}", alt=f"The details of level {taken} alone, {name}",
        )  # fmt: skip
    if subject.signal.modality == "sound":
        _hear(subject, {"left": ("What is left", rest)} | (
            {"taken": (f"Level {taken}", piece(transform, z, subject.size, last))} if last else {}
        ), "lesson-peeled")  # fmt: skip


def _oriented(subject: Subject, transform: WaveletTransform, z: Pyramid, units: Units) -> None:
    level = st.slider(
        "Level", 1, transform.levels, min(2, transform.levels), key=f"lesson-oriented-{transform.levels}"
    )  # fmt: skip
    bands = [band for band, _ in z.bands() if not band.is_approx and band.level == level]
    if len(bands) == 1:
        _octaves(subject, transform, z, units)
        return
    with st.container(horizontal=True):
        for band in bands:
            st.image(
                glance.at(subject, piece(transform, z, subject.size, [band])), width=_TILE,
                caption=units.band(band), alt=f"{units.band(band)} alone",
            )  # fmt: skip


def _octaves(subject: Subject, transform: WaveletTransform, z: Pyramid, units: Units) -> None:
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
    _play(subject, clips, "lesson-octaves", z)


def _hear(subject: Subject, tracks: dict[str, tuple[str, Tensor]], key: str) -> None:
    _play(subject, [Clip(name, label, _samples(x)) for name, (label, x) in tracks.items()], key)


def _play(subject: Subject, clips: list[Clip], key: str, z: Pyramid | None = None) -> None:
    rate = int(subject.net.frontend.rate)
    rows = [timeline.waveform(clips[0].samples, rate, clips[0].label)]
    player(
        timeline.Timeline(subject.size[0] / rate, tuple(rows)),
        Sounds.with_one_gain(clips, rate),
        key=key,
        active=None if z is None else [str(band) for band, _ in z.bands()],
    )


def _samples(x: Tensor):  # type: ignore[no-untyped-def]
    return x[0, 0].detach().cpu().numpy()


def _together(subject: Subject, transform: WaveletTransform, z: Pyramid, x: Tensor) -> None:
    parts = [piece(transform, z, subject.size, [band]) for band, _ in z.bands()]
    back = sum(parts[1:], parts[0])
    error = float((back - x).abs().max() / (x.abs().max() or 1.0))
    count = sum(values.numel() for _, values in z.bands())
    first, second = st.columns(2)
    first.metric("Bands added up", len(parts), border=True)
    second.metric("Largest error", f"{error:.0e}", "of the largest value", delta_color="off",
                  delta_arrow="off", border=True)  # fmt: skip
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
