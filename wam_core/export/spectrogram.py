"""An attribution of a sound as a picture: everything on one time axis."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor

from wam_core import colour, views
from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.errors import SettingsError
from wam_core.export import sounds
from wam_core.export.naming import unit
from wam_core.export.parts import Parts, described
from wam_core.export.sheet import CLIPPING, FAINT, FONT, INK, Sheet, drawable, limit
from wam_core.export.timing import Cells, Floats, envelope, round_up, rows_of
from wam_core.octaves import band_hz, band_label, hertz
from wam_core.pyramid import Band
from wam_core.signals.signal import Signal

_LOUDNESS_RANGE = 80.0  # dB below the loudest place that can still be told from silence
_INPUT = "grayC"  # what the network was given is grey; only what it made of it has colour
_SOUND, _KEPT = "#b4b8c2", "#b5365f"


@runtime_checkable
class Spectrogram(Protocol):
    """A module x ↦ dB, (batch, channel, frequencies, frames), such as ``models.mel.LogMel``."""

    hop: int

    @property
    def frequencies(self) -> Sequence[float]:
        """The centre of each row in Hz, the lowest first."""

    def __call__(self, x: Tensor) -> Tensor:
        """dB; frame k is centred at sample k · hop."""


def spectrogram_png(
    result: WaveletAttribution,
    classifier: Classifier,
    signal: Signal,
    parts: Parts,
    mel: Spectrogram | None = None,
    sign: views.Sign = "magnitude",
) -> bytes:
    """Waveform, mel spectrogram, attribution by band and by mel frequency, one below the other.

    The last row is there for a network that hears a spectrogram. Attributions are summed over
    channels; a column shows the largest value that falls into it, and colours end at the 99.5th
    percentile of what is shown. 0 s is the beginning of the excerpt that the network heard.

    Args:
        result: the first sample of which is drawn.
        classifier, signal: what it was found with.
        parts: the kept part is drawn over the waveform.
        mel: what to draw the spectrogram with; where None, the network's own.
        sign: of the attributions.

    Raises:
        SettingsError: not an attribution of a sound whose rate is known.
    """
    ear = _ear(classifier, mel)
    page = _Page(result, classifier, signal, 3 + (ear is not None) + _hears(result, ear))
    page.waveform(result, parts)
    if ear is not None:
        page.loudness(result, ear)
    page.scalogram(result, sign)
    if ear is not None and _hears(result, ear):
        page.by_frequency(result, ear, sign)
    page.end(
        f"Attributions: {CLIPPING} of what is shown, and a column shows the largest value in it."
    )
    return page.png()
