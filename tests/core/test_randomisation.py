"""Random weights: other weights, the same architecture, the original untouched; and what a map makes of it."""

from dataclasses import replace

import pytest
import torch
from scipy.stats import spearmanr
from torch import nn

from tests.oracles import followed
from wam_core import (
    Classifier,
    DiscreteWaveletTransform,
    Gradient,
    IntegratedGradients,
    SmoothGrad,
    explain,
)
from wam_core.errors import ModelError, SettingsError
from wam_core.evaluation import randomisation as randomisation_module
from wam_core.evaluation.randomisation import map_similarity, parts, randomisation, randomised
from wam_core.targets import Contrast


def network() -> Classifier:
    module = nn.Sequential(
        nn.Conv1d(1, 4, 3), nn.BatchNorm1d(4), nn.ReLU(), nn.AdaptiveAvgPool1d(1),
        nn.Flatten(), nn.Linear(4, 3),
    )  # fmt: skip
    return Classifier(module, ndim=1, labels=["a", "b", "c"], name="toy")


def test_a_seed_gives_the_same_other_network():
    net, x = network(), 5 + 3 * torch.randn(8, 1, 40, generator=torch.Generator().manual_seed(0))
    before = net.fingerprint
    one, same, other = (randomised(net, [x], seed) for seed in (1, 1, 2))
    assert one.fingerprint == same.fingerprint
    assert len({before, one.fingerprint, other.fingerprint}) == 3
    assert network().module[1].running_mean.eq(0).all()
    assert one.labels == net.labels and "random weights 1" in one.name
    del net.__dict__["fingerprint"]
    assert net.fingerprint == before


def test_batch_normalisation_has_seen_the_inputs():
    net, x = network(), 5 + 3 * torch.randn(8, 1, 40, generator=torch.Generator().manual_seed(0))
    control = randomised(net, [x[:4], x[4:]], 1)
    convolved = control.module[0](x)
    torch.testing.assert_close(control.module[1].running_mean, convolved.mean((0, 2)))
    assert not control.module.training and not control.module[1].training


def test_the_global_generator_is_left_alone():
    net = network()
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    randomised(net, [torch.ones(2, 1, 40)], 7)
    assert torch.equal(torch.rand(1), expected)


def explained(net, x, target=1, path=None):
    transform = DiscreteWaveletTransform("haar", 1, net.ndim)
    return explain(net, x, target, transform=transform, path=path or Gradient())


class Stubborn(nn.Linear):
    """Draws the weights anew that it has."""

    def reset_parameters(self) -> None:
        if not hasattr(self, "drawn"):
            self.drawn = True
            super().reset_parameters()


def test_parts_run_from_the_head_down_in_the_order_of_passing():
    class Backwards(nn.Module):
        """Registers its layers in another order than it passes them."""

        def __init__(self):
            super().__init__()
            self.head, self.unused = nn.Linear(4, 3), nn.Linear(2, 2)
            self.norm, self.late = nn.BatchNorm1d(4), nn.Conv1d(4, 4, 3)
            self.early = nn.Conv1d(1, 4, 3)

        def forward(self, x):
            return self.head(self.late(self.norm(self.early(x))).mean(2))

    net, x = Classifier(Backwards(), ndim=1), torch.randn(1, 1, 20)
    assert [part.layers for part in parts(net, x)] == [("head",), ("late",), ("early", "norm")]
    assert [part.layers for part in parts(net, x, 2)] == [("head",), ("early", "norm", "late")]
    assert [part.layers for part in parts(net, x, 1)] == [("early", "norm", "late", "head")]
    assert parts(net, x, 2)[1].name == "early … late"
    assert not net.module.early._forward_hooks, "the shared network was hooked into"
    with pytest.raises(SettingsError, match="most is 0"):
        parts(net, x, 0)
    with pytest.raises(ModelError, match="no layer"):
        parts(Classifier(nn.Flatten(), ndim=1), x)


@pytest.mark.parametrize("independent", [False, True])
def test_where_nothing_changes_the_map_is_the_same(independent):
    module = nn.Sequential(nn.Flatten(), Stubborn(16, 5), nn.Tanh(), Stubborn(5, 3))
    net, x = Classifier(module, ndim=2), torch.randn(1, 1, 4, 4)
    result = explained(net, x, path=IntegratedGradients(3))
    stages, _ = followed(randomisation(net, result, [x], independent=independent))
    assert [stage.part.name for stage in stages[1:]] == ["3", "1"] and stages[0].part is None
    for stage in stages:
        assert (stage.correlation, stage.similarity) == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_a_linear_network_has_known_maps(ndim):
    size = (8,) * ndim
    layer = nn.Linear(8**ndim, 3)
    net, x = Classifier(nn.Sequential(nn.Flatten(), layer), ndim=ndim), torch.ones(1, 1, *size)
    result = explained(net, x)
    (trained, drawn), _ = followed(randomisation(net, result, [], seed=4))
    assert (trained.correlation, trained.similarity) == (1.0, 1.0)
    other = nn.Linear(8**ndim, 3)
    with torch.random.fork_rng():
        torch.manual_seed(4)
        other.reset_parameters()
    transform = result.transform
    maps = [
        torch.cat([b.flatten() for _, b in transform.analyse(w[1].view(1, 1, *size)).bands()])
        for w in (layer.weight.detach(), other.weight.detach())
    ]  # haar is orthonormal: the adjoint of the synthesis is the analysis
    expected = spearmanr(*(m.abs().numpy() for m in maps)).statistic
    assert drawn.correlation == pytest.approx(expected, abs=1e-3)
    assert drawn.similarity < 0.9


