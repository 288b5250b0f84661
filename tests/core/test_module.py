"""Any module on a tensor in one call, which leaves the module as it was."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from tests.oracles import Smooth, assert_same, draw, flat, network
from wam_core import Contrast, DiscreteWaveletTransform, Gradient, IntegratedGradients, explain
from wam_core.errors import InputError, ModelError, SettingsError
from wam_core.module import explain_module, frozen


def layers(ndim, channels=2):
    """A network with everything that depends on the mode: dropout, and a norm that keeps statistics."""
    convolution = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[ndim - 1]
    norm = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)[ndim - 1]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(
            convolution(channels, 4, 3), norm(4), nn.ReLU(), nn.Flatten(),
            nn.Dropout(0.5), nn.LazyLinear(3),
        )  # fmt: skip


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("batch", [1, 2])
def test_one_call_is_the_longer_way(ndim, batch):
    x = draw(ndim, batch)
    short = explain_module(network(ndim).module, x, 1)
    long = explain(
        network(ndim), x, 1, transform=short.transform, path=IntegratedGradients(25)
    )  # fmt: skip
    assert short.transform.wavelet == "haar" and short.transform.levels == min(
        3, 7 if ndim == 1 else 4 if ndim == 2 else 2
    )
    assert_same(short.attribution, long.attribution, 0)
    assert short.provenance.model == "Smooth" and float(short.completeness_gap.max()) < 1e-6


def test_settings_labels_and_targets_are_those_of_explain():
    x, module = draw(2), network(2).module
    transform = DiscreteWaveletTransform("db2", 1, 2)
    result = explain_module(
        module, x, Contrast("dog", "cat"), labels=["cat", "dog", "cow"], transform=transform,
        path=Gradient(), micro_batch=1,
    )  # fmt: skip
    expected = explain(network(2), x, Contrast(1, 0), transform=transform, path=Gradient())
    assert_same(result.attribution, expected.attribution, 0)
    assert str(result.target) == "dog − cat" and result.provenance.micro_batch == 1
    assert explain_module(module, x).target.index == int(module(x).argmax())


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("fails", [False, True])
def test_the_module_is_given_back_as_it_was(ndim, fails):
    module, x = layers(ndim), draw(ndim, 2, dtype=torch.float32)
    module(x)
    module.train()
    module[0].eval()
    module[5].bias.requires_grad_(False)
    state = {name: value.clone() for name, value in module.state_dict().items()}
    if fails:
        with pytest.raises(SettingsError, match="class 7"):
            explain_module(module, x, 7)
    else:
        explain_module(module, x, 1)
    assert [part.training for part in module] == [False, True, True, True, True, True]
    asked = {name for name, value in module.named_parameters() if not value.requires_grad}
    assert asked == {"5.bias"}
    assert all(torch.equal(state[name], value) for name, value in module.state_dict().items())
    assert all(value.grad is None for value in module.parameters())


def test_dropout_and_batch_statistics_play_no_part():
    module, x = layers(2), draw(2, 2, dtype=torch.float32)
    module(x)
    first, again = (explain_module(module.train(), x, 1) for _ in range(2))
    assert_same(first.attribution, again.attribution, 0)
    alone = explain_module(module.train(), x[:1], 1)
    assert_close(flat(alone.attribution), flat(first.attribution)[:1], rtol=1e-4, atol=1e-6)


def test_a_lent_module_is_frozen_only_meanwhile():
    module = layers(1).train()
    module(draw(1, 2, dtype=torch.float32))
    with frozen(module, 1) as classifier:
        assert classifier.module is module and not module.training
        assert not any(value.requires_grad for value in module.parameters())
    assert module.training and all(value.requires_grad for value in module.parameters())


@pytest.mark.parametrize("shape", [(8,), (8, 8), (1, 1, 4, 4, 4, 4)])
def test_a_wrong_number_of_axes_is_named(shape):
    with pytest.raises(InputError, match=r"x\[None\]") as caught:
        explain_module(nn.Flatten(), torch.zeros(shape))
    assert str(shape) in str(caught.value)


def test_an_input_without_its_batch_axis_is_named():
    module = layers(2).eval()
    module(draw(2, dtype=torch.float32))
    with pytest.raises(InputError, match=r"does not take .*\(2, 17, 20\).*x\[None\]"):
        explain_module(module, draw(2, dtype=torch.float32)[0])


def test_an_input_too_small_for_one_level_is_refused_in_the_transform_s_words():
    with pytest.raises(SettingsError, match="too small for even one level"):
        explain_module(nn.Sequential(nn.Flatten(), nn.Linear(1, 2)), torch.zeros(1, 1, 1))


@pytest.mark.parametrize("kind", [torch.uint8, torch.bool, torch.int64])
def test_numbers_of_another_type_are_named(kind):
    with pytest.raises(InputError, match=f"{kind}; torch.float32 or float64"):
        explain_module(Smooth(680), torch.zeros(1, 2, 17, 20, dtype=kind))


class Answers(nn.Module):
    """Whatever it is told to, of its input."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, x):
        return self.answer(x)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda x: x.sum(), r"with \(\)"),
        (lambda x: x, r"with \(1, 2, 37\)"),
        (lambda x: (x.flatten(1), x), r"with a tuple of \(1, 74\), \(1, 2, 37\); say with select="),
        (lambda x: x.flatten(1).expand(3, -1), r"with \(3, 74\)"),
    ],
)
def test_an_answer_that_is_no_row_of_logits_is_named(answer, said):
    with pytest.raises(ModelError, match=said):
        explain_module(Answers(answer), draw(1))
