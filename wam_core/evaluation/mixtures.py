"""Inputs with known parts: a signal and what was added to it, and how much of each a mask keeps.

Analysis, masking and synthesis are linear, so the kept part of a sum is the sum of what is kept of
its parts: how much of an interpretation is the signal is not estimated, it is computed. For any
number of axes.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.bands import Bands
from wam_core.errors import SettingsError
from wam_core.transforms import Transform

_QUIETEST = 1e-12


@dataclass(frozen=True, eq=False)
class Mixture:
    """A signal x = wanted + other.

    Attributes:
        wanted: the part that is to be explained, (batch, channel, *space).
        other: what was added, of the same shape.
    """

    wanted: Float[Tensor, "b c *space"]
    other: Float[Tensor, "b c *space"]

    @property
    def sum(self) -> Float[Tensor, "b c *space"]:
        """What the network receives."""
        return self.wanted + self.other

    @property
    def ratio(self) -> float:
        """The signal-to-noise ratio of the sum, in dB; infinite where nothing was added."""
        return _decibels(self.wanted, self.other)

    def kept(self, transform: Transform, mask: Bands) -> "Mixture":
        """What a mask over the coefficients keeps of each part."""

        def part(values: Tensor) -> Tensor:
            masked = transform.analyse(values).map(torch.mul, mask)
            return transform.synthesise(masked, tuple(values.shape[2:]))

        return Mixture(part(self.wanted), part(self.other))


def with_noise(x: Float[Tensor, "b c *space"], decibels: float = 0.0, seed: int = 42) -> Mixture:
    """White Gaussian noise at a signal-to-noise ratio; at 0 dB it has the RMS of the signal.

    Raises:
        SettingsError: a ratio that is not finite, or a silent signal, which has no such ratio.

    >>> round(with_noise(torch.ones(1, 1, 1000), 6.0).ratio, 3)
    6.0
    """
    _check(x, decibels)
    draw = torch.randn(x.shape[1:], generator=torch.Generator().manual_seed(seed), dtype=x.dtype)
    noise = draw.to(x.device).expand_as(x)
    return Mixture(x, noise * _gain(x, noise, decibels))


def overlap(
    first: Float[Tensor, "b c *space"], second: Float[Tensor, "b c *space"], share: float = 0.2
) -> Mixture:
    """Two signals at once: x₁/max|x₁| + share · x₂/max|x₂| (the paper's overlap experiment).

    Raises:
        SettingsError: a share that is not positive, or a silent signal.
    """
    if not 0 < share < math.inf:
        raise SettingsError(f"share is {share}; a number above 0 is needed")
    _check(first, 0)
    _check(second, 0)
    return Mixture(first / first.abs().max(), share * second / second.abs().max())


def _check(x: Tensor, decibels: float) -> None:
    if not math.isfinite(decibels):
        raise SettingsError(f"the signal-to-noise ratio is {decibels} dB; a finite one is needed")
    if not x.any():
        raise SettingsError("the signal is silent: it has no ratio to what is added")


def _gain(x: Tensor, other: Tensor, decibels: float) -> float:
    return math.sqrt(_power(x) / _power(other)) * 10 ** (-decibels / 20)


def _power(x: Tensor) -> float:
    return float(x.double().square().mean())


def _decibels(wanted: Tensor, other: Tensor) -> float:
    above, below = _power(wanted), _power(other)
    if below == 0:
        return math.inf if above else math.nan
    return 10 * math.log10(max(above, _QUIETEST * below) / below)
