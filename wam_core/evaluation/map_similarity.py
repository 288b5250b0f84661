"""Whether two rankings point at the same places: their maps on one grid, and how those correlate."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import spearmanr
from torch import Tensor
from torch.nn import functional

from wam_core.bands import Bands
from wam_core.density import density
from wam_core.domain import Wavelet
from wam_core.evaluation.ranked import Ranked, strengths
from wam_core.resizing import resized
from wam_core.views import heat_map

Map = npt.NDArray[np.float64]


class Agreement(NamedTuple):
    """Spearman's rank correlation of two maps, and over how many places; NaN where one is flat."""

    rho: float
    places: int


def pyramid(ranked: Ranked) -> Bands | None:
    """The strength of every coefficient, one channel; None where samples were ranked."""
    if not isinstance(ranked.domain, Wavelet):
        return None
    # strengths have no colour that could be turned back
    return Wavelet(ranked.domain.transform).pyramid(strengths(ranked), ranked.size)


def over_space(ranked: Ranked) -> Map:
    """Where the ranking is strong, on the axes of what was ranked; adds up to 1, or is 0 throughout.

    Coefficients lie over all samples that they stand for, as in a heat-map.
    """
    return shares(_laid(ranked, heat_map)[0, 0])


def over_time(ranked: Ranked, cells: int) -> Map:
    """When the ranking is strong, in equal cells of the whole duration; adds up to 1.

    The last axis is time. A coefficient is divided among its samples: a heat-map would count those
    of low octaves many times.

    Args:
        ranked: of a sound, or of its spectrogram.
        cells: into which it is gathered.
    """
    along = _laid(ranked, density).flatten(1, -2).sum(1, keepdim=True)
    if along.shape[-1] < cells:
        return shares(resized(along, (cells,))[0, 0])
    return shares(functional.adaptive_avg_pool1d(along, cells)[0, 0])


def _laid(ranked: Ranked, over: Callable[..., Tensor]) -> Tensor:
    """The strength on the axes of what was ranked; ``over`` places coefficients there."""
    if isinstance(ranked.domain, Wavelet):
        laid: Tensor = over(pyramid(ranked), ranked.domain.transform, ranked.size)
    else:
        laid = strengths(ranked).unflatten(2, ranked.size)
    return laid


def shares(values: Tensor | Map) -> Map:
    """A map that adds up to 1; one that is 0 throughout stays so."""
    found = torch.as_tensor(values).double().numpy()
    total = float(found.sum())
    return found / total if total else found


def fitted(values: Map, size: tuple[int, ...]) -> Map:
    """A map at another size, adding up to 1 again: to be laid over one of another network."""
    if values.shape == size:
        return values
    return shares(resized(torch.from_numpy(values)[None, None], size)[0, 0])


def agreement(a: Map, b: Map) -> Agreement:
    """The rank correlation of two maps on one grid."""
    if not (np.ptp(a) and np.ptp(b)):
        return Agreement(float("nan"), a.size)
    return Agreement(float(spearmanr(a, b, axis=None).statistic), a.size)
