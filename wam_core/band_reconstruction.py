"""The pieces that a signal is put together from: the wave of one coefficient, the part of a band.

Synthesis is linear, so pieces add up: all bands together give the signal back.
"""

from collections.abc import Collection, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.bands import Band, Bands
from wam_core.transforms import Transform
from wam_core.views import only


def wave(transform: Transform, band: Band, size: Sequence[int]) -> Float[Tensor, "1 1 *space"]:
    """What one coefficient of 1 in the middle of a band adds to a signal of a size.

    Of a detail band it is the wavelet, as wide as its level; of the approximation the scaling
    function. Float64.

    >>> wave(DiscreteWaveletTransform("haar", 2, ndim=1), Band(1, "d"), [8]).flatten().round(decimals=2)
    tensor([ 0.0000,  0.0000,  0.0000,  0.0000,  0.7100, -0.7100,  0.0000,  0.0000],
           dtype=torch.float64)
    """
    nothing = transform.analyse(torch.zeros(1, 1, *size, dtype=torch.float64))
    values = nothing[band]
    middle = tuple(extent // 2 for extent in values.shape[2:])
    values[(0, 0, *middle)] = 1.0
    return transform.synthesise(nothing, tuple(size))


def piece(
    transform: Transform, z: Bands, size: tuple[int, ...], bands: Collection[Band]
) -> Float[Tensor, "b c *space"]:
    """The signal of some bands alone; the others are silent.

    Raises:
        KeyError: a band that the pyramid does not have.
    """
    there = {band for band, _ in z.bands()}
    if unknown := [str(band) for band in bands if band not in there]:
        raise KeyError(f"there is no band {', '.join(unknown)} among {len(there)}")
    return transform.synthesise(only(z, bands), size)
