"""The minimal input: its answer where that is known, and what may never happen on the way."""

import pytest
import torch
from torch import nn

from tests.oracles import SIZES, assert_same, draw, flat, followed, linear, network, unflat
from wam_core import Classifier, Contrast, DiscreteWaveletTransform
from wam_core.errors import CancelledJobError, NumericalError, SettingsError
from wam_core.evaluation.minimal import Search, minimal
from wam_core.scheduling import Scheduler, State
from wam_core.steps import run_to_end

RANKS = pytest.mark.parametrize("ndim", [1, 2, 3])


def db2(ndim: int) -> DiscreteWaveletTransform:
    return DiscreteWaveletTransform("db2", 1, ndim=ndim)


@RANKS
def test_a_linear_score_keeps_exactly_what_is_worth_its_price(ndim: int) -> None:
    net, weights = linear(ndim)
    x, transform, alpha = draw(ndim), db2(ndim), 0.2
    # f is a sum over coefficients there: each is worth γ z, and costs α
    z = transform.analyse(x)
    worth = flat(z.map(torch.mul, transform.adjoint(weights[1:2])))
    search = Search(alpha * worth.numel(), 400, 0.02)
    found = run_to_end(minimal(net, x, 1, transform=transform, search=search))
    clear = (worth - alpha).abs() > 0.05 * alpha
    assert clear.double().mean() > 0.9 and 0.2 < (worth > alpha).double().mean() < 0.8
    torch.testing.assert_close(flat(found.mask)[clear], (worth > alpha).to(worth)[clear])
    left = transform.synthesise(z.map(torch.mul, found.mask), SIZES[ndim])
    torch.testing.assert_close(found.input, left, rtol=0, atol=1e-12)
    assert found.difference == pytest.approx(-float(worth[flat(found.mask) == 0].sum()), rel=0.05)
    assert found.difference > 0, "what is switched off first spoke against the class"


@RANKS
def test_it_is_nadam_on_the_objective_as_it_is_written(ndim: int) -> None:
    net, x, transform = (
        network(ndim, seed=2),
        draw(ndim),
        DiscreteWaveletTransform("db2", 1, ndim=ndim),
    )
    search = Search(3.0, 12, 0.05)
    target = Contrast(2, 0)
    found, steps = followed(minimal(net, x, target, transform=transform, search=search))

    z = transform.analyse(x)
    row = flat(z)
    mask = torch.ones_like(row).requires_grad_()
    descent = torch.optim.NAdam([mask], lr=search.rate)
    for step in steps:
        point = transform.synthesise(unflat(row * mask, z), SIZES[ndim])
        torch.testing.assert_close(step.input, point.detach(), rtol=0, atol=1e-10)
        logits = net.module(point)[0]
        assert step.readings[-1].score == pytest.approx(float((logits[2] - logits[0]).detach()))
        loss = -(logits[2] - logits[0]) + search.price / row.numel() * mask.abs().sum()
        descent.zero_grad()
        loss.backward()
        descent.step()
        with torch.no_grad():
            mask.clamp_(0, 1)
    torch.testing.assert_close(flat(found.mask), mask.detach(), rtol=0, atol=1e-10)
    assert [step.done for step in steps] == list(range(1, 13)) and steps[-1].total == 12
    assert [len(step.readings) for step in steps] == list(range(1, 13))
    assert len(found.readings) == 13 and found.readings[:12] == steps[-1].readings


@RANKS
def test_less_is_left_the_longer_and_the_dearer(ndim: int) -> None:
    net, x = linear(ndim)[0], draw(ndim)
    kept = {}
    for price in (5.0, 50.0, 500.0):
        found = run_to_end(minimal(net, x, 0, transform=db2(ndim), search=Search(price, 60, 0.05)))
        course = [reading.kept for reading in found.readings]
        assert course[0] == 1 and course[-1] == pytest.approx(1 - found.sparsity)
        assert all(a >= b for a, b in zip(course, course[1:], strict=False))
        assert (
            0 <= min(map(float, flat(found.mask)[0])) <= max(map(float, flat(found.mask)[0])) <= 1
        )
        kept[price] = course[-1]
    assert kept[5.0] > kept[50.0] > kept[500.0]


