"""Ways to keep a part of the coefficients, each a frozen rule: attribution → mask in [0, 1].

:class:`~wam_core.views.Selection` keeps the strongest, all or nothing. That reads well as a picture
and sounds badly: coefficients that switch on and off one by one are heard as chirps ("musical
noise"). The rules here are the released code's, and softer ones. All are for any number of axes,
treat each sample for itself, and go wherever a :class:`~wam_core.views.Keep` is taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from scipy.ndimage import gaussian_filter
from torch import Tensor

from wam_core.bands import Band, BandInfo, Bands, Layout
from wam_core.errors import SettingsError
from wam_core.views import Keep

_HALVINGS, _CLOSE = 60, 1e-12  # at most; and how near p · log t is to be
_MANY = 16_384
_FWHM = 2.3548200450309493  # of a Gaussian with standard deviation 1: 2 √(2 ln 2)


@dataclass(frozen=True)
class Rest:
    """What another rule leaves: 1 − its mask, so that the two parts add up to the input.

    >>> Rest(Soft(0.1, extent=882)).kept.share
    0.1
    """

    kept: Keep

    def mask(self, attribution: Bands) -> Bands:
        """1 − the mask of ``kept``."""
        return self.kept.mask(attribution).map(lambda band: 1 - band)


@dataclass(frozen=True, eq=False)
class Fixed:
    """A mask that has been worked out, whatever the attribution."""

    found: Bands

    def mask(self, attribution: Bands) -> Bands:
        """That mask."""
        return self.found


@dataclass(frozen=True)
class PerBand:
    """1 where |γ| is above a share of the largest |γ| of its own band, as in the released code.

    Every band keeps something, however little the network cares for it.

    Args:
        threshold: that share, 0 … 1.

    Raises:
        SettingsError: a threshold outside 0 … 1.
    """

    threshold: float = 0.2

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise SettingsError(f"threshold is {self.threshold}; a number from 0 to 1 is needed")

    def mask(self, attribution: Bands) -> Bands:
        """A mask of 0 and 1, each channel's coefficients for themselves."""

        def above(band: Tensor) -> Tensor:
            strength = band.abs()
            peak = strength.amax(tuple(range(1, band.ndim)), keepdim=True)
            return (strength > self.threshold * peak).to(band.dtype)

        return attribution.map(above)


@dataclass(frozen=True)
class Weighted:
    """|γ| relative to its largest value of the whole sample: the paper's soft weighting."""

    def mask(self, attribution: Bands) -> Bands:
        """A mask in [0, 1]; zero everywhere where the attribution is."""
        peaks = [band.abs().flatten(1).amax(1) for _, band in attribution.bands()]
        peak = torch.stack(peaks).amax(0)
        peak = torch.where(peak > 0, peak, 1)
        return attribution.map(lambda band: band.abs() / peak.reshape(-1, *[1] * (band.ndim - 1)))


@dataclass(frozen=True)
class Soft:
    """A gain that follows the attribution's envelope: nothing is switched, all is faded.

    The envelope e is Σ|γ| over channels, smoothed along space within each band by a Gaussian. The
    gain is a Wiener filter's, with the envelope in the place of the wanted part:

        m = e^power / (e^power + t^power)

    The one t for all bands of a sample is found by bisection, so that the **mean of m over all
    coefficients is the share**: as much is kept as by a ``Selection`` of the same share, the
    loudest of it nearly whole, and the quiet surroundings fade instead of vanishing. All channels
    have the same mask.

    Args:
        share: the mean gain, 0 … 1.
        extent: the full width of the smoothing at half its height, in samples of the **input**
            (20 ms at 44.1 kHz are 882); in a band it is extent / step coefficients.
            0 does not smooth.
        power: how steeply the gain rises: 2 is Wiener's; a large one approaches a hard choice of
            whole regions.

    Raises:
        SettingsError: a share outside 0 … 1, a negative extent or a power that is not positive.
    """

    share: float = 0.1
    extent: float = 0.0
    power: float = 2.0

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise SettingsError(f"share is {self.share}; a number from 0 to 1 is needed")
        if not 0 <= self.extent < float("inf"):
            raise SettingsError(f"extent is {self.extent}; a number of samples, 0 or more")
        if not 0 < self.power < float("inf"):
            raise SettingsError(f"power is {self.power}; a positive number is needed")

    def mask(self, attribution: Bands) -> Bands:
        """A smooth mask in [0, 1] whose mean is the share.

        Where fewer coefficients than the share have any attribution near them, those are kept
        whole and the others not at all; a share of 1 keeps everything.
        """
        return Faded(self.envelopes(attribution), self.share, self.power).mask(attribution)

    def envelopes(self, attribution: Bands) -> dict[Band, Tensor]:
        """What the mask follows, (b, 1, *band) each: the same for every share and power."""
        layout = placed(attribution)
        return {
            band: _envelope(layout[band], values.abs(), self.extent)
            for band, values in attribution.bands()
        }


