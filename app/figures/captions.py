"""Sentences on results, computed from the numbers: summaries and alternative texts."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from app.figures.units import Hertz, Units
from wam_core.bands import Band
from wam_core.plot.planes import Ends, orientation_name
from wam_core.targets import Target
from wam_core.views import expected_profile, level_profile

_MOST = 2 / 3
_PLURALS = {"da": "horizontal edges", "ad": "vertical edges", "dd": "diagonal texture"}


def number(value: float, form: str) -> str:
    """A number by its format, with a true minus.

    >>> number(-0.123, "+.2f"), number(2.0, ".3g")
    ('−0.12', '2')
    """
    return f"{value:{form}}".replace("-", "−")


def percent(share: float) -> str:
    """Three significant digits at most, and a no-break space.

    >>> [percent(share).replace("\\xa0", " ") for share in (0.4234, 0.0123, 0.0, 3e-7)]
    ['42 %', '1.2 %', '0 %', '< 0.01 %']
    """
    value = 100 * share
    if share and share < 5e-5:
        return "< 0.01\u00a0%"
    return f"{value:.0f}\u00a0%" if share >= 0.0995 or not share else f"{value:.2g}\u00a0%"


def brief(label: str) -> str:
    """The first of a class's names, as a sentence can hold it; ImageNet's classes have up to nine.

    >>> brief("great white shark, white shark, man-eater"), brief("espresso")
    ('great white shark', 'espresso')
    """
    return label.split(",")[0]


def named(target: Target) -> str:
    """What is explained, briefly: a class, or one class against another."""
    against = "" if target.against_label is None else f" − {brief(target.against_label)}"
    return brief(target.label) + against


def summary(shares: Mapping[Band, float], target: str, units: Units) -> str:
    """The scale with the largest share of the attribution, beside its share of the coefficients."""
    if not any(shares.values()):
        return _no_gradient(target)
    by_level, expected = _levels(shares), _levels(expected_profile(units.layout))
    leader = max(by_level, key=lambda band: by_level[band])
    place = units.place(leader)
    return _share_text(by_level[leader], expected[leader], target, place)


def frequency_summary(shares: Mapping[Band, float], target: str, units: Hertz) -> str:
    """The fewest octaves with most of a sound's attribution, beside their share of the coefficients."""
    if not any(shares.values()):
        return _no_gradient(target)
    bands, parts = list(shares), list(shares.values())
    spans = [
        (last - first, -sum(parts[first:last]), first, last)
        for first in range(len(bands))
        for last in range(first + 1, len(bands) + 1)
        if sum(parts[first:last]) >= _MOST * sum(parts)
    ]
    _, negative, first, last = min(spans)
    expected = expected_profile(units.layout)
    count = sum(expected[band] for band in bands[first:last])
    return _share_text(-negative, count, target, units.between(bands[first], bands[last - 1]))


def _share_text(share: float, count: float, target: str, place: str) -> str:
    return (
        f"{percent(share)} of the attribution for “{target}” is {place}; by the number of "
        f"coefficients {percent(count)} is expected."
    )


def _no_gradient(target: str) -> str:
    return f"The score of “{target}” has zero gradient for this input."


def leading_orientation(shares: Mapping[Band, float], ends: Ends = ()) -> str:
    """The orientation with the largest share of the detail bands of a picture or a volume.

    Args:
        shares: by band.
        ends: of a volume's axes, as ``Frame.ends``.
    """
    by_word: dict[str, float] = {}
    for which, share in shares.items():
        if not which.is_approx:
            by_word[which.orientation] = by_word.get(which.orientation, 0.0) + share
    total = sum(by_word.values())
    if not total:
        return ""
    word = max(by_word, key=lambda key: by_word[key])
    leader = _PLURALS.get(word) or orientation_name(word, ends)
    return f"Largest orientation: {leader}, {percent(by_word[word] / total)} of the detail bands."


def time_summary(heat: npt.NDArray[np.floating], rate: float) -> str:
    """How a sound's attribution is spread over time; ``heat`` is (samples,)."""
    strength = np.abs(heat, dtype=np.float64)
    total = float(strength.sum())
    if not total:
        return ""
    cell = max(1, round(rate / 100))  # 10 ms: below that a click has no duration
    cells = strength[: len(strength) // cell * cell].reshape(-1, cell).sum(1)
    if not cells.size:
        return ""
    order = np.sort(cells)[::-1].cumsum()
    needed = (int(np.searchsorted(order, total / 2)) + 1) * cell / rate
    whole = len(strength) / rate
    peak = (int(cells.argmax()) + 0.5) * cell / rate
    return f"Half of the attribution is in {needed:.2g}\u00a0s of {whole:.3g}\u00a0s; peak at {peak:.2g}\u00a0s."


def profile_text(shares: Mapping[Band, float], units: Units) -> str:
    """Alternative text: every level's share, and the share expected by count."""
    expected = _levels(expected_profile(units.layout))
    return "Share of attribution by scale: " + ", ".join(
        f"{units.level(band)} {percent(share)} ({percent(expected[band])} expected by count)"
        for band, share in _levels(shares).items()
    )


def _levels(shares: Mapping[Band, float]) -> dict[Band, float]:
    """Shares by level, coarse to fine, each under one band of that level."""
    some = {None if band.is_approx else band.level: band for band in shares}
    return {some[level]: share for level, share in level_profile(dict(shares)).items()}
