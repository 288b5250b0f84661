"""Lesson 1: what a wavelet is."""

import numpy as np
import numpy.typing as npt
import streamlit as st
import torch

from app import kinds
from app.components.page import chart
from app.figures import lesson_charts
from app.figures.theme import Look
from app.lessons.page import Lesson, Question, paragraph, received
from app.session import Subject, recall
from wam_core import Band, DiscreteWaveletTransform
from wam_core.transforms import build
from wam_core.views import wave

_OFFERED = ("haar", "db2", "db4", "sym8", "coif2", "bior4.4")
_LEVELS = 4
_LINE = 128  # samples of the input that are looked at


def _draw(subject: Subject, look: Look) -> None:
    place = paragraph(
        "**A wavelet is a short wave.** It goes up and down once or a few times, and it is nothing "
        "before and after. Pick one.\n\n"
        "The same wave comes in sizes. We call a size a **level**: level 1 is the smallest, and "
        "each further level is twice as wide. The grey wave on top is the companion that carries "
        "the smooth rest.",
        "wavelet", "level", "scaling function",
    )  # fmt: skip
    with place:
        name = st.pills(
            "Wavelet", _OFFERED, default="haar", required=True, key=recall("lesson-wavelet"),
            bind="query-params",
        )  # fmt: skip
        _shapes(name, look)
    place = paragraph(
        "**How is it used?** The computer does not draw waves. It slides two short lists of numbers "
        "along your input. At each place it multiplies and adds up. The first list keeps what is "
        "smooth there, the second what changes.",
        "filter",
    )  # fmt: skip
    with place:
        low, high = DiscreteWaveletTransform(name, 1, ndim=1).filters
        chart(
            lesson_charts.filters_figure(low, high, look), "lesson-filters",
            f"{name}: {len(low)} numbers in each filter; the smooth ones add up to {sum(low):.2f}, "
            f"the others to {abs(sum(high)):.2f}",
        )  # fmt: skip
    place = paragraph(
        "**Now on your own input.** The figure shows a short line of it. Lay the wave on a place: where the "
        "input goes up and down as the wave does, the number is large; where it is flat, the number "
        "is almost 0.\n\nThat number is a **coefficient**. All of them together are your input, "
        "written in waves.",
        "coefficient",
    )  # fmt: skip
    with place:
        _met(subject, name, look)


def _shapes(name: str, look: Look) -> None:
    transform = build(wavelet=name, levels=_LEVELS, ndim=1)
    size = [2 ** (_LEVELS + 6)]
    shapes = [lesson_charts.Wave(None, wave(transform, Band(_LEVELS, "a"), size).flatten().numpy())]
    shapes += [
        lesson_charts.Wave(level, wave(transform, Band(level, "d"), size).flatten().numpy())
        for level in range(_LEVELS, 0, -1)
    ]
    widths = [int((np.abs(one.values) > 1e-6).sum()) for one in shapes[1:]]
    chart(
        lesson_charts.wavelets_figure(shapes, look), "lesson-shapes",
        f"{name} at levels {_LEVELS} to 1: " + ", ".join(f"{width} samples" for width in widths),
    )  # fmt: skip


def _met(subject: Subject, name: str, look: Look) -> None:
    line = _line(received(subject).mean(1)[0].cpu().numpy())
    most = min(_LEVELS, build(wavelet=name, levels=1, ndim=1).max_levels([line.size]))
    left, right = st.columns(2)
    level = int(left.slider("Level", 1, most, min(2, most), key="lesson-level")) if most > 1 else 1
    transform = build(wavelet=name, levels=level, ndim=1)
    z = transform.analyse(torch.from_numpy(line)[None, None])
    band = Band(level, "d")
    values = z[band][0, 0].numpy()
    places = transform.layout([line.size])[band].centres().numpy()
    inside = np.flatnonzero((places >= 0) & (places < line.size))
    first = int(np.abs(values[inside]).argmax())
    nth = right.slider("Place", 0, len(inside) - 1, first, key=f"lesson-place-{level}-{name}")
    chosen = int(inside[nth])
    one = z.map(torch.zeros_like)
    one[band][0, 0, chosen] = 1.0
    alone = transform.synthesise(one, (line.size,))[0, 0].numpy()
    chart(
        lesson_charts.coefficients_figure(
            lesson_charts.RowAnalysis(line, values, places, chosen, alone, level), look,
            kinds.of(subject.signal).line,
        ),
        "lesson-met",
        f"A line of {line.size} samples; at level {level} the largest of {len(inside)} coefficients is "
        f"{np.abs(values[inside]).max():.3g}",
    )  # fmt: skip
    share = abs(values[chosen]) / (np.abs(values[inside]).max() or 1.0)
    st.caption(
        f"The coefficient at this place is {values[chosen]:.3g}, {100 * share:.0f} % of the largest "
        f"of level {level}. The wave is drawn as high as the picture allows."
    )


def _line(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Of all lines along the last axis, the one with most contrast; of a long one, its liveliest part."""
    lines: npt.NDArray[np.float64] = values.reshape(-1, values.shape[-1]).astype(np.float64)
    line: npt.NDArray[np.float64] = lines[int(lines.var(1).argmax())]
    if line.size <= _LINE:
        return line
    contrast = np.concatenate([[0.0], np.cumsum((line - line.mean()) ** 2)])
    start = int((contrast[_LINE:] - contrast[:-_LINE]).argmax())
    return line[start : start + _LINE]


LESSON = Lesson(
    "wave",
    "What is a wavelet?",
    "An input can be written as a sum of small waves.",
    _draw,
    (
        Question(
            "Move **Place** to a flat part of the line, then to a jump. What happens to the number?",
            "On the flat part it is near 0: the ups and downs of the wave cancel. At a jump it is "
            "large. Coefficients are large where something changes.",
        ),
        Question(
            "Change haar to db4. Which of the two is smoother, and which is shorter?",
            "haar is a step of two numbers: short, with sharp edges. db4 has eight numbers: longer "
            "and smoother. A longer wave tells sizes and pitches apart better, and places worse.",
        ),
    ),
)
