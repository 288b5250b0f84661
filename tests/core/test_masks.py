"""Ways to keep a part, and the numbers that tell a chirping one from a smooth one."""

import math

import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch.testing import assert_close

from tests.oracles import draw, flat, network
from wam_core.bands import Band
from wam_core.engine import explain
from wam_core.errors import SettingsError
from wam_core.mask_quality import isolated, mask_quality
from wam_core.masks import PerBand, Rest, Soft, Supported, Weighted
from wam_core.paths import Gradient
from wam_core.transforms.dwt import DiscreteWaveletTransform
from wam_core.views import Keep, Selection, back_projection, reconstruction, strongest

AXES = (1, 2, 3)
NDIMS = pytest.mark.parametrize("ndim", AXES)
KEEPS = [Selection(0.2), PerBand(), Weighted(), Soft(0.2), Soft(0.3, extent=6, power=4)]
EVERY = pytest.mark.parametrize("keep", KEEPS, ids=str)


def explained(ndim, batch=1, wavelet="db2", levels=1, size=None, **options):
    return explain(
        network(ndim, size=size),
        draw(ndim, batch, size=size),
        1,
        transform=DiscreteWaveletTransform(wavelet, levels, ndim),
        path=Gradient(),
    )


# ---- what every way does


@EVERY
@NDIMS
def test_a_mask_lies_between_0_and_1_and_is_laid_out_like_the_coefficients(ndim, keep):
    attribution = explained(ndim, 2).attribution
    mask = keep.mask(attribution)
    assert isinstance(keep, Keep)
    for (band, values), (other, like) in zip(mask.bands(), attribution.bands(), strict=True):
        assert band == other and values.shape == like.shape and values.dtype == like.dtype
    assert float(flat(mask).min()) >= 0 and float(flat(mask).max()) <= 1
    assert 0 < float(flat(mask).mean()) < 1


@EVERY
@NDIMS
def test_the_part_and_the_rest_make_the_input(ndim, keep):
    result = explained(ndim, 2)
    part, rest = reconstruction(result, keep), reconstruction(result, Rest(keep))
    assert_close(part + rest, result.input, rtol=0, atol=1e-11)
    assert part.norm() > 0.05 * result.input.norm() and rest.norm() > 0.05 * result.input.norm()


@EVERY
@NDIMS
def test_a_member_s_mask_does_not_depend_on_its_mates(ndim, keep):
    attribution = explained(ndim, 3).attribution.map(
        lambda band: band * torch.tensor([1.0, 50, 0.01]).view(3, *[1] * (band.ndim - 1))
    )
    together = flat(keep.mask(attribution))
    for member in range(3):
        alone = keep.mask(attribution.map(lambda band, m=member: band[m : m + 1]))
        assert_close(together[member : member + 1], flat(alone), rtol=0, atol=1e-12)


@EVERY
@NDIMS
def test_only_the_strength_matters(ndim, keep):
    attribution = explained(ndim).attribution
    mask = flat(keep.mask(attribution))
    for factor in (-1, 1e-9, 1e9):
        other = flat(keep.mask(attribution.map(lambda band, f=factor: f * band)))
        assert_close(other, mask, rtol=0, atol=1e-9)


# ---- the released code's ways


@NDIMS
def test_per_band_keeps_what_is_above_a_share_of_the_band_s_peak(ndim):
    attribution = explained(ndim, 2).attribution
    mask = PerBand(0.3).mask(attribution)
    for band, values in attribution.bands():
        for sample in range(2):
            strength = values[sample].abs()
            assert torch.equal(mask[band][sample] == 1, strength > 0.3 * strength.max())
            assert mask[band][sample].any()  # every band keeps something
    assert set(flat(mask).unique().tolist()) == {0.0, 1.0}


@NDIMS
def test_weighting_is_the_back_projection(ndim):
    result = explained(ndim)
    assert_close(reconstruction(result, Weighted()), back_projection(result))


def test_nothing_is_kept_of_nothing():
    silent = explained(2).attribution.map(torch.zeros_like)
    for keep in KEEPS[1:]:
        assert not flat(keep.mask(silent)).any()


# ---- the soft way


