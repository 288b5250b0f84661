"""The laws at the sizes of volumes: odd and unequal axes, one to three levels, long filters."""

import pytest
import pywt
import torch
from torch import nn
from torch.testing import assert_close

from tests import oracles
from tests.oracles import assert_same, dot, draw, flat, pywt_bands, random_pyramid
from wam_core.bands import Band
from wam_core.classifier import Classifier
from wam_core.engine import explain
from wam_core.paths import Gradient, IntegratedGradients, SmoothGrad
from wam_core.transforms.dwt import DiscreteWaveletTransform
from wam_core.views import mosaic

UNEQUAL, ODD, THIN = (20, 33, 28), (21, 27, 25), (9, 40, 23)
CASES = [
    (UNEQUAL, DiscreteWaveletTransform("haar", 1, 3, "reflect")),
    (UNEQUAL, DiscreteWaveletTransform("haar", 2, 3, "symmetric")),
    (UNEQUAL, DiscreteWaveletTransform("haar", 3, 3, "symmetric")),
    (UNEQUAL, DiscreteWaveletTransform("db2", 2, 3, "reflect")),
    (UNEQUAL, DiscreteWaveletTransform("db4", 1, 3, "symmetric")),
    (UNEQUAL, DiscreteWaveletTransform("bior2.2", 2, 3, "symmetric")),
    (UNEQUAL, DiscreteWaveletTransform("bior4.4", 1, 3, "reflect")),
    (ODD, DiscreteWaveletTransform("haar", 3, 3, "periodic")),
    (ODD, DiscreteWaveletTransform("sym2", 2, 3, "constant")),
    (THIN, DiscreteWaveletTransform("haar", 3, 3, "zero")),
    ((31, 25, 40), DiscreteWaveletTransform("db2", 3, 3, "symmetric")),
]
EVERY = pytest.mark.parametrize(
    ("size", "transform"),
    CASES,
    ids=lambda case: (
        "×".join(map(str, case))
        if isinstance(case, tuple)
        else f"{case.wavelet}-{case.levels}-{case.boundary}"
    ),
)


def volume(size, batch=1, dtype=torch.float64, seed=7):
    return draw(3, batch, 1, size, dtype, seed)


