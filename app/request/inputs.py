"""A decoded file → what is to be explained of it."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wam_core import Classifier, Signal
    from wam_core.signals import Modality

KINDS: "Mapping[Modality, str]" = {"image": "an image", "sound": "a sound", "volume": "a volume"}


def only_for(modality: "Modality", signal: "Signal", **given: object) -> None:
    """Raise an InputError that names the first option which was given for another kind of input."""
    from wam_core.errors import InputError

    for name, value in given.items():
        if value is not None and signal.modality != modality:
            said = KINDS[signal.modality]
            raise InputError(f"the option {name} is for {modality}s, and {signal.name} is {said}")


def shaped(signal: "Signal", solid: str | None, up: str | None) -> "Signal":
    """A volume turned upright, and filled or hollowed, where that was asked for."""
    from wam_core.signals import solids

    only_for("volume", signal, solid=solid, up=up)
    if up is not None:
        signal = solids.upright(signal, up)
    match solid:
        case "filled":
            return solids.filled(signal)
        case "shell":
            return solids.hollowed(signal)
    return signal


def excerpt(signal: "Signal", classifier: "Classifier", start: float | None) -> "Signal":
    """What the network is to hear of a sound, from ``start`` seconds on.

    All of it where ``start`` is None: the front end then takes the loudest window.
    """
    from wam_core.errors import InputError
    from wam_core.signals import audio

    if start is None:
        return signal
    if not 0 <= start < signal.seconds:
        raise InputError(
            f"the option start is {start:g}; {signal.name} lasts {signal.seconds:.2f} s, "
            "so a number of seconds from 0 to below that is needed"
        )
    begin = min(round(start * signal.rate), signal.size[-1] - 1)
    heard = classifier.frontend.settings()
    longest = math.ceil(heard["length"] * signal.rate / heard["rate"])
    return audio.excerpt(signal, begin, min(begin + longest, signal.size[-1]))
