"""In which order features are switched on: the strength of each, from an attribution or without one.

A strength is (channels, n): each channel's features for themselves; or (1, n): a place with all of
its channels. The features with the largest strength come first; ties keep their order.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from wam_core.domain import Domain


def magnitude(a: Float[Tensor, "1 c n"], *, shared: bool = False) -> Float[Tensor, "k n"]:
    """|a|; summed over channels where a place is one feature."""
    strength = a[0].abs()
    return strength.sum(0, keepdim=True) if shared else strength


def signed(a: Float[Tensor, "1 c n"], *, shared: bool = False) -> Float[Tensor, "k n"]:
    """a itself: what speaks for the class first, what speaks against it last."""
    return a[0].sum(0, keepdim=True) if shared else a[0]


def weighted(
    a: Float[Tensor, "1 c n"], z: Float[Tensor, "1 c n"], *, shared: bool = False
) -> Float[Tensor, "k n"]:
    """|z| · |a|: a steep place that holds something."""
    return magnitude(a * z, shared=shared)


def bounded_sign(g: Float[Tensor, "1 c n"], z: Float[Tensor, "1 c n"]) -> Float[Tensor, "c n"]:
    """|z| · exp(tanh t), t = sign(z) g / rms g: the energy, raised or lowered by the gradient.

    That of :class:`wam_core.paths.PathSigned`, for features of any domain. A plain signed order
    leaves half of the structure for the end. Here a gradient can move a feature by a factor of e at
    most, either way, so that structure stays together.

    Args:
        g: the mean gradient of log p along the path on which |z| is inserted.
        z: the features.
    """
    typical = g.square().mean().sqrt().clamp_min(torch.finfo(z.dtype).tiny)
    t = z.sign() * g / typical
    strength: Tensor = (z.abs() * t.tanh().exp())[0]
    return strength


def at_random(like: Float[Tensor, "k n"], seed: int) -> Float[Tensor, "k n"]:
    """No order at all: what any ranking has to beat."""
    draw = torch.Generator().manual_seed(seed)
    return torch.rand(like.shape, generator=draw, dtype=like.dtype).to(like.device)


def coarse_first(
    domain: Domain, size: tuple[int, ...], z: Float[Tensor, "1 c n"]
) -> Float[Tensor, "1 n"]:
    """The coarser the earlier, and within a level the larger: knows no network."""
    strength = magnitude(z, shared=True)
    level = domain.scale(size).to(strength)
    return level + strength / (strength.max() * 2).clamp_min(torch.finfo(z.dtype).tiny)


def ranks(strength: Float[Tensor, "k n"]) -> Int[Tensor, "k n"]:
    """The place of every feature in the order, 0 = first."""
    order = strength.flatten().argsort(descending=True, stable=True)
    places = torch.empty_like(order)
    places[order] = torch.arange(len(order), device=order.device)
    return places.view(strength.shape)
