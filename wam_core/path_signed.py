"""Path-signed: the magnitudes |z|, signed and moved by the gradients along an insertion path.

A variant of this project beside the paper's three (docs/method.md).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from wam_core.bands import Bands
from wam_core.errors import SettingsError, check_whole
from wam_core.path import Path, Point
from wam_core.targets import Contrast, LogProbability, One, Wanted
from wam_core.transforms import Transform


@dataclass(frozen=True)
class PathSigned(Path):
    """|z|, raised or lowered and signed by the gradients while the input grows out of its |z|.

    The points are x_k = W⁻¹(z where |z| is among the share q_k of the largest, ties together),
    with q_k evenly spaced in the logarithm from a thousandth to all: the inputs that an insertion
    curve asks the network about, and a straight line never passes. With g the mean gradient of
    log p there and t = sign(z) g / rms(g), coefficient by coefficient,

        γ = sign(t) |z| exp(tanh t).

    The sign says for or against the class; the size is the input's own, moved by a factor of e at
    most either way. It does not add up to anything, and has the unit of z. Ours, not the paper's:
    what it gains over |z| alone is measured in docs/evaluation.md.

    Args:
        transform: the explanation's own.
        steps: the number of points, at least 2.

    Raises:
        SettingsError: fewer steps than 2.
    """

    kind: ClassVar[str] = "path-signed"
    transform: Transform
    steps: int = 25

    def __post_init__(self) -> None:
        check_whole(steps=self.steps)
        if self.steps < 2:
            raise SettingsError(f"steps is {self.steps}; path-signed needs at least 2")

    @property
    def length(self) -> int:
        """One pass per point."""
        return self.steps

    def fits(self, transform: Transform) -> bool:
        """The same transform orders the coefficients and explains them."""
        return transform == self.transform

    def asks(self, wanted: Wanted) -> Wanted:
        """log p of a class, which also falls when others rise; of a contrast, the contrast."""
        if isinstance(wanted, Tensor):
            wanted = wanted.flatten().tolist()
        if isinstance(wanted, list):
            return [_asked(one) for one in wanted]
        return _asked(wanted)

    def points(self, x: Tensor, black: Tensor) -> Iterator[Point]:
        """The parts of x, from its strongest coefficients to all of them."""
        z, size = self.transform.analyse(x), tuple(x.shape[2:])
        sizes = torch.cat([band.abs().flatten(1) for _, band in z.bands()], 1)
        sizes = sizes.sort(1, descending=True).values
        for share in np.geomspace(1e-3, 1, self.steps).tolist():
            least = sizes[:, max(round(share * sizes.shape[1]), 1) - 1]
            least = least.view(-1, *(1,) * (x.ndim - 1))
            kept = z.map(partial(_at_least, least))
            yield self.transform.synthesise(kept, size), 1 / self.steps

    def finish(self, gradient: Bands, travelled: Callable[[], Bands]) -> Bands:
        """sign(t) |z| exp(tanh t)."""
        squares = [band.square().flatten(1) for _, band in gradient.bands()]
        typical = torch.cat(squares, 1).mean(1).sqrt().view(-1, *(1,) * (gradient.ndim + 1))
        tiniest = torch.finfo(typical.dtype).tiny  # where nothing matters, nothing is moved
        moved = gradient.map(torch.mul, travelled().map(torch.sign))
        bounded = moved.map(lambda band: (band / typical.clamp_min(tiniest)).tanh())
        strength = travelled().map(torch.abs)
        return strength.map(lambda z, t: t.sign() * z * t.exp(), bounded)


def _at_least(least: Tensor, band: Tensor) -> Tensor:
    """What is as large as that, and 0."""
    return band * (band.abs() >= least)


def _asked(wanted: One) -> One:
    return wanted if isinstance(wanted, Contrast | LogProbability) else LogProbability(wanted)
