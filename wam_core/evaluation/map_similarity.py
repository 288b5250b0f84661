"""Whether two rankings, or two explanations, point at the same places: their maps, and how those correlate."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import spearmanr
from skimage.metrics import structural_similarity
from torch import Tensor
from torch.nn import functional

from wam_core.attribution import WaveletAttribution
from wam_core.bands import Bands
from wam_core.density import density
from wam_core.evaluation.domain import Wavelet
from wam_core.evaluation.pipeline import Ranking
from wam_core.pixel_attribution import resized
from wam_core.views import heat_map, over_channels

Map = npt.NDArray[np.float64]

_BRIGHTEST = 99.5  # the percentile at which colours end on the screen, too
_NOTHING = 1e-6  # of the largest value: rounding
_WINDOW = 7  # samples, pixels, voxels: of SSIM


class Agreement(NamedTuple):
    """Spearman's rank correlation of two maps, and over how many places; NaN where one is flat."""

    rho: float
    places: int


def strength_bands(ranking: Ranking) -> Bands | None:
    """The strength of every coefficient, one channel; None where samples were ranking."""
    if not isinstance(ranking.domain, Wavelet):
        return None
    # strengths have no colour that could be turned back
    return Wavelet(ranking.domain.transform).bands(ranking.by_place, ranking.size)


def over_space(ranking: Ranking) -> Map:
    """Where the ranking is strong, on the axes of what was ranked; adds up to 1, or is 0 throughout.

    Coefficients lie over all samples that they stand for, as in a heat-map.
    """
    return shares(_on_axes(ranking, heat_map)[0, 0])


def over_time(ranking: Ranking, cells: int) -> Map:
    """When the ranking is strong, in equal cells of the whole duration; adds up to 1.

    The last axis is time. A coefficient is divided among its samples: a heat-map would count those
    of low octaves many times.

    Args:
        ranking: of a sound, or of its spectrogram.
        cells: into which it is gathered.
    """
    along = _on_axes(ranking, density).flatten(1, -2).sum(1, keepdim=True)
    if along.shape[-1] < cells:
        return shares(resized(along, (cells,))[0, 0])
    return shares(functional.adaptive_avg_pool1d(along, cells)[0, 0])


def _on_axes(ranking: Ranking, over: Callable[..., Tensor]) -> Tensor:
    """The strength on the axes of what was ranked; ``over`` places coefficients there."""
    if isinstance(ranking.domain, Wavelet):
        values: Tensor = over(strength_bands(ranking), ranking.domain.transform, ranking.size)
    else:
        values = ranking.by_place.unflatten(2, ranking.size)
    return values


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


def map_similarity(one: WaveletAttribution, other: WaveletAttribution) -> tuple[float, float]:
    """Rank correlation of |γ| over the coefficients that count in either, and SSIM of the heat-maps.

    Where the input holds nothing, Integrated Gradients give every network's map a zero, and most of
    an object's grid is empty: ranks that only tell where the object is would say nothing of maps.
    A map that is the same everywhere has no order: its correlation counts as 0.
    """
    _, correlation = rank_correlations(one, other)
    return correlation, _ssim(_as_seen(one), _as_seen(other))


def rank_correlations(one: WaveletAttribution, other: WaveletAttribution) -> tuple[float, float]:
    """Spearman's ρ of γ and of |γ|, over the coefficients that count in either; 0 for a flat map."""
    domain = Wavelet(one.transform)
    a, b = (
        domain.rows(result.attribution)[0].flatten().double().cpu().numpy()
        for result in (one, other)
    )
    sizes = np.abs(a), np.abs(b)
    counts = (sizes[0] > _NOTHING * sizes[0].max()) | (sizes[1] > _NOTHING * sizes[1].max())
    return _spearman(a[counts], b[counts]), _spearman(*(size[counts] for size in sizes))


def _spearman(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    varied = a.size > 1 and np.ptp(a) > 0 and np.ptp(b) > 0
    return float(spearmanr(a, b).statistic) if varied else 0.0


def _as_seen(result: WaveletAttribution) -> npt.NDArray[np.float64]:
    """The heat-map, 0 … 1, as colours show it."""
    heat = heat_map(over_channels(result.attribution, "magnitude"), result.transform, result.size)
    values: npt.NDArray[np.float64] = heat[0, 0].double().cpu().numpy()
    top = float(np.percentile(values, _BRIGHTEST)) or float(values.max()) or 1.0
    return np.minimum(values / top, 1)


def _ssim(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    """SSIM (Wang 2004), of any number of axes, where either map has a value.

    Two windows of nothing are equal, and of most objects' grids that is nearly all.
    """
    side = min(_WINDOW, *a.shape)
    _, similarity = structural_similarity(
        a, b, win_size=side - (side % 2 == 0), data_range=1.0, full=True
    )
    counts = np.maximum(a, b) > _NOTHING
    return float(similarity[counts].mean()) if counts.any() else 1.0
