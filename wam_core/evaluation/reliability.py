"""Three quick checks of one explanation: magnitude baseline, stability, weight randomisation.

Together they cost about a hundred passes forward, whatever the path. They are about one input: a
method is judged over many (:mod:`wam_core.evaluation.study`).
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from wam_core.attribution import WaveletAttribution
from wam_core.bands import Bands
from wam_core.classifier import Classifier
from wam_core.engine import Progress, explain_steps
from wam_core.evaluation.curves import Step
from wam_core.evaluation.domain import Wavelet
from wam_core.evaluation.map_similarity import rank_correlations
from wam_core.evaluation.methods import Question, Settings
from wam_core.evaluation.metrics import log_auc
from wam_core.evaluation.pipeline import COARSE, FORWARD, PASS, insertion
from wam_core.evaluation.randomisation import head_randomised, same_target
from wam_core.evaluation.ranking import magnitude
from wam_core.path import Path
from wam_core.path_signed import PathSigned
from wam_core.paths import IntegratedGradients, SmoothGrad
from wam_core.steps import map_steps

CLEARLY = 0.02
"""The share of p of the input by which two log-AUCs of one input have to differ."""

STRONG, WEAK = 0.7, 0.3
"""Rank correlations: two maps are alike from the first on, and unlike below the second."""

SMALL_ERROR, LARGE_ERROR = 0.1**0.5, 0.5**0.5
"""Relative errors at which a tenth, and half, of the map's energy is error."""

MOST_POINTS, FEW_POINTS = 25, 12
"""A path of more points than the first is explained again with the second."""

NOISE = 0.01
"""The spread of the noise under which a map of one point is explained again."""


_RANKS = "rank correlation"
_SHARES = 2  # twice as many inputs a step: short steps delay nobody


