"""μ-fidelity on models whose answer is known."""

import numpy as np
import pytest
import torch

from tests.oracles import SIZES, draw
from wam_core.evaluation.domain import Samples, Wavelet
from wam_core.evaluation.fidelity import cells, mu_fidelity
from wam_core.steps import run_to_end
from wam_core.transforms.dwt import DiscreteWaveletTransform

NDIMS = pytest.mark.parametrize("ndim", [1, 2, 3])


def total(x):
    return x.flatten(1).sum(1, keepdim=True)


@NDIMS
@pytest.mark.parametrize(("sign", "expected"), [(1, 1.0), (-1, -1.0)])
def test_of_a_sum_the_input_itself_is_the_perfect_attribution(ndim, sign, expected):
    x = draw(ndim)
    attribution = sign * x.flatten(2)[0]
    found = run_to_end(mu_fidelity(total, x, Samples(), attribution, 0, grid=5))
    assert found == pytest.approx(expected)


@NDIMS
def test_in_the_wavelet_domain_the_products_are_perfect_for_a_linear_model(ndim):
    x, domain = draw(ndim), Wavelet(DiscreteWaveletTransform("db2", 1, ndim))
    weights = draw(ndim, seed=2)
    attribution = domain.features(x) * domain.rows(domain.transform.adjoint(weights))

    def score(points):
        return (points * weights).flatten(1).sum(1, keepdim=True)

    assert run_to_end(mu_fidelity(score, x, domain, attribution[0], 0, grid=6)) == pytest.approx(1)


def test_a_constant_side_has_no_order():
    x = draw(2)
    assert run_to_end(mu_fidelity(total, x, Samples(), torch.zeros(1, 340), 0, grid=4)) == 0


def test_the_seed_decides_the_subsets():
    x = draw(2)
    noise = torch.randn(1, 340, generator=torch.Generator().manual_seed(0))
    a, b, c = (run_to_end(mu_fidelity(total, x, Samples(), noise, 0, seed=s)) for s in (0, 0, 1))
    assert a == b != c
    assert abs(a) < 0.4


@NDIMS
def test_cells_are_boxes_of_nearly_equal_size(ndim):
    box = cells(Samples(), SIZES[ndim], 3)
    assert box.unique().tolist() == list(range(3**ndim))
    counts = np.bincount(box.numpy())
    assert counts.max() <= counts.min() * 2**ndim
    fine = cells(Samples(), SIZES[ndim], 1000)
    assert len(fine.unique()) == len(fine)  # no finer than the samples
