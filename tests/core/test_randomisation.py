"""The random-weight control: other weights, the same architecture, the original untouched."""

import torch
from torch import nn

from wam_core import Classifier
from wam_core.evaluation.randomisation import randomised


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
