"""Mixtures: the ratio asked for, and what a mask keeps of each part."""

import math

import pytest
import torch

from wam_core import DiscreteWaveletTransform
from wam_core.errors import SettingsError
from wam_core.evaluation.mixtures import Mixture, overlap, with_noise

SIZES = [(301,), (24, 31), (13, 14, 12)]


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("decibels", [-10.0, 0.0, 20.0])
def test_noise_has_the_ratio_and_the_seed_that_were_asked_for(size, decibels):
    x = normal(1, 2, *size)
    mixture = with_noise(x, decibels, seed=1)
    assert mixture.ratio == pytest.approx(decibels, abs=1e-9)
    assert torch.equal(mixture.wanted, x)
    assert torch.equal(mixture.other, with_noise(x, decibels, seed=1).other)
    assert not torch.equal(mixture.other, with_noise(x, decibels, seed=2).other)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_kept_of_the_parts_adds_up_to_what_is_kept_of_the_sum(size):
    mixture = with_noise(normal(1, 1, *size), 3.0)
    transform = DiscreteWaveletTransform("db2", 2, ndim=len(size))
    mask = transform.analyse(normal(1, 1, *size, seed=5)).map(torch.sigmoid)
    kept = mixture.kept(transform, mask)
    whole = transform.synthesise(transform.analyse(mixture.sum).map(torch.mul, mask), size)
    torch.testing.assert_close(kept.sum, whole)
    everything = mixture.kept(transform, mask.map(torch.ones_like))
    assert everything.ratio == pytest.approx(3.0, abs=1e-9)


def test_a_mask_over_the_wanted_part_alone_raises_the_ratio():
    """A step in one half, noise in the other: haar's coefficients separate them entirely."""
    wanted, other = torch.zeros(1, 1, 64), torch.zeros(1, 1, 64)
    wanted[..., :32], other[..., 32:] = normal(32).float(), normal(32, seed=1).float()
    mixture = Mixture(wanted, other)
    transform = DiscreteWaveletTransform("haar", 3, ndim=1)
    mask = transform.analyse(wanted).map(lambda band: (band != 0).to(band.dtype))
    assert mixture.kept(transform, mask).ratio > mixture.ratio + 60


def test_overlap_is_the_papers():
    first, second = normal(1, 1, 100), 7 * normal(1, 1, 100, seed=1)
    mixture = overlap(first, second, 0.2)
    assert float(mixture.wanted.abs().max()) == pytest.approx(1)
    assert float(mixture.other.abs().max()) == pytest.approx(0.2)


def test_what_has_no_ratio_is_refused():
    x, silence = torch.ones(1, 1, 8), torch.zeros(1, 1, 8)
    for refused in (
        lambda: with_noise(silence),
        lambda: with_noise(x, math.nan),
        lambda: overlap(x, silence),
        lambda: overlap(x, x, 0),
    ):
        with pytest.raises(SettingsError):
            refused()
    assert Mixture(x, silence).ratio == math.inf
