"""The sufficient and the necessary input: the least of it that keeps the answer, and whose loss flips it.

Each is an input of its own, for the explanation as for the orders that ask no network.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.domain import Wavelet
from wam_core.evaluation.comparison import CHANCE, ENERGY, SHOWN
from wam_core.evaluation.curve import Curve, Step, clipped, logarithmic, perturb
from wam_core.evaluation.ranking import at_random, magnitude, ranks
from wam_core.steps import map_steps

ORDERS = (SHOWN, ENERGY, CHANCE)
"""|γ| of the explanation, |z| alone, and no order at all."""

POINTS = 37
"""Shares at which the network is asked, from a thousandth to all: each a fifth above the last."""


@dataclass(frozen=True)
class Asking:
    """How far it is: shares asked so far and in all, and the order in work."""

    done: int
    total: int
    order: str


@dataclass(frozen=True, eq=False)
class Piece:
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
    """What is enough, and what cannot be missed, by order.

    Attributes:
        answer: the class that the network names on the whole input.
        sufficient, necessary: by name of :data:`ORDERS`.
    """

    answer: int
    sufficient: Mapping[str, Piece]
    necessary: Mapping[str, Piece]


def sufficient_necessary(
    classifier: Classifier,
    result: WaveletAttribution,
    *,
    points: int = POINTS,
    seed: int = 0,
    micro_batch: int = 8,
) -> Generator[Asking, None, SufficientNecessary]:
    """Both inputs for one explanation and for its controls, as a generator of steps.

    The answer is the network's prediction on the whole input, whichever class was explained.

    Args:
        classifier: the network that was explained.
        result: the explanation, of one input.
        points: shares on the grid, evenly spaced in the logarithm.
        seed: of the random order.
        micro_batch: shares at a time.
    """
    domain, x = Wavelet(result.transform), result.input
    own = magnitude(domain.rows(result.attribution))
    strengths = {
        SHOWN: own,
        ENERGY: magnitude(domain.features(x)),
        CHANCE: at_random(own, seed),
    }
    answer = int(result.logits[0].argmax())
    score, shares = clipped(classifier), logarithmic(points)
    total, done = points * len(strengths), 0
    sufficient: dict[str, Piece] = {}
    necessary: dict[str, Piece] = {}
    for name, strength in strengths.items():
        curves = yield from map_steps(
            perturb(score, x, domain, strength, shares, micro_batch=micro_batch),
            partial(_asking, done, total, name),
        )
        done += points
        alone = _left(domain, x, strength, curves.insertion, answer, keeps=True)
        lost = _left(domain, x, strength, curves.deletion, answer, keeps=False)
        sufficient[name] = _judged(classifier, alone, curves.insertion, answer)
        necessary[name] = _judged(classifier, lost, curves.deletion, answer)
    return SufficientNecessary(answer, sufficient, necessary)


def _asking(done: int, total: int, name: str, step: Step) -> Asking:
    return Asking(done + step.done, total, name)


def _left(
    domain: Wavelet, x: Tensor, strength: Tensor, curve: Curve, answer: int, *, keeps: bool
) -> tuple[int | None, Tensor]:
    """The first place of the curve that keeps (or loses) the answer, and what is left there."""
    found = np.flatnonzero(((curve.best == answer) == keeps).numpy())
    place = int(found[0]) if len(found) else None
    share = curve.shares[-1 if place is None else place]
    order = ranks(strength)
    first = order < round(share * order.numel())
    left = (first if keeps else ~first).to(x.dtype)
    return place, domain.back(domain.features(x) * left, tuple(x.shape[2:]))


def _judged(
    classifier: Classifier, part: tuple[int | None, Tensor], curve: Curve, answer: int
) -> Piece:
    place, x = part
    at = -1 if place is None else place
    with torch.no_grad():
        seen = classifier.clip(x)
    return Piece(
        float(curve.shares[at]), place is not None, seen, float(curve.outputs[at, answer]),
        int(curve.best[at]),
    )  # fmt: skip
