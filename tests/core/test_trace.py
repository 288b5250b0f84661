"""An explanation that is watched ends as the one that is not, and its sum follows the score."""

import pytest
import torch

from tests.oracles import assert_same, draw, network
from wam_core import DiscreteWaveletTransform, IntegratedGradients, SmoothGrad, explain
from wam_core.finite_difference import finite_difference
from wam_core.steps import run_to_end
from wam_core.trace import trace


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_it_ends_as_the_explanation_that_nobody_watches(ndim: int) -> None:
    net, x = network(ndim), draw(ndim, batch=1)
    transform, path = DiscreteWaveletTransform("haar", 1, ndim=ndim), SmoothGrad(6, 0.2, seed=3)
    grown = run_to_end(trace(net, x, 1, transform=transform, path=path, kept=[1, 6]))
    alone = explain(net, x, 1, transform=transform, path=path)
    assert_same(grown.result.attribution, alone.attribution, 1e-12)
    assert [moment.done for moment in grown.points] == [1, 2, 3, 4, 5, 6]
    assert [m.done for m in grown.points if m.attribution is not None] == [1, 6]
    assert_same(grown.points[-1].attribution, alone.attribution, 1e-12)


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_the_sum_follows_the_score_along_the_path(ndim: int) -> None:
    net, x = network(ndim), draw(ndim, batch=1)
    path = IntegratedGradients(200, rule="trapezoid")
    transform = DiscreteWaveletTransform("db2", 1, ndim=ndim)
    grown = run_to_end(trace(net, x, 0, transform=transform, path=path, kept=[]))
    start = float(grown.result.origin_scores[0])
    scores = torch.tensor([moment.score for moment in grown.points])
    totals = torch.tensor([moment.total for moment in grown.points])
    whole = float(grown.result.scores[0]) - start
    assert scores[0] == pytest.approx(start) and scores[-1] - start == pytest.approx(whole)
    torch.testing.assert_close(totals, scores - start, rtol=0, atol=0.02 * abs(whole) + 0.02)
    assert float(totals[-1]) == pytest.approx(whole, rel=1e-3)


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize(("wavelet", "apart"), [("db2", True), ("bior2.2", True), ("haar", False)])
def test_a_nudge_speaks_for_the_adjoint(ndim: int, wavelet: str, apart: bool) -> None:
    net, x = network(ndim, size=(16,) * ndim), draw(ndim, batch=1, size=(16,) * ndim)
    transform = DiscreteWaveletTransform(wavelet, 1, ndim=ndim)
    found = run_to_end(finite_difference(net, x, 0, transform=transform, count=5))
    assert len(found.differences) == 5
    assert (found.error > 0.1) == apart
    for nudge in found.differences:
        assert nudge.adjoint == pytest.approx(nudge.measured, rel=1e-4, abs=1e-9)
        if apart:
            assert abs(nudge.analysed - nudge.measured) > 0.05 * abs(nudge.measured)
