"""One explanation beside its controls: the ranking on screen, not another one, and what it costs."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from tests.oracles import draw, followed, network, perturbed
from wam_core import Classifier, DiscreteWaveletTransform, IntegratedGradients, explain
from wam_core.errors import SettingsError
from wam_core.evaluation import controls, ranking
from wam_core.evaluation.controls import CHANCE, ENERGY, OURS, SHOWN, Entry
from wam_core.evaluation.curves import clipped, linear, logarithmic
from wam_core.evaluation.domain import Wavelet
from wam_core.evaluation.metrics import METRICS
from wam_core.evaluation.pipeline import Grid

NDIMS = pytest.mark.parametrize("ndim", [1, 2, 3])
GRID = Grid(4, 3)


def explained(ndim, path=None, target=1, **options):
    net = network(ndim, **options)
    transform = DiscreteWaveletTransform("haar", 1, ndim)
    path = path or IntegratedGradients(3)
    return net, explain(net, draw(ndim), target, transform=transform, path=path)


@NDIMS
def test_the_shown_ranking_is_the_attribution_on_screen(ndim):
    net, result = explained(ndim)
    domain = Wavelet(result.transform)
    expected = perturbed(
        clipped(net), result.input, domain,
        ranking.magnitude(domain.rows(result.attribution)), GRID.shares,
    )  # fmt: skip
    calls = net.module.calls
    found, _ = followed(controls.comparison(net, result, [Entry(SHOWN)], GRID, micro_batch=100))
    assert net.module.calls == calls + 1, "nothing is explained anew, and p(x) is not asked again"
    measurement = found[Entry(SHOWN)]
    assert_close(measurement.curves.insertion.outputs, expected.insertion.outputs)
    assert_close(measurement.curves.deletion.outputs, expected.deletion.outputs)
    assert measurement.index == 1
    assert measurement.p == pytest.approx(float(net.predict(result.input)[0, 1]))


def test_both_grids_are_read_off_one_curve():
    grid = Grid(16, 13)
    assert len(grid.shares) == 17 + 13 - 1  # both end at 1
    net, result = explained(2)
    found, _ = followed(controls.comparison(net, result, [Entry(SHOWN)], grid))
    measured = found[Entry(SHOWN)]
    np.testing.assert_array_equal(measured.linear.insertion.shares, linear(16))
    np.testing.assert_array_equal(measured.lost.shares, logarithmic(13))
    strength = ranking.magnitude(Wavelet(result.transform).rows(result.attribution))
    apart = perturbed(
        clipped(net), result.input, Wavelet(result.transform), strength, logarithmic(13)
    )
    assert_close(measured.logarithmic.outputs, apart.insertion.outputs)
    for name in ("insertion", "faithfulness", "ff", "log-auc", "sufficient", "necessary"):
        assert all(np.isfinite(value) for _, value in METRICS[name].rows(measured))


def test_controls_know_no_network_and_chance_has_seeds():
    entries = [Entry(ENERGY), Entry(CHANCE, 0), Entry(CHANCE, 1), Entry(OURS)]
    net, result = explained(2)
    calls = net.module.calls
    found, _ = followed(controls.comparison(net, result, entries[:3], GRID, micro_batch=100))
    assert net.module.calls == calls + 3, "one batch each, and no gradient"
    one, other = (found[e].curves.insertion.outputs for e in entries[1:3])
    assert not torch.equal(one, other)
    found, _ = followed(controls.comparison(net, result, entries, GRID, samples=3))
    assert not torch.equal(
        found[Entry(OURS)].curves.insertion.outputs, found[Entry(ENERGY)].curves.insertion.outputs
    )


def test_progress_runs_up_to_the_cost_that_was_foretold():
    net, result = explained(1)
    entries = [Entry(SHOWN), Entry(OURS)]
    foretold = controls.cost(entries, GRID, 6)
    assert foretold == 2 * 2 * len(GRID.shares) + 3 * 6
    _, seen = followed(controls.comparison(net, result, entries, GRID, samples=6, micro_batch=2))
    done = [step.done for step in seen]
    assert done == sorted(done) and done[-1] == foretold
    assert {step.total for step in seen} == {foretold}
    assert [step.entry for step in seen if step.entry == Entry(OURS)], "and says what is in work"


def test_the_wrong_class_is_asked_for_and_not_the_explained_one():
    net, result = explained(2)
    measured, _ = followed(controls.wrong_class_control(net, result, GRID))
    wrong, curve = measured.wrong
    assert wrong not in (result.target.index, int(result.probabilities.argmax()))
    asked = explain(net, result.input, wrong, transform=result.transform, path=result.path)
    domain = Wavelet(result.transform)
    expected = perturbed(
        clipped(net), result.input, domain,
        ranking.magnitude(domain.rows(asked.attribution)), logarithmic(GRID.points),
    )  # fmt: skip
    assert_close(curve.outputs, expected.insertion.outputs)
    ((_, highest),) = METRICS["wrong-class"].rows(measured)
    assert highest == pytest.approx(float(expected.insertion.outputs[:-1, wrong].max()))


def test_a_perfect_order_beats_the_energy_and_a_useless_one_does_not():
    """f sees one coefficient of many, and not the largest."""
    x = torch.zeros(1, 1, 64, dtype=torch.float64)
    x[..., ::2], x[..., 10] = torch.linspace(5, 6, 32), 1.0
    weights = torch.zeros(2, 64, dtype=torch.float64)
    weights[1, 10:12] = 20.0
    layer = torch.nn.Linear(64, 2, dtype=torch.float64)
    layer.weight.data, layer.bias.data = weights, torch.tensor([1.0, 0.0], dtype=torch.float64)
    net = Classifier(torch.nn.Sequential(torch.nn.Flatten(), layer), ndim=1)
    result = explain(
        net, x, 1, transform=DiscreteWaveletTransform("haar", 1, 1), path=IntegratedGradients(2)
    )
    found, _ = followed(controls.comparison(net, result, [Entry(SHOWN), Entry(ENERGY)], Grid(8, 9)))
    gains = {
        name: METRICS[name].rows(found[Entry(SHOWN)])[0][1]
        - METRICS[name].rows(found[Entry(ENERGY)])[0][1]
        for name in ("log-auc", "sufficient")
    }
    assert gains["log-auc"] > 0.2 and gains["sufficient"] < 0


@pytest.mark.parametrize(
    ("steps", "points", "message"),
    [(3, 5, "steps is 3"), (0, 5, "steps is 0"), (4, 1, "points is 1")],
)
def test_a_grid_needs_an_even_number_of_steps(steps, points, message):
    with pytest.raises(SettingsError, match=message):
        Grid(steps, points)


def test_an_unknown_ranking_is_named():
    net, result = explained(1)
    with pytest.raises(SettingsError, match="'loud' is unknown"):
        followed(controls.comparison(net, result, [Entry("loud")], GRID))
