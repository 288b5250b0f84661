"""Attributions to a network's representation, gathered from the passes of an explanation.

A sound network turns its input x into a representation m(x) first, such as a mel spectrogram, and
the gradients with respect to it come with those of the input at no extra pass. What is made of them
is laid out like m: (batch, channel, *its own axes), signed, for any number of axes.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.classifier import Classifier
from wam_core.path import Line, Path
from wam_core.to_device import to_device


def weighted(
    values: Float[Tensor, "k b c *space"], weights: Sequence[float]
) -> Float[Tensor, "b c *space"]:
    """Σ_k w_k v_k; a single value of weight 1 is passed on as it is."""
    if list(weights) == [1.0]:
        return values[0]
    factors = to_device(torch.tensor(weights, dtype=values.dtype), values.device)
    total: Tensor = torch.tensordot(factors, values, dims=1)
    return total


def gather(
    classifier: Classifier,
    path: Path,
    x: Float[Tensor, "b c *space"],
    black: Float[Tensor, "b c *space"],
) -> "MeanGradient | CurveIntegral | None":
    """What a path makes of a representation; None for a network without one.

    ==========================================  ===============================================
    path                                        attribution to m
    ==========================================  ===============================================
    gradient, SmoothGrad                        Σ w_k g_k, the mean gradient
    SmoothGrad of magnitudes                    Σ w_k abs(g_k)
    Integrated Gradients, with noise or not     ∫ g ⊙ dm along the curve that m runs through
    ==========================================  ===============================================
    """
    if classifier.representation is None:
        return None
    if (lines := path.lines(x, black)) is not None:
        return CurveIntegral(classifier.represent, lines)
    return MeanGradient(magnitude=path.measure is not None)


class MeanGradient:
    """Σ_k w_k g_k, or Σ_k w_k |g_k| where the path averages magnitudes.

    Attributes:
        total: the sum so far; None before the first point.
    """

    def __init__(self, *, magnitude: bool) -> None:
        self.total: Tensor | None = None
        self._magnitude = magnitude

    def add(
        self,
        represented: Float[Tensor, "k b d *axes"],
        gradients: Float[Tensor, "k b d *axes"],
        weights: Sequence[float],
    ) -> None:
        """Take in m(x_k), the gradients g_k there, and the weights w_k of a micro-batch."""
        measured = gradients.abs() if self._magnitude else gradients
        added = weighted(measured, weights)
        self.total = added if self.total is None else self.total + added


class CurveIntegral:
    """∫ g ⊙ dm along the curve m(x₀ + α (x − x₀)), by the trapezoid rule in m.

    While x moves on a straight line, m does not: (m(x) − m(x₀)) times the mean gradient would
    leave out how it bends, and would not add up. The integral does, to f(x) − f(x₀). As

        ∫ g ⊙ dm ≈ g₁ (m₁ − m(x₀)) + Σ_k ½ (g_k + g_{k+1}) (m_{k+1} − m_k) + g_n (m(x) − m_n)

    needs only the values of m at the points, it costs no pass of the network, and however fast m
    moves does not matter: for a module linear in m it is exact at any number of points, and
    otherwise the error is of second order in their distance **in m**. The quadrature's weights
    play no part. With noise, it is the mean over the lines.

    Args:
        represent: x ↦ m(x), asked once per line, for its two ends.
        lines: the lines, in the order of their points.

    Attributes:
        total: the integral so far; None before the first point.
    """

    def __init__(self, represent: Callable[[Tensor], Tensor], lines: Iterator[Line]) -> None:
        self.total: Tensor | None = None
        self._represent = represent
        self._lines = lines
        self._left = 0  # points to come on this line
        self._share = 0.0
        self._end: Tensor | None = None  # m at the end of this line
        self._last: tuple[Tensor, Tensor] | None = None  # m and g of the last point

    def add(
        self,
        represented: Float[Tensor, "k b d *axes"],
        gradients: Float[Tensor, "k b d *axes"],
        weights: Sequence[float],
    ) -> None:
        """Take in a micro-batch, point by point: it may end anywhere on a line."""
        if self.total is None:
            self.total = torch.zeros_like(gradients[0])
        for m, g in zip(represented, gradients, strict=True):
            if self._left == 0:
                self._begin(g)
            assert self._end is not None and self._last is not None
            before, slope = self._last
            self.total.addcmul_(slope + g, m - before, value=self._share / 2)
            self._last, self._left = (m, g), self._left - 1
            if self._left == 0:
                self.total.addcmul_(g, self._end - m, value=self._share)
        self._last = (m.clone(), g.clone())  # a view would keep the whole micro-batch

    def _begin(self, g: Tensor) -> None:
        """The next line; the gradient at its start is taken to be that of its first point."""
        line = next(self._lines)
        with torch.no_grad():
            start, self._end = self._represent(torch.cat((line.start, line.end))).chunk(2)
        self._left, self._share, self._last = line.steps, line.share, (start, g)
