"""What a variant, its unit, a band and a frequency are called, in files and in figures."""

import math
from collections.abc import Mapping

from wam_core.attribution import WaveletAttribution
from wam_core.bands import BandInfo
from wam_core.errors import SettingsError
from wam_core.path import Path
from wam_core.path_signed import PathSigned
from wam_core.paths import SmoothGrad, settings

_TITLES = {
    "gradient": "Gradient",
    "smoothgrad": "SmoothGrad",
    "smoothgrad-magnitude": "SmoothGrad of magnitudes",
    "integrated": "Integrated Gradients",
    "smoothgrad-integrated": "SmoothGrad of Integrated Gradients",
    "path-signed": "Path-signed",
}

STEPS: Mapping[int, str] = {1: "samples", 2: "pixels", 3: "voxels"}
"""What the steps on a grid of n axes are called."""


def method(path: Path) -> str:
    """The name of a variant, as the command line takes it.

    >>> method(SmoothGrad(aggregate="magnitude"))
    'smoothgrad-magnitude'
    """
    kind = str(settings(path)["kind"])
    if isinstance(path, SmoothGrad):
        if path.aggregate == "magnitude":
            return f"{kind}-magnitude"
        if path.along.kind != "gradient":
            return f"{kind}-{path.along.kind}"
    return kind


def title(result: WaveletAttribution) -> str:
    """Variant, wavelet and levels, for the head of a figure."""
    levels = result.transform.levels
    count = f"{levels} level{'s' if levels > 1 else ''}"
    return f"{_TITLES[method(result.path)]} · {result.transform.title} · {count}"


def unit(result: WaveletAttribution, per: str) -> str:
    """The unit of γ: logits for a path from a baseline, and logits ``per`` something for slopes.

    The mean of magnitudes has none: each copy's bands are divided by their own maxima. Path-signed
    has that of the coefficients, in the units that the network receives.
    """
    if isinstance(result.path, PathSigned):
        return "of z"
    if result.path.measure is not None:
        return "relative"
    return "logit" if result.origin_logits is not None else f"logit per {per}"


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


def check_axes(result: WaveletAttribution, ndim: int, purpose: str) -> None:
    """Refuse an attribution of another number of axes.

    Args:
        result: of any number of axes.
        ndim: how many it has to have.
        purpose: what for, such as ``this picture is drawn for 2 (an image)``.

    Raises:
        SettingsError: it has another number.
    """
    if result.transform.ndim != ndim:
        raise SettingsError(f"the attribution has {result.transform.ndim} spatial axes; {purpose}")


def _short(value: float) -> str:
    three = f"{value:.3g}"
    return three if math.isclose(float(three), value) else f"{float(f'{value:.2g}'):g}"
