"""The variants of the method: at which inputs the gradient is taken, and with which weights.

Every estimator of the paper is A(Σ_k w_k ∇f(x_k)), with A the adjoint of the synthesis: since both
are linear, a path lives in **input space** and costs one adjoint (docs/method.md).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

import torch
from torch import Tensor

from wam_core import transforms
from wam_core.bands import Bands
from wam_core.errors import SettingsError, check_numbers, check_whole
from wam_core.memory import to_device
from wam_core.path import Line, Path, Point
from wam_core.path_signed import PathSigned
from wam_core.quadrature import BASELINES, MOST_GRADING, RULES, quadrature

_FEWEST_COPIES = 8  # of fewer the standard error is itself too uncertain to stop at


@dataclass(frozen=True)
class Gradient(Path):
    """The gradient at the input itself (eq. 1, before the absolute value)."""

    kind: ClassVar[str] = "gradient"

    @property
    def length(self) -> int:
        """One pass."""
        return 1

    def points(self, x: Tensor, black: Tensor) -> Iterator[Point]:
        """The input, and nothing else."""
        yield x, 1.0


@dataclass(frozen=True, eq=False)
class IntegratedGradients(Path):
    """Gradients along the straight line from a baseline to the input, times z − z₀ (eq. 3).

    Args:
        steps: the number of points; trapezoid needs two.
        baseline: a name of :data:`BASELINES`, or a tensor that broadcasts to the input.
        rule: ``gauss-legendre`` or ``trapezoid``.
        seed: of the ``noise`` baseline.
        grading: how far the points crowd towards the baseline, 1 (not at all) … 10: α = u^grading.
            A network that takes a logarithm of its input changes most where the input is all but
            silent, between two points of an even rule: with a floor at 10⁻¹⁰ of the power, 25
            plain points miss a tenth of Σ a log(ε + x²), 25 points at a grading of 3 a thousandth.

    Raises:
        SettingsError: no points, an unknown baseline or rule, or a grading outside its range.
    """

    kind: ClassVar[str] = "integrated"
    steps: int = 25
    baseline: str | Tensor = "zero"
    rule: str = "gauss-legendre"
    seed: int = 42
    grading: float = 1.0

    def __post_init__(self) -> None:
        check_whole(steps=self.steps, seed=self.seed)
        check_numbers(grading=self.grading)
        if not 1 <= self.grading <= MOST_GRADING:
            raise SettingsError(
                f"grading is {self.grading}; a number from 1 to {MOST_GRADING} is needed"
            )
        if self.rule not in RULES:
            raise SettingsError(f"rule {self.rule!r} is unknown; accepted: {', '.join(RULES)}")
        fewest = 2 if self.rule == "trapezoid" else 1
        if self.steps < fewest:
            raise SettingsError(f"steps is {self.steps}; {self.rule} needs at least {fewest}")
        if not isinstance(self.baseline, Tensor) and self.baseline not in BASELINES:
            raise SettingsError(
                f"baseline {self.baseline!r} is unknown; accepted: {', '.join(BASELINES)}, or a tensor"
            )

    def __eq__(self, other: object) -> bool:
        """By value: a baseline that is a tensor equals another of the same shape and numbers."""
        if not isinstance(other, IntegratedGradients):
            return NotImplemented
        return self._plain == other._plain and _equal(self.baseline, other.baseline)

    def __hash__(self) -> int:
        return hash(self._plain)

    @property
    def _plain(self) -> tuple[object, ...]:
        """Everything but the numbers of a baseline."""
        start = self.baseline if isinstance(self.baseline, str) else tuple(self.baseline.shape)
        return self.steps, start, self.rule, self.seed, self.grading

    def members(self, chosen: slice, shape: Sequence[int]) -> "IntegratedGradients":
        """With the baselines of these inputs, where each has its own."""
        start = self.baseline
        if isinstance(start, str) or start.ndim != len(shape) or len(start) == 1:
            return self
        return replace(self, baseline=start[chosen])

    def joined(self, others: Sequence[Path], sizes: Sequence[int]) -> Path | None:
        """With a baseline for each input, where they are tensors that differ."""
        if (same := super().joined(others, sizes)) is not None:
            return same
        starts, plain = list[Tensor](), replace(self, baseline="zero")
        for path, size in zip((self, *others), sizes, strict=True):
            if not isinstance(path, IntegratedGradients):
                return None
            start = path.baseline
            if not isinstance(start, Tensor) or start.ndim < 3:
                return None
            if replace(path, baseline="zero") != plain:
                return None
            starts.append(start.expand(size, *start.shape[1:]))
        alike = len({start.shape[1:] for start in starts}) == 1
        return replace(self, baseline=torch.cat(starts)) if alike else None

    @property
    def length(self) -> int:
        """One pass per point."""
        return self.steps

    def points(self, x: Tensor, black: Tensor) -> Iterator[Point]:
        """x₀ + α_k (x − x₀)."""
        start = self.origin(x, black)
        way = x - start
        for alpha, weight in quadrature(self.rule, self.steps, self.grading):
            yield torch.add(start, way, alpha=alpha), weight

    def origin(self, x: Tensor, black: Tensor) -> Tensor:
        """x₀."""
        if isinstance(self.baseline, Tensor):
            try:
                return self.baseline.to(x).expand_as(x)
            except RuntimeError:
                raise SettingsError(
                    f"baseline has shape {tuple(self.baseline.shape)}; one that broadcasts to the "
                    f"input's {tuple(x.shape)} is needed"
                ) from None
        return BASELINES[self.baseline](x, black, self.seed)

    def lines(self, x: Tensor, black: Tensor) -> Iterator[Line]:
        """One, from x₀ to x."""
        yield Line(self.origin(x, black), x, self.steps)

    def halves(self) -> Iterator[float] | None:
        """Every second point, with the weight of its neighbours: the rule at twice the distance.

        For an odd number of trapezoid points it is the trapezoid rule of half as many intervals.
        """
        if self.steps < 3:
            return None
        weights = [weight / 2 for _, weight in quadrature(self.rule, self.steps, self.grading)]
        for left_out in range(1, self.steps, 2):
            neighbours = [at for at in (left_out - 1, left_out + 1) if at < self.steps]
            for at in neighbours:
                weights[at] += weights[left_out] / len(neighbours)
            weights[left_out] = 0.0
        return iter(weights)

    def finish(self, gradient: Bands, travelled: Callable[[], Bands]) -> Bands:
        """(z − z₀) · the mean gradient; signed, and it adds up to f(x) − f(x₀)."""
        return gradient.map(torch.mul, travelled())


@dataclass(frozen=True)
class SmoothGrad(Path):
    """The mean of a path's gradients over noisy copies of its points (eq. 2).

    The noise is added to the **input**, with standard deviation spread × (max − min) of each
    sample over all its channels. It is drawn sample by sample on the CPU, so that neither the
    micro-batch nor the device changes it, and is the same for all members of a batch, so that a
    member's map does not depend on its mates.

    Args:
        samples: the number of noisy copies n.
        spread: the standard deviation of the noise, as a share of the input's range.
        seed: of the noise.
        aggregate: ``signed`` averages gradients (eq. 2); ``magnitude`` averages, as the authors'
            released code does, |mean over channels| of each copy's gradient after dividing each
            band by its own maximum: unsigned, the same for all channels, one adjoint per copy.
        along: the path whose points are perturbed: the input itself, or Integrated Gradients
            (``length`` is then samples × steps).
        until: the relative standard error at which to stop, between 0 and 1; ``samples`` is then
            the most that are taken. It is looked at after each micro-batch, from the eighth copy
            on, and only where a copy is complete. None takes all samples.

    Raises:
        SettingsError: no samples, a negative spread, magnitudes along a path, or a standard error
            outside its range.
    """

    kind: ClassVar[str] = "smoothgrad"
    samples: int = 25
    spread: float = 0.25
    seed: int = 42
    aggregate: str = "signed"
    along: Gradient | IntegratedGradients = field(default_factory=Gradient)
    until: float | None = None

    def __post_init__(self) -> None:
        check_whole(samples=self.samples, seed=self.seed)
        check_numbers(spread=self.spread, **({} if self.until is None else {"until": self.until}))
        if not isinstance(self.along, Gradient | IntegratedGradients):
            raise SettingsError(
                f"along is {self.along!r}; Gradient() or IntegratedGradients(…) is needed"
            )
        if self.until is not None and not 0 < self.until < 1:
            raise SettingsError(f"until is {self.until}; a share between 0 and 1 is needed")
        if self.samples < 1:
            raise SettingsError(f"samples is {self.samples}; at least 1 is needed")
        if not 0 <= self.spread < float("inf"):
            raise SettingsError(
                f"spread is {self.spread}; a share of the range, 0 or more, is needed"
            )
        if self.aggregate not in ("signed", "magnitude"):
            raise SettingsError(
                f"aggregate {self.aggregate!r} is unknown; accepted: signed, magnitude"
            )
        if self.aggregate == "magnitude" and not isinstance(self.along, Gradient):
            raise SettingsError("the mean of magnitudes is defined for the gradient path only")

    def members(self, chosen: slice, shape: Sequence[int]) -> "SmoothGrad":
        """With those of the path without noise."""
        along = self.along.members(chosen, shape)
        return self if along is self.along else replace(self, along=along)

    @property
    def length(self) -> int:
        """One pass per noisy point."""
        return self.samples * self.along.length

    def points(self, x: Tensor, black: Tensor) -> Iterator[Point]:
        """x_k + σ ε_i, ε_i ~ N(0, 1)."""
        sigma = self._sigma(x)
        for noise in self._noises(x):
            for point, weight in self.along.points(x, black):
                yield torch.addcmul(point, sigma, noise), weight / self.samples

    def origin(self, x: Tensor, black: Tensor) -> Tensor | None:
        """That of the path without noise."""
        return self.along.origin(x, black)

    def lines(self, x: Tensor, black: Tensor) -> Iterator[Line] | None:
        """Those of the path without noise, each moved by its own ε_i."""
        if not isinstance(self.along, IntegratedGradients):
            return None
        sigma, (line,) = self._sigma(x), self.along.lines(x, black)
        return (
            Line(
                torch.addcmul(line.start, sigma, noise),
                torch.addcmul(line.end, sigma, noise),
                line.steps,
                line.share / self.samples,
            )
            for noise in self._noises(x)
        )

    def halves(self) -> Iterator[float] | None:
        """Every second copy, as it is."""
        if self.samples < 2:
            return None
        share = 1 / self.length
        return (copy % 2 * share for copy in range(self.samples) for _ in range(self.along.length))

    def ended(self, done: int, error: Callable[[], float]) -> "SmoothGrad | None":
        """As many copies as there are, where their standard error is small enough."""
        copies, begun = divmod(done, self.along.length)
        if self.until is None or begun or copies < min(_FEWEST_COPIES, self.samples):
            return None
        if copies < self.samples and error() > self.until:
            return None
        return replace(self, samples=copies, until=None)

    def _sigma(self, x: Tensor) -> Tensor:
        """σ of each sample."""
        axes = tuple(range(1, x.ndim))
        return self.spread * (x.amax(axes, keepdim=True) - x.amin(axes, keepdim=True))

    def _noises(self, x: Tensor) -> Iterator[Tensor]:
        """ε_i, one at a time and the same for all members of a batch."""
        generator = torch.Generator().manual_seed(self.seed)
        draw = torch.empty(x.shape[1:], dtype=x.dtype)  # overwritten by the next
        for _ in range(self.samples):
            yield to_device(draw.normal_(generator=generator), x.device)

    @property
    def measure(self) -> Callable[[Bands], Bands] | None:
        """The normalised magnitude, where magnitudes are averaged."""
        if self.aggregate == "signed":
            return None
        return lambda gradient: gradient.map(_released_magnitude)

    def finish(self, gradient: Bands, travelled: Callable[[], Bands]) -> Bands:
        """That of the path without noise."""
        return self.along.finish(gradient, travelled)


def _equal(one: str | Tensor, other: str | Tensor) -> bool:
    """Whether two baselines are the same; the type of their numbers plays no part."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return torch.equal(one.cpu().double(), other.cpu().double())
    return isinstance(one, str) and isinstance(other, str) and one == other


