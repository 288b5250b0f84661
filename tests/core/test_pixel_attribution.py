"""Conventional maps: known answers, and a network that is left as it was."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

from tests.oracles import draw, linear, network
from wam_core import pixel_attribution
from wam_core.classifier import Classifier
from wam_core.errors import ModelError, SettingsError
from wam_core.pixel_attribution import METHODS, Options, attribute, guided_layers
from wam_core.targets import Contrast

CONV = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
SIZE = {1: (12,), 2: (8, 6), 3: (6, 4, 5)}
NDIMS = pytest.mark.parametrize("ndim", [1, 2, 3])


class Pooled(nn.Module):
    """conv → ReLU → mean over places → linear: what GradCAM gives is known in closed form."""

    def __init__(self, ndim, activation=nn.ReLU):
        super().__init__()
        self.conv = CONV[ndim](2, 4, 3, padding=1, dtype=torch.float64)
        self.act = activation()
        self.head = nn.Linear(4, 3, dtype=torch.float64)
        draw = torch.Generator().manual_seed(0)
        for parameter in self.parameters():
            parameter.data = torch.randn(parameter.shape, generator=draw, dtype=torch.float64)

    def maps(self, x):
        return self.act(self.conv(x))

    def forward(self, x):
        return self.head(self.maps(x).flatten(2).mean(2))


def pooled(ndim, **options):
    return Classifier(Pooled(ndim, **options), ndim=ndim), draw(ndim, size=SIZE[ndim])


@NDIMS
def test_gradcam_is_the_weighted_sum_of_the_last_maps(ndim):
    net, x = pooled(ndim)
    maps = net.module.maps(x)
    weights = net.module.head.weight[1] / maps[0, 0].numel()
    expected = (maps * weights.view(1, 4, *[1] * ndim)).sum(1, keepdim=True).clamp_min(0)
    assert expected.any()
    assert_close(attribute("gradcam", net, x, 1), expected.expand_as(x))


@NDIMS
def test_gradcam_plus_plus_weighs_places_by_their_slopes(ndim):
    """All slopes of a map are s = w / N here, so its weight is Σ α relu(s), α = 1 / (2 + s ΣA)."""
    net, x = pooled(ndim)
    maps = net.module.maps(x)
    places = maps[0, 0].numel()
    slope = net.module.head.weight[1] / places
    alpha = 1 / (2 + slope * maps[0].flatten(1).sum(1))
    weights = places * alpha * slope.clamp_min(0)
    expected = (maps * weights.view(1, 4, *[1] * ndim)).sum(1, keepdim=True).clamp_min(0)
    assert_close(attribute("gradcam++", net, x, 1), expected.expand_as(x))


@NDIMS
def test_of_a_linear_network_all_gradients_are_its_weights(ndim):
    net, weights = linear(ndim)
    x = draw(ndim)
    expected = weights[2][None]
    for name in ("saliency", "smoothgrad", "guided-backprop"):
        assert_close(attribute(name, net, x, 2), expected, msg=name)
    for name in ("input-x-gradient", "integrated-gradients"):
        assert_close(attribute(name, net, x, 2), x * expected, msg=name)


def test_integrated_gradients_add_up():
    net, x = network(2), draw(2)
    found = attribute("integrated-gradients", net, x, 1, Options(samples=60))
    difference = net.scores(x)[0, 1] - net.scores(torch.zeros_like(x))[0, 1]
    assert_close(found.sum(), difference, rtol=1e-6, atol=1e-8)


def test_smoothgrad_is_the_mean_over_the_points_of_our_own_path():
    net, x = network(2), draw(2)
    options = Options(samples=7, spread=0.3, seed=3, micro_batch=2)
    found = attribute("smoothgrad", net, x, 1, options)
    from wam_core.paths import SmoothGrad

    total = torch.zeros_like(x)
    for point, weight in SmoothGrad(7, 0.3, 3).points(x, x):
        total += weight * attribute("saliency", net, point, 1)
    assert_close(found, total)
    still = attribute("smoothgrad", net, x, 1, Options(samples=3, spread=0.0))
    assert_close(still, attribute("saliency", net, x, 1))


def test_guided_backprop_drops_what_speaks_against():
    net, x = pooled(2)
    found = attribute("guided-backprop", net, x, 1)
    plain = attribute("saliency", net, x, 1)
    assert not torch.allclose(found, plain)
    inner = net.module.conv(x)
    slope = (net.module.head.weight[1].clamp_min(0) / inner[0, 0].numel()).view(1, 4, 1, 1)
    expected = functional.conv_transpose2d(slope * (inner > 0), net.module.conv.weight, padding=1)
    assert_close(found, expected)


def test_it_is_said_where_guided_backprop_guides_nothing():
    assert guided_layers(pooled(2)[0]) == (1, 0)
    net, x = pooled(2, activation=nn.GELU)
    assert guided_layers(net) == (0, 1)
    assert_close(attribute("guided-backprop", net, x, 1), attribute("saliency", net, x, 1))


class Tokens(nn.Module):
    """Patches of 4 × 4 as tokens behind a class token, as transformers have them."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(2, 5, 4, stride=4)
        self.norm = nn.Identity()
        self.head = nn.Linear(5, 3)
        for parameter in self.parameters():
            nn.init.constant_(parameter, 0.1)

    def forward(self, x):
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = self.norm(torch.cat((tokens.mean(1, keepdim=True), tokens), dim=1))
        return self.head(tokens.square().mean(1))


