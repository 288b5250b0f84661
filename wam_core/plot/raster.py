"""Arrays → as many cells as a picture has pixels; round numbers for axes.

The one resampler: whatever is drawn on fewer pixels than it has values goes through
:func:`reduced`, which takes extremes or means of ranges of cells and leaves none out: taking every
n-th instead would lose a click.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from wam_core import views
from wam_core.attribution import WaveletAttribution
from wam_core.views import Sign

Numbers = npt.NDArray[Any]
Floats = npt.NDArray[np.floating[Any]]
Ranges = npt.NDArray[np.int64]
"""First cell and the one after the last of each range, (ranges, 2)."""

Reduction = Literal["max", "min", "sum", "mean", "strongest"]
"""``strongest`` is the value of largest magnitude, with its sign; + of two that are equal."""

_EXTREMES = {"max": np.maximum, "min": np.minimum, "sum": np.add}
_NAMED = (1000, 10000, 100, 5000, 2000, 500, 20000, 50, 200)  # Hz, the most useful first
_APART = 0.09  # of an axis: ticks that are closer would touch


def touched(count: int, columns: int, per_column: float, lead: float = 0.0) -> Ranges:
    """For each of some columns, the cells that it touches, one at least.

    Args:
        count: of cells.
        columns: how many.
        per_column: cells in each, not necessarily a whole number.
        lead: where the first column begins, in cells.

    >>> touched(10, 3, 10 / 3).tolist()
    [[0, 4], [3, 7], [6, 10]]
    """
    edges = lead + np.arange(columns + 1) * per_column
    first = np.clip(np.floor(edges[:-1] + 1e-6).astype(np.int64), 0, count - 1)
    last = np.ceil(edges[1:] - 1e-6).astype(np.int64)
    return np.stack([first, np.clip(np.maximum(last, first + 1), 0, count)], axis=1)


def divided(count: int, columns: int) -> Ranges:
    """Cells divided among at most so many columns, each in one of them.

    >>> divided(10, 3).tolist(), len(divided(2, 3))
    ([[0, 3], [3, 6], [6, 10]], 2)
    """
    edges = np.linspace(0, count, min(columns, count) + 1).astype(np.int64)
    return np.stack([edges[:-1], edges[1:]], axis=1)


def blocks(count: int, size: int) -> Ranges:
    """Blocks of so many cells; the last may have fewer.

    >>> blocks(5, 2).tolist()
    [[0, 2], [2, 4], [4, 5]]
    """
    first = np.arange(0, count, size)
    return np.stack([first, np.minimum(first + size, count)], axis=1)


def reduced(values: Numbers, ranges: Ranges, how: Reduction, axis: int = -1) -> Numbers:
    """Ranges of cells along one axis, each as one value.

    >>> reduced(np.array([1.0, -3.0, 2.0]), blocks(3, 2), "strongest").tolist()
    [-3.0, 2.0]
    """
    if how == "strongest":
        high, low = (reduced(values, ranges, extreme, axis) for extreme in ("max", "min"))
        return np.where(high >= -low, high, low)
    if how == "mean":
        sums = reduced(values.astype(np.float64), ranges, "sum", axis)
        counts = (ranges[:, 1] - ranges[:, 0]).astype(np.float64)
        means: Numbers = np.moveaxis(np.moveaxis(sums, axis, -1) / counts, -1, axis)
        return means
    starts, stops = ranges.T
    if stops[-1] == values.shape[axis] and (starts[1:] == stops[:-1]).all():
        apart: Numbers = _EXTREMES[how].reduceat(values, starts, axis=axis)
        return apart
    # every second of the ranges between these places is one that is wanted
    values = np.moveaxis(values, axis, -1)
    ended = np.concatenate([values, values[..., -1:]], axis=-1)
    found = _EXTREMES[how].reduceat(ended, np.ravel(ranges), axis=-1)[..., ::2]
    return np.moveaxis(found, -1, axis)


def reduced_blocks(values: Numbers, factors: Sequence[int], how: Reduction) -> Numbers:
    """Blocks of cells along every axis as one value; the last of each axis may be smaller.

    >>> reduced_blocks(np.arange(5.0).reshape(5, 1), (2, 1), "mean").ravel().tolist()
    [0.5, 2.5, 4.0]
    """
    for axis, factor in enumerate(factors):
        if factor > 1:
            values = reduced(values, blocks(values.shape[axis], factor), how, axis)
    return values


def envelope(x: Floats, columns: int) -> tuple[Floats, Floats]:
    """The smallest and the largest of the samples (n,) in each of at most ``columns`` columns."""
    ranges = divided(x.size, columns)
    return reduced(x, ranges, "min"), reduced(x, ranges, "max")


@dataclass(frozen=True, eq=False)
class Cells:
    """A map whose columns are times.

    Attributes:
        values: (rows, cells), the first row at the bottom.
        start: when the first cell begins, in s.
        step: how long each lasts, in s.
    """

    values: Floats
    start: float
    step: float

    @property
    def stop(self) -> float:
        """When the last cell ends, in s."""
        return self.start + int(self.values.shape[1]) * self.step

    def gathered(self, duration: float, columns: int, sign: Sign = "magnitude") -> "Cells":
        """At most ``columns`` cells from 0 to ``duration``; unchanged where there are no more."""
        if self.values.shape[1] <= columns:
            return self
        return self.on(0.0, duration / columns, columns, sign)

    def on(self, start: float, step: float, columns: int, sign: Sign = "magnitude") -> "Cells":
        """The same on other cells.

        Each takes the largest of all that it touches, or the one of largest magnitude with its
        sign.
        """
        lead = (start - self.start) / self.step
        ranges = touched(self.values.shape[1], columns, step / self.step, lead)
        how: Reduction = "strongest" if sign == "signed" else "max"
        return Cells(reduced(self.values, ranges, how).astype(np.float64), start, step)


def to_array(values: Any) -> Floats:
    """The first sample and channel of a tensor; float64, so that tiny gradients do not vanish."""
    numbers: Floats = values[0, 0].detach().cpu().double().numpy()
    return numbers


def importance(result: WaveletAttribution) -> Floats:
    """|γ| summed over channels and bands at every place of the input, of the first sample."""
    magnitude = views.over_channels(result.attribution, "magnitude")
    return to_array(views.heat_map(magnitude, result.transform, result.size))


def peak(heat: Floats) -> tuple[int, ...]:
    """The place of the largest value; of many equal ones, as a coefficient has, one amid them."""
    places = np.argwhere(heat == heat.max())
    return tuple(int(index) for index in places[len(places) // 2])


def round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, … times a power of ten; 1 for 0.

    >>> round_up(0.13), round_up(0.0)
    (0.2, 1.0)
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return float(next(m * power for m in (1, 2, 5, 10) if m * power >= value * (1 - 1e-9)))


def round_down(value: float) -> float:
    """The largest of 1, 2, 5, 10, … times a power of ten that is no larger than a value above 0.

    >>> round_down(0.19), round_down(7.0)
    (0.1, 5.0)
    """
    power = 10.0 ** math.floor(math.log10(value))
    return max(power * factor for factor in (1, 2, 5) if power * factor <= value)


def frequency_ticks(frequencies: Floats) -> list[tuple[float, float]]:
    """Round frequencies in Hz and where they lie among rows with these centres, lowest first.

    Row i is centred at i + ½; as many are named as do not touch each other.
    """
    rows = len(frequencies)
    chosen: list[tuple[float, float]] = []
    for frequency in _NAMED:
        if frequencies[0] <= frequency <= frequencies[-1]:
            place = float(np.interp(frequency, frequencies, np.arange(rows))) + 0.5
            if all(abs(place - other) >= _APART * rows for _, other in chosen):
                chosen.append((float(frequency), place))
    return sorted(chosen)
