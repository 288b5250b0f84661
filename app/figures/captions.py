"""Sentences on results, computed from the numbers: summaries and alternative texts."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from app.figures.units import Hertz, Units
from wam_core.bands import Band
from wam_core.plot.planes import Ends, orientation_name
from wam_core.targets import Target
from wam_core.views import level_profile

_MOST = 2 / 3
_PLURALS = {"da": "horizontal edges", "ad": "vertical edges", "dd": "diagonal texture"}


def number(value: float, form: str) -> str:
    """A number by its format, with a true minus.

    >>> number(-0.123, "+.2f"), number(2.0, ".3g")
    ('−0.12', '2')
    """
    return f"{value:{form}}".replace("-", "−")


def percent(share: float) -> str:
    """Three significant digits at most.

    >>> percent(0.4234), percent(0.0123), percent(0.0), percent(3e-7)
    ('42 %', '1.2 %', '0 %', '< 0.01 %')
    """
    if not share:
        return "0 %"
    if share < 5e-5:
        return "< 0.01 %"
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.2g} %"


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
    """One sentence on where the importance lies, by scale."""
    if not any(shares.values()):
        return f"No signal: the score of “{target}” does not respond to this input at all."
    by_level = _levels(shares)
    leader = max(by_level, key=lambda band: by_level[band])
    finest = min(by_level, key=lambda band: (band.is_approx, band.level))
    approx = next(band for band in by_level if band.is_approx)
    sentence = (
        f"Most of the importance for “{target}” ({percent(by_level[leader])}) "
        f"lies {units.place(leader)}"
    )
    others = [
        f"{percent(by_level[band])} {'' if nth else 'lies '}{units.briefly(band)}"
        for nth, band in enumerate(band for band in (finest, approx) if band != leader)
    ]
    return f"{sentence}; {' and '.join(others)}."


def frequency_summary(shares: Mapping[Band, float], target: str, units: Hertz) -> str:
    """One sentence on where a sound's importance lies: the fewest octaves that hold most of it."""
    if not any(shares.values()):
        return f"No signal: the score of “{target}” does not respond to this input at all."
    bands, parts = list(shares), list(shares.values())
    spans = [
        (last - first, -sum(parts[first:last]), first, last)
        for first in range(len(bands))
        for last in range(first + 1, len(bands) + 1)
        if sum(parts[first:last]) >= _MOST * sum(parts)
    ]
    _, negative, first, last = min(spans)
    leader = max(bands, key=lambda band: shares[band])
    return (
        f"Most of the importance for “{target}” ({percent(-negative)}) lies "
        f"{units.between(bands[first], bands[last - 1])}"
        + (
            f", and the largest share of any octave ({percent(shares[leader])}) "
            f"{units.briefly(leader)}."
            if last - first > 1
            else "."
        )
    )


def leading_orientation(shares: Mapping[Band, float], ends: Ends = ()) -> str:
    """One sentence on which orientation leads among the details of a picture or a volume.

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
    return f"Among the details, {leader} lead with {percent(by_word[word] / total)}."


def time_summary(heat: npt.NDArray[np.floating], rate: float) -> str:
    """One sentence on how a sound's importance is spread over time; ``heat`` is (samples,)."""
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
    return f"Half of it falls within {needed:.2g} s of the {whole:.3g} s, most densely at {peak:.2g} s."


def profile_text(shares: Mapping[Band, float], units: Units) -> str:
    """Alternative text: every level's share."""
    return "Importance by scale: " + ", ".join(
        f"{units.level(band)} {percent(share)}" for band, share in _levels(shares).items()
    )


def _levels(shares: Mapping[Band, float]) -> dict[Band, float]:
    """Shares by level, coarse to fine, each under one band of that level."""
    some = {None if band.is_approx else band.level: band for band in shares}
    return {some[level]: share for level, share in level_profile(dict(shares)).items()}
