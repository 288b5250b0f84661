"""A sound → what a network receives: one channel, its rate, a window of its length."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.errors import InputError, ModelError
from wam_core.signals import SOUND, Signal
from wam_core.signals.audio import SILENCE, Samples, mono, resample
from wam_core.signals.limits import rate_text, seconds_text
from wam_core.signals.signal import noun

_LONGEST = 2**25  # twelve minutes at 44.1 kHz
_RATES = (1_000, 384_000)


@dataclass(frozen=True)
class SoundFrontend:
    """Channels averaged, resampled, the loudest window taken or silence added; never rescaled.

    The window is chosen in the sound as it was decoded, before resampling. So the excerpt that
    :meth:`window` names gives the very tensor that the whole sound gives.

    Attributes:
        rate: what the network was trained at, in samples per second.
        length: what the network receives, in samples.
        trim: digital silence is cut off at both ends first: what rounds to 0 at sixteen bits.
        pad: a shorter sound is filled up with digital silence at its end; without, the network
            takes any length up to ``length``.

    >>> tone = Signal.from_values(np.ones((2, 8_000), np.float32), "sound", "tone", 8_000)
    >>> SoundFrontend(16_000, 32_000).prepare(tone).shape
    torch.Size([1, 1, 32000])
    """

    rate: int
    length: int
    trim: bool = False
    pad: bool = True

    def __post_init__(self) -> None:
        """Raise a ModelError for a rate or a length that no sound could be brought to."""
        if not _RATES[0] <= self.rate <= _RATES[1]:
            raise ModelError(
                f"the network takes {self.rate} samples a second; "
                f"{rate_text(_RATES[0])} to {rate_text(_RATES[1])} are accepted"
            )
        if not 0 < self.length <= _LONGEST:
            raise ModelError(
                f"the network takes {self.length} samples; 1 to {_LONGEST:,} are accepted"
            )

    valid: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    @property
    def ndim(self) -> int:
        """One: time."""
        return 1

    def prepare(self, signal: Signal) -> Float[Tensor, "1 1 n"]:
        """The window that :meth:`window` names, at the network's rate, full scale at ±1.

        Raises:
            InputError: not a sound, or one whose rate is not known.
        """
        averaged = self._mono(signal)
        start, stop = self._chosen(signal, averaged)
        taken = resample(averaged[:, start:stop], signal.rate, self.rate)[:, : self.length]
        if self.pad:
            taken = np.pad(taken, ((0, 0), (0, self.length - taken.shape[1])))
        return torch.from_numpy(np.array(taken, np.float32)).unsqueeze(0)

    def window(self, signal: Signal) -> tuple[int, int]:
        """What is taken of a sound, from the first sample to before the last, in its own samples.

        All of it where it fits; otherwise the window of the greatest energy, the first of equals.

        Raises:
            InputError: not a sound, or one whose rate is not known.
        """
        return self._chosen(signal, self._mono(signal))

    def denormalize(self, x: Float[Tensor, "b 1 n"]) -> Float[Tensor, "b 1 n"]:
        """The waveform as it is: 0 is silence, ±1 full scale."""
        return x

    def normalize(self, values: Float[Tensor, "b 1 n"]) -> Float[Tensor, "b 1 n"]:
        """The waveform as it is."""
        return values

    def settings(self) -> Mapping[str, Any]:
        """Every field, as JSON values."""
        return {"kind": SOUND, **asdict(self)}

    def describe(self, signal: Signal) -> str:
        """What becomes of a sound, in one sentence without a full stop."""
        start, stop = self.window(signal)
        channels, length = signal.values.shape
        seconds = (stop - start) / signal.rate
        parts = ["one channel" if channels == 1 else f"{channels} channels averaged"]
        if signal.rate == self.rate:
            parts.append(rate_text(self.rate))
        else:
            parts.append(f"{rate_text(signal.rate)} resampled to {rate_text(self.rate)}")
        lasts = seconds_text(seconds)
        if self._longest(signal) == stop - start < length:
            at = ((signal.start or 0) + start) / signal.rate
            loudest = f"the loudest {lasts} of {seconds_text(signal.seconds)}"
            parts.append(f"{loudest} (from {round(at, 1):g} s)")
        elif stop - start < length:
            parts.append(f"{lasts} of {seconds_text(signal.seconds)} without the silence around")
        else:
            parts.append(lasts)
        if self.pad and round(seconds * self.rate) < self.length:
            parts.append(f"filled up with silence to {seconds_text(self.length / self.rate)}")
        return ", ".join(parts)

    def _longest(self, signal: Signal) -> int:
        """The network's length in samples of the signal, rounded up so that none is missing."""
        return math.ceil(self.length * signal.rate / self.rate)

    def _chosen(self, signal: Signal, averaged: Samples) -> tuple[int, int]:
        start, stop = 0, averaged.shape[1]
        if self.trim and (audible := np.flatnonzero(np.abs(averaged[0]) >= SILENCE)).size:
            start, stop = int(audible[0]), int(audible[-1]) + 1
        longest = self._longest(signal)
        if stop - start > longest:
            start += _loudest(averaged[0, start:stop], longest)
            stop = start + longest
        return start, stop

    @staticmethod
    def _mono(signal: Signal) -> Samples:
        if signal.modality != SOUND:
            raise InputError(f"{signal.name} is {noun(signal.modality)}; a sound is expected")
        if signal.rate <= 0:
            raise InputError(
                f"{signal.name} comes without its samples per second; a rate is needed"
            )
        return mono(signal.values)


def _loudest(wave: Any, length: int) -> int:
    """Where the window of the greatest energy begins; the first of those that are equal."""
    summed = np.concatenate(([0.0], np.cumsum(np.square(wave, dtype=np.float64))))
    energy = summed[length:] - summed[:-length]
    # Equal windows differ by the rounding of a long sum: a steady tone begins at its beginning.
    return int(np.argmax(energy >= energy.max() - 1e-9 * summed[-1]))