@pytest.mark.parametrize("power", [0.5, 2, 8, 60])
@pytest.mark.parametrize("share", [0.0, 0.003, 0.1, 0.5, 0.97, 1.0])
@NDIMS
def test_the_mean_gain_is_the_share(ndim, share, power):
    attribution = explained(ndim, 2).attribution
    attribution.approx[1] *= 100
    mask = flat(Soft(share, extent=3, power=power).mask(attribution))
    assert_close(mask.mean(1), torch.full((2,), share, dtype=mask.dtype), rtol=0, atol=1e-9)


@NDIMS
def test_the_gain_is_wiener_s_on_the_envelope(ndim):
    """One threshold for all bands: (1/m − 1) e² is the same everywhere, e from scipy."""
    attribution = explained(ndim, size=(40, 26, 18)[:ndim], wavelet="haar", levels=2).attribution
    extent = 9.0
    mask = Soft(0.25, extent).mask(attribution)
    thresholds = []
    for band, values in attribution.bands():
        sigma = extent / (2 * math.sqrt(2 * math.log(2))) / 2**band.level
        envelope = gaussian_filter(values[0].abs().sum(0).numpy(), sigma, truncate=3)
        envelope = torch.from_numpy(envelope)
        for channel in range(2):
            m = mask[band][0, channel]
            thresholds.append(((1 / m - 1) * envelope**2).flatten())
    thresholds = torch.cat(thresholds)
    assert_close(thresholds, thresholds[:1].expand_as(thresholds), rtol=1e-7, atol=0)


@NDIMS
def test_a_steep_gain_without_smoothing_is_the_hard_choice(ndim):
    attribution = explained(ndim).attribution.map(lambda band: band[:, :1])
    hard = flat(strongest(attribution, Selection(0.3)))
    soft = flat(Soft(0.3, power=3000).mask(attribution))
    assert float((hard - soft).abs().mean()) < 0.01


def test_more_is_never_less():
    attribution = explained(2).attribution
    masks = [flat(Soft(share, extent=4).mask(attribution)) for share in (0.05, 0.2, 0.6, 0.99)]
    assert all(bool((b >= a).all()) for a, b in zip(masks, masks[1:], strict=False))


def test_what_has_no_attribution_near_it_is_not_kept_for_a_share():
    attribution = explained(1, wavelet="haar", size=(64,)).attribution.map(torch.zeros_like)
    attribution.approx[0, 0, 3] = 1
    mask = Soft(0.5).mask(attribution)
    assert_close(mask.approx[0, :, 3], torch.ones(2, dtype=torch.float64))
    assert float(flat(mask).sum()) == pytest.approx(2)


@NDIMS
def test_an_impulse_becomes_a_region_of_the_extent(ndim):
    """Half of the height at half of the extent, in input samples, whatever the level."""
    size = (512,) if ndim == 1 else (128,) * ndim if ndim == 2 else (64,) * ndim
    blank = DiscreteWaveletTransform("haar", 2, ndim).analyse(torch.zeros(1, 1, *size).double())
    for band, values in blank.bands():
        one = blank.map(torch.zeros_like)
        middle = tuple(extent // 2 for extent in values.shape[2:])
        one[band][(0, 0, *middle)] = 1
        extent = 8 * 2**band.level
        # m / (1 − m) is the envelope's square, up to a factor
        m = Soft(0.001, extent=extent).mask(one)[band][0, 0]
        envelope = (m / (1 - m)).sqrt()
        beside = (middle[0] + 4, *middle[1:])
        assert float(envelope[beside] / envelope[middle]) == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Soft(1.2), "share is 1.2"),
        (lambda: Soft(0.1, extent=-1), "extent is -1"),
        (lambda: Soft(0.1, extent=float("nan")), "extent is nan"),
        (lambda: Soft(0.1, power=0), "power is 0"),
        (lambda: PerBand(-0.1), "threshold is -0.1"),
    ],
)
def test_settings_that_do_not_fit_are_named(build, message):
    with pytest.raises(SettingsError, match=message):
        build()


# ---- how it would be heard


def masked(*rows):
    """A 1-D pyramid of one level: the approximation and the details."""
    approx, details = (torch.tensor(row, dtype=torch.float64)[None, None] for row in rows)
    z = DiscreteWaveletTransform("haar", 1, 1).analyse(
        torch.zeros(1, 1, 2 * approx.shape[2]).double()
    )
    return z.replaced({Band(1, "a"): approx, Band(1, "d"): details})


