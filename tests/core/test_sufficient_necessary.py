"""Sufficient and necessary inputs: they decide, the next smaller ones do not, and they are what was judged."""

import numpy as np
import pytest
import torch
from torch import nn

from tests.oracles import SIZES, draw, followed, network
from wam_core import Classifier, DiscreteWaveletTransform, Gradient, explain
from wam_core.evaluation.controls import CHANCE, ENERGY, ORDERS, SHOWN, sufficient_necessary
from wam_core.evaluation.curves import logarithmic

POINTS = 13


def found(ndim: int, net: Classifier, x: torch.Tensor, target: int | None = None):  # type: ignore[no-untyped-def]
    transform = DiscreteWaveletTransform("haar", 1, ndim=ndim)
    result = explain(net, x, target, transform=transform, path=Gradient())
    return result, *followed(sufficient_necessary(net, result, points=POINTS, seed=5))


def rebuilt(result, strength: torch.Tensor, share: float, *, without: bool) -> torch.Tensor:  # type: ignore[no-untyped-def]
    """The slow way: sort, zero, synthesise."""
    z = result.coefficients
    order = np.argsort(-strength.numpy(), kind="stable")
    on = np.zeros(len(order))
    on[order[: round(share * len(order))]] = 1
    if without:
        on = 1 - on
    mask, place, bands = torch.from_numpy(on), 0, {}
    # features run channel by channel through all bands
    rows = torch.cat([values[0].flatten(1) for _, values in z.bands()], dim=1)
    kept = rows * mask.view(rows.shape)
    for band, values in z.bands():
        length = values[0, 0].numel()
        bands[band] = kept[:, place : place + length].reshape(values[0].shape)[None]
        place += length
    return result.transform.synthesise(z.replaced(bands), result.size)


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_both_decide_and_the_next_smaller_shares_do_not(ndim: int) -> None:
    net, x = network(ndim, seed=2), draw(ndim)
    result, there, steps = found(ndim, net, x, target=1)
    answer = int(net.scores(x).argmax())
    assert there.answer == answer and list(there.sufficient) == list(there.necessary) == [*ORDERS]
    rows = {
        SHOWN: torch.cat([v[0].flatten(1) for _, v in result.attribution.bands()], 1).abs().flatten(),
        ENERGY: torch.cat([v[0].flatten(1) for _, v in result.coefficients.bands()], 1).abs().flatten(),
    }  # fmt: skip
    shares = logarithmic(POINTS)
    for name, strength in rows.items():
        for kind, without in ((there.sufficient, False), (there.necessary, True)):
            piece = kind[name]
            if not piece.decides:
                continue
            said = net.scores(rebuilt(result, strength, piece.share, without=without))
            assert (int(said.argmax()) == answer) != without
            assert int(said.argmax()) == piece.best
            assert float(said.softmax(1)[0, answer]) == pytest.approx(piece.probability)
            torch.testing.assert_close(net.scores(piece.input), said)
            smaller = shares[shares < piece.share - 1e-12]
            for share in smaller:
                again = net.scores(rebuilt(result, strength, share, without=without))
                assert (int(again.argmax()) == answer) == without
    assert there.sufficient[CHANCE].decides
    assert [step.done for step in steps][-1] == steps[-1].total == POINTS * len(ORDERS)


class Threshold(nn.Module):
    """Names class 1 where the first coefficient's place holds enough; else class 0."""

    def forward(self, x):
        strength = x.flatten(1)[:, :2].mean(1)
        return torch.stack((torch.zeros_like(strength), strength - 1), dim=1)


def test_one_coefficient_is_enough_and_cannot_be_missed_where_all_hangs_on_it() -> None:
    net = Classifier(Threshold(), ndim=1, labels=("no", "yes"))
    x = torch.full((1, 1, 512), 10.0, dtype=torch.float64)
    x[..., :2] = 3.0  # the smallest, so that size finds it last
    _, there, _ = found(1, net, x)
    assert there.answer == 1
    assert there.sufficient[SHOWN].share == there.necessary[SHOWN].share < 0.004
    assert there.sufficient[ENERGY].share > 0.3
    assert there.sufficient[SHOWN].input[0, 0, :2].tolist() == pytest.approx([3.0, 3.0])
    assert there.necessary[SHOWN].input[..., :2].abs().max() < 1e-12


def test_an_answer_that_nothing_changes_is_said() -> None:
    class Always(nn.Module):
        def forward(self, x):
            return torch.stack((x.flatten(1).sum(1) * 1e-3, torch.ones(len(x)).to(x) * 9), dim=1)

    net = Classifier(Always(), ndim=2)
    _, there, _ = found(2, net, draw(2, channels=1))
    assert all(not piece.decides and piece.best == 1 for piece in there.necessary.values())
    assert all(piece.share == pytest.approx(1e-3) for piece in there.sufficient.values())
    assert SIZES[2] == tuple(there.necessary[SHOWN].input.shape[2:])
