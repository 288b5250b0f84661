"""One ranking with its curves and its map; and whether two of them agree."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from tests.oracles import draw, followed, network, perturbed
from wam_core import DiscreteWaveletTransform
from wam_core.evaluation.curves import clipped
from wam_core.evaluation.domain import Samples, Wavelet
from wam_core.evaluation.map_similarity import (
    agreement,
    fitted,
    over_space,
    over_time,
    shares,
    strength_bands,
)
from wam_core.evaluation.methods import METHODS, Settings, question
from wam_core.evaluation.pipeline import Grid, cost, rank

SETTINGS = Settings(DiscreteWaveletTransform("haar", 2, 2), samples=3)
GRID = Grid(4, 5)


def ranked(name, size=(8, 8), index=1, settings=SETTINGS):
    net, x = network(2, size=size), draw(2, size=size, seed=3)
    return followed(rank(name, net, x, index, settings, GRID))


@pytest.mark.parametrize("name", ["wam-ig", "wam-path", "smoothgrad", "control-z", "random"])
def test_curves_and_readouts_are_those_of_the_study(name):
    found, seen = ranked(name)
    net, x = network(2, size=(8, 8)), draw(2, size=(8, 8), seed=3)
    strength = followed(METHODS[name].steps(question(name, net, x, 1, SETTINGS)))[0]
    curves = perturbed(clipped(net), x, METHODS[name].domain(SETTINGS), strength, GRID.shares)
    torch.testing.assert_close(found.measurement.curves.insertion.outputs, curves.insertion.outputs)
    assert found.measurement.p == pytest.approx(float(net.predict(x)[0, 1]), abs=1e-6)
    assert found.measurement.linear.insertion.shares.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert len(found.measurement.logarithmic.shares) == 5
    assert seen == sorted(seen) and seen[0] >= 0 and seen[-1] <= 1
    assert found.seconds > 0


def test_a_control_costs_its_curves_and_a_single_gradient_one_pass_more():
    curves = cost("control-z", GRID, 25)
    assert curves == 2 * len(GRID.shares)
    assert cost("saliency", GRID, 25) == curves + 3
    assert cost("wam-sg", GRID, 25) == curves + 75


def test_a_map_adds_up_to_one_on_the_axes_of_the_input():
    for name in ("wam-ig", "saliency", "control-z"):
        found, _ = ranked(name)
        map_ = over_space(found)
        assert map_.shape == (8, 8) and map_.min() >= 0
        assert map_.sum() == pytest.approx(1)
    samples, _ = ranked("control-x")
    x = draw(2, size=(8, 8), seed=3)
    expected = x.abs().sum(1)[0] / x.abs().sum()
    np.testing.assert_allclose(over_space(samples), expected, atol=1e-6)


def one(strength, domain, size):
    any_, _ = ranked("random")
    return replace(any_, domain=domain, size=size, strength=strength)


def test_what_comes_last_in_a_signed_order_counts_as_nothing():
    found = one(torch.tensor([[-3.0, 1.0, 3.0, -1.0]]), Samples(), (2, 2))
    np.testing.assert_allclose(over_space(found), [[0, 0.25], [0.75, 0]])


def test_a_coefficient_is_placed_where_it_lies_in_space_and_in_time():
    transform = DiscreteWaveletTransform("haar", 1, ndim=1)
    domain = Wavelet(transform)
    rows = torch.zeros(1, 8)
    rows[0, 4 + 2] = 5.0  # the third detail: samples 4 and 5
    found = one(rows, domain, (8,))
    expected = np.array([0, 0, 0, 0, 0.5, 0.5, 0, 0])
    np.testing.assert_allclose(over_space(found), expected)
    np.testing.assert_allclose(over_time(found, 8), expected)
    np.testing.assert_allclose(over_time(found, 4), [0, 0, 1, 0])
    assert strength_bands(found) is not None
    assert strength_bands(one(rows, Samples(), (8,))) is None


def test_time_counts_a_low_octave_no_more_than_a_high_one():
    domain = Wavelet(DiscreteWaveletTransform("haar", 3, ndim=1))
    low, high = torch.zeros(1, 16), torch.zeros(1, 16)
    low[0, 0] = high[0, 15] = 1.0  # the first approximation; the last of the finest level
    both = over_time(one(low + high, domain, (16,)), 16)
    assert both[:8].sum() == pytest.approx(0.5) and both[14:].sum() == pytest.approx(0.5)


def test_a_spectrogram_is_gathered_over_its_frequencies():
    strength = torch.tensor([[1.0, 0.0, 3.0, 0.0, 0.0, 4.0]])  # two frequencies, three frames
    np.testing.assert_allclose(over_time(one(strength, Samples(), (2, 3)), 3), [1 / 8, 0, 7 / 8])


def test_agreement_is_spearmans_and_knows_flat_maps():
    draws = np.random.default_rng(0)
    a, b = draws.random((5, 6)), draws.random((5, 6))
    rho, places = agreement(a, b)
    assert rho == pytest.approx(spearmanr(a.ravel(), b.ravel()).statistic) and places == 30
    assert agreement(a, a**3).rho == pytest.approx(1)
    assert agreement(a, -a).rho == pytest.approx(-1)
    assert np.isnan(agreement(a, np.ones((5, 6))).rho)


@pytest.mark.parametrize("size", [(9,), (6, 9), (4, 6, 9)])
def test_a_map_of_another_size_is_laid_over_and_adds_up_again(size):
    map_ = shares(
        torch.rand(tuple(side // 2 for side in size), generator=torch.Generator().manual_seed(1))
    )
    laid = fitted(map_, size)
    assert laid.shape == size and laid.sum() == pytest.approx(1)
    assert fitted(laid, size) is laid
    assert not shares(torch.zeros(3)).any()
