"""One explanation beside its controls: rankings that asked no network, and a class that is not there.

:func:`comparison` draws the curves of the explanation and of controls; :func:`wrong_class_control`
asks the same variant for a wrong class; :func:`sufficient_necessary` gives the least of the input
that keeps the answer, and the least whose loss changes it.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.attribution import WaveletAttribution
from wam_core.bands import ranks
from wam_core.classifier import Classifier
from wam_core.engine import Progress, explain_steps
from wam_core.evaluation.curves import Curve, Step, clipped, logarithmic, perturb
from wam_core.evaluation.domain import Wavelet
from wam_core.evaluation.methods import Question, Settings, Strength, method
from wam_core.evaluation.metrics import Measurement, first_place
from wam_core.evaluation.pipeline import (
    COARSE,
    FORWARD,
    PASS,
    Grid,
    insertion,
    measure,
    rank_and_measure,
)
from wam_core.evaluation.ranking import magnitude
from wam_core.steps import map_steps, run_to_end

SHOWN, ENERGY, CHANCE = "shown", "control-z", "random"
OURS = "wam-path"
"""Names of rankings: the explanation's own |γ|, and those of :data:`METHODS`."""

ORDERS = (SHOWN, ENERGY, CHANCE)
"""|γ| of the explanation, |z| alone, and no order at all."""

POINTS = 37
"""Shares at which :func:`sufficient_necessary` asks the network, from a thousandth to all: each a
fifth above the last."""


@dataclass(frozen=True)
class Entry:
    """A ranking in a comparison: a name, and the seed of one that is drawn."""

    name: str
    seed: int = 0


@dataclass(frozen=True)
class ComparisonProgress:
    """How far a comparison is.

    Attributes:
        done, total: in passes forward; of :func:`sufficient_necessary` in shares.
        entry: the ranking in work.
    """

    done: int
    total: int
    entry: Entry


def cost(entries: Sequence[Entry], grid: Grid, samples: int) -> int:
    """How many passes forward a comparison takes, or as much as that many; for estimates."""
    return sum(_cost(entry, grid, samples) for entry in entries)


def _cost(entry: Entry, grid: Grid, samples: int) -> int:
    passes = 0 if entry.name == SHOWN else method(entry.name).passes(samples)
    return PASS * passes + grid.cost


def comparison(
    classifier: Classifier,
    result: WaveletAttribution,
    entries: Sequence[Entry],
    grid: Grid = COARSE,
    *,
    samples: int = 25,
    micro_batch: int = 8,
) -> Generator[ComparisonProgress, None, Mapping[Entry, Measurement]]:
    """Insertion and deletion curves of several rankings of one input, as a generator of steps.

    Args:
        classifier: the network that was explained.
        result: the explanation. Its own ranking, :data:`SHOWN`, is that of |γ| as it is, each
            channel's coefficients for themselves; nothing is explained anew.
        entries: the rankings; besides that one, wavelet methods of :data:`METHODS`.
        grid: the shares.
        samples: passes of a ranking that asks the network.
        micro_batch: shares at a time.

    Raises:
        SettingsError: an unknown ranking.
    """
    total, done = cost(entries, grid, samples), 0
    found: dict[Entry, Measurement] = {}
    for entry in entries:
        about = question_of(classifier, result, entry.seed, samples)
        found[entry] = yield from map_steps(
            _measured(about, result, entry, grid, micro_batch),
            partial(_progress, done, total, entry),
        )
        done += _cost(entry, grid, samples)
    return found


def _progress(done: int, total: int, entry: Entry, spent: int) -> ComparisonProgress:
    return ComparisonProgress(done + spent, total, entry)


def _share_progress(done: int, total: int, entry: Entry, step: Step) -> ComparisonProgress:
    return ComparisonProgress(done + step.done, total, entry)


def question_of(
    classifier: Classifier, result: WaveletAttribution, seed: int = 0, samples: int = 25
) -> Question:
    """The input and the class of an explanation, for rankings on its transform."""
    settings = Settings(transform=result.transform, samples=samples, seed=seed)
    return Question(classifier, result.input, result.target.index, settings)


def own_ranking(result: WaveletAttribution) -> tuple[Wavelet, Strength]:
    """The explanation's ranking by |γ|, and its domain."""
    domain = Wavelet(result.transform)
    return domain, magnitude(domain.rows(result.attribution))


def _measured(
    about: Question, result: WaveletAttribution, entry: Entry, grid: Grid, micro_batch: int
) -> Generator[int, None, Measurement]:
    """One ranking's curves; yields what it has cost so far, in passes forward."""
    if entry.name == SHOWN:
        domain, strength = own_ranking(result)
        steps = measure(about, domain, strength, grid, micro_batch=micro_batch)
        return (yield from map_steps(steps, lambda step: 2 * FORWARD * step.done))
    _, measurement = yield from rank_and_measure(about, entry.name, grid, micro_batch=micro_batch)
    return measurement


