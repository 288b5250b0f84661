"""Bands of a sound in Hz, for people."""

import math

from wam_core.bands import BandInfo


def band_label(info: BandInfo, rate: float) -> str:
    """A band in Hz, to two significant digits, or three where they are exact.

    No filter cuts sharply: a tone near an edge shows in both bands, with haar in several.

    >>> from wam_core.bands import Band
    >>> info = BandInfo(Band(2, "d"), (5,), 4.0, (0.25, 0.5), (4,), (0,))
    >>> band_label(info, 44100), band_label(info, 1000)
    ('5.5–11 kHz', '125–250 Hz')
    """
    low, high = info.hertz(rate)
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
