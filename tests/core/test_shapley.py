"""What parts contribute to a value: the laws that leave only one answer (Shapley 1953)."""

import doctest
import random

import pytest

from wam_core.evaluation import shapley as module
from wam_core.evaluation.shapley import coalitions, shapley_values


def game(parts: str, seed: int) -> dict[frozenset[str], float]:
    drawn = random.Random(seed)
    return {some: drawn.uniform(-1, 1) for some in coalitions(parts)}


def test_examples_are_true() -> None:
    found = doctest.testmod(module)
    assert found.attempted and not found.failed


@pytest.mark.parametrize("parts", ["a", "ab", "abc", "abcd"])
def test_they_add_up_to_all_parts_less_none(parts: str) -> None:
    values = game(parts, 1)
    gained = values[frozenset(parts)] - values[frozenset()]
    assert sum(shapley_values(values).values()) == pytest.approx(gained)


def test_a_part_that_always_adds_the_same_contributes_that() -> None:
    values = game("ab", 2)
    with_c = {some | {"c"}: value + 0.25 for some, value in values.items()}
    found = shapley_values(values | with_c)
    assert found["c"] == pytest.approx(0.25)
    assert {part: found[part] for part in "ab"} == pytest.approx(shapley_values(values))


def test_parts_that_do_the_same_contribute_the_same() -> None:
    values = {some: float(len(some & {"a", "b"}) > 0) * 0.8 for some in coalitions("abc")}
    assert shapley_values(values) == pytest.approx({"a": 0.4, "b": 0.4, "c": 0.0})


def test_they_add_up_over_games() -> None:
    one, other = game("abc", 3), game("abc", 4)
    both = shapley_values({some: one[some] + other[some] for some in one})
    apart = shapley_values(one), shapley_values(other)
    assert both == pytest.approx({part: apart[0][part] + apart[1][part] for part in "abc"})
