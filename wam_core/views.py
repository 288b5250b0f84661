"""Named ways of looking at an attribution. All are for any number of axes; none changes it.

Sign and channels come first (:func:`over_channels`), then place: in the dyadic layout
(:func:`mosaic`), on the input's own grid (:func:`at_input_size`), or summed up (:func:`profile`).
A part of the coefficients is turned back into a signal by :func:`reconstruction`, :func:`piece` and
:func:`wave`; synthesis is linear, so the pieces of all bands add up to the signal.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wam_core.attribution import WaveletAttribution
from wam_core.bands import Band, BandInfo, Bands, Layout, ranks
from wam_core.errors import SettingsError
from wam_core.transforms import Transform

Sign = Literal["magnitude", "signed"]


def over_channels(z: Bands, sign: Sign) -> Bands:
    """One channel: the sum over channels of |γ| (``magnitude``) or of γ (``signed``)."""
    if sign == "magnitude":
        return z.map(lambda band: band.abs().sum(1, keepdim=True))
    return z.map(lambda band: band.sum(1, keepdim=True))


def tiles(z: Bands) -> dict[Band, tuple[slice, ...]]:
    """Where each band lies in the mosaic: the approximation in the low corner, then level by level.

    A tile starts where the bands coarser than it end along the axes of its d's, and at 0 along the
    others, as in ``pywt.coeffs_to_array``. Where orientations are no words over {a, d}, the levels
    lie below one another, and the bands of a level side by side.
    """
    words = [band.orientation for band, _ in z.bands()]
    if any(len(word) != z.ndim or word.strip("ad") for word in words):
        return _side_by_side(z)
    placed: dict[Band, tuple[slice, ...]] = {}
    corner = tuple(z.approx.shape[2:])
    placed[Band(z.levels, "a" * z.ndim)] = tuple(slice(0, extent) for extent in corner)
    for depth, detail in enumerate(z.details):
        extent = tuple(next(iter(detail.values())).shape[2:])
        for word in detail:
            placed[Band(z.levels - depth, word)] = tuple(
                slice(start, start + length) if letter == "d" else slice(0, length)
                for letter, start, length in zip(word, corner, extent, strict=True)
            )
        corner = tuple(map(sum, zip(corner, extent, strict=True)))
    return placed


def _side_by_side(z: Bands) -> dict[Band, tuple[slice, ...]]:
    """Rows of bands, one for each level, along the first axis; one row where there is one axis."""
    every = [(band, tuple(values.shape[2:])) for band, values in z.bands()]
    rows = [every[:1]] + [
        [one for one in every[1:] if one[0].level == level] for level in range(z.levels, 0, -1)
    ]
    if z.ndim <= 1:
        rows = [every]
    placed: dict[Band, tuple[slice, ...]] = {}
    down = 0
    for row in rows:
        across = 0
        for band, extent in row:
            corner = (down, *[0] * (z.ndim - 2), across)[-z.ndim :]
            placed[band] = tuple(slice(at, at + n) for at, n in zip(corner, extent, strict=True))
            across += extent[-1]
        down += max(extent[0] for _, extent in row)
    return placed


def mosaic(z: Bands) -> Float[Tensor, "b c *space"]:
    """All bands in one array, in the dyadic layout.

    With filters longer than haar's it is larger than the input, and places that no band covers
    hold zero. Equal to ``pywt.coeffs_to_array`` for every sample and channel.
    """
    placed = tiles(z)
    extent = tuple(max(tile[axis].stop for tile in placed.values()) for axis in range(z.ndim))
    canvas = z.approx.new_zeros(*z.approx.shape[:2], *extent)
    for band, values in z.bands():
        canvas[(slice(None), slice(None), *placed[band])] = values
    return canvas


def at_input_size(
    values: Float[Tensor, "b c *band"], info: BandInfo, size: tuple[int, ...]
) -> Float[Tensor, "b c *space"]:
    """One band on the input's grid: each coefficient repeated over the samples it stands for.

    What lies before the signal, where longer filters start, is cut off.
    """
    for axis, (extent, step, start) in enumerate(
        zip(size, info.step, info.start, strict=True), start=2
    ):
        values = values.repeat_interleave(step, axis).narrow(axis, -start, extent)
    return values


def maps(
    z: Bands, transform: Transform, size: tuple[int, ...]
) -> dict[Band, Float[Tensor, "b c *space"]]:
    """Every band at the input's size, upsampled; sums of these are per-level maps and heat-maps."""
    layout = transform.layout(size)
    return {band: at_input_size(values, layout[band], size) for band, values in z.bands()}


