"""What the settings offer and say for each kind of input."""

from collections.abc import Mapping
from dataclasses import dataclass

from app import glossary
from wam_core.signals import Modality


@dataclass(frozen=True)
class Kind:
    """What depends on the kind of input.

    Attributes:
        spreads: all that are offered.
        wavelet_help, levels_help: said where the control stands.
        baselines: what each baseline is for this input.
        nothing: what zero is among them.
    """

    spreads: tuple[float, ...]
    wavelet_help: str
    levels_help: str
    baselines: Mapping[str, str]
    nothing: str


_IN_SPACE = glossary.hint(
    "wavelet",
    more="haar is a step: sharp in space, the paper’s choice. Longer ones (db4, sym8) are smoother.",
)

KINDS: Mapping[Modality, Kind] = {
    "image": Kind(
        (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5),
        _IN_SPACE,
        glossary.hint("level", more="In a picture, level 1 holds details of about 2 pixels."),
        {
            "zero": "zero (0 in the network’s units)",
            "black": "black (no light)",
            "mean": "mean colour",
            "blur": "blurred input",
            "noise": "noise",
        },
        "Zero is mid-grey for networks that take values of ±1; black is something else.",
    ),
    "sound": Kind(
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
    ),
    "volume": Kind(
        (0.0, 0.0001, 0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3),
        _IN_SPACE,
        glossary.hint("level", more="In a volume, level 1 holds details of about 2 voxels."),
        {
            "zero": "empty (0 in the network’s units)",
            "mean": "evenly filled (the mean)",
            "blur": "blurred input",
            "noise": "noise",
        },
        "For occupancy, zero is empty space.",
    ),
}