class Bends(nn.Module):
    """Two 3-D convolutions with biases and smooth bends, the mean over space: for any size."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(2)

        def normal(*shape, scale=1.0):
            weights = torch.randn(shape, generator=generator, dtype=torch.float64)
            return nn.Parameter(scale * weights)

        self.first, self.first_bias = normal(6, 1, 3, 3, 3, scale=0.1), normal(6)
        self.second, self.second_bias = normal(4, 6, 3, 3, 3, scale=0.1), normal(4)
        self.head, self.head_bias = normal(4, 3), normal(3)

    def forward(self, x):
        dtype = x.dtype
        seen = torch.conv3d(x, self.first.to(dtype), self.first_bias.to(dtype), 2, 1).tanh()
        seen = torch.conv3d(seen, self.second.to(dtype), self.second_bias.to(dtype), 2, 1).tanh()
        return seen.square().mean((2, 3, 4)) @ self.head.to(dtype) + self.head_bias.to(dtype)


def network():
    return Classifier(Bends(), ndim=3, name="bends")


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-5), (torch.float64, 1e-11)])
@EVERY
def test_synthesis_of_analysis_is_the_volume(size, transform, dtype, bound):
    x = volume(size, 2, dtype)
    back = transform.synthesise(transform.analyse(x), size)
    assert back.shape == x.shape and float((back - x).norm() / x.norm()) < bound


@EVERY
def test_analysis_and_mosaic_are_those_of_pywt(size, transform):
    x = volume(size)
    z = transform.analyse(x)
    theirs = pywt_bands(x[0, 0].numpy(), transform)
    assert_close(z.approx[0, 0], torch.from_numpy(theirs[0]), rtol=0, atol=1e-11)
    for ours, named in zip(z.details, theirs[1:], strict=True):
        assert len(ours) == 7 and set(ours) == set(named)
        for word, band in named.items():
            assert_close(ours[word][0, 0], torch.from_numpy(band), rtol=0, atol=1e-11)
    array, _ = pywt.coeffs_to_array(theirs)
    assert_close(mosaic(z)[0, 0], torch.from_numpy(array), rtol=0, atol=1e-11)


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
@EVERY
def test_the_adjoint_is_the_transpose(size, transform, dtype, bound):
    g = volume(size, 1, dtype, seed=1)
    pulled = transform.adjoint(g)
    z = random_pyramid(pulled)
    forward = transform.synthesise(z, size)
    scale = float(forward.double().norm() * g.double().norm())
    left = float((forward.double() * g.double()).sum())
    right = dot(z.map(torch.Tensor.double), pulled.map(torch.Tensor.double))
    assert abs(left - right) < bound * scale


@EVERY
def test_the_gradient_is_that_of_central_differences(size, transform):
    """At four places of every band, so that no orientation of any level is left out."""
    net, x = network(), volume(size)
    result = explain(net, x, 1, transform=transform, path=Gradient())
    z, generator = transform.analyse(x), torch.Generator().manual_seed(0)
    places, start = [], 0
    for _, band in z.bands():
        places.append(start + torch.randint(band.numel(), (4,), generator=generator))
        start += band.numel()
    chosen = torch.cat(places)
    expected = torch.cat(
        [oracles.central_differences(net, transform, z, size, 1, part) for part in chosen.split(16)]
    )
    found = flat(result.attribution)[0]
    assert_close(found[chosen], expected, rtol=0, atol=1e-7 * float(found.abs().max()))
    assert float(expected.abs().max()) > 1e-3 * float(found.abs().max())


@EVERY
def test_one_adjoint_equals_one_synthesis_per_sample(size, transform):
    net, x, start = network(), volume(size), volume(size, seed=9)
    smooth = explain(net, x, 1, transform=transform, path=SmoothGrad(3, 0.05, seed=4))
    expected = oracles.naive_smoothgrad(net, transform, x, 1, 3, 0.05, 4)
    assert_same(smooth.attribution, expected, 1e-10)
    line = explain(net, x, 1, transform=transform, path=IntegratedGradients(3, start))
    pairs = oracles.line(x, start, 3)
    assert_same(
        line.attribution, oracles.naive_integrated(net, transform, x, 1, pairs, start), 1e-10
    )


@EVERY
def test_integrated_gradients_are_complete(size, transform):
    path = IntegratedGradients(32, volume(size, seed=9))
    result = explain(network(), volume(size), 1, transform=transform, path=path)
    assert float(result.completeness_gap) < 1e-10
    few = IntegratedGradients(2, volume(size, seed=9), rule="trapezoid")
    rough = explain(network(), volume(size), 1, transform=transform, path=few)
    assert float(rough.completeness_gap) > 1e-3


@pytest.mark.parametrize("path", [Gradient(), SmoothGrad(9, 0.05), IntegratedGradients(9)])
@pytest.mark.parametrize(("size", "transform"), [CASES[2], CASES[8]], ids=["unequal", "odd"])
def test_the_same_seed_any_micro_batch_and_no_mates(size, transform, path):
    net, x = network(), volume(size, 2, dtype=torch.float32)
    one, three, eight, again = (
        explain(net, x, 1, transform=transform, path=path, micro_batch=batch).attribution
        for batch in (1, 3, 8, 8)
    )
    assert_same(again, eight, 0)
    assert_same(three, one, 1e-5)
    assert_same(eight, one, 1e-5)
    alone = explain(net, x[1:], 1, transform=transform, path=path).attribution
    assert_same(one.map(lambda band: band[1:]), alone, 1e-5)
    if isinstance(path, SmoothGrad):
        other = explain(net, x, 1, transform=transform, path=SmoothGrad(9, 0.05, seed=1))
        assert (flat(other.attribution) - flat(one)).norm() > 1e-3 * flat(one).norm()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_plate_lights_up_the_orientation_of_its_normal(axis):
    """A plate of odd thickness across one axis, in unequal axes: its two faces, and nothing else."""
    x = torch.zeros(1, 1, *UNEQUAL, dtype=torch.float64)
    x.narrow(axis + 2, 7, 5).fill_(1)
    z = DiscreteWaveletTransform("haar", 3, 3, "symmetric").analyse(x)
    word = "".join("d" if other == axis else "a" for other in range(3))
    lit = {band for band, values in z.bands() if values.abs().max() > 1e-9 and not band.is_approx}
    assert lit == {Band(level, word) for level in (1, 2, 3)}
