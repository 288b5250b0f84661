"""The laws at the length of a sound: five seconds at 44.1 kHz, odd lengths, up to ten levels."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from tests import oracles
from tests.oracles import assert_same, dot, draw, flat, pywt_bands, random_pyramid
from wam_core.classifier import Classifier
from wam_core.engine import explain
from wam_core.paths import Gradient, IntegratedGradients, SmoothGrad
from wam_core.transforms.dwt import DiscreteWaveletTransform

SECONDS_5 = 220_500
CASES = [
    (SECONDS_5, DiscreteWaveletTransform("haar", 10, 1, "reflect")),
    (SECONDS_5, DiscreteWaveletTransform("db4", 10, 1, "symmetric")),
    (SECONDS_5 + 1, DiscreteWaveletTransform("sym8", 10, 1, "reflect")),
    (SECONDS_5 + 1, DiscreteWaveletTransform("bior4.4", 7, 1, "zero")),
    (99_999, DiscreteWaveletTransform("haar", 3, 1, "periodic")),
    (99_999, DiscreteWaveletTransform("db4", 9, 1, "constant")),
]
EVERY = pytest.mark.parametrize(
    ("length", "transform"),
    CASES,
    ids=lambda case: case if isinstance(case, int) else f"{case.wavelet}-{case.levels}",
)


def sound(length, batch=1, dtype=torch.float64, seed=7):
    return 0.3 * draw(1, batch, 1, (length,), dtype, seed)


class Strided(nn.Module):
    """A filter bank, a bend, the mean over time: small at any length, sensitive everywhere."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(2)
        self.filters = nn.Parameter(torch.randn(5, 1, 64, generator=generator) / 8)
        self.head = nn.Parameter(torch.randn(5, 3, generator=generator))

    def forward(self, x):
        heard = torch.nn.functional.conv1d(x, self.filters.to(x.dtype), stride=32)
        return torch.tanh(heard + 0.3).square().mean(2) @ self.head.to(x.dtype)


def network():
    return Classifier(Strided(), ndim=1, name="strided")


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-5), (torch.float64, 1e-11)])
@EVERY
def test_synthesis_of_analysis_is_the_sound(length, transform, dtype, bound):
    x = sound(length, 2, dtype)
    back = transform.synthesise(transform.analyse(x), (length,))
    assert back.shape == x.shape and float((back - x).norm() / x.norm()) < bound


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
@EVERY
def test_the_adjoint_is_the_transpose(length, transform, dtype, bound):
    g = sound(length, 1, dtype, seed=1)
    pulled = transform.adjoint(g)
    z = random_pyramid(pulled)
    forward = transform.synthesise(z, (length,))
    scale = float(forward.norm() * g.norm())
    assert abs(float((forward * g).sum()) - dot(z, pulled)) < bound * scale


@EVERY
def test_analysis_is_that_of_pywt(length, transform):
    x = sound(length)
    z = transform.analyse(x)
    approx, *details = pywt_bands(x[0, 0].numpy(), transform)
    assert_close(z.approx[0, 0], torch.from_numpy(approx), rtol=0, atol=1e-11)
    for ours, theirs in zip(z.details, details, strict=True):
        assert_close(ours["d"][0, 0], torch.from_numpy(theirs["d"]), rtol=0, atol=1e-11)


@EVERY
def test_one_adjoint_equals_one_synthesis_per_sample(length, transform):
    net, x, start = network(), sound(length), sound(length, seed=9)
    smooth = explain(net, x, 1, transform=transform, path=SmoothGrad(3, 0.05, seed=4))
    expected = oracles.naive_smoothgrad(net, transform, x, 1, 3, 0.05, 4)
    assert_same(smooth.attribution, expected, 1e-10)
    line = explain(net, x, 1, transform=transform, path=IntegratedGradients(3, start))
    pairs = oracles.line(x, start, 3)
    assert_same(
        line.attribution, oracles.naive_integrated(net, transform, x, 1, pairs, start), 1e-10
    )


@EVERY
def test_integrated_gradients_are_complete(length, transform):
    path = IntegratedGradients(32, sound(length, seed=9))
    result = explain(network(), sound(length), 1, transform=transform, path=path)
    assert float(result.completeness_gap) < 1e-10
    few = explain(network(), sound(length), 1, transform=transform, path=IntegratedGradients(1))
    assert float(few.completeness_gap) > 1e-3


@pytest.mark.parametrize("path", [Gradient(), SmoothGrad(9, 0.05), IntegratedGradients(9)])
@pytest.mark.parametrize(("length", "transform"), CASES[1:3], ids=["even", "odd"])
def test_the_same_seed_and_any_micro_batch(length, transform, path):
    net, x = network(), sound(length, dtype=torch.float32)
    one, three, eight, again = (
        explain(net, x, 1, transform=transform, path=path, micro_batch=size).attribution
        for size in (1, 3, 8, 8)
    )
    assert_same(again, eight, 0)
    assert_same(three, one, 1e-5)
    assert_same(eight, one, 1e-5)
    if isinstance(path, SmoothGrad):
        other = explain(net, x, 1, transform=transform, path=SmoothGrad(9, 0.05, seed=1))
        assert (flat(other.attribution) - flat(one)).norm() > 1e-3 * flat(one).norm()
