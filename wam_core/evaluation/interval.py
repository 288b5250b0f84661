"""How far a mean over inputs is to be trusted."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_DRAWS = 10_000


class Interval(NamedTuple):
    """A mean, and the ends of its interval; NaN where nothing was measured."""

    mean: float
    low: float
    high: float
    n: int


def bootstrap(
    values: npt.ArrayLike, *, level: float = 0.9, seed: int = 0, draws: int = _DRAWS
) -> Interval:
    """The mean over inputs with its percentile bootstrap interval (Efron 1979).

    For a gain, pass the differences input by input: pairs say more than two separate intervals.

    Args:
        values: one number per input; those that are not finite are left out.
        level: of the interval, 0 … 1.
        seed: of the draws.
        draws: how often the inputs are drawn again, with replacement.

    >>> bootstrap([1.0, 1.0, 1.0])
    Interval(mean=1.0, low=1.0, high=1.0, n=3)
    """
    x = np.asarray(values, dtype=np.float64)
    x = x[np.isfinite(x)]
    if not len(x):
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    draw = np.random.default_rng(seed)
    means = x[draw.integers(0, len(x), (draws, len(x)))].mean(1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(x.mean()), float(low), float(high), len(x))
