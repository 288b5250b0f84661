"""What curves and randomised networks say of an explanation, in plain words from their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.figures.captions import percent
from wam_core.attribution import WaveletAttribution
from wam_core.evaluation.metrics import METRICS, Measured
from wam_core.evaluation.randomisation import Stage

CLEARLY = 0.02
"""Of p of the whole input: what log-AUC has to gain to be spoken of as more on one input."""

GOOD_GAP, POOR_GAP = 0.05, 0.1
"""Completeness gaps up to which bands can be compared, and up to which they can be at all."""

MOSTLY_CHANCE = 0.9
"""Relative standard errors above which a map holds about a fifth of what it shows, or less."""

_FEW = 0.1  # of all coefficients
STRONG, WEAK = 0.7, 0.3
"""Rank correlations above which most of a map, or a part of it, comes from the input."""


@dataclass(frozen=True)
class Judgement:
    """A sentence, and whether it speaks for the explanation.

    Attributes:
        verdict: ``more`` than |z|, ``alike``, ``less``, or no better than ``chance``.
    """

    verdict: str
    text: str


def value(name: str, measured: Measured) -> float:
    """A metric that has one reading."""
    ((_, number),) = METRICS[name].rows(measured)
    return number


def gain(name: str, reading: str, ours: Measured, control: Measured) -> float:
    """By how much a ranking is better than another in a metric; positive is better."""
    numbers = [dict(METRICS[name].rows(measured))[reading] for measured in (ours, control)]
    return (-1 if METRICS[name].higher is False else 1) * (numbers[0] - numbers[1])


def judged(
    target: str,
    says: str,
    ours: Measured,
    energy: Measured,
    chance: Sequence[Measured],
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
        verdict = "chance"
        said = (
            "the ranking is no better than chance "
            f"(log-AUC {at:.2f} against {lucky:.2f}): **it has explained nothing here**"
        )
    elif at - rival > clearly:
        verdict = "more"
        said = (
            f"the ranking **gains over |z|** ({numbers}): it says more than the sizes "
            "of the coefficients do"
        )
    elif at - rival >= -clearly:
        verdict = "alike"
        said = (
            f"the ranking gains little over |z| ({numbers}): **it has explained "
            "nothing here** that the sizes of the coefficients do not"
        )
    else:
        verdict = "less"
        said = f"the ranking falls short of |z| ({numbers}): **it has explained nothing here**"
    few, fewer = (value("sufficient", one) for one in (ours, energy))
    contradicts = few < fewer if verdict in ("less", "chance") else few > fewer
    told = _shares(target, says, ours, energy, largest)
    if says == target:
        told += "; yet over all shares of this input " if contradicts else ": on this input "
    text = f"{told}{said}."
    return Judgement(verdict, text.replace("|z|", "\\|z\\|"))


def _shares(target: str, says: str, ours: Measured, energy: Measured, largest: str) -> str:
    """How little is enough, by the ranking and by size alone."""
    if says != target:
        return (
            f"The network says {says} on the whole input, not {target}, so that no share of it is "
            f"enough by itself; by p of {target}, "
        )
    enough, rival = value("sufficient", ours), value("sufficient", energy)
    if enough == 1:
        said = f"Only all coefficients together make the network say {target}"
    else:
        few = "already " if enough <= _FEW else ""
        said = f"The strongest {percent(enough)} of the coefficients {few}make the network say {target}"
    if rival == 1:
        return f"{said}; of the {largest} ones, chosen without asking it, it needs all"
    also = "so do " if rival == enough else ""
    ending = "" if also else " do so"
    return f"{said}; {also}the {largest} {percent(rival)}{ending} without asking it"


def beside(ours: Measured, control: Measured) -> str:
    """What another ranking gains over its own control."""
    more = gain("log-auc", "", ours, control)
    enough = value("sufficient", ours)
    words = "gains" if more > CLEARLY * ours.p else "does not gain clearly"
    amount = f"{more:+.2f}".replace("-", "−")
    return (
        f"The path-signed ranking {words} over its own control here ({amount} in log-AUC; "
        f"{percent(enough)} is enough)."
    )


def argues(label: str, highest: float) -> str:
    """What the wrong-class control found."""
    lead = f"Asked for {label} instead, the same variant reaches p = {highest:.2g} with what it ranks first: "
    if highest < 0.1:
        return lead + "it cannot argue for just any class."
    if highest < 0.5:
        return lead + "it argues a little for a class that is not there."
    return lead + "**it can make the network see a class that is not there**."


def adds_up(target: str, change: float, total: float, gap: float) -> str:
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


def uncertain(result: WaveletAttribution) -> str | None:
    """How far the map is from that of many more passes, in a line; None where it is not known."""
    if (doubt := result.standard_error()) is None:
        return None
    if result.path.kind == "smoothgrad":
        levels = ", ".join(
            f"level {level} ± {percent(float(result.standard_error(level)[0]))}"  # type: ignore[index]
            for level in range(result.transform.levels, 0, -1)
        )
        said = f"The map below is ± {percent(float(doubt[0]))} by chance ({levels}): "
        said += (
            "its single points show hardly more than chance." if doubt[0] > MOSTLY_CHANCE else
            "that much of it would be another with other noise."
        )  # fmt: skip
        if result.asked is not None:
            taken, most = result.path.samples, result.asked.samples  # type: ignore[attr-defined]
            said += f" {taken} of at most {most} samples were taken."
        return said
    return (
        f"The map below is ± {percent(float(doubt[0]))} by the steps: so far it moves without every "
        "second step; the error is mostly smaller."
    )


def forgotten(stages: Sequence[Stage], *, independent: bool) -> str:
    """Whether a map depends on what the network learnt."""
    rest = [stage for stage in stages if stage.part is not None]
    if independent:
        most = min(rest, key=lambda stage: stage.correlation)
        least = max(rest, key=lambda stage: stage.correlation)
        assert most.part is not None and least.part is not None
        return (
            f"The map depends most on {most.part.name} (rank correlation "
            f"{_signed(most.correlation)} once that is drawn anew) and least on {least.part.name} "
            f"({_signed(least.correlation)})."
        )
    last, head = rest[-1], rest[0]
    said = (
        f"With all weights drawn anew, the map’s ranks correlate {_signed(last.correlation)} with "
        f"those of the trained network (SSIM {_signed(last.similarity)}); with a new head alone, "
        f"{_signed(head.correlation)}. "
    )
    if last.correlation > STRONG:
        return said + "**Most of this map comes from the input**, not from what the network learnt."
    if last.correlation > WEAK:
        return said + "A part of this map comes from the input, whatever the network learnt."
    return said + "So the map shows what the network learnt, and not merely the input."


def _signed(number: float) -> str:
    return f"{number:.2f}".replace("-", "−")