@pytest.mark.parametrize("method", ["gradcam", "gradcam++"])
def test_tokens_become_a_grid(method):
    torch_net = Classifier(Tokens(), ndim=2)
    x = torch.zeros(1, 2, 16, 16)
    x[:, :, 4:8, 8:12] = 5.0  # the patch in the second row and third column
    found = attribute(method, torch_net, x, 0)
    assert found.shape == x.shape
    blocks = found[0, 0, 2::4, 2::4]
    assert blocks[1, 2] > 2 * blocks[0, 0] and blocks[1, 2] == blocks.max()
    assert (blocks == blocks[1, 2]).sum() == 1


@pytest.mark.parametrize("method", METHODS)
def test_the_network_is_left_as_it_was(method):
    net, x = pooled(2, activation=lambda: nn.ReLU(inplace=True))
    before = {key: value.clone() for key, value in net.module.state_dict().items()}
    first = attribute(method, net, x, 1)
    assert torch.equal(first, attribute(method, net, x, 1))
    for part in net.module.modules():
        hooks = (part._forward_hooks, part._backward_hooks, part._forward_pre_hooks)
        assert not any(hooks) and not part.training
    assert net.module.act.inplace
    assert not any(p.requires_grad for p in net.module.parameters())
    for key, value in net.module.state_dict().items():
        assert torch.equal(value, before[key])


@pytest.mark.parametrize("method", ["gradcam", "guided-backprop"])
def test_an_exception_in_a_hooked_network_leaves_no_hook(method, monkeypatch):
    net, x = pooled(2)
    good = attribute(method, net, x, 1)

    def broken(*arguments, **options):
        raise RuntimeError("in mid-pass")

    with monkeypatch.context() as patched:
        patched.setattr(torch.autograd, "grad", broken)
        with pytest.raises(RuntimeError, match="mid-pass"):
            attribute(method, net, x, 1)
    assert not any(part._forward_hooks for part in net.module.modules())
    assert torch.equal(attribute(method, net, x, 1), good)


def test_what_cannot_be_asked_is_said():
    net, x = network(2), draw(2)
    with pytest.raises(SettingsError, match="accepted: saliency"):
        attribute("lime", net, x)
    with pytest.raises(SettingsError, match="one class"):
        attribute("saliency", net, x, Contrast(0, 1))
    with pytest.raises(ModelError, match="has none"):
        attribute("gradcam", net, x)


def test_a_map_of_the_representation_is_one_of_the_inner_network():
    from tests.oracles import represented

    net, x = represented(2), draw(2)
    m = net.represent(x)
    inner = net.inner(m)
    assert_close(inner.scores(m), net.scores(x))
    found = pixel_attribution.attribute("saliency", inner, m, 1)
    assert found.shape == m.shape
