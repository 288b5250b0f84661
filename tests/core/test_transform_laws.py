"""The laws that every registered transform keeps (docs/method.md), as scikit-learn checks estimators.

A transform that joins the registry gives its examples in ``EXAMPLES``; nothing else is written here.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from tests.toy_transform import BlockCosine, registered
from wam_core import (
    Band,
    Bands,
    Classifier,
    Gradient,
    IntegratedGradients,
    explain,
    transforms,
    views,
)
from wam_core.attribution import WaveletAttribution
from wam_core.density import density
from wam_core.errors import SettingsError
from wam_core.masks import Soft
from wam_core.transforms import Transform

SIZES = {1: [(64,), (97,), (40,)], 2: [(32, 48), (41, 37)], 3: [(16, 16, 16), (19, 16, 22)]}


EXAMPLES: Mapping[str, Sequence[Mapping[str, object]]] = {
    "dwt": [
        {"ndim": ndim, "wavelet": wavelet, "levels": levels, "boundary": boundary}
        for ndim in (1, 2, 3)
        for wavelet, levels, boundary in [
            ("haar", 2, "reflect"), ("db2", 1, "symmetric"), ("db2", 2, "zero"),
            ("bior2.2", 1, "periodic"), ("sym4", 1, "constant"),
        ]
    ],
}  # fmt: skip


TOYS = [BlockCosine(2, 1), BlockCosine(1, 2), BlockCosine(2, 2), BlockCosine(2, 3)]


def cases() -> Iterator[object]:
    known = [transforms.build(name, **s) for name in transforms.names() for s in EXAMPLES[name]]
    for transform in [*known, *TOYS]:
        for size in SIZES[transform.ndim]:
            named = [transform.name, *map(str, transform.choices.values()), *map(str, size)]
            yield pytest.param(transform, size, id="-".join(named))


every = pytest.mark.parametrize(("transform", "size"), list(cases()))
along_a_line = pytest.mark.parametrize(  # where the axes are independent, one says it for all
    ("transform", "size"), [case for case in cases() if case.values[0].ndim == 1]
)


@pytest.fixture(autouse=True, scope="module")
def toy() -> Iterator[None]:
    with registered():
        yield


def draw(size: Sequence[int], seed: int = 0, channels: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, channels, *size, generator=generator, dtype=torch.float64)


def noise(z: Bands, seed: int = 1) -> Bands:
    generator = torch.Generator().manual_seed(seed)
    return z.map(lambda band: torch.randn(band.shape, generator=generator, dtype=band.dtype))


def dot(one: Bands, other: Bands) -> torch.Tensor:
    return sum((a * b).sum() for (_, a), (_, b) in zip(one.bands(), other.bands(), strict=True))


def network(size: Sequence[int]) -> Classifier:
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Flatten(), nn.Linear(2 * math.prod(size), 5), nn.Tanh(), nn.Linear(5, 3)
    )
    return Classifier(module.double(), ndim=len(size))


@every
def test_synthesis_inverts_analysis(transform: Transform, size: tuple[int, ...]) -> None:
    x = draw(size)
    assert_close(transform.synthesise(transform.analyse(x), size), x, rtol=0, atol=1e-11)
    single = transform.synthesise(transform.analyse(x.float()), size)
    assert_close(single, x.float(), rtol=0, atol=1e-4)


@every
def test_both_are_linear(transform: Transform, size: tuple[int, ...]) -> None:
    x, y = draw(size), draw(size, 1)
    both, one, other = (transform.analyse(v) for v in (2 * x + y, x, y))
    for band, values in both.bands():
        assert_close(values, 2 * one[band] + other[band], rtol=0, atol=1e-11)


@every
def test_the_adjoint_is_the_transpose_of_the_synthesis(
    transform: Transform, size: tuple[int, ...]
) -> None:
    z, g = noise(transform.analyse(draw(size))), draw(size, 2)
    one = (transform.synthesise(z, size) * g).sum()
    assert_close(one, dot(z, transform.adjoint(g)), rtol=1e-11, atol=1e-10)
    by_autograd = Transform.adjoint(transform, g)
    for band, values in transform.adjoint(g).bands():
        assert_close(values, by_autograd[band], rtol=0, atol=1e-11)


@every
def test_integrated_gradients_add_up(transform: Transform, size: tuple[int, ...]) -> None:
    net, x = network(size), draw(size)
    result = explain(net, x, 1, transform=transform, path=IntegratedGradients(24, "mean"))
    assert result.completeness_gap is not None
    assert float(result.completeness_gap.max()) < 1e-8


@every
def test_the_layout_names_every_band_in_its_order_and_shape(
    transform: Transform, size: tuple[int, ...]
) -> None:
    layout = transform.layout(size)
    z = transform.analyse(draw(size))
    assert list(layout) == [band for band, _ in z.bands()]
    assert {band: info.shape for band, info in layout.items()} == {
        band: tuple(values.shape[2:]) for band, values in z.bands()
    }
    assert z.layout is not None and dict(z.layout) == dict(layout)
    assert layout.coefficients >= transform.redundancy * math.prod(size) - 1e-9
    assert next(iter(layout)).is_approx and layout.approx.band.level == transform.levels
    levels = [band.level for band in layout if not band.is_approx]
    assert levels == sorted(levels, reverse=True) and {*levels} == {*range(1, z.levels + 1)}
    assert z.levels == transform.levels and z.ndim == transform.ndim == len(layout.size)


@every
def test_a_coefficient_lies_within_its_footprint(
    transform: Transform, size: tuple[int, ...]
) -> None:
    """At least 95 % of its energy, within its samples and as many more on either side as a wave
    of its length may take."""
    zero = transform.analyse(torch.zeros(1, 1, *size, dtype=torch.float64))
    for band, info in transform.layout(size).items():
        index = tuple(extent // 2 for extent in info.shape)
        one = zero.map(torch.clone)
        one[band][(0, 0, *index)] = 1.0
        energy = transform.synthesise(one, size)[0, 0].square()
        reach = [reach_of(transform, step) for step in info.step]
        window = tuple(
            slice(max(0, place.start - more), place.stop + more)
            for place, more in zip(info.footprint(index), reach, strict=True)
        )
        assert float(energy[window].sum()) >= 0.95 * float(energy.sum()), band


def reach_of(transform: Transform, step: int) -> int:
    """How far beyond its own samples a wave of that step may reach: of haar and blocks, nowhere."""
    taps = len(transform.filters[0]) if hasattr(transform, "filters") else 2
    return step * (taps - 2)


@along_a_line
def test_half_of_a_wave_s_energy_lies_in_its_frequencies(
    transform: Transform, size: tuple[int, ...]
) -> None:
    """More is not to be had of short filters: of haar's waves of level 3 it is just a half."""
    assert min(in_their_frequencies(transform, size).values()) >= 0.5


