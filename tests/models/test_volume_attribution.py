"""Attribution finds what the class of a volume hangs on, beyond what volume and architecture explain.

The full measurement is ``python -m benchmarks.volumes``; here is a part of it with its bounds.
"""

import statistics

import pytest
import torch

import models
from benchmarks.removal import (
    HAAR,
    Fall,
    Item,
    attributed,
    by_sample,
    coefficient_falls,
    falls,
    first,
    named_rightly,
    without,
)
from benchmarks.volumes import built, gaps, parts
from wam_core import IntegratedGradients
from wam_core.evaluation.randomisation import randomised

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # a loaded machine is no failure
COUNT = 20


@pytest.fixture(scope="module")
def modelnet10():
    return models.load("modelnet10")


@pytest.fixture(scope="module")
def objects(modelnet10, shared_data):
    found = named_rightly(modelnet10, shared_data / "volumes" / "modelnet10_30.npz", COUNT)
    assert len(found) == COUNT and len({item.label for item in found}) == 10
    return found


@pytest.fixture(scope="module")
def controls(modelnet10, objects):
    batches = [torch.cat([item.x for item in objects[start::2]]) for start in range(2)]
    return [randomised(modelnet10, batches, seed) for seed in range(2)]


@pytest.fixture(scope="module")
def rows(modelnet10, objects, controls):
    return [falls(modelnet10, controls, item) for item in objects]


def won(rows: list[Fall], control: str, ranking: str = "attribution") -> int:
    return sum(row.by[ranking] > row.by[control] for row in rows)


def mean(rows: list[Fall], name: str) -> float:
    return statistics.mean(row.by[name] for row in rows)


def test_removing_what_was_named_lowers_p_more_than_chance(rows):
    assert won(rows, "random") >= 0.9 * COUNT
    assert mean(rows, "attribution") >= 2 * mean(rows, "random")


def test_removing_what_was_named_lowers_p_more_than_what_is_large(rows):
    assert won(rows, "|z|") >= 50 / 60 * COUNT
    assert mean(rows, "attribution") >= 2 * mean(rows, "|z|")


@pytest.mark.parametrize("seed", [0, 1])
def test_removing_what_was_named_lowers_p_more_than_what_untrained_weights_name(rows, seed):
    assert won(rows, f"random weights {seed}") >= 50 / 60 * COUNT


@pytest.mark.parametrize("control", ["|z|", "random weights 0", "random weights 1"])
def test_no_control_would_pass_in_its_place(rows, control):
    assert won(rows, "random", control) < 0.9 * COUNT
    assert won(rows, "ball", control) < COUNT / 2 <= won(rows, "ball")


def test_the_sign_tells_what_speaks_for_the_class(modelnet10, objects):
    """Ranked from the other end, the voxels that go first lower p less, if at all."""
    losses = []
    for item in objects[::2]:
        index = modelnet10.index(item.label)
        ranking = by_sample(attributed(modelnet10, index, item).attribution, item)
        x = torch.cat([without(item, first(item, sign * ranking)) for sign in (1, -1)])
        losses.append(modelnet10.predict(x)[:, index].tolist())
    assert sum(best < worst for best, worst in losses) >= 0.9 * len(losses)


def test_so_it_is_among_the_coefficients(modelnet10, objects, controls):
    found = [coefficient_falls(modelnet10, controls[:1], item) for item in objects]
    assert won(found, "random") >= 0.95 * COUNT
    assert won(found, "random weights 0") >= 50 / 60 * COUNT
    assert mean(found, "attribution") >= mean(found, "|z|")


def test_integrated_gradients_are_nearly_complete(modelnet10, objects):
    items = objects + built()
    few = gaps(modelnet10, items, IntegratedGradients(25))
    assert statistics.median(few) <= 0.05 and max(few) <= 0.25
    assert max(gaps(modelnet10, items[::4], IntegratedGradients(100))) <= 0.02


def test_built_objects_hang_on_what_was_named(modelnet10, controls):
    found = [falls(modelnet10, controls[:1], item) for item in built()]
    # bed and sofa are not among them: their p hardly moves, whatever is taken away
    assert won(found, "random") >= 4 and won(found, "|z|") >= 4
    assert mean(found, "attribution") >= 4 * max(mean(found, "random"), mean(found, "|z|"), 0)
    agree = 0
    for item in built():
        carried = parts(modelnet10, item)
        assert sum(part.voxels for part in carried) == pytest.approx(1, abs=1e-6)
        assert sum(part.gamma for part in carried) == pytest.approx(1, abs=1e-3)
        named = max(carried, key=lambda part: part.gamma)
        agree += named is max(carried, key=lambda part: part.fall)
    assert agree >= 4


def test_what_is_taken_is_a_tenth_of_the_object_in_the_order_of_the_ranking():
    """A ranking by height takes the top of a 4 × 5 × 10 block, and nothing beside it."""
    x = torch.zeros(1, 1, 12, 12, 12)
    x[0, 0, 3:7, 2:7, 1:11] = 1
    item = Item("block", "block", x)
    height = torch.arange(12.0).expand(12, 12, 12)
    left = without(item, first(item, height))
    assert float((x - left).sum()) == 20 and HAAR.levels == 2
    assert not left[..., 10].any() and torch.equal(left[..., :10], x[..., :10])