def test_cascading_keeps_what_was_drawn_and_independent_does_not():
    net = network()
    x = 5 + 3 * torch.randn(8, 1, 40, generator=torch.Generator().manual_seed(0))
    result = explained(net, x[:1])
    before = {name: value.clone() for name, value in net.module.state_dict().items()}
    cascading, seen = followed(randomisation(net, result, [x]))
    alone, _ = followed(randomisation(net, result, [x], independent=True))
    assert [s.part.layers for s in cascading[1:]] == [("5",), ("0", "1")]
    # the head is drawn first in both, with the same weights
    assert cascading[:2] == alone[:2]
    assert cascading[2] != alone[2]
    assert [step.done for step in seen] == [1, 2] and seen[-1].total == 2
    assert len(seen[-1].stages) == 2, "what is known so far can be drawn"
    after = net.module.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before), "the shared network"


def test_a_norm_that_is_drawn_anew_sees_the_inputs_and_no_other_does():
    module = nn.Sequential(
        nn.Conv1d(1, 4, 3), nn.BatchNorm1d(4), nn.Conv1d(4, 4, 3), nn.BatchNorm1d(4),
        nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 3),
    )  # fmt: skip
    for norm in (module[1], module[3]):
        norm.running_mean.fill_(0.3)
    kept = {}

    class Watched(Classifier):
        """Notes the networks that are explained."""

        def scores(self, x):
            kept[self.name] = [self.module[n].running_mean.clone() for n in (1, 3)]
            return super().scores(x)

    net, x = Watched(module, ndim=1, name="net"), 5 + torch.randn(4, 1, 30)
    result = explained(net, x[:1], path=SmoothGrad(1, 0.0, 0))
    original = randomisation_module.Classifier
    randomisation_module.Classifier = Watched
    try:
        followed(randomisation(net, result, [x], independent=True))
    finally:
        randomisation_module.Classifier = original
    one, other = kept["net, randomised at 2 … 3"], kept["net, randomised at 0 … 1"]
    assert one[0].eq(0.3).all() and not one[1].eq(0.3).any()
    assert other[1].eq(0.3).all() and not other[0].eq(0.3).any()


def test_a_contrast_stays_a_contrast():
    layer = Stubborn(16, 3)
    net, x = Classifier(nn.Sequential(nn.Flatten(), layer), ndim=1), torch.randn(1, 1, 16)
    result = explained(net, x, Contrast(0, 2))
    (_, same), _ = followed(randomisation(net, result, []))
    assert (same.correlation, same.similarity) == pytest.approx((1.0, 1.0))


def test_a_map_without_order_counts_as_no_correlation():
    net, x = Classifier(nn.Sequential(nn.Flatten(), nn.Linear(8, 2)), ndim=1), torch.ones(1, 1, 8)
    one = explained(net, x)
    flat = replace(one, attribution=one.attribution.map(torch.zeros_like))
    correlation, similarity = map_similarity(one, flat)
    assert correlation == 0 and similarity < 0.5


def test_what_is_zero_in_both_maps_does_not_make_them_alike():
    net, x = (
        Classifier(nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), ndim=1),
        torch.zeros(1, 1, 64),
    )
    x[..., 20:28] = torch.rand(8) + 1
    one = explained(net, x, path=IntegratedGradients(2))
    draw = torch.Generator().manual_seed(0)
    other = replace(
        one,
        attribution=one.attribution.map(
            lambda band: torch.rand(band.shape, generator=draw) * (band != 0)
        ),
    )
    a, b = (
        torch.cat([band.flatten().abs() for _, band in r.attribution.bands()]) for r in (one, other)
    )
    filled = (a != 0).numpy()
    assert 4 <= filled.sum() <= 8
    expected = spearmanr(a.numpy()[filled], b.numpy()[filled]).statistic
    assert map_similarity(one, other)[0] == pytest.approx(expected)
    assert spearmanr(a.numpy(), b.numpy()).statistic > 0.8, "over all, the zeros alone would do it"
