"""The minimal input: a mask over the coefficients, learnt so that little is left and the score stays.

    minimise over m ∈ [0, 1]^|z|:     −f_c(W⁻¹(z · m)) + α ‖m‖₁

from m = 1, by Nadam, and back into [0, 1] after every step: a meaningful perturbation (Fong and
Vedaldi 2017) in the wavelet domain. One pass forward and back and one adjoint per step; nothing is
drawn, so the same settings give the same mask. Nothing here knows the number of axes.

A mask that is learnt can *fabricate*: asked for a class that is not there, it may well find
coefficients that together look like it to the network. It shows what convinces, not what counted.
"""

import math
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.bands import Bands
from wam_core.classifier import Classifier, finite
from wam_core.errors import NumericalError, SettingsError
from wam_core.evaluation.domain import Wavelet
from wam_core.outputs import probabilities
from wam_core.signals.signal import Signal
from wam_core.targets import Target, Wanted, pick, resolve
from wam_core.transforms import Transform

_SOMETHING = 1e-6  # of the largest |z|: below it is the rounding of a zero


@dataclass(frozen=True)
class Search:
    """How a minimal input is looked for.

    Args:
        price: what keeping everything costs, in units of the score: α is the price divided by
            the number of coefficients that hold anything, so that it means the same for inputs of
            any size, and for objects in an empty grid. ``defaults.DEFAULTS`` has one for each kind.
        steps: of Nadam; the paper takes 500.
        rate: Nadam's step size. Its steps are about that long for every coefficient, so that
            1 / rate steps take a mask from 1 to 0. Its other constants are PyTorch's: β = 0.9 and
            0.999, ε = 1e-8, a momentum decay of 0.004.

    Raises:
        SettingsError: no steps, or a price or rate that is not positive.
    """

    price: float
    steps: int = 500
    rate: float = 0.01

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise SettingsError(f"steps is {self.steps}; at least 1 is needed")
        for name in ("price", "rate"):
            if not 0 < getattr(self, name) < math.inf:
                raise SettingsError(f"{name} is {getattr(self, name)}; a positive number is needed")


class Reading(NamedTuple):
    """What the network says of one mask.

    Attributes:
        score: f_c, or a difference of two logits for a contrast.
        probability: of the class.
        best: the class that the network names.
        kept: the share of the coefficients that are not switched off, 0 … 1, of those that hold
            anything at all; 1 − kept is the sparsity.
        mean: the mean of the mask over the same coefficients.
    """

    score: float
    probability: float
    best: int
    kept: float
    mean: float


@dataclass(frozen=True, eq=False)
class Step:
    """One step of the search.

    Attributes:
        done, total: steps.
        readings: of every mask so far, the first of the whole input.
        input: W⁻¹(z · m) of the last reading, (1, c, *space), as the network received it.
    """

    done: int
    total: int
    readings: tuple[Reading, ...]
    input: Float[Tensor, "1 c *space"]


@dataclass(frozen=True, eq=False)
class Minimal:
    """A finished search.

    Attributes:
        whole, input: the input, and what the mask leaves of it, as the network receives them.
        mask: m, laid out like the coefficients.
        search, transform, target: what was asked.
        readings: before every step, and after the last.
        clipped: probabilities, (classes,), of what is left once values that no real input holds
            are clipped; the search itself clips nothing.
        fingerprint: of the network.
    """

    whole: Float[Tensor, "1 c *space"]
    input: Float[Tensor, "1 c *space"]
    mask: Bands
    search: Search
    transform: Transform
    target: Target
    readings: tuple[Reading, ...]
    clipped: Float[Tensor, " classes"]
    fingerprint: str

    @property
    def sparsity(self) -> float:
        """The share of the coefficients that are switched off, 0 … 1, of those that hold anything."""
        return 1 - self.readings[-1].kept

    @property
    def keeps(self) -> bool:
        """Whether the network says of what is left what it said of the whole."""
        return self.readings[-1].best == self.readings[0].best

    @property
    def difference(self) -> float:
        """By how much the score rose (or fell, below 0) from the whole to what is left."""
        return self.readings[-1].score - self.readings[0].score


