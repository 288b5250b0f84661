"""A second network that judges what was made for the first."""

import torch
from torch import Tensor
from torch.nn import functional

from wam_core.classifier import Classifier
from wam_core.errors import ModelError
from wam_core.evaluation.curve import Score
from wam_core.resizing import resized
from wam_core.signals.audio import resample


def transfer_score(second: Classifier, first: Classifier) -> Score:
    """The second network's probabilities of inputs as the first receives them.

    They go through what people see or hear: shown by the first front end, clipped, brought to the
    size, or the rate and the length, that the second takes where it names one, and normalised as
    the second wants it. A sound that is longer than the second takes ends early.

    Raises:
        ModelError: networks of other axes, or of other classes: then an index means nothing.
    """
    if first.ndim != second.ndim:
        raise ModelError(f"{second.name} takes {second.ndim} axes and {first.name} {first.ndim}")
    if first.labels != second.labels:
        raise ModelError(f"{second.name} and {first.name} do not know the same classes")
    size = getattr(second.frontend, "size", None)
    rate, wanted = (getattr(net.frontend, "rate", None) for net in (first, second))

    def score(x: Tensor) -> Tensor:
        shown = first.denormalize(first.clip(x))
        if size is not None and tuple(shown.shape[2:]) != tuple(size):
            shown = resized(shown, tuple(size), smoothed=True)
        if rate is not None and wanted is not None:
            shown = _as_long(_at_rate(shown, rate, wanted), second)
        return second.predict(second.frontend.normalize(shown).to(second.device))

    return score


def _at_rate(sounds: Tensor, rate: int, to: int) -> Tensor:
    """(b, 1, n) at another rate, by the filter that front ends use."""
    if rate == to:
        return sounds
    heard = sounds.flatten(0, 1).cpu().numpy()
    resampled = torch.from_numpy(resample(heard, rate, to)).to(sounds)
    return resampled.view(*sounds.shape[:2], -1)


def _as_long(sounds: Tensor, net: Classifier) -> Tensor:
    """Cut to the length that a network takes at most, or filled up to it where it has to be that."""
    length = getattr(net.frontend, "length", sounds.shape[2])
    missing = length - sounds.shape[2] if getattr(net.frontend, "pad", False) else 0
    return functional.pad(sounds[..., :length], (0, max(0, missing)))
