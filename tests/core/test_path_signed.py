"""The variant in which an input grows out of its strongest coefficients, against a plain loop."""

from functools import partial

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from tests.oracles import draw, flat, network
from wam_core import Contrast, DiscreteWaveletTransform, PathSigned, explain
from wam_core.errors import SettingsError
from wam_core.evaluation.ranking import bounded_sign
from wam_core.targets import LogProbability

NDIMS = pytest.mark.parametrize("ndim", [1, 2, 3])


def plain(net, transform, x, score, steps):
    """z, and the mean gradient with respect to the coefficients, one point after the other."""
    size, z = tuple(x.shape[2:]), transform.analyse(x)
    strongest = flat(z)[0].abs().sort(descending=True).values
    total = torch.zeros_like(flat(z)[0])
    for share in np.geomspace(1e-3, 1, steps):
        least = strongest[max(round(share * len(strongest)), 1) - 1]
        kept = z.map(partial(part, least))
        leaves = [band for _, band in kept.bands()]
        value = score(net.scores(transform.synthesise(kept, size))[0])
        total += torch.cat([g.flatten() for g in torch.autograd.grad(value, leaves)]) / steps
    return torch.cat([band.flatten() for _, band in z.bands()]), total


def part(least, band):
    """What is as large as that, to be differentiated."""
    return (band * (band.abs() >= least)).requires_grad_()


def rows(pyramid):
    return torch.cat([band.flatten() for _, band in pyramid.bands()])


@NDIMS
@pytest.mark.parametrize("wavelet", ["haar", "db2"])
@pytest.mark.parametrize("wanted", [1, Contrast(1, 0)])
def test_it_is_the_size_of_z_moved_and_signed_by_the_mean_gradient(ndim, wavelet, wanted):
    net, x = network(ndim), draw(ndim)
    transform = DiscreteWaveletTransform(wavelet, 1, ndim)

    def score(logits):
        return logits.log_softmax(0)[1] if wanted == 1 else logits[1] - logits[0]

    z, g = plain(net, transform, x, score, 6)
    t = z.sign() * g / g.square().mean().sqrt()
    result = explain(net, x, wanted, transform=transform, path=PathSigned(transform, 6))
    assert_close(rows(result.attribution), t.sign() * z.abs() * t.tanh().exp())
    assert {bool(sign) for sign in rows(result.attribution) > 0} == {True, False}
    # its own size is the ranking that the tables measure
    assert_close(rows(result.attribution).abs(), bounded_sign(g[None, None], z[None, None])[0])


def test_log_p_is_explained_unless_a_contrast_is_asked_for():
    transform = DiscreteWaveletTransform("haar", 1, 2)
    path = PathSigned(transform, 3)
    assert path.asks(2) == path.asks(LogProbability(2)) == LogProbability(2)
    assert path.asks(None) == LogProbability(None)
    assert path.asks(Contrast(0, 1)) == Contrast(0, 1)
    assert explain(network(2), draw(2), 0, transform=transform, path=path).target.log_probability


@NDIMS
def test_a_member_does_not_depend_on_its_mates(ndim):
    net, x = network(ndim), draw(ndim, 3)
    transform = DiscreteWaveletTransform("haar", 1, ndim)
    together = explain(net, x, 1, transform=transform, path=PathSigned(transform, 4))
    for member in range(3):
        alone = explain(
            net, x[member : member + 1], 1, transform=transform, path=PathSigned(transform, 4)
        )
        for (_, all_of), (_, one) in zip(
            together.attribution.bands(), alone.attribution.bands(), strict=True
        ):
            assert_close(all_of[member : member + 1], one)


def test_nothing_is_said_of_a_network_that_does_not_look():
    net = network(2)
    with torch.no_grad():
        net.module.inner.zero_()
    transform = DiscreteWaveletTransform("haar", 1, 2)
    result = explain(net, draw(2), 1, transform=transform, path=PathSigned(transform, 3))
    assert not rows(result.attribution).any()


def test_another_transform_is_refused():
    transform, other = DiscreteWaveletTransform("haar", 1, 2), DiscreteWaveletTransform("db2", 1, 2)
    with pytest.raises(SettingsError, match="another transform"):
        explain(network(2), draw(2), 1, transform=other, path=PathSigned(transform, 3))
    with pytest.raises(SettingsError, match="at least 2"):
        PathSigned(transform, 1)
