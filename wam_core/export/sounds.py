"""What can be listened to: the input as the network received it, its parts, its bands."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from wam_core.attribution import WaveletAttribution
from wam_core.bands import Band
from wam_core.classifier import Classifier
from wam_core.export.parts import Parts
from wam_core.signals.pcm import encode_wav
from wam_core.signals.signal import Signal


@runtime_checkable
class _Windowed(Protocol):
    """A front end that takes a part of a long sound."""

    def window(self, signal: Signal) -> tuple[int, int]:
        """Its first sample, and the one after its last."""


def rate(classifier: Classifier) -> int:
    """Samples per second of what a network hears; 0 where its front end does not say."""
    return int(classifier.frontend.settings().get("rate", 0))


def heard(classifier: Classifier, signal: Signal) -> tuple[int, int]:
    """Which samples of the whole file the network hears, from the first to before the last."""
    begin, frontend = signal.start or 0, classifier.frontend
    start, stop = (
        frontend.window(signal) if isinstance(frontend, _Windowed) else (0, signal.size[-1])
    )
    return begin + start, begin + stop


def sound_files(result: WaveletAttribution, parts: Parts, rate: int) -> dict[str, bytes]:
    """WAV files by name, 32-bit floats that nothing was done to: they keep their loudness.

    ``kept.wav`` and ``rest.wav`` add up to ``original.wav``, and so do all of ``bands/``, each of
    which is synthesised from the coefficients of one band alone.
    """
    waves = {"original": result.input, "kept": parts.kept, "rest": parts.rest}
    waves |= {f"bands/{band}": wave for band, wave in single_bands(result)}
    return {f"{name}.wav": encode_wav(_samples(x), rate, depth=32) for name, x in waves.items()}


def single_bands(result: WaveletAttribution) -> Iterator[tuple[Band, Tensor]]:
    """The input band by band, coarse to fine; (1, c, *space) each, adding up to it."""
    z = result.coefficients.map(lambda values: values[:1])
    for wanted, _ in z.bands():
        alone = z.map_bands(
            lambda band, values, wanted=wanted: (  # type: ignore[misc]
                values if band == wanted else torch.zeros_like(values)
            )
        )
        yield wanted, result.transform.synthesise(alone, result.size)


def _samples(x: Tensor) -> npt.NDArray[np.float32]:
    """The first sample of a batch, (channel, sample)."""
    values: npt.NDArray[np.float32] = x[0].detach().cpu().numpy().astype(np.float32)
    return values
