"""Ways of looking: places, shares and selections with known answers."""

import math

import numpy as np
import pytest
import pywt
import torch
from torch.testing import assert_close

from tests.oracles import draw, flat, network, pywt_bands
from wam_core.bands import Band
from wam_core.engine import explain
from wam_core.errors import SettingsError
from wam_core.paths import Gradient, IntegratedGradients
from wam_core.transforms.dwt import BOUNDARIES, DiscreteWaveletTransform
from wam_core.views import (
    Selection,
    at_input_size,
    back_projection,
    heat_map,
    level_profile,
    maps,
    mosaic,
    over_channels,
    piece,
    profile,
    reconstruction,
    strongest,
    tiles,
    wave,
)

AXES = (1, 2, 3)
SHAPES = {1: ((64,), (61,)), 2: ((32, 40), (31, 38)), 3: ((14, 16, 15),)}
LAYOUTS = [
    (ndim, size, wavelet, levels)
    for ndim in AXES
    for size in SHAPES[ndim]
    for wavelet, levels in (("haar", 1), ("haar", 3), ("db4", 1), ("db4", 2), ("bior4.4", 1))
    if levels <= DiscreteWaveletTransform(wavelet, 1, ndim).max_levels(size)
]
LAYOUT = pytest.mark.parametrize(("ndim", "size", "wavelet", "levels"), LAYOUTS)


def explained(ndim, batch=1, wavelet="db2", levels=1, size=None, path=None):
    return explain(
        network(ndim, size=size),
        draw(ndim, batch, size=size),
        1,
        transform=DiscreteWaveletTransform(wavelet, levels, ndim),
        path=path or Gradient(),
    )


# ---- the dyadic layout


@LAYOUT
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_the_mosaic_is_that_of_pywt(ndim, size, wavelet, levels, boundary):
    transform = DiscreteWaveletTransform(wavelet, levels, ndim, boundary)
    x = draw(ndim, 2, size=size)
    found = mosaic(transform.analyse(x))
    for sample in range(2):
        for channel in range(2):
            expected, _ = pywt.coeffs_to_array(pywt_bands(x[sample, channel].numpy(), transform))
            assert_close(found[sample, channel], torch.from_numpy(expected), rtol=0, atol=1e-11)


@LAYOUT
def test_tiles_are_the_slices_of_pywt_and_never_overlap(ndim, size, wavelet, levels):
    transform = DiscreteWaveletTransform(wavelet, levels, ndim)
    z = transform.analyse(draw(ndim, size=size))
    array, slices = pywt.coeffs_to_array(pywt_bands(draw(ndim, size=size)[0, 0].numpy(), transform))
    placed = tiles(z)

    def bounds(tile):
        return [part.indices(extent)[:2] for part, extent in zip(tile, array.shape, strict=True)]

    assert bounds(placed[Band(levels, "a" * ndim)]) == bounds(slices[0])
    covered = np.zeros(array.shape, int)
    for band, tile in placed.items():
        if not band.is_approx:
            theirs = slices[1 + levels - band.level]
            assert bounds(tile) == bounds(theirs[band.orientation])
        covered[tile] += 1
        assert_close(mosaic(z)[(..., *tile)], z[band], rtol=0, atol=0)
    assert covered.max() == 1


def test_horizontal_stripes_light_up_the_tile_below_the_approximation():
    """Variation along the rows (axis 0) is `da`: low along columns, high along rows."""
    stripes = torch.tensor([1.0, -1.0]).repeat(8)[:, None].expand(16, 16)[None, None]
    z = DiscreteWaveletTransform("haar", 1, 2).analyse(stripes)
    array = mosaic(z)[0, 0].abs()
    assert array[8:, :8].min() > 1.9
    array[8:, :8] = 0
    assert array.max() < 1e-6
    assert tiles(z)[Band(1, "da")] == (slice(8, 16), slice(0, 8))
    shares = profile(z)
    assert shares[Band(1, "da")] > 0.999 and shares[Band(1, "ad")] < 1e-6


# ---- the input's grid


