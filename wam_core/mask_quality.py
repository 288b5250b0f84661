"""How a kept part would be heard, in numbers: how much of it there is, and how much it chirps.

A part made of single coefficients that come and go sounds of "musical noise": short tones at random
places. It shows in the mask before it is heard. For any number of axes, as a picture can be
speckled for the same reason.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.attribution import WaveletAttribution
from wam_core.bands import Bands
from wam_core.views import Keep

_KEPT = 0.5


@dataclass(frozen=True)
class MaskQuality:
    """What a way to keep makes of the first sample of a result.

    Attributes:
        coefficients: the mean of the mask: the share of the coefficients.
        energy: the kept signal's share of the input's energy Σx²; can exceed 1 a little where the
            wavelet is not orthogonal.
        isolated: of the coefficients that are kept (a mask above ½), the share with no kept
            neighbour along any axis of their band: each is a chirp.
        switching: Σ|difference of neighbouring mask values| over space / Σ mask: how often a kept
            coefficient is switched on or off. 2 n for isolated ones (n axes), near 0 for fades.
    """

    coefficients: float
    energy: float
    isolated: float
    switching: float


def mask_quality(result: WaveletAttribution, keep: Keep) -> MaskQuality:
    """The numbers for one way to keep; all are 0 where nothing is kept."""
    mask = keep.mask(result.attribution).map(lambda band: band[:1])
    z = result.coefficients.map(lambda band, m: band[:1] * m, mask)
    kept = result.transform.synthesise(z, result.size)
    whole = result.input[:1].double().square().sum()
    total = sum(float(band.double().sum()) for _, band in mask.bands())
    return MaskQuality(
        coefficients=total / sum(band.numel() for _, band in mask.bands()),
        energy=_ratio(float(kept.double().square().sum()), float(whole)),
        isolated=isolated(mask),
        switching=_ratio(sum(_variation(band) for _, band in mask.bands()), total),
    )


def isolated(mask: Bands) -> float:
    """The share of kept coefficients whose neighbours along every axis of their band are not.

    Kept is a mask above ½; there is nothing to be next to beyond a band's edge.
    """
    alone = every = 0
    for _, band in mask.bands():
        kept = band > _KEPT
        alone += int((kept & ~_beside(kept)).sum())
        every += int(kept.sum())
    return _ratio(alone, every)


def _beside(kept: Tensor) -> Tensor:
    """Where a neighbour along any axis is kept."""
    found = torch.zeros_like(kept)
    for axis in range(2, kept.ndim):
        pairs = kept.shape[axis] - 1
        found.narrow(axis, 0, pairs).logical_or_(kept.narrow(axis, 1, pairs))
        found.narrow(axis, 1, pairs).logical_or_(kept.narrow(axis, 0, pairs))
    return found


def _variation(band: Float[Tensor, "b c *band"]) -> float:
    """Σ|difference of neighbours| along every axis; there is silence beyond the edges."""
    total = 0.0
    for axis in range(2, band.ndim):
        silence = torch.zeros_like(band.narrow(axis, 0, 1))
        steps = band.diff(dim=axis, prepend=silence, append=silence)
        total += float(steps.abs().double().sum())
    return total


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
