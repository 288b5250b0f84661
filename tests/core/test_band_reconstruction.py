"""Pieces add up to the signal; a wave is what its coefficient contributes."""

import pytest
import torch

from wam_core.band_reconstruction import piece, wave
from wam_core.bands import Band
from wam_core.transforms.dwt import DiscreteWaveletTransform


@pytest.mark.parametrize("wavelet", ["haar", "db4", "bior4.4"])
@pytest.mark.parametrize("size", [(64,), (32, 37), (18, 20, 19)])
def test_all_pieces_together_are_the_signal(wavelet: str, size: tuple[int, ...]) -> None:
    transform = DiscreteWaveletTransform(wavelet, 1, ndim=len(size))
    x = torch.randn(1, 2, *size, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    z = transform.analyse(x)
    parts = [piece(transform, z, size, [band]) for band, _ in z.bands()]
    assert len(parts) == 2 ** len(size)
    torch.testing.assert_close(sum(parts), x)
    assert not torch.allclose(parts[0], x)


def test_a_band_that_is_not_there_is_named() -> None:
    transform = DiscreteWaveletTransform("haar", 1, ndim=1)
    z = transform.analyse(torch.ones(1, 1, 8))
    with pytest.raises(KeyError, match=r"L2\.d"):
        piece(transform, z, (8,), [Band(2, "d")])


def test_a_wave_doubles_its_width_with_each_level() -> None:
    transform = DiscreteWaveletTransform("haar", 4, ndim=1)
    for level in (1, 2, 3, 4):
        waves = wave(transform, Band(level, "d"), [64]).flatten()
        assert int((waves != 0).sum()) == 2**level
        assert float(waves.square().sum()) == pytest.approx(1)
        assert float(waves.sum()) == pytest.approx(0)
    assert float(wave(transform, Band(4, "a"), [64]).sum()) == pytest.approx(4)


def test_a_horizontal_wave_changes_along_the_rows() -> None:
    waves = wave(DiscreteWaveletTransform("haar", 2, ndim=2), Band(2, "da"), [16, 16])[0, 0]
    assert bool((waves.diff(dim=0) != 0).any())
    inside = waves[waves.abs().sum(1) > 0][:, waves.abs().sum(0) > 0]
    assert inside.shape == (4, 4) and not bool(inside.diff(dim=1).any())
