"""Named baselines: what counts as nothing there."""

from collections.abc import Callable, Mapping

import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor


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
