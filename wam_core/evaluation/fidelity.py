"""Whether an attribution foresees what happens when regions are taken away (μ-fidelity)."""

from collections.abc import Generator

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int
from scipy.stats import spearmanr
from torch import Tensor

from wam_core.evaluation.curves import Score, Step
from wam_core.evaluation.domain import Domain

GRID, SUBSETS, SHARE = 28, 128, 0.2
"""28 cells along each axis, a fifth of them taken away, as published for pictures."""


def cells(domain: Domain, size: tuple[int, ...], grid: int = GRID) -> Int[Tensor, " n"]:
    """The number of the box that each place falls in, 0 … m − 1 without gaps.

    Boxes of the domain's own canvas: of the input for samples, of the mosaic for coefficients.
    """
    where = domain.canvas(size)
    extent = where.amax(0) + 1
    sides = extent.clamp_max(grid)
    box = where * sides // extent
    number = torch.zeros(len(where), dtype=torch.long)
    for axis, side in enumerate(sides.tolist()):
        number = number * side + box[:, axis]
    numbers: Tensor = number.unique(return_inverse=True)[1]
    return numbers


def mu_fidelity(
    score: Score,
    x: Float[Tensor, "1 c *space"],
    domain: Domain,
    attribution: Float[Tensor, "k n"],
    index: int,
    *,
    grid: int = GRID,
    share: float = SHARE,
    subsets: int = SUBSETS,
    seed: int = 0,
    micro_batch: int = 16,
) -> Generator[Step, None, float]:
    """Spearman's ρ between what subsets of cells are worth by the attribution and what losing them costs.

    Bhatt et al. 2020 (μ-fidelity). Only ρ: the authors' released code averages it with its p-value.

    Args:
        score: the judge of perturbed inputs.
        x: one input.
        domain: whose places are taken away, and put to zero.
        attribution: the worth of every place; summed over channels and over a subset.
        index: the class whose score is to fall.
        grid: cells along each axis.
        share: of the cells, in each subset.
        subsets: how many are drawn.
        seed: of the draws.
        micro_batch: subsets at a time.

    Returns:
        ρ, −1 … 1; 0 where either side is constant, as an order cannot be told then.
    """
    size = tuple(x.shape[2:])
    box = cells(domain, size, grid)
    count = int(box.max()) + 1
    taken = _draws(count, max(1, round(share * count)), subsets, seed)
    worth = torch.zeros(count, dtype=torch.float64).index_add_(
        0, box, attribution.sum(0).double().cpu()
    )
    foretold = (taken.double() @ worth).numpy()
    features = domain.features(x)
    whole = score(x)[0, index]
    falls: list[Tensor] = []
    for chunk in taken.split(micro_batch):
        off = chunk[:, box].unsqueeze(1).to(x)
        falls.append((whole - score(domain.back(features * (1 - off), size))[:, index]).cpu())
        yield Step(sum(map(len, falls)), subsets)
    return _spearman(foretold, torch.cat(falls).double().numpy())


def _draws(cells: int, taken: int, subsets: int, seed: int) -> Float[Tensor, "s cells"]:
    """1 where a cell is taken, the same number in each subset."""
    draw = torch.Generator().manual_seed(seed)
    order = torch.rand(subsets, cells, generator=draw).argsort(dim=1)
    return (order < taken).float()


def _spearman(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    if not (np.ptp(a) and np.ptp(b)):
        return 0.0
    return float(spearmanr(a, b).statistic)
