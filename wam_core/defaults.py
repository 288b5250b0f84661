"""Default settings by kind of input, the same in dashboard, command, API and Python."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wam_core.bands import Bands
from wam_core.masks import PerBand, Soft, Supported
from wam_core.signals.signal import IMAGE, SOUND, VOLUME, Modality
from wam_core.views import Keep, Selection

METHOD = "integrated"
"""The variant, for every kind of input: Integrated Gradients, by the name that requests use."""

POINTS = 25
"""Noisy copies, or steps on the way from the baseline."""

MOST_COPIES = 200
"""Noisy copies at most, where their standard error says when to stop."""

COPIES = 4
"""Noisy copies of every step, where both are asked for."""

KEEP, SHARE = "soft", 0.1
"""Which part of a sound is cut out: how, and the share of the coefficients."""

_FADE_S = 0.02
_THRESHOLD = 0.2


@dataclass(frozen=True)
class Defaults:
    """The settings for one kind of input.

    Attributes:
        wavelet: its name in pywt.
        spread: of SmoothGrad; the paper takes 0.2–0.3 for images, 0.001 for sounds
            and 0.0001 for volumes.
        grading: of Integrated Gradients. Sound networks change most where a sound is all but
            silent, whether they hear decibels or the waveform. Completeness gaps measured with 25
            points on synthesised sounds: log-mel network at 4 below 3 % (60 points: below 1 %);
            raw network at 4 up to 4 %, without grading up to 72 %.
        lowest: the frequency that the octaves are to reach down to, in Hz; 0 takes three levels.
        padding: how a signal is continued beyond its edges.
        whole: the fewest levels are two, and a third only where it halves every side exactly: the
            paper's choice for volumes (two for 28³, three for 16³ and 32³).
        price: of keeping everything in a search for a minimal input, in logits. At these a network
            of this project keeps about a tenth of the coefficients of a sample.
    """

    wavelet: str
    spread: float
    grading: float = 1.0
    lowest: float = 0.0
    padding: str = "reflect"
    whole: bool = False
    price: float = 1000.0

    @property
    def spread_along(self) -> float:
        """Of SmoothGrad at every step on the way, where a copy may not drown the step."""
        return min(self.spread, 0.1)

    def levels(self, size: Sequence[int], rate: float = 0.0) -> int:
        """The number of levels for an input.

        Args:
            size: of what the network receives.
            rate: samples a second, for a network that hears.

        >>> DEFAULTS["sound"].levels([220_500], 44_100), DEFAULTS["image"].levels([224, 224])
        (8, 3)
        >>> DEFAULTS["volume"].levels([28, 28, 28]), DEFAULTS["volume"].levels([32, 32, 32])
        (2, 3)
        """
        if self.whole:
            return 3 if all(extent % 8 == 0 for extent in size) else 2
        if not self.lowest or rate <= 2 * self.lowest:
            return 3
        return math.ceil(math.log2(rate / (2 * self.lowest)))


DEFAULTS: Mapping[Modality, Defaults] = {
    IMAGE: Defaults("haar", 0.25),
    # haar is sharpest in time, but its octaves overlap: a tone shows in several
    SOUND: Defaults("db4", 0.001, grading=4.0, lowest=100.0, price=30.0),
    VOLUME: Defaults("haar", 0.0001, padding="symmetric", whole=True, price=10.0),
}


def ways_to_keep(share: float, rate: float, z: Bands) -> dict[str, Keep]:
    """By name, the ways to cut the important part out of a sound.

    Args:
        share: of the coefficients; ``per-band`` has its own threshold and takes none.
        rate: samples per second of what the network hears; the soft ones fade over 20 ms.
        z: the coefficients of the sound, whose energy ``supported`` starts from.

    Raises:
        SettingsError: a share outside 0 … 1.
    """
    return {
        "hard": Selection(share),
        "per-band": PerBand(_THRESHOLD),
        "soft": Soft(share, extent=_FADE_S * rate),
        "supported": Supported(z, share, extent=_FADE_S * rate),
    }
