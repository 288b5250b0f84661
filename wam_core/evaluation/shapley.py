"""What each of a few parts contributes to a value that only their coalitions have.

The Shapley value (L. S. Shapley, A value for n-person games, 1953): the mean, over every order of
putting the parts in, of what a part adds when its turn comes. Where either of two parts is enough,
each gets half; the contributions add up to the value of all parts less that of none.
"""

from collections.abc import Collection, Mapping
from itertools import combinations
from math import factorial

Coalition = frozenset[str]


def coalitions(parts: Collection[str]) -> list[Coalition]:
    """Every set of the parts, from none to all: 2ⁿ of n.

    >>> [sorted(some) for some in coalitions(["coarse", "fine"])]
    [[], ['coarse'], ['fine'], ['coarse', 'fine']]
    """
    return [frozenset(some) for size in range(len(parts) + 1) for some in combinations(parts, size)]


def shapley_values(values: Mapping[Coalition, float]) -> dict[str, float]:
    """The Shapley value of each part.

    Args:
        values: of each of :func:`coalitions`.

    >>> none, a, b = frozenset(), frozenset("a"), frozenset("b")
    >>> shapley_values({none: 0.0, a: 1.0, b: 1.0, a | b: 1.0})
    {'a': 0.5, 'b': 0.5}
    """
    parts = sorted(frozenset().union(*values))
    n = len(parts)
    found = dict.fromkeys(parts, 0.0)
    for some in coalitions(parts):
        weight = factorial(len(some)) * factorial(max(n - len(some) - 1, 0)) / factorial(n)
        for part in parts:
            if part not in some:
                found[part] += weight * (values[some | {part}] - values[some])
    return found
