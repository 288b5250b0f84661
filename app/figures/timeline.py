"""Rows on one time axis, as plain data: a waveform, a spectrogram, attributions in time and Hz.

Nothing is drawn here. Each row is brought to at most :data:`COLUMNS` columns and, where it has
colours, to one byte per cell; the player draws them and reads values back from the bytes.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from app.figures.captions import number
from app.figures.theme import Look
from wam_core.attribution import WaveletAttribution
from wam_core.bands import Bands
from wam_core.naming import band_label, hertz
from wam_core.plot.colour import SEQUENTIAL, hexes, lut, paint, to_bytes
from wam_core.plot.raster import Cells, Floats, frequency_ticks, reduced, round_up, touched
from wam_core.transforms import Transform
from wam_core.views import Sign, at_input_size, over_channels

COLUMNS = 1000
"""The most columns of a row; a place on the screen shows one or a few of them."""

LOUDNESS_RANGE = 80.0
"""How far below the loudest place a spectrogram can still be told from silence, in dB."""

# What the network was given is grey; only what it made of it has colour. lajolla runs from dark to
# light as well, so strong is light in every row.
INPUT = "grayC"
"""The colours of a spectrogram."""

Codes = npt.NDArray[np.uint8]
Ticks = tuple[tuple[float, str], ...]
_CLIPPED = "colours end at the 99.5th percentile"
_LARGEST = {"magnitude": "the largest value", "signed": "the value of largest magnitude"}


@dataclass(frozen=True, eq=False)
class Wave:
    """The envelope of a waveform.

    Attributes:
        low, high: the smallest and largest sample in each column, from −1 to 1 in units of
            ``limit``; as int16, −32767 … 32767.
        limit: where the axis ends, on either side; 1 is full scale.
        title, caption, alt: the heading, what stands beside it, and the text for those who do not
            see it.
        height: in pixels on the screen.
    """

    low: npt.NDArray[np.int16]
    high: npt.NDArray[np.int16]
    limit: float
    title: str
    caption: str
    alt: str
    unit: str = "full scale"
    height: int = 72


@dataclass(frozen=True, eq=False)
class Raster:
    """A map whose columns are times, one byte per cell.

    Attributes:
        codes: (rows, columns), the top row first. Code ``first`` is ``low``, 255 is ``high``.
        palette: 256 colours, ``#rrggbb``, by code.
        first: 0; or 1 for signed values, so that 128 is exactly 0.
        low, high: the ends of the colour bar, in ``unit``.
        quantity: what the colours say.
        rows: a name for each row, top first; shown with the value under the pointer.
        ticks: places on the vertical axis, as a fraction of the height from the top.
        bands: for each row, the name of the track in which that band is heard; may be empty.
        open_low, open_high: whether values beyond an end take its colour too.
        sign: whether, of several cells in one place on the screen, the largest is shown or the one
            of largest magnitude.
    """

    codes: Codes
    palette: tuple[str, ...]
    first: int
    low: float
    high: float
    quantity: str
    title: str
    caption: str
    alt: str
    rows: tuple[str, ...]
    ticks: Ticks
    unit: str = ""
    bands: tuple[str, ...] = ()
    open_low: bool = False
    open_high: bool = False
    sign: Sign = "magnitude"
    height: int = 152

    def __post_init__(self) -> None:
        if len(self.rows) != len(self.codes):
            raise ValueError(f"{len(self.rows)} names for {len(self.codes)} rows; one each")


Row = Wave | Raster


@dataclass(frozen=True, eq=False)
class Timeline:
    """Rows over the same ``duration`` in seconds, from top to bottom."""

    duration: float
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        if not self.duration > 0:
            raise ValueError(f"duration is {self.duration}; a time axis needs more than 0 s")


def waveform(x: Floats, rate: float, title: str = "Waveform") -> Wave:
    """The envelope of a sound, (samples,), 1 = full scale."""
    if x.ndim != 1:
        raise ValueError(f"a waveform is one row of samples, not {x.shape}")
    columns = min(1200, x.size)
    ranges = touched(x.size, columns, x.size / columns)
    low, high = reduced(x, ranges, "min"), reduced(x, ranges, "max")
    peak = float(np.abs(x).max(initial=0.0))
    limit = round_up(peak)
    return Wave(
        low=np.rint(low / limit * 32767).astype(np.int16),
        high=np.rint(high / limit * 32767).astype(np.int16),
        limit=limit,
        title=title,
        caption="amplitude, 1 = full scale",
        alt=f"{title}: {_number(x.size / rate)} s, peak {_number(peak)} of full scale, "
        f"at {_number(int(np.abs(x).argmax()) / rate)} s",
    )


def spectrogram(
    decibels: Floats,
    frequencies: Floats,
    duration: float,
    *,
    hop: float | None = None,
    title: str = "Mel spectrogram",
) -> Raster:
    """How loud each frequency is at each time, in dB below the loudest place.

    Args:
        decibels: (mels, frames), the lowest frequency first; relative to anything.
        frequencies: the centre of each row in Hz.
        duration: of the sound, in s.
        hop: seconds from frame to frame, where frame i is centred at i · hop. None: the frames
            divide the duration evenly.
    """
    loudest = float(decibels.max())
    # silence throughout has no loudest place: it is all below the range
    loud = decibels - loudest if math.isfinite(loudest) else np.full(decibels.shape, -np.inf)
    values = _on_columns(loud[::-1], duration, *_frames(decibels, duration, hop), "magnitude")
    names = tuple(hertz(f) for f in frequencies[::-1])
    return Raster(
        codes=to_bytes(values / LOUDNESS_RANGE + 1),
        palette=_hexes(lut(INPUT)),
        first=0,
        low=-LOUDNESS_RANGE,
        high=0.0,
        quantity="level re loudest",
        unit="dB",
        title=title,
        caption="the input; 0 dB is its loudest place",
        alt=f"{title}: loudest {_peak(values, names, duration)}",
        rows=names,
        ticks=_mel_ticks(frequencies),
        open_low=True,
    )


def scalogram(
    attribution: Bands,
    transform: Transform,
    size: tuple[int, ...],
    rate: float,
    look: Look,
    title: str = "Attribution by band",
) -> Raster:
    """Time × dyadic band: one stripe per band, the finest on top, the approximation below.

    Every coefficient lies over the 2^level samples it stands for
    (:func:`wam_core.views.at_input_size`). Of those in one column, the largest is shown, or the one
    of largest magnitude with its sign. The first sample of the batch, channels summed.
    """
    bands = list(over_channels(attribution, look.sign).bands())[::-1]
    layout = transform.layout(size)
    stripes = np.concatenate(
        [at_input_size(values[:1], layout[band], size)[0].cpu().numpy() for band, values in bands]
    )
    duration = size[0] / rate
    values = _on_columns(stripes, duration, 0.0, 1 / rate, look.sign)
    names = tuple(band_label(layout[band], rate) for band, _ in bands)
    return _attribution(
        values, look, title, names, duration,
        ticks=tuple(((i + 0.5) / len(names), name) for i, name in enumerate(names)),
        bands=tuple(str(band) for band, _ in bands),
        height=max(100, 20 * len(names)),
    )  # fmt: skip


def mel_attribution(
    attribution: Floats,
    frequencies: Floats,
    duration: float,
    look: Look,
    *,
    hop: float | None = None,
    title: str = "Attribution by frequency",
) -> Raster:
    """Time × mel frequency: an attribution (mels, frames), placed as in :func:`spectrogram`."""
    values = _on_columns(
        attribution[::-1], duration, *_frames(attribution, duration, hop), look.sign
    )
    if look.sign == "magnitude":
        values = np.abs(values)
    names = tuple(hertz(f) for f in frequencies[::-1])
    common = Look(look.dark, look.sign)  # mel rows are no bands: they share one scale
    return _attribution(values, common, title, names, duration, ticks=_mel_ticks(frequencies))


def _attribution(
    values: Floats,
    look: Look,
    title: str,
    names: tuple[str, ...],
    duration: float,
    *,
    ticks: Ticks,
    bands: tuple[str, ...] = (),
    height: int = 152,
) -> Raster:
    """Bytes and colours of values that are already on their columns."""
    peak = f"{title}: strongest {_peak(values, names, duration)}"
    which = f"{_LARGEST[look.sign]} in each column"
    if look.common:
        quantity, (_, limit) = look.quantity, look.limits(values)
        clipped = bool((np.abs(values) > limit).any())
    else:
        quantity, limit, clipped = "own maximum = 1", 1.0, False
        which += "; each band up to its own maximum"
        own = np.abs(values).max(1, keepdims=True)
        values = values / np.where(own > 0, own, 1.0)
    share = np.clip(values / limit, -1, 1)
    signed = look.sign == "signed"
    codes = np.rint(128 + 127 * share if signed else 255 * share)
    return Raster(
        codes=codes.astype(np.uint8),
        palette=_diverging() if signed else _hexes(lut(SEQUENTIAL)),
        first=1 if signed else 0,
        low=-limit if signed else 0.0,
        high=limit,
        quantity=quantity,
        title=title,
        caption=f"{which}; {_CLIPPED}" if clipped else which,
        alt=peak,
        rows=names,
        ticks=ticks,
        bands=bands,
        open_low=clipped and signed,
        open_high=clipped,
        sign=look.sign,
        height=height,
    )


def _frames(values: Floats, duration: float, hop: float | None) -> tuple[float, float]:
    """When the first frame starts, and how long each lasts, in s."""
    return (0.0, duration / values.shape[1]) if hop is None else (-hop / 2, hop)


def _on_columns(values: Floats, duration: float, start: float, step: float, sign: Sign) -> Floats:
    """Cells of ``step`` s from ``start`` on, (rows, cells), gathered in columns of equal time."""
    columns = max(1, min(COLUMNS, round(duration / step)))
    return Cells(values, start, step).on(0.0, duration / columns, columns, sign).values


def _mel_ticks(frequencies: Floats) -> Ticks:
    """Round frequencies, each as a fraction of the height from the top; the highest first."""
    rows = len(frequencies)
    ticks = frequency_ticks(frequencies)[::-1]
    return tuple((1 - place / rows, hertz(frequency)) for frequency, place in ticks)


def _peak(values: Floats, names: tuple[str, ...], duration: float) -> str:
    """Where the largest magnitude (or, below 0 throughout, the largest value) is."""
    strength = np.abs(values) if values.max(initial=0.0) > 0 else values
    row, column = np.unravel_index(int(strength.argmax()), values.shape)
    return f"at {names[row]}, {_number((column + 0.5) / values.shape[1] * duration)} s"


def _diverging() -> tuple[str, ...]:
    """By code: 1 is −limit, 128 is 0, 255 is +limit."""
    return _hexes(paint(np.clip((np.arange(256) - 128) / 127, -1, 1), 1.0, "signed"))


def _hexes(colours: Codes) -> tuple[str, ...]:
    return tuple(hexes(colours))


def _number(value: float) -> str:
    return number(float(f"{value:.3g}"), "g")


def sound_rows(result: WaveletAttribution, mel: Any, rate: int, look: Look) -> Timeline:
    """Waveform, mel spectrogram, attribution by band, and by mel frequency where there is one.

    Args:
        result: of a sound.
        mel: makes a mel spectrogram of a waveform: the network's own representation, or one that
            is only there to look at.
        rate: samples per second of what the network receives.
        look: how attributions are coloured.
    """
    seconds, hop = result.size[0] / rate, mel.hop / rate
    with torch.no_grad():
        decibels = mel.to(result.input.device)(result.input)[0, 0].cpu().numpy()
    frequencies = np.asarray(mel.frequencies)
    wave = result.input[0, 0].detach().cpu().numpy().astype(np.float32)
    rows: list[Row] = [
        waveform(wave, rate),
        spectrogram(decibels, frequencies, seconds, hop=hop),
        scalogram(result.attribution, result.transform, result.size, rate, look),
    ]
    if result.representation is not None:
        values = result.representation[0, 0].cpu().numpy()
        rows.append(mel_attribution(values, frequencies, seconds, look, hop=hop))
    return Timeline(seconds, tuple(rows))
