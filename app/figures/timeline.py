"""What a sound and its attribution look like along one time axis, as rows of plain data."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from app.figures.theme import Look
from app.figures.time_axis import (
    COLUMNS,
    SIGNS,
    Heat,
    Lane,
    Raster,
    Ticks,
    Timeline,
    Wave,
    envelope,
    hexed,
    short,
    strongest,
)
from wam_core.attribution import WaveletAttribution
from wam_core.bands import Bands, Layout
from wam_core.naming import band_label, hertz
from wam_core.plot.colour import level_colour, lut, to_bytes
from wam_core.plot.raster import Cells, Floats, frequency_ticks, round_up
from wam_core.transforms import Transform
from wam_core.views import Sign, at_input_size, over_channels, profile

LOUDNESS_RANGE = 80.0
"""How far below the loudest place a spectrogram can still be told from silence, in dB."""

INPUT = "grayC"
"""The colours of a spectrogram: grey, as only attributions have colour. Strong is light in both."""


def waveform(x: Floats, rate: float, title: str = "Waveform") -> Wave:
    """The envelope of a sound, (samples,), 1 = full scale."""
    if x.ndim != 1:
        raise ValueError(f"a waveform is one row of samples, not {x.shape}")
    low, high = envelope(x)
    peak = float(np.abs(x).max(initial=0.0))
    limit = round_up(peak)
    return Wave(
        low=np.rint(low / limit * 32767).astype(np.int16),
        high=np.rint(high / limit * 32767).astype(np.int16),
        limit=limit,
        title=title,
        caption="amplitude, 1 = full scale",
        alt=f"{title}: {short(x.size / rate)} s, peak {short(peak)} of full scale, "
        f"at {short(int(np.abs(x).argmax()) / rate)} s",
    )


def spectrogram(
    decibels: Floats,
    frequencies: Floats,
    duration: float,
    *,
    hop: float | None = None,
    title: str = "Mel spectrogram",
    loudest: float | None = None,
) -> Raster:
    """How loud each frequency is at each time, in dB below the loudest place.

    Args:
        decibels: (mels, frames), the lowest frequency first; relative to anything.
        frequencies: the centre of each row in Hz.
        duration: of the sound, in s.
        hop: seconds from frame to frame, where frame i is centred at i · hop. None: the frames
            divide the duration evenly.
        loudest: what counts as 0 dB; the largest of ``decibels`` where None.
    """
    if loudest is None:
        loudest = float(decibels.max())
    # silence throughout has no loudest place: it is all below the range
    loud = decibels - loudest if math.isfinite(loudest) else np.full(decibels.shape, -np.inf)
    values = _on_columns(loud[::-1], duration, *_frames(decibels, duration, hop), "magnitude")
    names = tuple(hertz(f) for f in frequencies[::-1])
    return Raster(
        codes=to_bytes(values / LOUDNESS_RANGE + 1),
        palette=hexed(lut(INPUT)),
        first=0,
        low=-LOUDNESS_RANGE,
        high=0.0,
        quantity="level re maximum",
        unit="dB",
        title=title,
        caption="input, dB relative to its maximum",
        alt=f"{title}: loudest {strongest(values, names, duration)}",
        rows=names,
        ticks=_mel_ticks(frequencies),
        open_low=True,
    )


def band_heat(
    attribution: Bands,
    transform: Transform,
    size: tuple[int, ...],
    rate: float,
    title: str = "Attribution by band",
) -> Heat:
    """Time × band: one lane per band, the finest on top, the approximation below.

    Every coefficient lies over the samples it stands for (:func:`wam_core.views.at_input_size`).
    The first sample of the batch, channels summed.
    """
    layout, duration, values = transform.layout(size), size[0] / rate, {}
    for sign in SIGNS:
        lanes = list(over_channels(attribution, sign).bands())[::-1]
        stripes = np.concatenate(
            [at_input_size(z[:1], layout[band], size)[0].cpu().numpy() for band, z in lanes]
        )
        values[sign] = _on_columns(stripes, duration, 0.0, 1 / rate, sign)
    bands = [band for band, _ in attribution.bands()][::-1]
    names = tuple(band_label(layout[band], rate) for band in bands)
    shares = profile(attribution)
    counts = {band: math.prod(layout[band].shape) for band in bands}
    return Heat(
        values, duration, title, names,
        ticks=tuple(((i + 0.5) / len(names), name) for i, name in enumerate(names)),
        lanes=tuple(
            Lane(
                str(band), shares[band], counts[band] / sum(counts.values()),
                level_colour(None if band.is_approx else band.level, attribution.levels),
            )
            for band in bands
        ),
        height=22 * len(names),
    )  # fmt: skip


def scalogram(
    attribution: Bands,
    transform: Transform,
    size: tuple[int, ...],
    rate: float,
    look: Look,
    title: str = "Attribution by band",
) -> Raster:
    """:func:`band_heat` in the colours of a look."""
    return band_heat(attribution, transform, size, rate, title).painted(look)


def mel_heat(
    attribution: Floats,
    frequencies: Floats,
    duration: float,
    *,
    hop: float | None = None,
    title: str = "Attribution by frequency",
) -> Heat:
    """Time × mel frequency: an attribution (mels, frames), placed as in :func:`spectrogram`."""
    start, step = _frames(attribution, duration, hop)
    upright = attribution[::-1]
    values = {
        sign: _on_columns(np.abs(upright) if sign == "magnitude" else upright, duration, start, step, sign)
        for sign in SIGNS
    }  # fmt: skip
    names = tuple(hertz(f) for f in frequencies[::-1])
    return Heat(values, duration, title, names, _mel_ticks(frequencies))


def mel_attribution(
    attribution: Floats,
    frequencies: Floats,
    duration: float,
    look: Look,
    *,
    hop: float | None = None,
    title: str = "Attribution by frequency",
) -> Raster:
    """:func:`mel_heat` in the colours of a look."""
    return mel_heat(attribution, frequencies, duration, hop=hop, title=title).painted(look)


def on_frequencies(bands: Heat, layout: Layout, rate: float, frequencies: Floats) -> Heat:
    """:func:`band_heat` on the rows of a spectrogram: each row has the values of its band.

    For a network without a spectrogram of its own.
    """
    lows = np.array([info.hertz(rate)[0] for info in layout.values()])  # coarse to fine
    nth = np.clip(np.searchsorted(lows, frequencies, side="right") - 1, 0, None)
    picked = len(lows) - 1 - nth[::-1]
    values = {sign: bands.values[sign][picked] for sign in SIGNS}
    names = tuple(hertz(f) for f in frequencies[::-1])
    return Heat(values, bands.duration, "Attribution by frequency", names, _mel_ticks(frequencies))


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


def sound_rows(result: WaveletAttribution, mel: Any, rate: int) -> Timeline:
    """Waveform, spectrogram with the attribution as a tint, and attribution by band.

    Args:
        result: of a sound.
        mel: makes a mel spectrogram of a waveform: the network's own representation, or one for
            display only.
        rate: samples per second of the network's input.
    """
    seconds, hop = result.size[0] / rate, mel.hop / rate
    with torch.no_grad():
        decibels = mel.to(result.input.device)(result.input)[0, 0].cpu().numpy()
    frequencies = np.asarray(mel.frequencies)
    wave = result.input[0, 0].detach().cpu().numpy().astype(np.float32)
    bands = band_heat(result.attribution, result.transform, result.size, rate)
    if result.representation is None:
        tint = on_frequencies(bands, result.layout, rate, frequencies)
    else:
        tint = mel_heat(result.representation[0, 0].cpu().numpy(), frequencies, seconds, hop=hop)
    seen = spectrogram(decibels, frequencies, seconds, hop=hop)
    return Timeline(seconds, (waveform(wave, rate), replace(seen, tint=tint), bands))
