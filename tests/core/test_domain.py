"""Domains: there and back, orthonormal colours, and gradients that live where features do."""

import pytest
import torch
from torch.testing import assert_close

from tests.oracles import SIZES, draw, flat, network
from wam_core.errors import SettingsError
from wam_core.evaluation.domain import OPPONENT, Samples, Wavelet
from wam_core.transforms.dwt import DiscreteWaveletTransform
from wam_core.views import mosaic

NDIMS = pytest.mark.parametrize("ndim", [1, 2, 3])


def domains(ndim):
    return [
        Samples(),
        Wavelet(DiscreteWaveletTransform("db2", 1, ndim)),
        Wavelet(DiscreteWaveletTransform("haar", 2, ndim)),
    ]


@NDIMS
@pytest.mark.parametrize("which", range(3))
def test_back_undoes_features(ndim, which):
    domain, x = domains(ndim)[which], draw(ndim, batch=2)
    assert_close(domain.back(domain.features(x), SIZES[ndim]), x, rtol=0, atol=1e-11)


@NDIMS
def test_the_features_of_the_wavelet_domain_are_its_bands_in_order(ndim):
    transform, x = DiscreteWaveletTransform("db2", 1, ndim), draw(ndim)
    domain = Wavelet(transform)
    z = transform.analyse(x)
    assert_close(domain.features(x).sum(), flat(z).sum())
    again = domain.bands(domain.features(x), SIZES[ndim])
    for (name, left), (other, right) in zip(again.bands(), z.bands(), strict=True):
        assert name == other
        assert torch.equal(left, right)


def test_the_opponent_basis_is_orthonormal_and_its_first_axis_is_lightness():
    turn = torch.tensor(OPPONENT, dtype=torch.float64)
    assert_close(turn @ turn.T, torch.eye(3, dtype=torch.float64))
    domain = Wavelet(DiscreteWaveletTransform("haar", 1, 2), "opponent")
    grey = draw(2, channels=1, size=(8, 8)).expand(1, 3, 8, 8)
    z = domain.features(grey)
    assert z[:, 0].abs().max() > 0.1
    assert_close(z[:, 1:], torch.zeros_like(z[:, 1:]))
    x = draw(2, channels=3, size=(8, 8))
    assert_close(domain.back(domain.features(x), (8, 8)), x)


def test_the_opponent_basis_needs_three_channels():
    domain = Wavelet(DiscreteWaveletTransform("haar", 1, 2), "opponent")
    with pytest.raises(SettingsError, match="3 colour channels; the input has 2"):
        domain.features(draw(2))
    with pytest.raises(SettingsError, match="accepted: channels, opponent"):
        Wavelet(DiscreteWaveletTransform("haar", 1, 2), "lab")


@pytest.mark.parametrize("basis", ["channels", "opponent"])
def test_a_gradient_in_rows_is_the_derivative_by_the_features(basis):
    net = network(2, channels=3, size=(9, 8))
    domain = Wavelet(DiscreteWaveletTransform("db2", 1, 2), basis)
    x = draw(2, channels=3, size=(9, 8)).requires_grad_()
    (slope,) = torch.autograd.grad(net.module(x)[:, 1].sum(), x)
    rows = domain.rows(domain.transform.adjoint(slope))
    z = domain.features(x.detach())
    for place in (0, 17, z.shape[2] - 1):
        for channel in range(3):
            step = torch.zeros_like(z)
            step[0, channel, place] = 1e-5
            up, down = (net.scores(domain.back(z + s, (9, 8)))[0, 1] for s in (step, -step))
            assert_close(rows[0, channel, place], (up - down) / 2e-5, rtol=1e-6, atol=1e-8)


@NDIMS
def test_the_canvas_of_coefficients_is_the_mosaic(ndim):
    transform, x = DiscreteWaveletTransform("haar", 2, ndim), draw(ndim, channels=1)
    domain = Wavelet(transform)
    laid, where = mosaic(transform.analyse(x))[0, 0], domain.canvas(SIZES[ndim])
    assert_close(laid[tuple(where.T)], domain.features(x)[0, 0])


@NDIMS
def test_levels_grow_towards_the_approximation(ndim):
    scale = Wavelet(DiscreteWaveletTransform("haar", 2, ndim)).scale(SIZES[ndim])
    assert scale.unique().tolist() == [1, 2, 3]
    assert scale[0] == 3 and scale[-1] == 1
