"""Cells over time, gathered in the columns of a picture."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wam_core.views import Sign

Floats = npt.NDArray[np.floating]


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
        sign: taking every n-th instead would lose a click.
        """
        count = self.values.shape[1]
        out = np.empty((len(self.values), columns), dtype=np.float64)
        for column in range(columns):
            begin = (start + column * step - self.start) / self.step
            first = min(max(math.floor(begin + 1e-6), 0), count - 1)
            last = math.ceil(begin + step / self.step - 1e-6)
            part = self.values[:, first : max(last, first + 1)]
            most = part.max(1)
            if sign == "signed":
                least = part.min(1)
                most = np.where(most >= -least, most, least)
            out[:, column] = most
        return Cells(out, start, step)


def envelope(x: Floats, columns: int) -> tuple[Floats, Floats]:
    """The smallest and the largest of the samples (n,) in each of at most ``columns`` columns."""
    columns = min(columns, x.size)
    edges = np.linspace(0, x.size, columns, endpoint=False).astype(int)
    return np.minimum.reduceat(x, edges), np.maximum.reduceat(x, edges)


def round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, … times a power of ten; 1 for 0.

    >>> round_up(0.13), round_up(0.0)
    (0.2, 1.0)
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return float(next(m * power for m in (1, 2, 5, 10) if m * power >= value * (1 - 1e-9)))


def rows_of(frequencies: Floats) -> list[tuple[float, float]]:
    """Round frequencies in Hz and where they lie among rows with these centres, for ticks.

    Row i is centred at i + ½; as many are named as do not touch each other.
    """
    rows = len(frequencies)
    chosen: list[tuple[float, float]] = []
    for frequency in (1000, 10000, 100, 5000, 2000, 500, 20000, 50, 200):  # dearest first
        if frequencies[0] <= frequency <= frequencies[-1]:
            place = float(np.interp(frequency, frequencies, np.arange(rows))) + 0.5
            if all(abs(place - other) >= 0.09 * rows for _, other in chosen):
                chosen.append((float(frequency), place))
    return sorted(chosen)
