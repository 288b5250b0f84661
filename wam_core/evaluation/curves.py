"""What a network says while features are switched on (insertion) or off (deletion) in an order.

One pass gives both directions: synthesis is linear, so the input without the first features is the
input plus the baseline minus the input of those features alone.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from wam_core.bands import ranks
from wam_core.classifier import Classifier
from wam_core.errors import ModelError, SettingsError
from wam_core.evaluation.domain import Domain
from wam_core.pixel_attribution import resized
from wam_core.signals.audio import resample

Score = Callable[[Tensor], Tensor]
"""Inputs (k, c, *space) → probabilities, or other outputs, (k, classes)."""

Shares = npt.NDArray[np.float64]

_MOST_BYTES = 2**28  # of perturbed inputs at a time


@dataclass(frozen=True)
class Step:
    """One micro-batch of a curve."""

    done: int
    total: int


@dataclass(frozen=True, eq=False)
class Curve:
    """The outputs at growing shares of switched features.

    Attributes:
        shares: of the features that are on (insertion) or off (deletion), ascending, 0 … 1.
        outputs: (shares, classes); probabilities where the score gives those.
    """

    shares: Shares
    outputs: Float[Tensor, "k classes"]

    def of(self, index: int) -> npt.NDArray[np.float64]:
        """The output of one class along the curve."""
        values: npt.NDArray[np.float64] = self.outputs[:, index].double().numpy()
        return values

    @property
    def best(self) -> Int[Tensor, " k"]:
        """The class with the largest output at every share."""
        return self.outputs.argmax(1)

    def at(self, shares: Shares) -> "Curve":
        """The same at some of its shares."""
        places = np.searchsorted(self.shares, shares)
        return Curve(self.shares[places], self.outputs[torch.from_numpy(places)])


@dataclass(frozen=True, eq=False)
class Curves:
    """Both directions at the same shares."""

    insertion: Curve
    deletion: Curve

    def at(self, shares: Shares) -> "Curves":
        """Both at some of their shares."""
        return Curves(self.insertion.at(shares), self.deletion.at(shares))


def linear(steps: int) -> Shares:
    """0, 1/steps, …, 1: the grid of the published tables."""
    return np.linspace(0, 1, steps + 1)


def logarithmic(points: int = 25, smallest: float = 1e-3) -> Shares:
    """From a thousandth to all, evenly in the logarithm: where curves of sparse features differ."""
    return np.geomspace(smallest, 1, points)


def clipped(classifier: Classifier) -> Score:
    """Probabilities of inputs that are clipped to what a real input can hold, and nothing else."""
    return lambda x: classifier.predict(classifier.clip(x))


def stretched(classifier: Classifier) -> Score:
    """Probabilities of inputs that are stretched to full range each, as in the released code.

    It shows the network more contrast than there is; a constant input becomes black.
    """

    def score(x: Tensor) -> Tensor:
        axes = tuple(range(1, x.ndim))
        values = classifier.denormalize(x)
        low, high = values.amin(axes, keepdim=True), values.amax(axes, keepdim=True)
        spread = (high - low).clamp_min(torch.finfo(x.dtype).tiny)
        return classifier.predict(classifier.frontend.normalize((values - low) / spread))

    return score


def transfer_score(second: Classifier, first: Classifier) -> Score:
    """The second network's probabilities of inputs as the first receives them.

    They go through what people see or hear: denormalised by the first front end, clipped, brought to the
    size, or the rate and the length, that the second takes where it names one, and normalised as
    the second wants it. A sound that is longer than the second takes ends early.

    Raises:
        ModelError: networks of other axes, or of other classes: then an index means nothing.
    """
    if first.ndim != second.ndim:
        raise ModelError(f"{second.name} takes {second.ndim} axes and {first.name} {first.ndim}")
    if first.labels != second.labels:
        raise ModelError(f"{second.name} and {first.name} do not know the same classes")
    size = getattr(second.frontend, "size", None)
    rate, wanted = (getattr(net.frontend, "rate", None) for net in (first, second))

    def score(x: Tensor) -> Tensor:
        values = first.denormalize(first.clip(x))
        if size is not None and tuple(values.shape[2:]) != tuple(size):
            values = resized(values, tuple(size), smoothed=True)
        if rate is not None and wanted is not None:
            values = _as_long(_at_rate(values, rate, wanted), second)
        return second.predict(second.frontend.normalize(values).to(second.device))

    return score


def _at_rate(sounds: Tensor, rate: int, to: int) -> Tensor:
    """(b, 1, n) at another rate, by the filter that front ends use."""
    if rate == to:
        return sounds
    waveforms = sounds.flatten(0, 1).cpu().numpy()
    resampled = torch.from_numpy(resample(waveforms, rate, to)).to(sounds)
    return resampled.view(*sounds.shape[:2], -1)


def _as_long(sounds: Tensor, net: Classifier) -> Tensor:
    """Cut to the length that a network takes at most, or filled up to it where it has to be that."""
    length = getattr(net.frontend, "length", sounds.shape[2])
    missing = length - sounds.shape[2] if getattr(net.frontend, "pad", False) else 0
    return functional.pad(sounds[..., :length], (0, max(0, missing)))


def perturb(
    score: Score,
    x: Float[Tensor, "1 c *space"],
    domain: Domain,
    strength: Float[Tensor, "k n"],
    shares: Shares | Sequence[float],
    *,
    origin: Float[Tensor, "1 c *space"] | None = None,
    micro_batch: int = 8,
) -> Generator[Step, None, Curves]:
    """Insertion and deletion curves, as a generator of steps.

    Args:
        score: what the network says of perturbed inputs; see :func:`clipped`.
        x: one input, as the network receives it.
        domain: what is switched.
        strength: the order: (channels, n), or (1, n) for places with all of their channels.
        shares: of the features, 0 … 1, ascending; rounded to whole numbers of features.
        origin: what is there where a feature is off; zero where None.
        micro_batch: shares at a time, each of which is two inputs; fewer where they are large.

    Raises:
        SettingsError: shares that are none, or a strength that does not fit the features.
    """
    return _switched(score, x, domain, strength, shares, origin, micro_batch, deletion=True)


def insert(
    score: Score,
    x: Float[Tensor, "1 c *space"],
    domain: Domain,
    strength: Float[Tensor, "k n"],
    shares: Shares | Sequence[float],
    *,
    origin: Float[Tensor, "1 c *space"] | None = None,
    micro_batch: int = 8,
) -> Generator[Step, None, Curve]:
    """The insertion curve alone, at half of the passes; arguments and errors as :func:`perturb`."""
    curves = yield from _switched(
        score, x, domain, strength, shares, origin, 2 * micro_batch, deletion=False
    )
    return curves.insertion


def _switched(
    score: Score,
    x: Tensor,
    domain: Domain,
    strength: Tensor,
    shares: Shares | Sequence[float],
    origin: Tensor | None,
    micro_batch: int,
    *,
    deletion: bool,
) -> Generator[Step, None, Curves]:
    """Both curves, or an empty one of deletion."""
    grid = np.asarray(shares, dtype=np.float64)
    if not len(grid) or (np.diff(grid) < 0).any() or grid[0] < 0 or grid[-1] > 1:
        raise SettingsError(f"shares are {list(grid)}; ascending numbers from 0 to 1 are needed")
    size = tuple(x.shape[2:])
    features = domain.features(x)
    if strength.shape[1] != features.shape[2] or strength.shape[0] not in (1, features.shape[1]):
        raise SettingsError(
            f"a strength of shape {tuple(strength.shape)} was given; the features are "
            f"{tuple(features.shape[1:])}"
        )
    nothing = torch.zeros_like(x) if origin is None else origin
    start = None if origin is None else domain.features(origin)
    places = ranks(strength[None])[0]
    counts = torch.from_numpy(np.rint(grid * places.numel())).to(places)
    size_of_one = (1 + deletion) * x[0].numel() * x.element_size()
    batch = max(1, min(micro_batch, _MOST_BYTES // size_of_one))
    insertion: list[Tensor] = []
    off: list[Tensor] = []
    whole = x + nothing
    for chunk in counts.split(batch):
        on = (places < chunk.view(-1, 1, 1)).to(x.dtype)
        mixed = features * on if start is None else start + (features - start) * on
        alone = domain.back(mixed, size)
        outputs = score(torch.cat((alone, whole - alone)) if deletion else alone).detach().cpu()
        insertion.append(outputs[: len(chunk)])
        off.append(outputs[len(chunk) :])
        yield Step(sum(map(len, insertion)), len(grid))
    switched_off = grid if deletion else grid[:0]
    return Curves(Curve(grid, torch.cat(insertion)), Curve(switched_off, torch.cat(off)))
