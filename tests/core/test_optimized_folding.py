"""Folding: only what follows a convolution directly and alone, whatever the layers are called."""

import copy

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from wam_core.classifier import Classifier
from wam_core.optimized import fold

CONVOLUTIONS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
NORMS = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
SIZES = {1: (24,), 2: (12, 11), 3: (6, 7, 8)}
NDIMS = pytest.mark.parametrize("ndim", [1, 2, 3])


def seen(norm):
    """Statistics and weights as after training: a normalisation that does something."""
    draw = torch.Generator().manual_seed(3)
    for tensor in (norm.running_mean, norm.weight.data, norm.bias.data):
        tensor.copy_(torch.randn(tensor.shape, generator=draw))
    norm.running_var.copy_(torch.rand(norm.running_var.shape, generator=draw) + 0.5)
    return norm


class Net(nn.Module):
    """conv – norm – ReLU – conv – norm, then the mean over places and a linear layer."""

    def __init__(self, ndim, between=None):
        super().__init__()
        self.first, self.second = (
            CONVOLUTIONS[ndim](a, b, 3, padding=1, bias=a > 2) for a, b in ((2, 4), (4, 5))
        )
        self.norm, self.last = seen(NORMS[ndim](4)), seen(NORMS[ndim](5))
        self.head = nn.Linear(5, 3)
        self.between = between or (lambda net, y: net.norm(y))

    def forward(self, x):
        y = torch.relu(self.between(self, self.first(x)))
        return self.head(self.last(self.second(y)).flatten(2).mean(2))


def draw(ndim, batch=3, dtype=torch.float64):
    generator = torch.Generator().manual_seed(5)
    return torch.randn(batch, 2, *SIZES[ndim], generator=generator, dtype=dtype)


def norms(module):
    return [m for m in module.modules() if isinstance(m, tuple(NORMS.values()))]


@NDIMS
def test_folding_keeps_logits_and_gradients(ndim):
    module, x = Net(ndim).double().eval(), draw(ndim)
    folded = copy.deepcopy(module)
    assert fold(folded, x) == 2 and not norms(folded) and len(norms(module)) == 2
    slopes = []
    for net in (module, folded):
        inputs = x.clone().requires_grad_()
        slopes.append(torch.autograd.grad(net(inputs)[:, 1].sum(), inputs)[0])
    assert_close(folded(x), module(x), rtol=1e-12, atol=1e-12)
    assert_close(*slopes, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(
    "between",
    [
        lambda net, y: net.norm(y) + y,  # somebody else takes what the convolution gives
        lambda net, y: net.norm(torch.relu(y)),
        lambda net, y: net.norm(y.relu_()),  # the same tensor, but not what the convolution gave
        lambda net, y: net.norm(net.norm(y)),
    ],
    ids=["fork", "relu", "in place", "twice"],
)
@NDIMS
def test_only_what_follows_directly_and_alone_is_folded(ndim, between):
    module, x = Net(ndim, between).double().eval(), draw(ndim)
    expected = module(x)
    assert fold(module, x) == 1  # the last one
    assert_close(module(x), expected, rtol=1e-12, atol=1e-12)


def test_a_network_that_cannot_bear_channels_last_answers_itself():
    class Viewing(Net):
        def forward(self, x):
            return self.second(self.first(x)).view(len(x), -1)[:, :3]

    net, x = Classifier(Viewing(2).double(), ndim=2), draw(2)
    assert torch.equal(net.scores(x), net.module(x))
    assert net.optimized.layout(x) == "as given: no quicker copy, RuntimeError"


def test_who_asked_first_makes_no_difference():
    one, other = (Classifier(Net(2).double(), ndim=2) for _ in range(2))
    other.module.load_state_dict(one.module.state_dict())
    x = draw(2)
    other.scores(x * 100)
    assert torch.equal(one.scores(x), other.scores(x))


def test_another_type_and_another_size_have_copies_of_their_own():
    net, x = Classifier(Net(2).double(), ndim=2), draw(2)
    net.scores(x), net.scores(x[..., :7])
    net.module.float()
    assert net.scores(x.float()).dtype == torch.float32
    assert_close(net.scores(x.float()), net.module(x.float()), rtol=1e-4, atol=1e-5)