def minimal(
    classifier: Classifier,
    signal: Signal | Tensor,
    target: Wanted = None,
    *,
    transform: Transform,
    search: Search,
) -> Generator[Step, None, Minimal]:
    """Look for the minimal input of a class; yields after every step, and ``close()`` cancels it.

    Args:
        classifier: the network, frozen.
        signal: one decoded file, or a tensor (1, channel, *space) as the network receives it.
        target: as for :func:`wam_core.engine.explain`.
        transform: wavelet, levels, padding.
        search: price, steps and rate.

    Raises:
        SettingsError: several inputs at once, or settings that do not fit.
        NumericalError: a logit or gradient that is not finite; says at which step.

    >>> from wam_core import transforms
    >>> from wam_core.steps import run_to_end
    >>> haar = transforms.build("dwt", ndim=1, levels=1)
    >>> net = Classifier(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(8, 2)), ndim=1)
    >>> found = run_to_end(minimal(net, torch.ones(1, 1, 8), 0, transform=haar,
    ...                            search=Search(1.0, steps=3)))
    >>> len(found.readings), found.input.shape
    (4, torch.Size([1, 1, 8]))
    """
    x = classifier.prepare(signal)
    if len(x) != 1:
        raise SettingsError(f"{len(x)} inputs were given; a minimal input is looked for in one")
    transform.check(x.shape[2:])
    domain, size = Wavelet(transform), tuple(x.shape[2:])
    z = domain.features(x)
    holds = z.abs() > _SOMETHING * z.abs().max()
    mask = torch.ones_like(z).requires_grad_()
    descent = torch.optim.NAdam([mask], lr=search.rate)
    alpha = search.price / max(1, int(holds.sum()))
    targets: tuple[Target, ...] = ()
    readings: list[Reading] = []

    def asked(point: Tensor) -> Tensor:
        """The score, noted together with what else is to be known of this mask."""
        nonlocal targets
        logits = classifier.scores(point)
        targets = targets or resolve(target, classifier, logits.detach())
        score = pick(targets, logits)[0]
        values = mask.detach()[holds]
        readings.append(
            Reading(
                float(score.detach()),
                float(probabilities(logits.detach(), classifier.output)[0, targets[0].index]),
                int(logits.detach().argmax()),
                float((values > 0).float().mean()) if len(values) else 0.0,
                float(values.mean()) if len(values) else 0.0,
            )
        )
        return score

    for number in range(search.steps):
        point = domain.back(z * mask.detach(), size)
        with torch.enable_grad():  # the grad mode belongs to the thread: a lane may have it off
            point.requires_grad_()
            with _at(number, search.steps):
                (slope,) = torch.autograd.grad(asked(point), point)
        point = point.detach()
        if not finite(slope):
            raise NumericalError(
                f"the gradient of {classifier.name} is not finite, after {number} of "
                f"{search.steps} steps to the minimal input"
            )
        mask.grad = alpha - z * domain.rows(transform.adjoint(slope))
        descent.step()
        with torch.no_grad():
            mask.clamp_(0, 1)
        yield Step(number + 1, search.steps, tuple(readings), point)

    left = domain.back(z * mask.detach(), size)
    with torch.no_grad(), _at(search.steps, search.steps):
        asked(left)
        clipped = classifier.predict(classifier.clip(left))[0]
    return Minimal(
        x, left, domain.bands(mask.detach(), size), search, transform, targets[0],
        tuple(readings), clipped, classifier.fingerprint,
    )  # fmt: skip


@contextmanager
def _at(done: int, total: int) -> Iterator[None]:
    """Say of a number that is not finite at which step it came."""
    try:
        yield
    except NumericalError as error:
        raise NumericalError(
            f"{error}, after {done} of {total} steps to the minimal input"
        ) from None
