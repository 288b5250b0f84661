"""The method as a class in Captum's style: a module first, then ``attribute(inputs, …)``."""

from collections.abc import Iterator, Sequence
from typing import Literal, overload

import torch
from jaxtyping import Float
from torch import Tensor, nn

from wam_core.bands import Bands
from wam_core.classifier import Classifier
from wam_core.density import density
from wam_core.engine import default_micro_batch, explain
from wam_core.errors import SettingsError
from wam_core.module import frozen
from wam_core.path import Path
from wam_core.paths import Gradient, IntegratedGradients
from wam_core.spelling import transform_of
from wam_core.transforms import Transform

Targets = int | Sequence[int] | Tensor | None
"""One class for all inputs, one for each, or each input's own prediction."""


class WaveletGradients:
    """Gradients with respect to wavelet coefficients, asked for as Captum's methods are.

    With ``n_steps`` it is Captum's IntegratedGradients on z ↦ f(W⁻¹(z)), without it Saliency
    (signed) there; with ``nt_samples`` it is their NoiseTunnel over the inputs. Unlike those it
    draws from a generator of its own, gives all members of a batch the same noise, and passes the
    module in ``eval()``. The module is given back in its own mode.

    Args:
        forward_func: a module, (batch, channel, *space) → logits (batch, classes).
        transform: haar with three levels where None, or as many as the inputs have room for.

    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    >>> attributions, delta = WaveletGradients(net).attribute(
    ...     torch.ones(1, 1, 8, 8), target=1, n_steps=20, return_convergence_delta=True)
    >>> attributions.shape, delta.shape
    (torch.Size([1, 1, 8, 8]), torch.Size([1]))
    """

    def __init__(self, forward_func: nn.Module, transform: Transform | None = None) -> None:
        self.forward_func = forward_func
        self.transform = transform

    multiplies_by_inputs = True

    def has_convergence_delta(self) -> bool:
        """Whether :meth:`attribute` can say how far it is from complete: yes, with ``n_steps``."""
        return True

    @overload
    def attribute(
        self, inputs: Tensor, target: Targets = ..., *, baselines: Tensor | float | None = ...,
        n_steps: int | None = ..., nt_samples: int = ..., stdevs: float = ...,
        internal_batch_size: int | None = ..., return_convergence_delta: Literal[False] = ...,
        seed: int = ...,
    ) -> Tensor: ...  # fmt: skip

    @overload
    def attribute(
        self, inputs: Tensor, target: Targets = ..., *, baselines: Tensor | float | None = ...,
        n_steps: int | None = ..., nt_samples: int = ..., stdevs: float = ...,
        internal_batch_size: int | None = ..., return_convergence_delta: Literal[True],
        seed: int = ...,
    ) -> tuple[Tensor, Tensor]: ...  # fmt: skip

    def attribute(
        self,
        inputs: Float[Tensor, "b c *space"],
        target: Targets = None,
        *,
        baselines: Tensor | float | None = None,
        n_steps: int | None = 50,
        nt_samples: int = 0,
        stdevs: float = 1.0,
        internal_batch_size: int | None = None,
        return_convergence_delta: bool = False,
        seed: int = 42,
    ) -> Float[Tensor, "b c *space"] | tuple[Float[Tensor, "b c *space"], Float[Tensor, " d"]]:
        """Attributions shaped like the inputs, as what takes Captum's maps expects them.

        Each coefficient's attribution is divided among the samples that it covers, in proportion to
        |x − x₀| where there are steps (:mod:`wam_core.density`): signed, and with the same sum. So
        the sum of a map is f(x) − f(x₀) + delta, as with Captum. What lies at which scale is in
        :meth:`attribute_coefficients`.

        Args:
            inputs: as the module receives them.
            target: a class, one per input, or None for the predictions.
            baselines: x₀, a number or a tensor that broadcasts to the inputs; zero where None.
            n_steps: points of the Gauss–Legendre rule; None takes the gradient at the input, which
                has no baseline and no delta.
            nt_samples: noisy copies of each input, over which attributions are averaged; 0 takes
                the input itself.
            stdevs: the standard deviation of the noise, in the inputs' own units.
            internal_batch_size: the most inputs in one pass of the module; a default of the device
                where None.
            return_convergence_delta: also return Σ attribution − (f(x) − f(x₀)), for every input,
                or for every noisy copy of every input: (inputs × nt_samples).
            seed: of the noise.

        Raises:
            SettingsError: no passes, a negative deviation, targets that are not one per input, or a
                delta without steps.
            InputError, NumericalError, MemoryShortageError: as :func:`wam_core.explain`.
        """
        z, delta, start = self._attributed(
            inputs, target, baselines, n_steps, nt_samples, stdevs, internal_batch_size,
            return_convergence_delta, seed,
        )  # fmt: skip
        weight = None if n_steps is None else (inputs - start).abs()
        size = tuple(inputs.shape[2:])
        placed = density(z, self._transform(size), size, weight=weight)
        return (placed, delta) if return_convergence_delta else placed

    def attribute_coefficients(
        self,
        inputs: Float[Tensor, "b c *space"],
        target: Targets = None,
        *,
        baselines: Tensor | float | None = None,
        n_steps: int | None = 50,
        nt_samples: int = 0,
        stdevs: float = 1.0,
        internal_batch_size: int | None = None,
        return_convergence_delta: bool = False,
        seed: int = 42,
    ) -> Bands | tuple[Bands, Float[Tensor, " d"]]:
        """The attributions themselves, band by band; arguments as :meth:`attribute`."""
        z, delta, _ = self._attributed(
            inputs, target, baselines, n_steps, nt_samples, stdevs, internal_batch_size,
            return_convergence_delta, seed,
        )  # fmt: skip
        return (z, delta) if return_convergence_delta else z

    def _transform(self, size: tuple[int, ...]) -> Transform:
        return transform_of(self.transform, size)

    def _attributed(
        self,
        inputs: Tensor,
        target: Targets,
        baselines: Tensor | float | None,
        n_steps: int | None,
        nt_samples: int,
        stdevs: float,
        internal_batch_size: int | None,
        with_delta: bool,
        seed: int,
    ) -> tuple[Bands, Tensor, Tensor]:
        """Attributions, deltas and baselines of all inputs, one input after the other."""
        _check(n_steps, nt_samples, stdevs, internal_batch_size, with_delta)
        inputs = inputs.detach()
        start = torch.as_tensor(0.0 if baselines is None else baselines)
        start = start.detach().to(inputs).expand_as(inputs)
        transform = self._transform(tuple(inputs.shape[2:]))
        most = internal_batch_size or default_micro_batch(inputs)
        found: list[Bands] = []
        deltas: list[Tensor] = []
        with frozen(self.forward_func, inputs.ndim - 2, quick=False) as classifier:
            for row, wanted in enumerate(_targets(target, classifier, inputs)):
                x, x0 = inputs[row : row + 1], start[row : row + 1]
                path: Path = Gradient() if n_steps is None else IntegratedGradients(n_steps, x0)
                parts: list[Bands] = []
                for copies in _copies(x, nt_samples, stdevs, seed, most):
                    result = explain(
                        classifier, copies, wanted, transform=transform, path=path,
                        micro_batch=max(1, most // len(copies)),
                    )  # fmt: skip
                    parts.append(result.attribution.map(lambda band: band.sum(0, keepdim=True)))
                    if (begin := result.origin_scores) is not None:
                        total = sum(
                            band.flatten(1).sum(1) for _, band in result.attribution.bands()
                        )
                        deltas.append(total - (result.scores - begin))
                summed = parts[0].map(lambda *bands: torch.stack(bands).sum(0), *parts[1:])
                found.append(summed.map(lambda band: band / max(1, nt_samples)))
        together = found[0].map(lambda *bands: torch.cat(bands), *found[1:])
        return together, torch.cat(deltas) if deltas else inputs.new_empty(0), start


def _check(
    n_steps: int | None, nt_samples: int, stdevs: float, most: int | None, with_delta: bool
) -> None:
    if nt_samples < 0:
        raise SettingsError(f"nt_samples is {nt_samples}; 0 (no noise) or more are needed")
    if not 0 <= stdevs < float("inf"):
        raise SettingsError(f"stdevs is {stdevs}; 0 or more is needed, in the inputs' units")
    if most is not None and most < 1:
        raise SettingsError(f"internal_batch_size is {most}; at least 1 is needed")
    if with_delta and n_steps is None:
        raise SettingsError(
            "a convergence delta needs a baseline: n_steps is None, a number is needed"
        )


def _targets(target: Targets, classifier: Classifier, inputs: Tensor) -> Iterator[int]:
    """A class per input."""
    if target is None:
        for x in inputs.split(1):
            yield int(classifier.predict(x).argmax())
        return
    classifier.scores(inputs[:1])  # which finds out what the outputs are
    each = torch.as_tensor(target).flatten().tolist()
    if len(each) not in (1, len(inputs)):
        raise SettingsError(
            f"{len(each)} targets for {len(inputs)} inputs; one, or one each, are needed"
        )
    # Captum counts columns, and the only one of a single logit is that of the second class
    first = 1 if classifier.has_one_output else 0
    yield from (first + index for index in (each * len(inputs) if len(each) == 1 else each))


def _copies(
    x: Float[Tensor, "1 c *space"], count: int, deviation: float, seed: int, most: int
) -> Iterator[Float[Tensor, "k c *space"]]:
    """The input, or its noisy copies, at most ``most`` at a time; the noise is drawn on the CPU."""
    if not count:
        yield x
        return
    generator = torch.Generator().manual_seed(seed)
    for first in range(0, count, most):
        draws = [
            torch.randn(x.shape[1:], generator=generator, dtype=x.dtype)
            for _ in range(first, min(first + most, count))
        ]
        yield x + deviation * torch.stack(draws).to(x.device)
