"""A build-up as a file to take away: an animated WebP, or an MP4 with its sound."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from app.figures import captions
from app.figures.build_up import PLAY_S, Slides
from app.figures.theme import Look
from wam_core.plot.sheet import FAINT, FONT, INK, Box, Sheet, cut
from wam_core.signals.animation import decode_flac, encode_animation, encode_video

_PER_SECOND, _REPEATS = 12, 5  # of the video: a stop lasts 5 of 12 frames a second
_HOLD_S = 2.0  # the last stop stays for so much longer
_RAMP_S = 0.012  # from the sound of one stop to the next
_WIDE = 2.0  # columns for each row, from which on a picture is above its chart

_WIDTH, _LEFT, _HEAD, _SIDE, _GAP, _FOOT = 960, 24, 78, 336, 64, 44
_BAND, _CHART = 150, 180  # heights of a wide picture and of its chart
_LONGEST = 48


def animated_webp(slides: Slides) -> bytes:
    """All stops, each for as long as on the page, the last one longer."""
    each = round(1000 * PLAY_S / len(slides.frames))
    pages = draw_pages(slides)
    return encode_animation(pages, [each] * (len(pages) - 1) + [each + round(1000 * _HOLD_S)])


def video(slides: Slides) -> bytes:
    """The same as MP4; where there are sounds, they go on from stop to stop."""
    pages = draw_pages(slides)
    repeats = [_REPEATS] * len(pages)
    repeats[-1] += round(_HOLD_S * _PER_SECOND)
    if not slides.sounds:
        return encode_video(pages, repeats, _PER_SECOND)
    sound = joined(
        [decode_flac(file) for file in slides.sounds],
        [count / _PER_SECOND for count in repeats],
        slides.rate,
    )
    return encode_video(pages, repeats, _PER_SECOND, sound, slides.rate)


def joined(
    sounds: Sequence[npt.NDArray[np.int16]], lasting: Sequence[float], rate: int
) -> npt.NDArray[np.int16]:
    """One sound after the other, (samples,), each from where the one before it was left.

    Args:
        sounds: (samples,) each, of one length; after its end a sound begins again.
        lasting: how long each of them lasts, in s.
        rate: samples per second.
    """
    ends = np.rint(np.cumsum(lasting) * rate).astype(int)
    ramp = round(_RAMP_S * rate)
    audio = np.zeros(ends[-1])
    start = 0
    for nth, (sound, end) in enumerate(zip(sounds, ends.tolist(), strict=True)):
        # each fades out while the next one fades in
        stop = min(end + ramp, ends[-1])
        part = sound[np.arange(start, stop) % len(sound)].astype(float)
        rising, falling = min(ramp, len(part)), stop - end
        if nth:
            part[:rising] *= np.linspace(0, 1, rising)
        if falling:
            part[-falling:] *= np.linspace(1, 0, falling)
        audio[start:stop] += part
        start = end
    limits = np.iinfo(np.int16)
    return np.rint(audio).clip(limits.min, limits.max).astype(np.int16)


def draw_pages(slides: Slides) -> list[npt.NDArray[np.uint8]]:
    """A page for each stop, (rows, columns, 3): the picture, the curves, the numbers."""
    look, numbers = Look(), slides.numbers
    picture, chart = _boxes(*slides.size)
    page = Sheet(_WIDTH, max(box[1] + box[3] for box in (picture, chart)) + _FOOT)
    label = cut(slides.label, _LONGEST)
    page.text(
        _LEFT,
        18,
        f"{label}: built up from the strongest coefficients",
        fontsize=13,
        fontweight="bold",
    )
    readout = page.text(_LEFT, 46, "", fontsize=11)
    image = page.axes(picture)
    image.set_axis_off()
    artist = image.imshow(slides.frames[0], aspect="auto", interpolation="antialiased")
    axes = page.axes(chart)
    p, z = (curve.of(numbers.index) for curve in (numbers.attribution, numbers.baseline))
    _curves(axes, slides, p, z, look)
    now = axes.axvline(numbers.shares[0], color=INK, linewidth=0.8, alpha=0.6)
    (dot,) = axes.plot([], [], "o", markersize=5, color=look.series("violet"))
    made = []
    for stop, (share, frame) in enumerate(zip(numbers.shares.tolist(), slides.frames, strict=True)):
        artist.set_data(frame)
        now.set_xdata([share, share])
        dot.set_data([share], [p[stop]])
        readout.set_text(
            f"{captions.number(100 * share, '.2g')} % of coefficients · p({label}) "
            f"{p[stop]:.2f} · |z| {z[stop]:.2f}"
        )
        made.append(page.pixels())
    return made


def _boxes(rows: int, columns: int) -> tuple[Box, Box]:
    """The places of the picture and of the chart: beside it, or below a wide one."""
    if columns >= _WIDE * rows:
        left, wide = _LEFT + _GAP / 2, _WIDTH - 2 * _LEFT - _GAP / 2
        return (left, _HEAD, wide, _BAND), (left, _HEAD + _BAND + 24, wide, _CHART)
    scale = _SIDE / max(rows, columns)
    left = _LEFT + _SIDE + _GAP
    return (
        (_LEFT, _HEAD, columns * scale, rows * scale),
        (left, _HEAD + 6, _WIDTH - _LEFT - left, _SIDE - 30),
    )


def _curves(
    axes: Axes, slides: Slides, p: npt.NDArray[np.float64], z: npt.NDArray[np.float64], look: Look
) -> None:
    """Both curves over the share, with rings where the class first is the prediction."""
    numbers = slides.numbers
    own, other = look.series("violet"), look.series("grey")
    axes.plot(numbers.shares, z, "--", color=other, linewidth=1, label="magnitude baseline |z|")
    axes.plot(numbers.shares, p, color=own, linewidth=2, label="this attribution")
    curves = ((numbers.baseline, z, other), (numbers.attribution, p, own))
    for curve, values, ink in curves:
        if (first := numbers.first(curve)) is not None:
            axes.plot(
                numbers.shares[first], values[first], "o",
                markersize=7, markerfacecolor="white", markeredgecolor=ink,
            )  # fmt: skip
    most = max(p.max(), z.max())
    axes.set_xscale("log")
    axes.set_xlim(numbers.shares[0] * 0.95, 1.05)
    axes.set_ylim(0, next((top for top in (0.1, 0.2, 0.5) if top >= most), 1.0) * 1.04)
    axes.set_xticks([0.001, 0.01, 0.1, 1], ["0.1 %", "1 %", "10 %", "100 %"])
    axes.minorticks_off()
    axes.tick_params(labelsize=9, labelfontfamily=FONT, length=3, color=FAINT, labelcolor=INK)
    axes.set_ylabel("probability", fontsize=9, fontfamily=FONT, color=INK)
    axes.legend(fontsize=9, frameon=False, prop={"family": FONT, "size": 9})
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
