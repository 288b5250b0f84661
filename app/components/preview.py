"""An input, a part or a map of it in one plain picture: quick to draw, whatever the kind of input."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from app.figures import orthographic, timeline
from app.figures.theme import Look
from app.session import Subject
from wam_core.bands import Band, Bands
from wam_core.plot.colour import paint
from wam_core.plot.planes import Plane, planes
from wam_core.signals import Modality
from wam_core.transforms import Transform
from wam_core.views import heat_map, only, over_channels

Picture = npt.NDArray[np.uint8]
_STRIPE = 16  # px of a band
_WAVE = 120  # px of a waveform's height
INK = (123, 115, 170)  # of a waveform; to be read on light and on dark
_SIDE = 240  # px of a volume's picture
_RAISED = 0.995  # of the details of a picture: what is white or black


@dataclass(frozen=True, eq=False)
class Glance:
    """A picture, and what it is in a few words."""

    picture: Picture
    words: str


def at(subject: Subject, x: Tensor) -> Picture:
    """Something of the size that the network receives: the input, or pieces of it."""
    return _INPUTS[subject.signal.modality](subject, x)


def at_details(subject: Subject, x: Tensor) -> Picture:
    """Details alone, which are about zero, with their contrast raised so that they can be seen.

    In a picture zero is grey; in a volume red is above zero, blue below.
    """
    if subject.signal.modality != "image":
        return at(subject, x)
    change = (subject.net.denormalize(x) - subject.net.denormalize(torch.zeros_like(x)))[0]
    end = float(change.abs().flatten().quantile(_RAISED)) or 1.0
    return _pixels(0.5 + 0.5 * change / end)


def at_map(
    subject: Subject,
    attribution: Bands,
    transform: Transform,
    bands: Collection[Band] | None = None,
) -> Glance:
    """The importance of some bands, or all.

    Args:
        subject: what was explained.
        attribution, transform: of its coefficients.
        bands: which are added up; of a sound they are shown apart.
    """
    modality = subject.signal.modality
    if modality == "sound":
        return _scalogram(subject, only(attribution, bands), transform)
    heat = heat_map(over_channels(attribution, "magnitude"), transform, subject.size, bands)
    return Glance(_strength(subject, heat[0, 0]), _MAPS[modality])


def at_values(subject: Subject, values: Tensor) -> Picture:
    """The magnitudes of something with a value at every place, channels added up."""
    strength = values[0].abs().sum(0)
    if subject.signal.modality == "sound":
        return _sound(subject, strength[None, None] / (strength.max() or 1.0))
    return _strength(subject, strength)


def _strength(subject: Subject, strength: Tensor) -> Picture:
    """Values of 0 and more at every place of a picture or a volume."""
    values = strength.cpu().numpy()
    colours = partial(paint, limit=Look().limits(values)[1], sign="magnitude")
    if subject.signal.modality == "volume":
        return orthographic.picture(
            values, _views(subject), colours, orthographic.maximum_intensity, side=_SIDE
        )
    return colours(values)


def _scalogram(subject: Subject, attribution: Bands, transform: Transform) -> Glance:
    row = timeline.scalogram(
        attribution, transform, subject.size, subject.net.frontend.rate, Look()
    )
    palette = np.array([list(bytes.fromhex(colour[1:])) for colour in row.palette], np.uint8)
    words = f"importance over time, {row.rows[0]} on top to {row.rows[-1]} below"
    return Glance(palette[row.codes].repeat(_STRIPE, axis=0), words)


def _image(subject: Subject, x: Tensor) -> Picture:
    return _pixels(subject.net.denormalize(x)[0])


def _pixels(shown: Tensor) -> Picture:
    """From (channel, rows, columns), 0 … 1."""
    drawn: Picture = shown.clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).cpu().numpy()
    return drawn.repeat(3, axis=2) if drawn.shape[2] == 1 else drawn


def _sound(subject: Subject, x: Tensor) -> Picture:
    samples = x[0, 0].detach().cpu().numpy()
    row = timeline.waveform(samples, subject.net.frontend.rate)
    return wave(row, _WAVE, len(row.low))


def wave(row: timeline.Wave, height: int, width: int) -> Picture:
    """An envelope in ``height`` × ``width`` pixels; silence is a line, not nothing."""
    levels = np.linspace(1, -1, height)[:, None] * 32767
    starts = np.linspace(0, len(row.low), width, endpoint=False).astype(int)
    high, low = np.maximum.reduceat(row.high, starts), np.minimum.reduceat(row.low, starts)
    inside = (levels <= high + 400.0) & (levels >= low - 400.0)
    picture = np.zeros((*inside.shape, 4), np.uint8)
    picture[inside] = (*INK, 255)
    return picture


def _volume(subject: Subject, x: Tensor) -> Picture:
    values = subject.net.denormalize(x)[0].mean(0).detach().cpu().numpy()
    views = _views(subject)
    if values.min() < -0.01:
        limit = float(np.abs(values).max())
        colours = partial(paint, limit=limit, sign="signed")
        return orthographic.picture(values, views, colours, orthographic.extreme, side=_SIDE)
    return orthographic.picture(values, views, side=_SIDE)


def _views(subject: Subject) -> tuple[Plane, ...]:
    return tuple(planes(subject.signal.frame.ends if subject.signal.frame else ()))


_INPUTS: Mapping[Modality, Callable[[Subject, Tensor], Picture]] = {
    "image": _image,
    "sound": _sound,
    "volume": _volume,
}
_MAPS: Mapping[Modality, str] = {
    "image": "the heat-map",
    "volume": "the strongest value along each line of sight",
}