class Grade(StrEnum):
    """The outcome of a check, the best first."""

    GOOD = "good"
    WEAK = "weak"
    POOR = "poor"


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        name: ``baseline``, ``stability`` or ``randomisation``.
        grade: its outcome.
        measure: what ``value`` is: ``log-AUC``, ``relative error`` or ``rank correlation``.
        value: the log-AUC of the map; its relative error, or its rank correlation with a second
            map; its rank correlation with the map of a network with a randomised head. Ranks are
            those of the signed values.
        reference: the log-AUC of |z|; the points of the second map, 0 without one; the rank
            correlation of the magnitudes.
    """

    name: str
    grade: Grade
    measure: str
    value: float
    reference: float = 0.0


@dataclass(frozen=True, eq=False)
class Reliability:
    """What the checks found of one explanation.

    Attributes:
        checks: in their order.
        maps: by the name of a check, what its map was compared with: |z|; the second map, where
            there is one; the map of the network with a randomised head.
    """

    checks: tuple[Check, ...]
    maps: Mapping[str, Bands]

    @property
    def decisive(self) -> Check:
        """The first check with the worst outcome."""
        return max(self.checks, key=lambda check: list(Grade).index(check.grade))


@dataclass(frozen=True)
class ReliabilityProgress:
    """How far the checks are, in passes forward."""

    done: int
    total: int


def cost(result: WaveletAttribution) -> int:
    """What the checks of an explanation take, in passes forward."""
    second = second_path(result)
    points = 0 if second is None else second.length
    return FORWARD * 2 * COARSE.points + PASS * (points + _repeated(result, second).length)


def second_path(result: WaveletAttribution, seed: int = 0) -> Path | None:
    """The path of a second map: with other noise or fewer points; None where none is needed.

    Args:
        result: the explanation. A short path that knows its error needs no second map.
        seed: of the noise for a path that has none.
    """
    path = result.path
    if result.standard_error() is not None and path.length <= MOST_POINTS:
        return None
    if isinstance(path, SmoothGrad):
        seed = path.seed + 1
        if isinstance(path.along, IntegratedGradients):
            along = replace(path.along, steps=min(path.along.steps, FEW_POINTS // 2))
            copies = min(path.samples, FEW_POINTS // along.steps)
            return replace(path, samples=copies, along=along, seed=seed, until=None)
        return replace(path, samples=min(path.samples, FEW_POINTS), seed=seed, until=None)
    if isinstance(path, IntegratedGradients):
        return replace(path, steps=FEW_POINTS)
    if isinstance(path, PathSigned):
        return replace(path, steps=max(2, min(path.steps // 2, FEW_POINTS)))
    return SmoothGrad(1, NOISE, seed)


def _repeated(result: WaveletAttribution, second: Path | None) -> Path:
    """The path that is explained with a randomised head: the shorter one."""
    return result.path if second is None or result.path.length <= second.length else second


def reliability_steps(
    classifier: Classifier, result: WaveletAttribution, *, seed: int = 0
) -> Generator[ReliabilityProgress, None, Reliability]:
    """All checks, as a generator of steps.

    Args:
        classifier: the explained network; it is not changed.
        result: its explanation of one input.
        seed: of the randomised weights and of noise.

    Raises:
        ModelError: the network has no layer whose weights can be drawn.
    """
    done, total = 0, cost(result)

    def progress_of(factor: int, before: int, step: Progress | Step) -> ReliabilityProgress:
        return ReliabilityProgress(before + factor * step.done, total)

    index, domain = result.target.index, Wavelet(result.transform)
    p = float(result.probabilities[0, index])
    about = Question(classifier, result.input, index, Settings(transform=result.transform))
    areas = []
    for features in (domain.rows(result.attribution), domain.features(result.input)):
        curve = yield from map_steps(
            insertion(about, domain, magnitude(features), COARSE, micro_batch=_SHARES),
            partial(progress_of, FORWARD, done),
        )
        areas.append(log_auc(curve, index, ceiling=p))
        done += FORWARD * COARSE.points

    path, second = second_path(result, seed), None
    if path is not None:
        steps = _explained(classifier, result, path)
        second = yield from map_steps(steps, partial(progress_of, PASS, done))
        done += PASS * path.length

    repeated = _repeated(result, path)
    kept = second if second is not None and repeated is path else result
    randomised = head_randomised(classifier, result.input, seed)
    yield ReliabilityProgress(done, total)  # a copy of the network takes as long as some passes
    steps = _explained(randomised, result, repeated)
    changed = yield from map_steps(steps, partial(progress_of, PASS, done))
    checks = (
        _baseline(areas[0], areas[1], p),
        _stability(result, second),
        _randomisation(kept, changed),
    )
    maps = {"baseline": result.coefficients, "randomisation": changed.attribution}
    if second is not None:
        maps["stability"] = second.attribution
    return Reliability(checks, maps)


def _explained(
    classifier: Classifier, result: WaveletAttribution, path: Path
) -> Generator[Progress, None, WaveletAttribution]:
    """The same target of the same input, by another network or path."""
    return explain_steps(
        classifier,
        result.input,
        same_target(result.target),
        transform=result.transform,
        path=path,
        micro_batch=result.provenance.micro_batch,
    )


def _baseline(ours: float, energy: float, p: float) -> Check:
    least, gain = CLEARLY * p, ours - energy
    grade = _grade(gain, lambda x: x > least, lambda x: x >= -least)
    return Check("baseline", grade, "log-AUC", ours, energy)


def _stability(result: WaveletAttribution, second: WaveletAttribution | None) -> Check:
    if (error := result.standard_error()) is not None:
        value = float(error[0])
        points = 0 if second is None else second.path.length
        grade = _grade(value, lambda e: e <= SMALL_ERROR, lambda e: e <= LARGE_ERROR)
        return Check("stability", grade, "relative error", value, points)
    assert second is not None  # a path that does not know its error has one
    rho, _ = rank_correlations(result, second)
    grade = _grade(rho, lambda r: r >= STRONG, lambda r: r >= WEAK)
    return Check("stability", grade, _RANKS, rho, second.path.length)


def _randomisation(one: WaveletAttribution, other: WaveletAttribution) -> Check:
    signed, magnitudes = rank_correlations(one, other)
    grade = _grade(abs(signed), lambda r: r < WEAK, lambda r: r < STRONG)
    return Check("randomisation", grade, _RANKS, signed, magnitudes)


def _grade(value: float, good: Callable[[float], bool], weak: Callable[[float], bool]) -> Grade:
    return Grade.GOOD if good(value) else Grade.WEAK if weak(value) else Grade.POOR
