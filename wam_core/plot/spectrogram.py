"""An attribution of a sound as pictures: everything on one time axis."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from torch import Tensor, nn

from wam_core import network_input, views
from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.errors import SettingsError
from wam_core.naming import band_label, check_axes, hertz, unit
from wam_core.partition import Parts, described
from wam_core.plot.colour import Colours, colour_limit, lut, overlay, to_bytes
from wam_core.plot.raster import Cells, Floats, frequency_ticks, round_up, to_array
from wam_core.plot.sheet import CLIPPING, COLUMNS, Rows
from wam_core.plot.stripes import (
    STRIPE,
    WAVE,
    WHOLE,
    attributed,
    level,
    named,
    outline,
    stripes,
)
from wam_core.signals.signal import Signal

_RANGE = 80.0  # dB below the loudest place that can still be told from silence
_INPUT = "grayC"  # what the network was given is grey; only what it made of it has colour
_KEPT = "#b5365f"
_MEL, _LARGE = 190, 380  # heights of rows


@runtime_checkable
class Spectrogram(Protocol):
    """A module x ↦ dB, (batch, channel, frequencies, frames), such as ``models.mel.LogMel``.

    Attributes:
        hop: samples from frame to frame; frame k is centred at sample k · hop.
    """

    hop: int

    @property
    def frequencies(self) -> Sequence[float]:
        """The centre of each row in Hz, the lowest first."""

    def __call__(self, x: Float[Tensor, "b c n"]) -> Float[Tensor, "b c mels frames"]:
        """How loud each frequency is at each time, in dB relative to anything."""


def spectrogram_png(
    result: WaveletAttribution,
    classifier: Classifier,
    signal: Signal,
    parts: Parts,
    mel: Spectrogram | None = None,
    sign: views.Sign = "magnitude",
) -> bytes:
    """Waveform, mel spectrogram, attribution by band and by mel frequency, one below the other.

    The second row is there where there is something to draw it with, the last for a network that
    hears a spectrogram. A column shows the largest value that falls into it, or the one of largest
    magnitude with its sign; colours end at the 99.5th percentile of what is shown.

    Args:
        result: its first sample is drawn, channels summed.
        classifier, signal: what it was found with.
        parts: the kept part is drawn over the waveform.
        mel: what to draw the spectrogram with; where None, the network's own.
        sign: of the attributions.

    Raises:
        SettingsError: not an attribution of a sound, or its rate is not known.
    """
    rate = _rate(result, classifier)
    mel, own_mel = _mel_of(classifier, mel), _attributed_mel(result, classifier)
    bands = len(list(result.attribution.bands()))
    heights = [WAVE, *[_MEL] * (mel is not None), STRIPE * bands, *[_MEL] * (own_mel is not None)]
    page = Rows(result, result.size[0] / rate, heights)
    _waveform(page, result, parts)
    if mel is not None:
        _loudness(page, mel, _decibels(result, mel, rate))
    _by_band(page, result, rate, sign)
    if own_mel is not None:
        _by_frequency(page, result, own_mel, rate, sign)
    page.end(
        [
            f"Attributions: {CLIPPING}; each column shows the largest value that falls into it.",
            *_place(result, classifier, signal),
        ]
    )
    return page.png()


def spectrogram_overlay_png(
    result: WaveletAttribution,
    classifier: Classifier,
    signal: Signal,
    mel: Spectrogram | None = None,
) -> bytes:
    """|γ| over the grey mel spectrogram: by mel frequency where the network hears it, else by band.

    Opacity rises with the value, so the spectrogram stays visible where little was attributed.

    Args:
        result: its first sample is drawn, channels summed.
        classifier, signal: what it was found with.
        mel: what to draw the spectrogram with; where None, the network's own.

    Raises:
        SettingsError: not an attribution of a sound, its rate is not known, or there is neither.
    """
    rate = _rate(result, classifier)
    if (mel := _mel_of(classifier, mel)) is None:
        raise SettingsError(f"{classifier.name} has no spectrogram; give one as mel")
    loud = _decibels(result, mel, rate)
    if _attributed_mel(result, classifier) is not None:
        heat, source = np.abs(_represented(result)), "attribution by mel frequency"
        of = unit(result, "dB")
    else:
        heat, source = _bands_on(result, mel.frequencies, loud, rate), "attribution by band"
        of = unit(result, "full scale")
    most = colour_limit(heat)

    page = Rows(result, result.size[0] / rate, [_LARGE])
    axes = page.row("Where in time and frequency", f"grey: the input; in colour: {source}")
    page.raster(axes, loud, overlay(_grey(loud.values), heat, most, 0.95))
    _mel_axis(page, axes, mel.frequencies)
    page.importance("magnitude", most, of)
    page.end([f"Opacity rises with the value; {CLIPPING}.", *_place(result, classifier, signal)])
    return page.png()


def _waveform(page: Rows, result: WaveletAttribution, parts: Parts) -> None:
    axes = page.row("Waveform", f"grey: the input; red: what is kept ({described(parts)})")
    waves = [(to_array(result.input), WHOLE), (to_array(parts.kept), _KEPT)]
    for x, ink in waves:
        outline(axes, x, ink)
    level(axes, round_up(max(float(np.abs(x).max()) for x, _ in waves)), "full scale = 1")


def _loudness(page: Rows, mel: Spectrogram, loud: Cells) -> None:
    axes = page.row("Mel spectrogram", "the input; 0 dB is its loudest place")
    columns = loud.gathered(float(axes.get_xlim()[1]), COLUMNS)
    page.raster(axes, columns, _grey(columns.values))
    _mel_axis(page, axes, mel.frequencies)
    page.colours(lut(_INPUT), -_RANGE, 0, "dB below the loudest", "min")


def _grey(decibels: Floats) -> Colours:
    pixels: Colours = lut(_INPUT)[to_bytes((decibels + _RANGE) / _RANGE)]
    return pixels


def _by_band(page: Rows, result: WaveletAttribution, rate: float, sign: views.Sign) -> None:
    axes = page.row(
        "Attribution by band", "a stripe per octave; each coefficient lies over its samples"
    )
    bands, cells = stripes(result, rate, sign)
    attributed(page, axes, cells, sign, unit(result, "full scale"))
    named(page, axes, [band_label(result.layout[band], rate) for band in bands])


def _by_frequency(
    page: Rows, result: WaveletAttribution, own_mel: Spectrogram, rate: float, sign: views.Sign
) -> None:
    axes = page.row("Attribution by mel frequency", "to the spectrogram that the network hears")
    values = _represented(result)
    cells = _frames(np.abs(values) if sign == "magnitude" else values, own_mel, rate)
    attributed(page, axes, cells, sign, unit(result, "dB"))
    _mel_axis(page, axes, own_mel.frequencies)


def _mel_axis(page: Rows, axes: Axes, frequencies: Sequence[float]) -> None:
    ticks = frequency_ticks(np.asarray(frequencies))
    page.ticks(axes, [place for _, place in ticks], [hertz(f) for f, _ in ticks])


def _bands_on(
    result: WaveletAttribution, frequencies: Sequence[float], like: Cells, rate: float
) -> Floats:
    """|γ| of the band that each frequency lies in, on the frames of a spectrogram."""
    bands, cells = stripes(result, rate, "magnitude")
    tops = [result.layout[band].hertz(rate)[1] for band in bands]
    rows = np.searchsorted(tops, np.asarray(frequencies)).clip(max=len(bands) - 1)
    frames = like.values.shape[1]
    values: Floats = cells.on(like.start, like.step, frames).values[rows]
    return values


def _decibels(result: WaveletAttribution, mel: Spectrogram, rate: float) -> Cells:
    """The spectrogram of the input, relative to its loudest place."""
    x = result.input[:1]
    if isinstance(mel, nn.Module):
        x = x.to(next(mel.buffers(), x).device)
    with torch.no_grad():
        decibels = to_array(mel(x))
    # silence throughout has no loudest place: it is all below the range
    loudest = decibels.max() if np.ptp(decibels) else decibels.max() + _RANGE
    return _frames(decibels - loudest, mel, rate)


def _frames(values: Floats, mel: Spectrogram, rate: float) -> Cells:
    hop = mel.hop / rate
    return Cells(values, -hop / 2, hop)


def _represented(result: WaveletAttribution) -> Floats:
    """The attribution to the representation, (mels, frames)."""
    assert result.representation is not None
    return to_array(result.representation[:1].sum(1, keepdim=True))


def _mel_of(classifier: Classifier, mel: Spectrogram | None) -> Spectrogram | None:
    own = classifier.representation
    return mel if mel is not None else own if isinstance(own, Spectrogram) else None


def _attributed_mel(result: WaveletAttribution, classifier: Classifier) -> Spectrogram | None:
    """The network's own spectrogram, where the result has an attribution to it."""
    own = classifier.representation
    return own if result.representation is not None and isinstance(own, Spectrogram) else None


def _place(result: WaveletAttribution, classifier: Classifier, signal: Signal) -> list[str]:
    """Where the time axis lies in the file, where that is not clear."""
    notes = []
    start, stop = (at / signal.rate for at in network_input.received(classifier, signal))
    if start:
        notes.append(f"0 s here is {start:.2f} s in {signal.name}.")
    if (lasts := stop - start) < result.size[0] / network_input.rate(classifier) - 0.005:
        notes.append(f"From {lasts:.2f} s on there is silence that was added for the network.")
    return [" ".join(notes)] if notes else []


def _rate(result: WaveletAttribution, classifier: Classifier) -> int:
    check_axes(result, 1, "this picture is drawn for 1 (a sound)")
    if not (rate := network_input.rate(classifier)):
        raise SettingsError(f"{classifier.name} does not say at what rate it hears")
    return rate