@pytest.mark.parametrize(
    ("wavelet", "least"),
    [("haar", 0.49), ("db2", 0.62), ("db4", 0.72), ("sym8", 0.8), ("db10", 0.82)],
)
def test_longer_filters_keep_better_to_their_frequencies(wavelet: str, least: float) -> None:
    transform = transforms.build("dwt", ndim=1, wavelet=wavelet, levels=3)
    assert least <= min(in_their_frequencies(transform, (512,)).values()) < least + 0.02


def in_their_frequencies(transform: Transform, size: tuple[int, ...]) -> dict[Band, float]:
    """By band, the share of a wave's energy that lies in the interval that the layout states."""
    shares = {}
    for band, info in transform.layout(size).items():
        wave = views.wave(transform, band, size).flatten().numpy()
        spectrum = np.abs(np.fft.rfft(wave, 8192)) ** 2
        frequencies = np.linspace(0, 1, len(spectrum))
        low, high = info.frequency
        inside = (frequencies >= low) & (frequencies <= high)
        shares[band] = float(spectrum[inside].sum() / spectrum.sum())
    return shares


@every
def test_settings_make_the_same_transform_again(
    transform: Transform, size: tuple[int, ...], tmp_path
) -> None:
    assert transforms.from_settings(transform.settings) == transform
    result = explain(network(size), draw(size), 0, transform=transform, path=Gradient())
    result.save(tmp_path / "result.npz")
    again = WaveletAttribution.load(tmp_path / "result.npz")
    assert again.transform == transform
    for band, values in result.attribution.bands():
        assert torch.equal(again.attribution[band], values)


@every
def test_the_views_need_nothing_but_the_layout(transform: Transform, size: tuple[int, ...]) -> None:
    result = explain(network(size), draw(size), 0, transform=transform, path=Gradient())
    gamma = views.over_channels(result.attribution, "signed")
    heat = views.heat_map(gamma, transform, size)
    assert heat.shape == (2, 1, *size)
    assert_close(heat, sum(views.maps(gamma, transform, size).values()))
    placed = density(gamma, transform, size)
    total = sum(values.sum() for _, values in gamma.bands())
    assert_close(placed.sum(), total, rtol=1e-9, atol=1e-9)
    assert sum(views.profile(result.attribution).values()) == pytest.approx(1)
    assert views.mosaic(gamma).numel() >= sum(values.numel() for _, values in gamma.bands())
    everything = views.reconstruction(result, views.Selection(1.0))
    assert_close(everything, result.input, rtol=0, atol=1e-10)
    mask = Soft(0.3, extent=4).mask(result.attribution)
    kept = torch.cat([values.flatten(1) for _, values in mask.bands()], 1)
    assert_close(kept.mean(1), torch.full((2,), 0.3, dtype=kept.dtype), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", [*transforms.names(), BlockCosine.name])
def test_what_does_not_fit_is_refused_in_a_sentence(name: str) -> None:
    transform = transforms.build(name, **EXAMPLES.get(name, [{}])[0])
    with pytest.raises(SettingsError):
        transform.check((1,) * transform.ndim)
    with pytest.raises(SettingsError):
        transform.analyse(torch.zeros(1, 1, *(1,) * transform.ndim))
    with pytest.raises(SettingsError, match="takes no colour; it takes "):
        transforms.build(name, colour="red")


def test_the_registry_refuses_unknown_and_second_names() -> None:
    with pytest.raises(SettingsError, match="'fourier' is unknown; accepted: dwt, block-cosine"):
        transforms.build("fourier")
    with pytest.raises(ValueError, match="is BlockCosine already"):
        transforms.register(type("Other", (BlockCosine,), {}))
