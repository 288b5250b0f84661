"""How much attribution lies at each sample of the input: signed, and adding up."""

from collections.abc import Collection

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.bands import Band, BandInfo, Bands
from wam_core.transforms import Transform
from wam_core.views import at_input_size


def density(
    z: Bands,
    transform: Transform,
    size: tuple[int, ...],
    bands: Collection[Band] | None = None,
    weight: Float[Tensor, "b c *space"] | None = None,
) -> Float[Tensor, "b c *space"]:
    """γ per sample: each coefficient's is divided among the samples that it covers.

    Its sum over space is Σγ of the chosen bands (all, where None), so Integrated Gradients stay
    complete. A heat-map repeats a coefficient on every sample instead, and so counts those of
    level j 2^(nj) times.

    A coefficient stands for ``step`` samples along each axis (:class:`BandInfo`). What of it lies
    beyond the edges is left to the others; a coefficient wholly beyond them is given to the outermost sample.

    Args:
        z: an attribution.
        transform: what it belongs to.
        size: the extent of the input along each spatial axis.
        bands: those to be placed.
        weight: not negative; a coefficient is divided in proportion to it, as to |x − x₀|: then
            nothing is placed where the input is its baseline. Evenly where None, and where none of
            its samples has any.
    """
    layout = transform.layout(size)
    placed = z.approx.new_zeros(*z.approx.shape[:2], *size)
    for band, values in z.bands():
        if bands is None or band in bands:
            if weight is not None:
                total = _blocks(weight, layout[band])
                rate = torch.where(total > 0, values / total, 0)
                placed = placed + weight * at_input_size(rate, layout[band], size)
                values = torch.where(total > 0, 0, values)
            placed = placed + _evenly(values, layout[band], size)
    return placed


def _evenly(
    values: Float[Tensor, "b c *band"], info: BandInfo, size: tuple[int, ...]
) -> Float[Tensor, "b c *space"]:
    """A band on the input's grid; a block is a product of intervals, so one axis after the other."""
    for axis, (extent, step, start) in enumerate(
        zip(size, info.step, info.start, strict=True), start=2
    ):
        place = torch.arange(values.shape[axis] * step, device=values.device) + start
        inside = (place >= 0) & (place < extent)
        count = inside.view(-1, step).sum(1).repeat_interleave(step).to(values.dtype)
        share = torch.where(count > 0, inside / count.clamp(min=1), 1 / step)
        parts = values.repeat_interleave(step, axis).movedim(axis, -1) * share
        divided = parts.new_zeros(*parts.shape[:-1], extent)
        divided.index_add_(-1, place.clamp(0, extent - 1), parts)
        values = divided.movedim(-1, axis)
    return values


def _blocks(weight: Float[Tensor, "b c *space"], info: BandInfo) -> Float[Tensor, "b c *band"]:
    """The sum of a weight over the samples of each coefficient of a band."""
    for axis, (count, step, start) in enumerate(
        zip(info.shape, info.step, info.start, strict=True), start=2
    ):
        along = weight.movedim(axis, -1)
        laid = along.new_zeros(*along.shape[:-1], count * step)
        laid[..., -start : along.shape[-1] - start] = along
        weight = laid.unflatten(-1, (count, step)).sum(-1).movedim(-1, axis)
    return weight
