"""What measurements say of an explanation or of methods, in plain words from their numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.figures.captions import number, percent
from wam_core.attribution import WaveletAttribution
from wam_core.evaluation.methods import METHODS
from wam_core.evaluation.metrics import METRICS, Measurement
from wam_core.evaluation.randomisation import RandomisationStep
from wam_core.evaluation.reliability import CLEARLY, STRONG, WEAK
from wam_core.evaluation.report import Interval, Line

GOOD_GAP, POOR_GAP = 0.05, 0.1
"""Completeness gaps up to which bands can be compared, and up to which they can be at all."""

MOSTLY_CHANCE = 0.9
"""Relative standard errors above which a map holds about a fifth of what it shows, or less."""

_FEW = 0.1  # of all coefficients


@dataclass(frozen=True)
class Judgement:
    """A sentence, and whether it speaks for the explanation.

    Attributes:
        outcome: ``more`` than |z|, ``alike``, ``less``, or no better than ``chance``.
    """

    outcome: str
    text: str


def value(name: str, measured: Measurement) -> float:
    """A metric that has one reading."""
    ((_, number),) = METRICS[name].rows(measured)
    return number


def gain(name: str, reading: str, ours: Measurement, control: Measurement) -> float:
    """By how much a ranking is better than another in a metric; positive is better."""
    numbers = [dict(METRICS[name].rows(measured))[reading] for measured in (ours, control)]
    return (-1 if METRICS[name].higher is False else 1) * (numbers[0] - numbers[1])


def ranking_finding(
    target: str,
    says: str,
    ours: Measurement,
    energy: Measurement,
    chance: Sequence[Measurement],
    largest: str = "largest",
) -> Judgement:
    """Whether a ranking says more than the sizes of the coefficients do.

    Args:
        target: the explained class.
        says: what the network says on the whole input.
        ours, energy, chance: the explanation, |z|, and random orders.
        largest: what coefficients of large |z| are called.
    """
    at, rival = value("log-auc", ours), value("log-auc", energy)
    lucky = max((value("log-auc", one) for one in chance), default=0.0)
    clearly = CLEARLY * ours.p
    numbers = f"log-AUC {at:.2f} against {rival:.2f}"
    if at - lucky <= clearly:
        outcome = "chance"
        comparison = (
            "the ranking is no better than chance "
            f"(log-AUC {at:.2f} against {lucky:.2f}): **it has explained nothing here**"
        )
    elif at - rival > clearly:
        outcome = "more"
        comparison = (
            f"the ranking **gains over |z|** ({numbers}): it says more than the sizes "
            "of the coefficients do"
        )
    elif at - rival >= -clearly:
        outcome = "alike"
        comparison = (
            f"the ranking gains little over |z| ({numbers}): **it has explained "
            "nothing here** that the sizes of the coefficients do not"
        )
    else:
        outcome = "less"
        comparison = (
            f"the ranking falls short of |z| ({numbers}): **it has explained nothing here**"
        )
    few, fewer = (value("sufficient", one) for one in (ours, energy))
    contradicts = few < fewer if outcome in ("less", "chance") else few > fewer
    lead = _shares(target, says, ours, energy, largest)
    if says == target:
        lead += "; yet over all shares of this input " if contradicts else ": on this input "
    text = f"{lead}{comparison}."
    return Judgement(outcome, text.replace("|z|", "\\|z\\|"))


def _shares(target: str, says: str, ours: Measurement, energy: Measurement, largest: str) -> str:
    """How little is enough, by the ranking and by size alone."""
    if says != target:
        return (
            f"The network says {says} on the whole input, not {target}, so that no share of it is "
            f"enough by itself; by p of {target}, "
        )
    sufficient, rival = value("sufficient", ours), value("sufficient", energy)
    if sufficient == 1:
        lead = f"Only all coefficients together make the network say {target}"
    else:
        few = "already " if sufficient <= _FEW else ""
        lead = f"The strongest {percent(sufficient)} of the coefficients {few}make the network say {target}"
    if rival == 1:
        return f"{lead}; of the {largest} ones, chosen without asking it, it needs all"
    also = "so do " if rival == sufficient else ""
    ending = "" if also else " do so"
    return f"{lead}; {also}the {largest} {percent(rival)}{ending} without asking it"


def path_signed_finding(ours: Measurement, control: Measurement) -> str:
    """What another ranking gains over its own control."""
    more = gain("log-auc", "", ours, control)
    sufficient = value("sufficient", ours)
    words = "gains" if more > CLEARLY * ours.p else "does not gain clearly"
    amount = number(more, "+.2f")
    return (
        f"The path-signed ranking {words} over its own control here ({amount} in log-AUC; "
        f"{percent(sufficient)} is enough)."
    )


def wrong_class_finding(label: str, highest: float) -> str:
    """What the wrong-class control found."""
    lead = f"Asked for {label} instead, the same variant reaches p = {highest:.2g} with what it ranks first: "
    if highest < 0.1:
        return lead + "it cannot argue for just any class."
    if highest < 0.5:
        return lead + "it argues a little for a class that is not there."
    return lead + "**it can make the network see a class that is not there**."


def completeness_finding(target: str, change: float, total: float, gap: float) -> str:
    """Whether the values of Integrated Gradients add up to what they explain.

    Args:
        target: what is explained.
        change: of its score, from the baseline to the input.
        total: of all values.
        gap: what is missing or too much, as a share of the change.
    """
    return (
        f"The score of {target} rises by {change:.3g} from the baseline to the input; all values "
        f"together make {total:.3g}. "
        + ("That is complete enough to compare bands." if gap <= GOOD_GAP else
           "Small differences between bands mean little." if gap <= POOR_GAP else
           "The shares of the bands are not to be relied on.")
    )  # fmt: skip


def error_finding(result: WaveletAttribution) -> str | None:
    """How far the map is from that of many more passes, in a line; None where it is not known."""
    if (error := result.standard_error()) is None:
        return None
    if result.path.kind == "smoothgrad":
        levels = ", ".join(
            f"level {level} ± {percent(float(result.standard_error(level)[0]))}"  # type: ignore[index]  # errors are known
            for level in range(result.transform.levels, 0, -1)
        )
        text = f"The map below is ± {percent(float(error[0]))} by chance ({levels}): "
        text += (
            "its single points show hardly more than chance." if error[0] > MOSTLY_CHANCE else
            "that much of it would be another with other noise."
        )  # fmt: skip
        if result.asked is not None:
            taken, most = result.path.samples, result.asked.samples  # type: ignore[attr-defined]  # SmoothGrad
            text += f" {taken} of at most {most} samples were taken."
        return text
    return (
        f"The map below is ± {percent(float(error[0]))} by the steps: so far it moves without every "
        "second step; the error is mostly smaller."
    )


def randomisation_finding(stages: Sequence[RandomisationStep], *, independent: bool) -> str:
    """Whether a map depends on what the network learnt."""
    rest = [step for step in stages if step.part is not None]
    if independent:
        most = min(rest, key=lambda step: step.correlation)
        least = max(rest, key=lambda step: step.correlation)
        assert most.part is not None and least.part is not None
        return (
            f"The map depends most on {most.part.name} (rank correlation "
            f"{number(most.correlation, '.2f')} once that is drawn anew) and least on {least.part.name} "
            f"({number(least.correlation, '.2f')})."
        )
    last, head = rest[-1], rest[0]
    text = (
        f"With all weights drawn anew, the map’s ranks correlate {number(last.correlation, '.2f')} with "
        f"those of the trained network (SSIM {number(last.similarity, '.2f')}); with a new head alone, "
        f"{number(head.correlation, '.2f')}. "
    )
    if last.correlation > STRONG:
        return text + "**Most of this map comes from the input**, not from what the network learnt."
    if last.correlation > WEAK:
        return text + "A part of this map comes from the input, whatever the network learnt."
    return text + "So the map shows what the network learnt, and not merely the input."


CONCLUSIVE = 10
"""Below so many inputs nothing is concluded from a study."""


def study_finding(lines: Sequence[Line], title: str, names: Mapping[str, str]) -> str:
    """Which methods are better than the baseline of their own domain, which are not, which are worse.

    Args:
        lines: of one metric in one reading.
        title: of that.
        names: of methods.
    """
    count = max((line.interval.n for line in lines), default=0)
    groups: dict[str, list[str]] = {"more": [], "alike": [], "less": []}
    for line in lines:
        if line.gain is not None and line.gain.n and METHODS[line.method].asks:
            bold = "**" if count >= CONCLUSIVE else ""
            groups[_direction(line.gain)].append(
                f"{bold}{names[line.method]}{bold} ({_gain_text(line.gain)})"
            )
    if count < CONCLUSIVE:
        members = [one for group in groups.values() for one in group]
        if not members:
            return ""
        text = f"{title}, gain over the baseline: {', '.join(members)}. n\u00a0=\u00a0{count}, not conclusive."
        if count == 1:
            text += " Confidence intervals need at least two inputs."
        return text.replace("|", "\\|")
    endings = {
        "more": "better than the baseline",
        "alike": "not significantly different from the baseline",
        "less": "below the baseline",
    }
    parts = [f"{_joined(members)} {endings[group]}" for group, members in groups.items() if members]
    if not parts:
        return ""
    return f"{title}, n\u00a0=\u00a0{count}: {'; '.join(parts)}.".replace("|", "\\|")


def _direction(gain: Interval) -> str:
    return "more" if gain.low > 0 else "less" if gain.high < 0 else "alike"


def _gain_text(gain: Interval) -> str:
    mean, low, high = (number(value, "+.3f") for value in (gain.mean, gain.low, gain.high))
    return f"{mean} [{low}, {high}]" if gain.n > 1 else mean


def _joined(members: Sequence[str]) -> str:
    """“a”, “a and b”, “a, b and c”."""
    *before, last = members
    return f"{', '.join(before)} and {last}" if before else last
