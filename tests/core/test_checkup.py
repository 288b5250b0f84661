"""The check-up finds what is wrong, names where, and says nothing of a sound network."""

import json

import pytest
import torch
from torch import nn

from wam_core import Gradient, IntegratedGradients, check, explain_module
from wam_core.checkup import random_initialisation
from wam_core.errors import InputError


class Net(nn.Module):
    """Trained as far as a check can see, with a step of the test's own before the head."""

    def __init__(self, before=None, after=None):
        super().__init__()
        torch.manual_seed(0)
        self.before, self.after = before or nn.Identity(), after or nn.Identity()
        self.head = nn.Linear(64, 3)
        nn.init.normal_(self.head.weight)

    def forward(self, x):
        return self.after(self.head(self.before(x).flatten(1)))


class Step(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)


def x(batch=1):
    torch.manual_seed(1)
    return torch.randn(batch, 1, 8, 8)


def found(module, name, given=None, **options):
    return next(one for one in check(module, x() if given is None else given, **options).findings
                if one.check == name)  # fmt: skip


def test_a_sound_network_has_nothing_to_warn_of():
    result = check(Net(), x())
    assert result.status == 0 and not result.passes_alone, str(result)
    assert {one.check for one in result.findings} == {
        *("outputs", "weights", "batches", "gradient", "determinism", "numbers", "cost")
    }
    assert json.loads(json.dumps(result.as_json()))["status"] == 0
    assert str(result).count("✓") == 7


MIXING = {
    "batch statistics": lambda v: (v - v.mean(0) / 2) / (v.std(0, correction=0) + 1),
    "decibels below the loudest of the batch": lambda v: (
        (v.abs() + 1e-6).log().maximum((v.abs() + 1e-6).log().max() - 2)
    ),
    "scaled by the batch": lambda v: v / (v.abs().max() + 1),
}


@pytest.mark.parametrize("name", MIXING)
def test_networks_that_mix_a_batch_get_one_point_a_pass(name):
    module = Net(Step(MIXING[name]))
    result = check(module, x())
    assert result.passes_alone and result.status == 1
    assert "pass of its own" in str(result)
    explained = explain_module(module, x(), 1, path=IntegratedGradients(8), micro_batch=5)
    single = explain_module(module, x(), 1, path=IntegratedGradients(8), micro_batch=1)
    for (band, values), (_, others) in zip(
        explained.attribution.bands(), single.attribution.bands(), strict=True
    ):
        torch.testing.assert_close(values, others, rtol=0, atol=0, msg=str(band))
    assert explained.provenance.micro_batch == 1
    assert "mixes the inputs of a batch" in explained.provenance.layout
    point = x().requires_grad_()
    (wanted,) = torch.autograd.grad(module(point)[0, 1], point)
    gradient = explain_module(module, x(), 1, path=Gradient())
    for band, values in gradient.transform.analyse(wanted).bands():
        torch.testing.assert_close(dict(gradient.attribution.bands())[band], values)
    with pytest.raises(InputError, match="mixes the inputs of a batch, and 2 were given"):
        explain_module(module, x(2), 1)


def test_a_network_of_one_input_at_a_time_is_passed_so():
    def fixed(v):
        return v.reshape(1, 64)

    module = Net(Step(fixed))
    result = explain_module(module, x(), 1, path=IntegratedGradients(8))
    assert result.provenance.micro_batch == 1
    assert "a batch is not accepted" in found(module, "batches").text


@pytest.mark.parametrize(
    ("f", "name"),
    [
        (torch.round, None),
        (torch.Tensor.detach, "before (Step)"),
        (lambda v: v.argmax(1, keepdim=True).float().expand(-1, 1, 8, 8), "before (Step)"),
        (lambda v: v * 0, None),
    ],
)
def test_gradients_that_do_not_arrive(f, name):
    result = check(Net(Step(f)), x())
    line = next(one for one in result.findings if one.check == "gradient")
    assert line.state == "failed" and result.status == 2
    assert (name is None and "zero everywhere" in line.text) or name in line.text


def test_gradients_that_are_not_finite():
    module = Net(Step(lambda v: (v - v.detach()).abs().sqrt() + v))
    assert "not finite" in found(module, "gradient").text


def test_saturated_probabilities():
    module = Net(after=Step(lambda z: (100 * z).softmax(1)))
    line = found(module, "gradient")
    assert line.state != "ok" and "logits" in line.remedy


def test_outputs_that_are_constant():
    class Constant(Net):
        def forward(self, x):
            return super().forward(x) * 0

    assert "the same for this input and for noise" in found(Constant(), "outputs").text
    assert found(Net(after=nn.Softmax(1)), "outputs").text.startswith("3 classes: probabilities")


def test_dropout_that_is_left_on():
    module = Net(Step(lambda v: nn.functional.dropout(v, 0.5, training=True)))
    assert "differ by" in found(module, "determinism").text
    trained = Net().train()
    assert "training mode" in found(trained, "determinism").text and trained.training


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_half_precision_is_explained_in_float32(kind):
    module = Net().to(kind)
    assert "passed as float32" in found(module, "numbers").text
    result = explain_module(module, x(), 1, path=Gradient())
    wanted = module.head.weight[1].float().reshape(1, 1, 8, 8)
    for band, values in result.transform.analyse(wanted).bands():
        torch.testing.assert_close(dict(result.attribution.bands())[band], values)
    assert module.head.weight.dtype == kind


def test_untrained_weights_are_suspected():
    plain = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32))
    assert "uniformly" in random_initialisation(plain)
    normed = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(288, 3))
    assert "initial values" in random_initialisation(normed)
    with torch.no_grad():
        normed[1].running_mean.add_(0.1)
        plain[1].weight.normal_()
    assert random_initialisation(normed) == random_initialisation(plain) == ""


def test_an_assertion_inside_is_told_in_its_own_words():
    def insists(v):
        assert v.shape[-1] == 16, "width must be 16"
        return v

    result = check(Net(Step(insists)), x())
    assert result.status == 2 and "width must be 16" in str(result) and result.output is None