def _released_magnitude(band: Tensor) -> Tensor:
    """|mean over channels| of each sample, divided by its own maximum in this band."""
    magnitude = band.mean(1, keepdim=True).abs()
    peak = magnitude.amax(tuple(range(1, band.ndim)), keepdim=True)
    tiniest = torch.finfo(band.dtype).tiny  # an all-zero band stays zero
    return (magnitude / peak.clamp_min(tiniest)).expand_as(band)


Known = Gradient | IntegratedGradients | SmoothGrad | PathSigned


def settings(path: Path) -> dict[str, Any]:
    """A path as JSON values, with its kind; a tensor baseline is given as nested lists."""
    if not isinstance(path, Known):
        raise SettingsError(f"{type(path).__name__} has no settings that can be written down")
    values = {"kind": path.kind, **asdict(path)}
    if isinstance(path, SmoothGrad):
        values["along"] = settings(path.along)
    if isinstance(path, PathSigned):
        values["transform"] = path.transform.settings
    if isinstance(baseline := values.get("baseline"), Tensor):
        values["baseline"] = baseline.tolist()
    return values


def from_settings(values: Mapping[str, Any]) -> Known:
    """The path that :func:`settings` wrote down."""
    arguments = dict(values)
    kinds = (Gradient, IntegratedGradients, SmoothGrad, PathSigned)
    kind = {path.kind: path for path in kinds}[arguments.pop("kind")]
    if "along" in arguments:
        arguments["along"] = from_settings(arguments["along"])
    if "transform" in arguments:
        arguments["transform"] = transforms.from_settings(arguments["transform"])
    if isinstance(arguments.get("baseline"), list):
        arguments["baseline"] = torch.tensor(arguments["baseline"], dtype=torch.float64)
    return kind(**arguments)
