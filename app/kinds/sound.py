"""Sounds."""

import math
from collections.abc import Mapping
from typing import Any

from app import glossary
from app.figures.units import Hertz, Units
from app.kinds.base import Kind, SettingsText
from models.mel import LogMel
from wam_core import Classifier, Signal, WaveletAttribution, export
from wam_core.defaults import DEFAULTS, KEEP, SHARE, ways_to_keep
from wam_core.errors import InputError
from wam_core.export import Parts
from wam_core.signals import SOUND, Limits
from wam_core.views import Keep


class Sound(Kind):
    """Sounds: one pressure over time."""

    name = SOUND
    title = "Sound"
    noun = "a sound"
    ndim = 1
    largest = "loudest"
    group_structures = {"Fine": "high sounds, clicks", "Coarse": "low sounds, slow changes"}
    defaults = DEFAULTS[SOUND]
    settings = SettingsText(
        (0.0, 0.0001, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1),
        glossary.hint(
            "wavelet",
            more="haar, the paper’s choice, is sharpest in time, but its bands overlap; longer ones "
            "(db4, sym8) tell octaves apart better.",
        ),
        glossary.hint(
            "level",
            "octave",
            more="In a sound, level 1 is the highest octave; each further level is the octave below.",
        ),
        {
            "zero": "digital silence",
            "mean": "constant pressure (the mean)",
            "blur": "muffled input",
            "noise": "noise as loud as the input",
        },
        "For a waveform, zero is digital silence.",
    )
    options = ("start", "keep", "share")
    first_sample = "clock_in_rain"
    archive_contents = (
        "The numbers (NPZ), pictures (PNG), the input, what was kept of it, the rest and every "
        "band (WAV), the profile (CSV)"
    )

    def accepted(self, limits: Limits) -> str:
        """The formats of sounds."""
        from wam_core.signals import audio

        return audio.accepted(limits)

    def excerpt(self, signal: Signal, classifier: Classifier, options: Mapping[str, Any]) -> Signal:
        """From ``start`` seconds on; all of it where that is None: then the loudest window is taken."""
        from wam_core.signals import audio

        if (start := options.get("start")) is None:
            return signal
        if not 0 <= start < signal.seconds:
            raise InputError(
                f"the option start is {start:g}; {signal.name} lasts {signal.seconds:.2f} s, "
                "so a number of seconds from 0 to below that is needed"
            )
        begin = min(round(start * signal.rate), signal.size[-1] - 1)
        window = classifier.frontend.settings()
        longest = math.ceil(window["length"] * signal.rate / window["rate"])
        return audio.excerpt(signal, begin, min(begin + longest, signal.size[-1]))

    def units(self, classifier: Classifier, signal: Signal) -> Units:
        """Octaves, in Hz."""
        return Hertz(export.rate(classifier))

    def split(
        self, result: WaveletAttribution, classifier: Classifier, keep: Keep | None = None
    ) -> Parts | None:
        """What is kept of the sound, and the rest."""
        if keep is None:
            keep = ways_to_keep(SHARE, export.rate(classifier), result.coefficients)[KEEP]
        return export.split(result, classifier, keep)

    def spectrogram(self, classifier: Classifier) -> Any:
        """The network's own representation; for one that receives the waveform, one only to look at."""
        rate = export.rate(classifier)
        return classifier.representation or (LogMel(rate) if rate else None)


KIND = Sound()
