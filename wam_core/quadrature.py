"""Named baselines x₀, and the points and weights between a baseline and an input."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor

RULES = ("gauss-legendre", "trapezoid")

MOST_GRADING = 10


def quadrature(rule: str, steps: int, grading: float = 1.0) -> list[tuple[float, float]]:
    """Nodes α and weights w on [0, 1]; the weights are positive and sum to 1.

    With a ``grading`` p > 1 the nodes move towards 0: α = u^p with u spread as for p = 1. Then
    Gauss–Legendre is that of ∫ f(u^p) p u^(p−1) du, for a whole p still exact for polynomials in
    α up to degree 2·steps / p − 1, and the trapezoid rule is that of the moved nodes.

    >>> quadrature("trapezoid", 3)
    [(0.0, 0.25), (0.5, 0.5), (1.0, 0.25)]
    >>> quadrature("trapezoid", 3, grading=2)
    [(0.0, 0.125), (0.25, 0.5), (1.0, 0.375)]
    """
    if rule == "gauss-legendre":
        nodes, weights = np.polynomial.legendre.leggauss(steps)
        nodes, weights = (nodes + 1) / 2, weights / 2
    else:
        nodes = np.linspace(0, 1, steps)
        weights = np.full(steps, 1 / (steps - 1))
        weights[[0, -1]] /= 2
    if grading != 1 and rule == "gauss-legendre":
        weights = weights * nodes ** (grading - 1)
        nodes, weights = nodes**grading, weights / weights.sum()  # the sum is 1 / p
    elif grading != 1:
        nodes = nodes**grading
        weights = np.diff(nodes, prepend=0) / 2 + np.diff(nodes, append=1) / 2
    return list(zip(nodes.tolist(), weights.tolist(), strict=True))


def _blurred(x: Tensor) -> Tensor:
    """Gaussian blur with a standard deviation of 1/16 of each axis."""
    sigma = (0.0, 0.0, *(extent / 16 for extent in x.shape[2:]))
    blurred = gaussian_filter(x.detach().cpu().numpy(), sigma, mode="nearest")
    return torch.from_numpy(blurred).to(x)


def _noise(x: Tensor, seed: int) -> Tensor:
    """Gaussian noise with the mean and spread of each channel of ``x``."""
    axes = tuple(range(2, x.ndim))
    draw = torch.randn(x.shape[1:], generator=torch.Generator().manual_seed(seed), dtype=x.dtype)
    return x.mean(axes, keepdim=True) + x.std(axes, keepdim=True) * draw.to(x.device)


BASELINES: Mapping[str, Callable[[Tensor, Tensor, int], Tensor]] = {
    "zero": lambda x, black, seed: torch.zeros_like(x),
    "black": lambda x, black, seed: black,
    "mean": lambda x, black, seed: x.mean(tuple(range(2, x.ndim)), keepdim=True).expand_as(x),
    "blur": lambda x, black, seed: _blurred(x),
    "noise": lambda x, black, seed: _noise(x, seed),
}
"""Named baselines x₀, functions of (x, black, seed).

``zero`` is 0 in the units the network receives: W⁻¹(0), the paper's z₀ = 0. For a network that
takes values normalised to ±1 that is mid-grey; ``black`` is no light (silence, empty space).
"""
