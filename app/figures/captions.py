"""Words for bands and results, computed from the numbers: labels, summaries, alternative texts."""

from collections.abc import Mapping

from wam_core.pyramid import Band
from wam_core.transform import structure_size
from wam_core.views import level_profile

_ORIENTATIONS = {"da": "horizontal", "ad": "vertical", "dd": "diagonal"}
_PLURALS = {"da": "horizontal edges", "ad": "vertical edges", "dd": "diagonal texture"}


def orientation(word: str) -> str:
    """``da`` → horizontal: detail along the rows' axis is an edge that lies flat."""
    return _ORIENTATIONS.get(word, word)


def band(which: Band) -> str:
    """A short label: ``L2 horizontal`` or ``Approximation``."""
    return (
        "Approximation" if which.is_approx else f"L{which.level} {orientation(which.orientation)}"
    )


def chip(which: Band) -> str:
    """The shortest label, for switches: ``L2 H``."""
    return (
        "Approx"
        if which.is_approx
        else f"L{which.level} {orientation(which.orientation)[0].upper()}"
    )


def size(which: Band) -> str:
    """The structures a band describes, in pixels."""
    pixels = structure_size(which.level)
    return f"> {pixels} px" if which.is_approx else f"≈ {pixels} px"


def percent(share: float) -> str:
    """Three significant digits at most."""
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.1f} %"


def summary(shares: Mapping[Band, float], target: str) -> str:
    """One sentence on where the importance lies, by scale and by orientation."""
    if not any(shares.values()):
        return f"No signal: the score of “{target}” does not respond to this input at all."
    by_level = level_profile(dict(shares))
    details = {level: share for level, share in by_level.items() if level is not None}
    finest, coarsest = min(details), max(details)
    coarse = by_level[None]
    leader = max(by_level, key=lambda level: by_level[level])
    by_word: dict[str, float] = {}
    for which, share in shares.items():
        if not which.is_approx:
            by_word[which.orientation] = by_word.get(which.orientation, 0.0) + share
    word = max(by_word, key=lambda key: by_word[key])
    where = (
        f"in the approximation, structures larger than {structure_size(coarsest)} pixels"
        if leader is None
        else f"at level {leader}, structures of about {structure_size(leader)} pixels"
    )
    fine = f"{percent(details[finest])} lies in the finest details (level {finest})"
    rest = f"and {percent(coarse)} in the approximation" if leader is not None else ""
    sentences = f"Most of the importance for “{target}” ({percent(by_level[leader])}) lies {where}"
    others = (
        f"{fine} {rest}".strip()
        if leader != finest
        else rest.removeprefix("and ").replace(" in the", " lies in the")
    )
    lead = _PLURALS.get(word, word)
    return (
        f"{sentences}; {others}. Among the details, {lead} lead with "
        f"{percent(by_word[word] / (sum(by_word.values()) or 1.0))}."
    )


def profile_text(shares: Mapping[Band, float]) -> str:
    """Alternative text: every level's share."""
    by_level = level_profile(dict(shares))
    return "Importance by scale: " + ", ".join(
        f"{'approximation' if level is None else f'level {level}'} {percent(share)}"
        for level, share in by_level.items()
    )