def heat_map(
    z: Bands,
    transform: Transform,
    size: tuple[int, ...],
    bands: Collection[Band] | None = None,
) -> Float[Tensor, "b c *space"]:
    """The sum of the chosen bands (all, where None) at the input's size.

    The bands of one level give the per-level map, those of one orientation the per-orientation map.
    """
    layout = transform.layout(size)
    chosen = [
        at_input_size(values, layout[band], size)
        for band, values in z.bands()
        if bands is None or band in bands
    ]
    if not chosen:
        return z.approx.new_zeros(*z.approx.shape[:2], *size)
    return torch.stack(chosen).sum(0)


def projection(values: Float[Tensor, "b c *space"], axis: int) -> Float[Tensor, "b c *plane"]:
    """The value of largest magnitude along one spatial axis, with its sign.

    Of magnitudes it is the maximum-intensity projection.
    """
    strongest = values.abs().argmax(axis + 2, keepdim=True)
    return values.gather(axis + 2, strongest).squeeze(axis + 2)


def scale_groups(z: Bands) -> dict[str, tuple[Band, ...]]:
    """The bands in three groups, ``fine``, ``middle`` and ``coarse``; two where there is one level.

    Fine is level 1, middle is level 2, and coarse is all above, the approximation with it.
    """
    groups: dict[str, tuple[Band, ...]] = {"fine": (), "middle": (), "coarse": ()}
    for band, _ in z.bands():
        depth = 3 if band.is_approx else min(band.level, 3)
        groups[list(groups)[depth - 1]] += (band,)
    return {name: bands for name, bands in groups.items() if bands}


def back_projection(
    result: WaveletAttribution, bands: Collection[Band] | None = None
) -> Float[Tensor, "b c *space"]:
    """The synthesis of the coefficients weighted by |γ|, relative to its largest value in each input."""
    magnitude = result.attribution.map(torch.abs)
    peaks = torch.stack([values.flatten(1).amax(1) for values in magnitude.values()]).amax(0)
    peaks = torch.where(peaks > 0, peaks, 1).view(-1, *(1,) * (result.input.ndim - 1))
    weighted = result.coefficients.map(lambda z, g: z * g / peaks, magnitude)
    return result.transform.synthesise(only(weighted, bands), result.size)


def profile(attribution: Bands, sample: int = 0) -> dict[Band, float]:
    """The scale profile: each band's share of Σ|γ|; the shares add up to 1.

    All shares are 0 where the attribution is zero everywhere.

    Args:
        attribution: of one input or a batch.
        sample: which one of the batch; the first unless said otherwise.

    Raises:
        IndexError: there is no such input.
    """
    totals = {
        band: float(values[sample].abs().double().sum()) for band, values in attribution.bands()
    }
    everything = sum(totals.values()) or 1.0
    return {band: total / everything for band, total in totals.items()}


def lasting_profile(result: WaveletAttribution, sample: int = 0) -> dict[Band, float] | None:
    """About the scale profile that many more noisy copies would give; None where that is not known.

    Chance adds to every |γ|, and most to bands of many weak coefficients. Here each band's Σ|γ| is
    reduced as its norm would be: by √(1 − e²), where e is the band's error relative to it.

    Args:
        result: of one input or a batch.
        sample: which one of the batch; the first unless said otherwise.
    """
    if result.errors is None:
        return None
    kept = {}
    for band, values in result.attribution.bands():
        norm = float(values[sample].double().norm())
        error = min(result.errors[str(band)][sample] / norm, 1.0) if norm else 1.0
        kept[band] = float(values[sample].abs().double().sum()) * (1 - error**2) ** 0.5
    total = sum(kept.values())
    return {band: value / total for band, value in kept.items()} if total else None


def expected_profile(layout: Layout) -> dict[Band, float]:
    """Each band's share of the coefficients: the scale profile of a map without structure."""
    counts = {band: math.prod(info.shape) for band, info in layout.items()}
    total = sum(counts.values())
    return {band: count / total for band, count in counts.items()}


def level_profile(shares: dict[Band, float]) -> dict[int | None, float]:
    """A profile by level, coarse to fine; the approximation is under None."""
    summed: dict[int | None, float] = {}
    for band, share in shares.items():
        level = None if band.is_approx else band.level
        summed[level] = summed.get(level, 0.0) + share
    return summed