@pytest.mark.parametrize("boundary", ["reflect", "zero", "symmetric"])
@pytest.mark.parametrize(("wavelet", "levels"), [("haar", 3), ("db4", 2)])
@pytest.mark.parametrize("ndim", AXES)
def test_an_impulse_is_found_where_it_is(ndim, wavelet, levels, boundary):
    """At every level, the tile of the strongest coefficients covers the impulse or touches it."""
    size = {1: (64,), 2: (48, 40), 3: (28, 29, 30)}[ndim]
    transform = DiscreteWaveletTransform(wavelet, levels, ndim, boundary)
    places = [tuple(int(share * n) for n in size) for share in (0.3, 0.5, 0.71)]
    for place in places:
        x = torch.zeros(1, 1, *size, dtype=torch.float64)
        x[(0, 0, *place)] = 1
        z = transform.analyse(x)
        for level in range(1, levels + 1):
            bands = {band for band, _ in z.bands() if band.level == level and not band.is_approx}
            map_ = heat_map(z.map(torch.abs), transform, size, bands)[0, 0]
            assert map_.shape == size
            best = (map_ >= map_.max() * (1 - 1e-9)).nonzero()
            distance = (best - torch.tensor(place)).abs().amax(1).min()
            reach = 0 if wavelet == "haar" else 2 * (2**level - 1)  # db4's peak is off its centre
            assert int(distance) <= reach, (place, level, best.tolist()[:3])


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("wavelet", ["haar", "db2", "db4", "sym4"])
@pytest.mark.parametrize("ndim", AXES)
def test_a_coefficient_lies_in_the_middle_of_the_samples_it_is_made_of(ndim, wavelet, level):
    size = (60, 59, 58)[:ndim] if ndim < 3 else (32, 31, 30)
    transform = DiscreteWaveletTransform(wavelet, level, ndim, "zero")
    x = torch.zeros(1, 1, *size, dtype=torch.float64, requires_grad=True)
    band = transform.analyse(x).details[0]["d" * ndim]
    centre = tuple(extent // 2 for extent in band.shape[2:])
    (moved,) = torch.autograd.grad(band[(0, 0, *centre)], x)
    one = torch.zeros_like(band)
    one[(0, 0, *centre)] = 1
    block = at_input_size(one, transform.layout(size).level(level), size)
    for axis in range(2, ndim + 2):
        ends = []
        for values in (moved, block):
            where = (values.abs() > 1e-14).nonzero()[:, axis]
            ends.append(int(where.min()) + int(where.max()))
        assert ends[0] == ends[1]


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize("ndim", AXES)
def test_haar_coefficients_cover_exactly_their_block(ndim, level):
    size = (17, 24, 9)[:ndim]
    transform = DiscreteWaveletTransform("haar", level, ndim)
    z = transform.analyse(draw(ndim, size=size))
    band = z.details[0]["d" * ndim]
    map_ = at_input_size(band, transform.layout(size).level(level), size)
    assert map_.shape == (1, 2, *size)
    index = torch.meshgrid(*(torch.arange(n) // 2**level for n in size), indexing="ij")
    assert_close(map_, band[(slice(None), slice(None), *index)], rtol=0, atol=0)


@LAYOUT
def test_maps_have_the_input_s_size_and_add_up(ndim, size, wavelet, levels):
    transform = DiscreteWaveletTransform(wavelet, levels, ndim)
    z = transform.analyse(draw(ndim, 2, size=size))
    every = maps(z, transform, size)
    assert list(every) == [band for band, _ in z.bands()]
    assert all(values.shape == (2, 2, *size) for values in every.values())
    assert_close(heat_map(z, transform, size), sum(every.values()))
    per_level = [
        heat_map(z, transform, size, {b for b in every if b.level == level and not b.is_approx})
        for level in range(1, levels + 1)
    ]
    assert_close(sum(per_level) + every[Band(levels, "a" * ndim)], sum(every.values()))
    assert not heat_map(z, transform, size, set()).any()


@pytest.mark.parametrize("ndim", AXES)
def test_back_projection_is_linear_in_the_bands(ndim):
    result = explained(ndim, 2)
    bands = [band for band, _ in result.attribution.bands()]
    parts = sum(back_projection(result, {band}) for band in bands)
    assert_close(parts, back_projection(result))
    peak = flat(result.attribution).abs().amax(1).view(-1, *[1] * (ndim + 1))  # of each input
    weighted = result.coefficients.map(lambda z, g: z * g.abs() / peak, result.attribution)
    assert_close(back_projection(result), result.transform.synthesise(weighted, result.size))


# ---- channels and shares


@pytest.mark.parametrize("ndim", AXES)
def test_sign_is_lost_only_when_asked(ndim):
    z = explained(ndim).attribution
    signed, magnitude = over_channels(z, "signed"), over_channels(z, "magnitude")
    for (_, a), (_, s), (_, m) in zip(z.bands(), signed.bands(), magnitude.bands(), strict=True):
        assert_close(s, a[:, :1] + a[:, 1:])
        assert_close(m, a[:, :1].abs() + a[:, 1:].abs())
    assert bool((flat(signed) < 0).any())


@pytest.mark.parametrize("ndim", AXES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_profile_adds_up_to_one_and_ignores_scale(ndim, dtype):
    z = explained(
        ndim, size={1: (40,), 2: (16, 20), 3: (8, 9, 10)}[ndim], wavelet="haar", levels=3
    ).attribution.map(lambda band: band.to(dtype))
    shares = profile(z)
    assert abs(sum(shares.values()) - 1) < 1e-12
    total = flat(z).double().abs().sum()
    for band, values in z.bands():
        assert abs(shares[band] - float(values.double().abs().sum() / total)) < 1e-12
    tenfold = profile(z.map(lambda band: -10 * band))
    assert all(abs(shares[band] - tenfold[band]) < 1e-6 for band in shares)
    by_level = level_profile(shares)
    assert list(by_level) == [None, 3, 2, 1] and abs(sum(by_level.values()) - 1) < 1e-12
    assert by_level[None] == shares[Band(3, "a" * ndim)]


def test_the_profile_of_nothing_is_nothing():
    z = explained(2).attribution.map(torch.zeros_like)
    assert set(profile(z).values()) == {0.0}


# ---- selections


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 1 / 3, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("ndim", AXES)
def test_the_strongest_are_exactly_as_many_as_asked_and_the_largest(ndim, share):
    z = explained(ndim, 2).attribution
    mask = flat(strongest(z, Selection(share)))
    count = flat(z).shape[1]
    assert set(mask.unique().tolist()) <= {0.0, 1.0}
    assert mask.sum(1).tolist() == [math.ceil(round(share * count, 6))] * 2
    for sample in range(2):
        strength = flat(z)[sample].abs()
        kept, left = strength[mask[sample] == 1], strength[mask[sample] == 0]
        assert not len(kept) or not len(left) or kept.min() >= left.max()


def test_no_coefficient_too_many_through_rounding():
    """0.1 · 30 is 3.0000000000000004 in binary; three are asked for."""
    z = DiscreteWaveletTransform("haar", 1, 1).analyse(draw(1, channels=1, size=(30,)))
    assert flat(strongest(z, Selection(0.1))).sum() == 3
    for count in range(31):
        assert flat(strongest(z, Selection(count / 30))).sum() == count


def test_ties_go_to_the_coarser_band_then_to_the_lower_index():
    z = (
        DiscreteWaveletTransform("haar", 2, 1)
        .analyse(draw(1, channels=1, size=(16,)))
        .map(torch.ones_like)
    )
    mask = strongest(z, Selection(6 / 16))
    assert mask.approx.flatten().tolist() == [1] * 4
    assert mask.details[0]["d"].flatten().tolist() == [1, 1, 0, 0]
    assert not mask.details[1]["d"].any()


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("ndim", AXES)
def test_kept_and_inverted_make_the_input(ndim, share):
    result = explained(ndim, 2)
    kept = reconstruction(result, Selection(share))
    others = reconstruction(result, Selection(share, invert=True))
    assert_close(kept + others, result.input, rtol=0, atol=1e-11)
    if share == 1:
        assert_close(kept, result.input, rtol=0, atol=1e-11)
        assert others.abs().max() < 1e-12
    if share == 0:
        assert kept.abs().max() < 1e-12


@pytest.mark.parametrize("ndim", AXES)
def test_the_bands_split_the_input(ndim):
    result = explained(ndim, path=IntegratedGradients(3))
    names = [band for band, _ in result.attribution.bands()]
    first, rest = frozenset(names[:1]), frozenset(names[1:])
    coarse = reconstruction(result, Selection(bands=first))
    fine = reconstruction(result, Selection(bands=rest))
    assert_close(coarse + fine, result.input, rtol=0, atol=1e-11)
    assert coarse.norm() > 0.1 and fine.norm() > 0.1
    only = strongest(result.attribution, Selection(0.25, bands=rest))
    assert not only.approx.any()
    count = sum(result.attribution[band][0].numel() for band in rest)
    assert flat(only).sum() == math.ceil(0.25 * count)
    both = only.map(
        torch.add, strongest(result.attribution, Selection(0.25, bands=rest, invert=True))
    )
    assert all((both[band] == 1).all() for band in rest) and not both.approx.any()
    assert not flat(strongest(result.attribution, Selection(bands=frozenset()))).any()


@pytest.mark.parametrize("share", [-0.1, 1.01, float("nan")])
def test_a_share_outside_0_to_1_is_refused(share):
    with pytest.raises(SettingsError, match=f"share is {share}"):
        Selection(share)


@pytest.mark.parametrize("ndim", AXES)
def test_views_leave_the_result_alone(ndim):
    result = explained(ndim)
    kept = flat(result.attribution).clone()
    mosaic(result.attribution)
    over_channels(result.attribution, "magnitude")
    reconstruction(result, Selection(0.3))
    back_projection(result)
    profile(result.attribution)
    assert torch.equal(flat(result.attribution), kept)


# ---- pieces and waves


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
