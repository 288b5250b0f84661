"""What the checks of one explanation found, in words."""

from collections.abc import Mapping

from app.figures.captions import number, percent
from wam_core.evaluation.reliability import NOISE, SMALL_ERROR, STRONG, Check, Grade, Reliability
from wam_core.path import Path

NAMES: Mapping[str, str] = {
    "baseline": "Magnitude baseline",
    "stability": "Stability",
    "randomisation": "Weight randomisation",
}
"""What a check is called."""

OUTCOMES: Mapping[Grade, str] = {
    Grade.GOOD: "passed",
    Grade.WEAK: "borderline",
    Grade.POOR: "failed",
}

PICTURES: Mapping[str, str] = {
    "map": "This map",
    "baseline": "Map of |z|",
    "stability": "Second map",
    "randomisation": "Random head",
}
"""What a picture shows: the map, or what a check compares it with."""

PASSED, RUNNING, MISSING = "checks passed", "checking …", "not checked"

_WORDS: Mapping[tuple[str, Grade], str] = {
    ("baseline", Grade.POOR): "below baseline",
    ("baseline", Grade.WEAK): "at baseline",
    ("stability", Grade.POOR): "noisy map",
    ("stability", Grade.WEAK): "some noise",
    ("randomisation", Grade.POOR): "weight-insensitive map",
    ("randomisation", Grade.WEAK): "partly weight-insensitive",
}
_COMPARED = {Grade.GOOD: "Above", Grade.WEAK: "Level with", Grade.POOR: "Below"}
_ERRORS = {
    "smoothgrad": "Monte Carlo standard error",
    "integrated": "Step-halving estimate of the error",
}


def outcome_text(found: Reliability) -> str:
    """Two words on all checks: those of the one that decides."""
    return _WORDS.get((found.decisive.name, found.decisive.grade), PASSED)


def sentence(check: Check, path: Path) -> str:
    """The number of a check and what it is compared with.

    Args:
        check: what was found.
        path: of the explanation.

    >>> from wam_core import Gradient
    >>> sentence(Check("baseline", Grade.POOR, "log-AUC", 0.21, 0.32), Gradient())
    'Below the magnitude baseline on this input (log-AUC 0.21 vs 0.32).'
    """
    value, reference = number(check.value, ".2f"), number(check.reference, ".2f")
    if check.name == "baseline":
        lead = f"{_COMPARED[check.grade]} the magnitude baseline on this input"
        return f"{lead} ({check.measure} {value} vs {reference})."
    if check.name == "randomisation":
        return (
            f"Rank correlation with the map of a randomised head: {value} (unchanged map: 1; of "
            f"the magnitudes: {reference})."
        )
    if check.measure == "relative error":
        most = percent(SMALL_ERROR)
        return f"{_ERRORS[path.kind]}: {percent(check.value)} of the map (limit {most})."
    second = {
        "path-signed": f"{check.reference:.0f} steps",
        "gradient": f"input noise of {percent(NOISE)}",
    }.get(path.kind, "another seed")
    return f"Rank correlation with the map of {second}: {value} (limit {STRONG:g})."