@runtime_checkable
class Keep(Protocol):
    """A way to keep a part of the coefficients: :class:`Selection`, ``wam_core.masks``."""

    def mask(self, attribution: Bands) -> Bands:
        """How much of each coefficient is kept, 0 … 1; laid out like the attribution."""


@dataclass(frozen=True)
class Selection:
    """Which coefficients to keep, all or nothing.

    Attributes:
        share: the strongest part to keep, 0 … 1, of the coefficients of all channels in the chosen
            bands; ranked by |γ|, each channel's coefficients for themselves.
        bands: the bands to keep from; all, where None.
        invert: keep the others of these bands instead.
    """

    share: float = 1.0
    bands: frozenset[Band] | None = None
    invert: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise SettingsError(f"share is {self.share}; a number from 0 to 1 is needed")

    def mask(self, attribution: Bands) -> Bands:
        """A mask of 0 and 1: :func:`strongest`."""
        return strongest(attribution, self)


def strongest(attribution: Bands, keep: Selection) -> Bands:
    """A mask of 0 and 1 over the coefficients: exactly ⌈share · N⌉ of N are 1 in each sample.

    Ties go to the coarser band, then to the lower index.
    """
    chosen = [
        (band, values)
        for band, values in attribution.bands()
        if keep.bands is None or band in keep.bands
    ]
    mask = attribution.map(torch.zeros_like)
    if not chosen:
        return mask
    flat = torch.cat([values.abs().flatten(1) for _, values in chosen], dim=1)
    kept = _top(flat, keep.share)
    if keep.invert:
        kept = ~kept
    parts = kept.to(flat.dtype).split([values[0].numel() for _, values in chosen], dim=1)
    bands = dict(mask.bands())
    for (band, values), part in zip(chosen, parts, strict=True):
        bands[band] = part.reshape(values.shape)
    return mask.replaced(bands)


def _top(strength: Float[Tensor, "b n"], share: float) -> Bool[Tensor, "b n"]:
    """Where the largest ⌈share · n⌉ of each row are."""
    # rounded first, as 0.1 · 30 is 3.0000000000000004 and would keep four
    count = -int(-round(share * strength.shape[1], 6) // 1)
    return ranks(strength) < count


def reconstruction(result: WaveletAttribution, keep: Keep) -> Float[Tensor, "b c *space"]:
    """The signal synthesised from the kept part of the coefficients alone.

    Synthesis is linear: what is kept and what is left (:class:`wam_core.masks.Rest`) add up to the input.

    It is in the network's units: show it with ``classifier.denormalize``, judge it with
    ``classifier.predict``.
    """
    kept = result.coefficients.map(torch.mul, keep.mask(result.attribution))
    return result.transform.synthesise(kept, result.size)


def only(z: Bands, bands: Collection[Band] | None) -> Bands:
    """The pyramid with every other band set to zero."""
    if bands is None:
        return z
    return z.map_bands(lambda band, values: values if band in bands else torch.zeros_like(values))


def wave(transform: Transform, band: Band, size: Sequence[int]) -> Float[Tensor, "1 1 *space"]:
    """What one coefficient of 1 in the middle of a band adds to a signal of a size.

    Of a detail band it is the wavelet, as wide as its level; of the approximation the scaling
    function. Float64.

    >>> from wam_core import transforms
    >>> haar = transforms.build("dwt", ndim=1, wavelet="haar", levels=2)
    >>> wave(haar, Band(1, "d"), [8]).flatten().round(decimals=2)
    tensor([ 0.0000,  0.0000,  0.0000,  0.0000,  0.7100, -0.7100,  0.0000,  0.0000],
           dtype=torch.float64)
    """
    nothing = transform.analyse(torch.zeros(1, 1, *size, dtype=torch.float64))
    values = nothing[band]
    middle = tuple(extent // 2 for extent in values.shape[2:])
    values[(0, 0, *middle)] = 1.0
    return transform.synthesise(nothing, tuple(size))


def piece(
    transform: Transform, z: Bands, size: tuple[int, ...], bands: Collection[Band]
) -> Float[Tensor, "b c *space"]:
    """The signal of some bands alone; the others are silent.

    Raises:
        KeyError: a band that there is not.
    """
    there = {band for band, _ in z.bands()}
    if unknown := [str(band) for band in bands if band not in there]:
        raise KeyError(f"there is no band {', '.join(unknown)} among {len(there)}")
    return transform.synthesise(only(z, bands), size)