@dataclass(frozen=True, eq=False)
class Supported:
    """The input's own energy, faded where the network does not support the class.

    Where a sound is loud it stands out of steady noise without any network; what the network adds
    is which loud parts speak for the class. So the envelope of :class:`Soft` becomes

        e² = (smoothed Σ|z|)² · s,        s = smoothed Σγ⁺ / smoothed Σ|γ|

    with s, between 0 and 1, the share of the attribution around a coefficient that is positive.
    Its control is s = 1, which is ``Soft`` of the coefficients themselves.

    Args:
        coefficients: z, laid out like the attribution.
        share, extent: as for :class:`Soft`.

    Raises:
        SettingsError: as for :class:`Soft`.
    """

    coefficients: Bands
    share: float = 0.1
    extent: float = 0.0

    def __post_init__(self) -> None:
        Soft(self.share, self.extent)  # the same ranges

    def mask(self, attribution: Bands) -> Bands:
        """A smooth mask in [0, 1] whose mean is the share."""
        return Faded(self.envelopes(attribution), self.share).mask(attribution)

    def envelopes(self, attribution: Bands) -> dict[Band, Tensor]:
        """As of :class:`Soft`."""
        energies, layout = dict(self.coefficients.bands()), placed(attribution)

        def envelope(band: Band, values: Tensor) -> Tensor:
            support = _envelope(layout[band], values.clamp_min(0), self.extent)
            support = support / _envelope(layout[band], values.abs(), self.extent)
            loud = _envelope(layout[band], energies[band].abs(), self.extent)
            return loud * support.nan_to_num(0).sqrt()

        return {band: envelope(band, values) for band, values in attribution.bands()}


@dataclass(frozen=True, eq=False)
class Faded:
    """:class:`Soft` or :class:`Supported` with its smoothing done, for one attribution.

    Another share, or fewer bands, of the same attribution need no smoothing again, and that takes
    most of the time.

    Args:
        envelopes: (b, 1, *band) of every band, in the order of the bands; 0 where nothing is kept.
        share, power: as for :class:`Soft`.
    """

    envelopes: Mapping[Band, Tensor]
    share: float
    power: float = 2.0

    def mask(self, attribution: Bands) -> Bands:
        """e^power / (e^power + t^power) for every band, the mean of which is the share."""
        parts = [values.flatten(1) for values in self.envelopes.values()]
        strength = torch.cat(parts, dim=1).log().mul(self.power)
        gains = _gain(strength, self.share).split([part.shape[1] for part in parts], dim=1)
        return attribution.replaced(
            {
                band: gain.reshape(self.envelopes[band].shape).to(values.dtype).expand_as(values)
                for (band, values), gain in zip(attribution.bands(), gains, strict=True)
            }
        )


def placed(attribution: Bands) -> Layout:
    """The layout of bands that a transform made.

    Raises:
        SettingsError: they were put together by hand, so their places are not known.
    """
    if attribution.layout is None:
        raise SettingsError("smoothing needs bands that a transform made: they know their places")
    return attribution.layout


def _envelope(info: BandInfo, values: Tensor, extent: float) -> Float[Tensor, "b 1 *band"]:
    """The sum over channels, smoothed along space; float64."""
    deviations = [extent / _FWHM / step for step in info.step]
    # "reflect" (the edge repeated) keeps the sum
    smooth = gaussian_filter(
        values.double().sum(1, keepdim=True).cpu().numpy(),
        (0, 0, *deviations),
        mode="reflect",
        truncate=3,
    )
    return torch.from_numpy(smooth).to(values.device)


def _gain(strength: Float[Tensor, "b n"], share: float) -> Float[Tensor, "b n"]:
    """e^p / (e^p + t^p) with the t of each row at which the mean is the share, from p · log e."""
    if share in (0, 1):
        return torch.full_like(strength, share)
    return (strength - _level(strength, share)).sigmoid().nan_to_num(0)


def _level(strength: Float[Tensor, "b n"], share: float) -> Float[Tensor, "b 1"]:
    """p · log t; NaN where nothing has any strength."""
    # it lies between these: e^−50 is less than any share that means something
    finite = strength.isfinite()
    low = strength.where(finite, torch.inf).amin(1, keepdim=True) - 50
    high = strength.where(finite, -torch.inf).amax(1, keepdim=True) + 50
    middle = (low + high) / 2
    if strength.shape[1] > _MANY:  # a few of them tell where to begin
        near = _level(strength[:, :: strength.shape[1] // _MANY + 1], share)
        middle = torch.where((near > low) & (near < high), near, middle)
    found = torch.zeros_like(middle, dtype=torch.bool)  # each row for itself
    for _ in range(_HALVINGS):
        gains = (strength - middle).sigmoid()
        mean = gains.mean(1, keepdim=True)
        much = mean > share
        low, high = torch.where(much, middle, low), torch.where(much, high, middle)
        # Newton's step where it stays between the two, else half of the way: some eight in place
        # of sixty
        step = middle + (mean - share) / (mean - gains.square().mean(1, keepdim=True))
        nearer = torch.where((step > low) & (step < high), step, (low + high) / 2)
        nearer = torch.where(found, middle, nearer)
        found = found | ((nearer - middle).abs() <= _CLOSE)
        middle = nearer
        if found.all():
            break
    return middle
