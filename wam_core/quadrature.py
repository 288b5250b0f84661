"""Points and weights on the way from a baseline to an input."""

import numpy as np

RULES = ("gauss-legendre", "trapezoid")

MOST_GRADING = 10


def quadrature(rule: str, steps: int, grading: float = 1.0) -> list[tuple[float, float]]:
    """Nodes α and weights w on [0, 1]; the weights are positive and sum to 1.

    With a ``grading`` p > 1 the nodes move towards 0: α = u^p with u spread as for p = 1. Then
    Gauss–Legendre is that of ∫ f(u^p) p u^(p−1) du, for a whole p still exact for polynomials in
    α up to degree 2·steps / p − 1, and the trapezoid rule is that of the moved nodes.

    >>> quadrature("trapezoid", 3)
    [(0.0, 0.25), (0.5, 0.5), (1.0, 0.25)]
    >>> quadrature("trapezoid", 3, grading=2)
    [(0.0, 0.125), (0.25, 0.5), (1.0, 0.375)]
    """
    if rule == "gauss-legendre":
        nodes, weights = np.polynomial.legendre.leggauss(steps)
        nodes, weights = (nodes + 1) / 2, weights / 2
    else:
        nodes = np.linspace(0, 1, steps)
        weights = np.full(steps, 1 / (steps - 1))
        weights[[0, -1]] /= 2
    if grading != 1 and rule == "gauss-legendre":
        weights = weights * nodes ** (grading - 1)
        nodes, weights = nodes**grading, weights / weights.sum()  # the sum is 1 / p
    elif grading != 1:
        nodes = nodes**grading
        weights = np.diff(nodes, prepend=0) / 2 + np.diff(nodes, append=1) / 2
    return list(zip(nodes.tolist(), weights.tolist(), strict=True))
