"""The path on which an input grows out of its strongest coefficients."""

import pytest
import torch
from torch.testing import assert_close

from tests.oracles import SIZES, draw, linear, network
from wam_core import DiscreteWaveletTransform, explain
from wam_core.errors import SettingsError
from wam_core.evaluation import ranking
from wam_core.evaluation.domain import Wavelet
from wam_core.evaluation.ranking import InsertionPath
from wam_core.targets import LogProbability

NDIMS = pytest.mark.parametrize("ndim", [1, 2, 3])


@NDIMS
def test_the_points_are_the_input_of_the_strongest_coefficients(ndim):
    x = draw(ndim, batch=2)
    domain = Wavelet(DiscreteWaveletTransform("haar", 1, ndim))
    points = [point for point, _ in InsertionPath(domain, 4, 0.01).points(x, x)]
    z = domain.features(x)
    for share, point in zip((0.01, 0.01 ** (2 / 3), 0.01 ** (1 / 3), 1), points, strict=True):
        for member in range(2):
            row = z[member].flatten()
            kept = torch.zeros_like(row)
            best = row.abs().argsort(descending=True)[: round(share * len(row))]
            kept[best] = row[best]
            alone = domain.back(kept.view(1, *z[member].shape), SIZES[ndim])
            assert_close(point[member], alone[0])
    assert_close(points[-1], x)


@NDIMS
def test_of_a_linear_network_it_is_the_plain_gradient(ndim):
    net, weights = linear(ndim)
    transform = DiscreteWaveletTransform("db2", 1, ndim)
    result = explain(
        net, draw(ndim), 1, transform=transform, path=InsertionPath(Wavelet(transform), 5)
    )
    expected = transform.adjoint(weights[1][None])
    for (_, found), (_, wanted) in zip(result.attribution.bands(), expected.bands(), strict=True):
        assert_close(found, wanted)


def test_the_score_is_the_logarithm_of_the_probability():
    net, x = network(2), draw(2)
    transform = DiscreteWaveletTransform("haar", 1, 2)
    result = explain(
        net, x, LogProbability(1), transform=transform, path=InsertionPath(Wavelet(transform), 3)
    )
    assert_close(result.scores, net.predict(x)[:, 1].log())
    assert result.target.log_probability


def test_a_bounded_sign_moves_a_feature_by_a_factor_of_e_at_most():
    z, g = draw(1).flatten(2), draw(1, seed=4).flatten(2)
    strength = ranking.bounded_sign(g, z)
    ratio = strength / z[0].abs()
    assert ratio.max() < torch.e and ratio.min() > 1 / torch.e
    helps = (z * g)[0] > 0
    assert (ratio[helps] > 1).all() and (ratio[~helps] < 1).all()
    assert_close(ranking.bounded_sign(torch.zeros_like(g), z), z[0].abs())
    assert not ranking.bounded_sign(g, torch.zeros_like(z)).any()


@pytest.mark.parametrize(("steps", "smallest"), [(1, 0.001), (5, 0.0), (5, 1.0)])
def test_a_path_that_is_none_is_refused(steps, smallest):
    with pytest.raises(SettingsError, match="is needed|are needed"):
        InsertionPath(Wavelet(DiscreteWaveletTransform("haar", 1, 2)), steps, smallest)
