"""What a dyadic band of a sound means in Hz."""

import math

from wam_core.bands import Band
from wam_core.transforms.dwt import structure_size


def band_hz(band: Band, rate: float) -> tuple[float, float]:
    """The frequencies a dyadic band stands for, in Hz: the octave below rate / 2^level.

    The approximation takes all that is below the coarsest level. No filter cuts sharply: a tone
    near an edge shows in both bands, with haar in several.

    >>> band_hz(Band(1, "d"), 44100), band_hz(Band(3, "a"), 16000)
    ((11025.0, 22050.0), (0.0, 1000.0))
    """
    upper = rate / structure_size(band.level)
    return (0.0, upper / 2) if band.is_approx else (upper / 2, upper)


def band_label(band: Band, rate: float) -> str:
    """A band in Hz, to two significant digits, or three where they are exact.

    >>> [band_label(Band(j, "d"), 44100) for j in (1, 2, 6)], band_label(Band(6, "a"), 16000)
    (['11–22 kHz', '5.5–11 kHz', '340–690 Hz'], '0–125 Hz')
    """
    low, high = band_hz(band, rate)
    unit, scale = ("kHz", 1000.0) if high >= 1000 else ("Hz", 1.0)
    return f"{_short(low / scale)}–{_short(high / scale)} {unit}"


def hertz(frequency: float) -> str:
    """A frequency to three significant digits.

    >>> hertz(440.0), hertz(12345.6)
    ('440 Hz', '12.3 kHz')
    """
    if round(frequency) >= 1000:
        return f"{float(f'{frequency / 1000:.3g}'):g} kHz"
    return f"{float(f'{frequency:.3g}'):g} Hz"


def _short(value: float) -> str:
    three = f"{value:.3g}"
    return three if math.isclose(float(three), value) else f"{float(f'{value:.2g}'):g}"
