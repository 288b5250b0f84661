"""Scale profiles of several networks: shares add up, intervals hold the mean, coarser is coarser."""

import csv
import io

import numpy as np
import pytest
import torch
from torch import nn

from tests.oracles import draw, followed, network
from wam_core import Classifier, DiscreteWaveletTransform, Gradient
from wam_core.errors import InputError, SettingsError
from wam_core.evaluation.scales import (
    APPROX,
    ENERGY,
    OURS,
    centres,
    means,
    profiles,
    profiles_csv,
    shifts,
)
from wam_core.evaluation.study import Item
from wam_core.steps import run_to_end

SIDES = {1: (64,), 2: (16, 16), 3: (8, 8, 8)}


class Mean(nn.Module):
    """Sees nothing but blocks of ``size`` samples: its gradient is constant within them."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.register_buffer("signs", torch.randn(64, generator=torch.Generator().manual_seed(1)))

    def forward(self, x):
        blocks = x.flatten(1).unflatten(1, (-1, self.size)).mean(2)
        score = blocks @ self.signs[: blocks.shape[1]].to(x)
        return torch.stack((score, -score), dim=1)


def items(ndim: int, count: int) -> list[Item]:
    return [
        Item(f"input {n}", lambda n=n: draw(ndim, channels=1, size=SIDES[ndim], seed=n), 0)
        for n in range(count)
    ]


def run(ndim: int, nets, count=5, **options):  # type: ignore[no-untyped-def]
    transform = DiscreteWaveletTransform("haar", 2, ndim=ndim)
    every = {name: items(ndim, count) for name in nets}
    return followed(profiles(nets, every, transform=transform, path=Gradient(), **options))


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_shares_add_up_and_the_control_is_the_same_for_all(ndim: int) -> None:
    nets = {
        name: network(ndim, channels=1, size=SIDES[ndim], seed=seed)
        for seed, name in enumerate("ab")
    }
    found, steps = run(ndim, nets)
    assert len(found.rows) == 5 * 2 * 2 * 3 and not found.failures
    totals: dict = {}
    for row in found.rows:
        key = (row.input, row.network, row.of)
        totals[key] = totals.get(key, 0) + row.share
    assert list(totals.values()) == pytest.approx([1] * 20)
    table = means(found.rows)
    assert list(table["a", OURS]) == [APPROX, 2, 1], "coarse first"
    assert table["a", ENERGY] == table["b", ENERGY] and table["a", OURS] != table["b", OURS]
    for by_level in table.values():
        for interval in by_level.values():
            assert interval.low <= interval.mean <= interval.high and interval.n == 5
    assert [step.done for step in steps if step.part == 0] == list(range(1, 11))
    assert shifts(found.rows, "a", ENERGY)["b"].mean == 0


def test_a_network_that_sees_only_blocks_lies_where_blocks_are() -> None:
    nets = {f"{size}": Classifier(Mean(size), ndim=1) for size in (1, 2, 4)}
    rows = run(1, nets)[0].rows
    table = means(rows)
    assert table["4", OURS][APPROX].mean == pytest.approx(1)  # two levels of haar: blocks of four
    assert table["2", OURS][1].mean == pytest.approx(0, abs=1e-12)
    assert table["1", OURS][1].mean > 0.3
    moved = shifts(rows, "1")
    assert moved["4"].low > moved["2"].high >= moved["2"].low > 0
    assert centres(rows)["4"]["input 0"] == pytest.approx(3)


def test_what_is_known_is_not_measured_again_and_what_fails_is_named() -> None:
    nets = {"one": network(1, channels=1, size=(64,)), "two": Classifier(Mean(2), ndim=1)}
    transform = DiscreteWaveletTransform("haar", 2, ndim=1)
    before = run(1, nets, count=2)[0].rows

    def refuse() -> torch.Tensor:
        raise InputError("damaged.png cannot be read")

    every = {name: [*items(1, 2), Item("damaged.png", refuse)] for name in nets}
    silent = Classifier(nn.Sequential(nn.Flatten(), nn.Linear(64, 2, dtype=torch.float64)), ndim=1)
    silent.module[1].weight.zero_()
    nets["silent"], every["silent"] = silent, items(1, 3)
    steps = profiles(nets, every, transform=transform, path=Gradient(), known=before)
    found, seen = followed(steps)
    assert found.rows == before, "nothing new could be measured"
    reasons = [failure.reason for failure in found.failures]
    assert sum("damaged.png cannot be read" in reason for reason in reasons) == 2
    assert sum(reason.startswith("silent: no signal") for reason in reasons) == 3
    assert seen[-1].done == seen[-1].total == 9


def test_names_have_to_fit() -> None:
    with pytest.raises(SettingsError, match="same names"):
        run_to_end(
            profiles({"a": network(1)}, {}, transform=DiscreteWaveletTransform("haar", 1, 1), path=Gradient())
        )  # fmt: skip


def test_the_table_holds_every_digit() -> None:
    rows = run(1, {"a": network(1, channels=1, size=(64,))}, count=1)[0].rows
    read = list(csv.DictReader(io.StringIO(profiles_csv(rows))))
    assert [float(line["share"]) for line in read] == [row.share for row in rows]
    assert {line["of"] for line in read} == {OURS, ENERGY}
    assert np.isclose(sum(float(line["share"]) for line in read), 2)
