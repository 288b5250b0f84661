"""Attribution per sample: where it lies, and that none of it is lost."""

import pytest
import torch
from torch.testing import assert_close

from tests.oracles import draw, flat, network, random_pyramid
from wam_core.bands import Band
from wam_core.density import density
from wam_core.engine import explain
from wam_core.paths import IntegratedGradients
from wam_core.transforms.dwt import DiscreteWaveletTransform
from wam_core.views import heat_map

AXES = (1, 2, 3)
SIZES = {1: (61,), 2: (31, 38), 3: (17, 20, 18)}


@pytest.mark.parametrize("boundary", ["symmetric", "zero"])
@pytest.mark.parametrize(("wavelet", "levels"), [("haar", 1), ("haar", 3), ("db2", 2), ("db4", 1)])
@pytest.mark.parametrize("ndim", AXES)
def test_nothing_is_lost_and_the_bands_add_up(ndim, wavelet, levels, boundary):
    transform, size = DiscreteWaveletTransform(wavelet, levels, ndim, boundary), SIZES[ndim]
    z = random_pyramid(transform.analyse(draw(ndim, 2, size=size)))
    found = density(z, transform, size)
    assert found.shape == (2, 2, *size)
    assert_close(found.flatten(1).sum(1), flat(z).sum(1), rtol=1e-10, atol=1e-10)
    each = [density(z, transform, size, {band}) for band, _ in z.bands()]
    assert_close(sum(each), found)
    for part, (_, values) in zip(each, z.bands(), strict=True):
        assert_close(part.flatten(2).sum(2), values.flatten(2).sum(2), rtol=1e-10, atol=1e-10)


def test_a_coefficient_is_divided_among_its_own_samples():
    """haar, two levels, ten samples: the third coarse coefficient covers only samples 8 and 9."""
    transform = DiscreteWaveletTransform("haar", 2, 1, "symmetric")
    z = transform.analyse(torch.zeros(1, 1, 10, dtype=torch.float64))
    assert z.approx.shape[2:] == (3,)
    z.approx[0, 0] = torch.tensor([4.0, 0.0, -6.0])
    z[Band(1, "d")][0, 0] = torch.tensor([0.0, 0.0, 2.0, 0.0, 0.0])
    expected = [1.0, 1, 1, 1, 1, 1, 0, 0, -3, -3]
    assert density(z, transform, (10,))[0, 0].tolist() == expected


def test_what_lies_beyond_the_edge_goes_to_the_outermost_sample():
    """db4: the first of its coefficients, three samples early, covers none of the signal."""
    transform = DiscreteWaveletTransform("db4", 1, 1, "symmetric")
    z = transform.analyse(torch.zeros(1, 1, 20, dtype=torch.float64))
    z.approx[0, 0, :3] = torch.tensor([5.0, 7.0, 4.0])
    # they cover samples −3 and −2, then −1 and 0, then 1 and 2
    assert z.layout.approx.start == (-3,)
    assert density(z, transform, (20,))[0, 0].tolist() == [12.0, 2, 2] + [0] * 17


@pytest.mark.parametrize(("wavelet", "levels"), [("haar", 3), ("db2", 2), ("db4", 1)])
@pytest.mark.parametrize("ndim", AXES)
def test_a_weight_moves_it_but_loses_nothing(ndim, wavelet, levels):
    """Half of the samples without any weight: nothing lies there, unless a block has none at all."""
    transform, size = DiscreteWaveletTransform(wavelet, levels, ndim, "symmetric"), SIZES[ndim]
    z = random_pyramid(transform.analyse(draw(ndim, 2, size=size)))
    weight = draw(ndim, 2, size=size, seed=3).clamp(min=0)
    found = density(z, transform, size, weight=weight)
    assert_close(found.flatten(2).sum(2), density(z, transform, size).flatten(2).sum(2))
    even = density(z, transform, size, weight=torch.ones_like(weight))
    assert_close(even, density(z, transform, size))
    assert float((found - even).norm() / even.norm()) > 0.3
    coarse = {band for band, _ in z.bands() if band.level == levels}
    if wavelet == "haar" and ndim == 3:
        assert not density(z, transform, size, coarse, weight)[weight == 0].any()


def test_a_weight_divides_a_block_in_its_proportion():
    """The second coarse coefficient has no weight below it, so it is divided evenly."""
    transform = DiscreteWaveletTransform("haar", 2, 1, "symmetric")
    z = transform.analyse(torch.zeros(1, 1, 8, dtype=torch.float64))
    z.approx[0, 0] = torch.tensor([10.0, -4.0])
    weight = torch.tensor([0.0, 1, 1, 3, 0, 0, 0, 0], dtype=torch.float64).view(1, 1, 8)
    assert density(z, transform, (8,), weight=weight)[0, 0].tolist() == [0, 2, 2, 6, -1, -1, -1, -1]


@pytest.mark.parametrize("ndim", AXES)
def test_it_is_the_heat_map_with_every_level_at_its_own_weight(ndim):
    """On sizes that the blocks fill exactly, a level's heat-map counts 2^(n · level) times."""
    size = (16, 24, 8)[:ndim]
    transform = DiscreteWaveletTransform("haar", 2, ndim)
    z = random_pyramid(transform.analyse(draw(ndim, size=size)))
    for level in (1, 2):
        bands = {band for band, _ in z.bands() if band.level == level}
        expected = heat_map(z, transform, size, bands) / 2 ** (ndim * level)
        assert_close(density(z, transform, size, bands), expected)


@pytest.mark.parametrize("ndim", AXES)
def test_integrated_gradients_stay_complete_on_the_samples(ndim):
    size = SIZES[ndim]
    result = explain(
        network(ndim, size=size),
        draw(ndim, 2, size=size),
        1,
        transform=DiscreteWaveletTransform("db2", 1, ndim),
        path=IntegratedGradients(32),
    )
    placed = density(result.attribution, result.transform, size)
    assert_close(placed.flatten(1).sum(1), result.scores - result.origin_scores)
