"""The quicker twin is the same function: folded where that is sure, and not at all elsewhere."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from wam_core.classifier import Classifier
from wam_core.optimized import OptimizedModule

CONVOLUTIONS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
NORMS = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
NDIMS = pytest.mark.parametrize("ndim", [1, 2, 3])


class Net(nn.Module):
    """Two convolutions, one norm with the statistics of real use; ``skip`` uses the first twice."""

    def __init__(self, ndim: int, skip: bool = False) -> None:
        super().__init__()
        self.skip = skip
        self.first = CONVOLUTIONS[ndim](2, 4, 3, padding=1, bias=False)
        self.norm = NORMS[ndim](4)
        self.second = CONVOLUTIONS[ndim](4, 3, 1)
        draw = torch.Generator().manual_seed(0)
        for tensor in (*self.parameters(), self.norm.running_mean):
            tensor.data.normal_(generator=draw)
        self.norm.running_var.uniform_(0.1, 2, generator=draw)

    def forward(self, x):
        made = self.first(x)
        normed = self.norm(made).relu()
        return self.second(normed + made if self.skip else normed).flatten(2).mean(2)


def network(ndim: int, **options) -> Classifier:
    return Classifier(Net(ndim, **options).double(), ndim=ndim)


def draw(ndim: int, batch: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(batch, 2, *(6, 5, 4)[:ndim], generator=generator, dtype=torch.float64)


def slope(function, x: torch.Tensor) -> torch.Tensor:
    x = x.clone().requires_grad_()
    return torch.autograd.grad(function(x)[:, 1].sum(), x)[0]


@NDIMS
def test_a_norm_behind_a_convolution_is_folded(ndim):
    net, x = network(ndim), draw(ndim)
    before = {name: value.clone() for name, value in net.module.state_dict().items()}
    assert "1 norms folded" in net.optimized.layout(x)
    assert_close(net.scores(x), net.module(x))
    assert_close(slope(net.scores, x), slope(net.module, x))
    assert all(torch.equal(value, before[name]) for name, value in net.module.state_dict().items())
    assert isinstance(net.module.norm, NORMS[ndim])


@NDIMS
def test_a_norm_that_does_not_take_all_of_a_convolution_stays(ndim):
    net, x = network(ndim, skip=True), draw(ndim)
    assert "folded" not in net.optimized.layout(x)
    assert_close(net.scores(x), net.module(x))


def test_a_network_that_was_written_to_is_copied_anew():
    net, x = network(2), draw(2)
    before = net.scores(x)
    with torch.no_grad():
        net.module.first.weight.mul_(2)
    assert not torch.allclose(net.scores(x), before)
    assert_close(net.scores(x), net.module(x))
    net.module.norm = nn.BatchNorm2d(4).double().eval()
    assert_close(net.scores(x), net.module(x))


def test_hooks_on_the_network_are_obeyed():
    net, x = network(2), draw(2)
    net.scores(x)
    handle = net.module.norm.register_forward_hook(lambda part, given, output: output * 0)
    assert net.optimized.layout(x) == "as given: hooked into"
    assert_close(net.scores(x), net.module(x))
    handle.remove()
    assert "1 norms folded" in net.optimized.layout(x)


def test_what_cannot_be_copied_answers_itself_and_says_so():
    class Odd(Net):
        def forward(self, x):
            scores = super().forward(x)
            return scores if self.first.bias is None else scores + 1  # sees that it was folded

    net, x = Classifier(Odd(2).double(), ndim=2), draw(2)
    assert "differs by" in net.optimized.layout(x)
    assert torch.equal(net.scores(x), net.module(x))


def test_it_can_be_left_as_it_is():
    module, x = Net(2).double(), draw(2)
    net = Classifier(module, ndim=2, quick=False)
    assert net.optimized.layout(x) == "as given"
    assert torch.equal(net.scores(x), module(x))


def test_sizes_do_not_gather_copies():
    twin = OptimizedModule(Net(1).double().eval().requires_grad_(False))
    for length in range(5, 15):
        twin(torch.zeros(1, 2, length, dtype=torch.float64))
    assert len(twin._copies) <= 4