@pytest.mark.parametrize(
    ("approx", "details", "share"),
    [
        ([0, 0, 0, 0], [0, 0, 0, 0], 0),
        ([1, 0, 1, 0], [0, 0, 0, 1], 1),
        ([1, 1, 0, 1], [0, 0, 0, 0], 1 / 3),
        ([1, 1, 1, 1], [0.6, 0.4, 0.7, 0.8], 1 / 7),
        ([0.5, 0.5, 0, 0], [0, 0.51, 0.5, 0], 1),
    ],
)
def test_isolated_coefficients_are_counted(approx, details, share):
    assert isolated(masked(approx, details)) == pytest.approx(share)


@NDIMS
def test_neighbours_are_those_along_the_axes(ndim):
    blank = DiscreteWaveletTransform("haar", 1, ndim).analyse(
        torch.zeros(1, 1, *[12] * ndim).double()
    )
    centre = (0, 0, *[3] * ndim)
    for axis in range(ndim):
        for step in (-1, 1):
            mask = blank.map(torch.zeros_like)
            mask.approx[centre] = 1
            assert isolated(mask) == 1
            beside = list(centre)
            beside[2 + axis] += step
            mask.approx[tuple(beside)] = 1
            assert isolated(mask) == 0
    diagonal = blank.map(torch.zeros_like)
    diagonal.approx[centre] = diagonal.approx[(0, 0, *[4] * ndim)] = 1
    assert isolated(diagonal) == (1 if ndim > 1 else 0)


class Fixed:
    """A mask that is given."""

    def __init__(self, mask):
        self.given = mask

    def mask(self, attribution):
        return self.given


@NDIMS
def test_the_impression_of_known_masks(ndim):
    result = explained(ndim, wavelet="haar", size=(16,) * ndim)
    everything = mask_quality(result, Selection(1.0))
    assert everything.coefficients == 1 and everything.energy == pytest.approx(1)
    assert everything.isolated == 0
    nothing = mask_quality(result, Selection(0.0))
    assert (nothing.coefficients, nothing.energy, nothing.isolated, nothing.switching) == (0,) * 4
    one = result.attribution.map(torch.zeros_like)
    one.approx[(0, 1, *[3] * ndim)] = 1
    alone = mask_quality(result, Fixed(one))
    count = flat(one).shape[1]
    assert alone.coefficients == pytest.approx(1 / count) and alone.isolated == 1
    assert alone.switching == 2 * ndim
    z = float(result.coefficients.approx[(0, 1, *[3] * ndim)])
    assert alone.energy == pytest.approx(z**2 / float(result.input.square().sum()))  # Parseval


@NDIMS
def test_a_soft_part_chirps_less_than_a_hard_one_of_the_same_share(ndim):
    size = {1: (2000,), 2: (48, 56), 3: (18, 20, 16)}[ndim]
    result = explained(ndim, wavelet="haar", levels=2, size=size)
    hard = mask_quality(result, Selection(0.1))
    soft = mask_quality(result, Soft(0.1, extent=24))
    assert soft.coefficients == pytest.approx(hard.coefficients, rel=0.02)
    assert hard.isolated > 0.3 / ndim and soft.isolated < 0.2 * hard.isolated
    assert soft.switching < 0.5 * hard.switching


# ---- energy where the class is supported


@NDIMS
def test_supported_is_soft_of_the_coefficients_where_all_support_is_equal(ndim):
    z = explained(ndim, 2).coefficients
    everywhere = z.map(torch.ones_like)
    for (_, ours), (_, soft) in zip(
        Supported(z, 0.2, extent=5).mask(everywhere).bands(),
        Soft(0.2, extent=5).mask(z).bands(),
        strict=True,
    ):
        assert_close(ours, soft)


@NDIMS
def test_supported_fades_what_speaks_against_the_class_however_loud(ndim):
    z = explained(ndim, 2).coefficients.map(torch.ones_like)
    words = [band for band, _ in z.bands() if not band.is_approx]
    against = words[0]
    attribution = z.map_bands(lambda band, values: -values if band == against else values)
    mask = dict(Supported(z, 0.2).mask(attribution).bands())
    assert not mask[against].any()
    assert all(values.gt(0).all() for band, values in mask.items() if band != against)
    assert float(flat(Supported(z, 0.2).mask(attribution)).mean()) == pytest.approx(0.2)