def wrong_class(name: str, index: int, probabilities: Float[Tensor, " classes"]) -> int:
    """A wrong class, drawn by the input's name: not the explained one, nor the prediction."""
    barred = {index, int(probabilities.argmax())}
    free = [c for c in range(len(probabilities)) if c not in barred] or [
        c for c in range(len(probabilities)) if c != index
    ]
    draw = torch.Generator().manual_seed(sum(name.encode()))
    return free[int(torch.randint(len(free), (1,), generator=draw))]


def wrong_class_control(
    classifier: Classifier, result: WaveletAttribution, grid: Grid = COARSE
) -> Generator[Progress | ComparisonProgress, None, Measurement]:
    """The wrong-class control: what the same variant makes of the input when asked for another class.

    Costs an explanation and a curve over the logarithmic shares.
    """
    index = result.target.index
    wrong = wrong_class(result.provenance.input_name, index, result.probabilities[0])
    other = yield from explain_steps(
        classifier, result.input, wrong, transform=result.transform, path=result.path
    )
    domain, strength = own_ranking(other)
    curve = yield from map_steps(
        insertion(question_of(classifier, result), domain, strength, grid),
        lambda step: ComparisonProgress(step.done, step.total, Entry(SHOWN)),
    )
    return Measurement(index, float(result.probabilities[0, index]), wrong=(wrong, curve))


@dataclass(frozen=True, eq=False)
class DecisivePart:
    """A part of an input that decides.

    Attributes:
        share: of the coefficients that are put in (sufficient) or taken away (necessary), 0 … 1.
        decides: False where not even all of them taken away flips the answer.
        input: what the network receives of it, clipped to what an input can hold, (1, c, *space).
        probability: of the answer to the whole input.
        best: the class that the network names.
    """

    share: float
    decides: bool
    input: Float[Tensor, "1 c *space"]
    probability: float
    best: int


@dataclass(frozen=True, eq=False)
class SufficientNecessary:
    """The sufficient and the necessary part, by order.

    Attributes:
        answer: the class that the network names on the whole input.
        sufficient, necessary: by name of :data:`ORDERS`.
    """

    answer: int
    sufficient: Mapping[str, DecisivePart]
    necessary: Mapping[str, DecisivePart]


def sufficient_necessary(
    classifier: Classifier,
    result: WaveletAttribution,
    *,
    points: int = POINTS,
    seed: int = 0,
    micro_batch: int = 8,
) -> Generator[ComparisonProgress, None, SufficientNecessary]:
    """Both parts for one explanation and for its controls, as a generator of steps.

    The answer is the network's prediction on the whole input, whichever class was explained.

    Args:
        classifier: the network that was explained.
        result: the explanation, of one input.
        points: shares on the grid, evenly spaced in the logarithm.
        seed: of the random order.
        micro_batch: shares at a time.
    """
    domain, own = own_ranking(result)
    about, answer = question_of(classifier, result, seed), int(result.logits[0].argmax())
    sufficient: dict[str, DecisivePart] = {}
    necessary: dict[str, DecisivePart] = {}
    for number, name in enumerate(ORDERS):
        strength = own if name == SHOWN else run_to_end(method(name).steps(about))
        curves = yield from map_steps(
            perturb(
                clipped(classifier),
                about.x,
                domain,
                strength,
                logarithmic(points),
                micro_batch=micro_batch,
            ),
            partial(_share_progress, number * points, points * len(ORDERS), Entry(name, seed)),
        )
        for parts, curve, keeps in (
            (sufficient, curves.insertion, True),
            (necessary, curves.deletion, False),
        ):
            parts[name] = _decisive(about, domain, strength, curve, answer, keeps=keeps)
    return SufficientNecessary(answer, sufficient, necessary)


def _decisive(
    about: Question, domain: Wavelet, strength: Strength, curve: Curve, answer: int, *, keeps: bool
) -> DecisivePart:
    """What is left at the first share of the curve that keeps (or loses) the answer."""
    place = first_place(curve, answer, keeps=keeps)
    at = -1 if place is None else place
    first = ranks(strength[None])[0] < round(curve.shares[at] * strength.numel())
    mask = (first if keeps else ~first).to(about.x.dtype)
    with torch.no_grad():
        left = domain.back(domain.features(about.x) * mask, tuple(about.x.shape[2:]))
        left = about.classifier.clip(left)
    return DecisivePart(
        float(curve.shares[at]), place is not None, left, float(curve.outputs[at, answer]),
        int(curve.best[at]),
    )  # fmt: skip