@RANKS
def test_it_says_whether_the_label_is_kept(ndim: int) -> None:
    net, x = network(ndim, seed=4), draw(ndim)
    before = int(net.scores(x).argmax())
    empty = int(net.scores(torch.zeros_like(x)).argmax())
    for target, price, label in ((before, 1e-3, before), ((empty + 1) % 3, 1e6, empty)):
        found = run_to_end(
            minimal(net, x, target, transform=db2(ndim), search=Search(price, 120, 0.05))
        )
        assert found.readings[0].best == before
        assert found.readings[-1].best == int(net.scores(found.input).argmax()) == label
        assert found.keeps == (label == before)
    assert found.sparsity == 1 and not found.input.any(), "nothing is worth such a price"


@RANKS
def test_the_same_settings_give_the_same_mask_and_draw_nothing(ndim: int) -> None:
    net, x = network(ndim), draw(ndim)
    before = torch.get_rng_state()
    first, again = (
        run_to_end(minimal(net, x, 0, transform=db2(ndim), search=Search(10.0, 9)))
        for _ in range(2)
    )
    assert_same(first.mask, again.mask, 0)
    assert first.readings == again.readings
    assert torch.equal(before, torch.get_rng_state())


def test_what_holds_nothing_is_no_saving() -> None:
    net, weights = linear(2, channels=1, size=(16, 16))
    x = torch.zeros(1, 1, 16, 16, dtype=torch.float64)
    x[:, :, 4:8, 4:8] = weights[0, :, 4:8, 4:8]  # speaks for class 0 everywhere it is not empty
    transform = DiscreteWaveletTransform("haar", 2, ndim=2)
    found = run_to_end(minimal(net, x, 0, transform=transform, search=Search(1e-6, 150, 0.05)))
    assert found.readings[-1].mean == 1 and found.sparsity == 0
    assert float((flat(found.mask) == 0).double().mean()) > 0.9, "the empty part is switched off"


class Breaks(nn.Module):
    """Linear, until its answer or its slope is not a number."""

    def __init__(self, fine: int, *, slope: bool) -> None:
        super().__init__()
        self.layer = nn.Linear(16, 2)
        self.fine, self.slope = fine, slope

    def forward(self, x):
        self.fine -= 1
        logits = self.layer(x.flatten(1))
        if self.fine >= 0:
            return logits
        # the square root has no finite slope at 0
        return logits + (0 * x.sum()).sqrt() if self.slope else logits * float("nan")


@pytest.mark.parametrize(("slope", "what"), [(False, "logits"), (True, "gradient")])
def test_a_number_that_is_not_finite_is_caught_and_its_step_named(slope: bool, what: str) -> None:
    net = Classifier(Breaks(3, slope=slope), ndim=1, name="frail")
    steps = minimal(
        net,
        torch.ones(1, 1, 16),
        0,
        transform=DiscreteWaveletTransform("haar", 1, ndim=1),
        search=Search(1.0),
    )
    seen = []
    with pytest.raises(NumericalError, match=f"{what} of frail .*after 3 of 500 steps"):
        run_to_end(steps, seen.append)
    assert len(seen) == 3


def test_a_cancelled_search_frees_the_lane_within_a_step() -> None:
    net, x = network(1), draw(1)
    scheduler = Scheduler()
    try:
        steps = minimal(net, x, 0, transform=db2(1), search=Search(1.0, 10**6))
        ticket = scheduler.submit(steps, owner="me/minimal", uses={net.fingerprint})
        while ticket.progress is None:
            pass
        ticket.cancel()
        with pytest.raises(CancelledJobError):
            ticket.result(20)
        assert ticket.state == State.CANCELLED and ticket.progress.done < 10**6
        after = minimal(net, x, 0, transform=db2(1), search=Search(1.0, 2))
        assert scheduler.submit(after, owner="you", uses={net.fingerprint}).result(20).readings
    finally:
        scheduler.close(20)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"price": 0.0}, {"rate": float("inf")}])
def test_settings_that_make_no_sense_are_named(wrong: dict[str, float]) -> None:
    (name,) = wrong
    with pytest.raises(SettingsError, match=f"{name} is "):
        Search(**{"price": 1.0, **wrong})


def test_one_input_at_a_time() -> None:
    with pytest.raises(SettingsError, match="2 inputs"):
        next(minimal(network(1), draw(1, batch=2), 0, transform=db2(1), search=Search(1.0)))
