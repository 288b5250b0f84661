"""Any heat map beside its controls, on networks whose best map is known."""

import pytest
import torch
from torch import nn

from tests.oracles import draw, linear, network
from wam_core import evaluate_map
from wam_core.errors import InputError, SettingsError
from wam_core.evaluation.curves import clipped, perturb
from wam_core.evaluation.curves import linear as even
from wam_core.evaluation.domain import Samples
from wam_core.evaluation.metrics import area
from wam_core.steps import run_to_end

AXES = pytest.mark.parametrize("ndim", [1, 2, 3])


@AXES
def test_of_a_linear_network_weight_times_input_beats_the_controls(ndim):
    net, weights = linear(ndim, channels=1)
    net.module[1].weight.data[[0, 2]] = 0  # p of class 1 grows with its own logit, w · x
    x = draw(ndim, channels=1)
    worth = weights[1] * x[0]
    worth = worth - worth.min()  # no order of the places can be better at any share
    scores = evaluate_map(net.module, x, worth, 1, steps=10, subsets=64)
    ours, energy, chance = (scores[name] for name in ("map", "magnitude", "random"))
    assert ours.insertion > max(energy.insertion, chance.insertion)
    assert ours.deletion < min(energy.deletion, chance.deletion)
    assert ours.faithfulness == pytest.approx(ours.insertion - ours.deletion)
    assert ours.mu_fidelity > 0.3 and ours.mu_fidelity > chance.mu_fidelity


def test_the_numbers_are_those_of_the_curves():
    net, x, heat = network(2), draw(2), draw(2, seed=5)
    scores = evaluate_map(net.module, x, heat, 1, steps=6, subsets=4)
    strength = heat[0].flatten(1).abs().sum(0, keepdim=True)
    curves = run_to_end(perturb(clipped(net), x, Samples(), strength, even(6)))
    assert scores["map"].insertion == area(curves.insertion, 1)
    assert scores["map"].deletion == area(curves.deletion, 1)


@pytest.mark.parametrize("lead", [(), (1,), (1, 1), (1, 2), (2,)])
def test_a_map_may_have_axes_of_batch_and_channels(lead):
    x = draw(2)
    heat = torch.rand(*lead, *x.shape[2:], dtype=x.dtype)
    assert evaluate_map(network(2).module, x, heat, steps=2, subsets=4)["map"].insertion >= 0
    as_array = evaluate_map(network(2).module, x.numpy(), heat, steps=2, subsets=4)["map"]
    assert 0 <= as_array.insertion <= 1


def test_the_module_is_given_back_as_it_was():
    module = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(680, 2)).train()
    evaluate_map(module, draw(2, dtype=torch.float32), torch.rand(17, 20), steps=2, subsets=4)
    assert module.training and all(values.requires_grad for values in module.parameters())


def test_what_does_not_fit_is_named():
    module, x = network(2).module, draw(2)
    with pytest.raises(InputError, match=r"map has shape \(20, 17\); the input's \(17, 20\)"):
        evaluate_map(module, x, torch.rand(20, 17))
    with pytest.raises(InputError, match="x has 2 inputs"):
        evaluate_map(module, draw(2, 2), torch.rand(17, 20))
    with pytest.raises(SettingsError, match="steps is 0"):
        evaluate_map(module, x, torch.rand(17, 20), steps=0)
