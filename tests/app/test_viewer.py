"""What the linked viewer's browser part gets: a picture, and codes that give back the numbers."""

import io
import json
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from app.components.viewer import Plane, packed
from app.figures.units import Pixels, halves
from tests.browser import viewer_page
from wam_core import Band, Bands, transforms
from wam_core.plot.colour import level_colour, scale
from wam_core.views import over_channels, profile, tiles

NAMES = ("haar", "sym4", "toy")


def opened(packed: bytes) -> tuple[dict[str, Any], np.ndarray, dict[tuple[str, str], np.ndarray]]:
    """As the browser opens it: the header, the picture, the values of bands by sign and name."""
    start = 4 + int.from_bytes(packed[:4], "little")
    header: dict[str, Any] = json.loads(packed[4:start])
    picture = np.asarray(Image.open(io.BytesIO(packed[start : start + header["picture"]])))
    start += header["picture"]
    values = {}
    bits, power = header["bits"], header["power"]
    for band in header["bands"]:
        for sign, kind in (("magnitude", "u"), ("signed", "i")):
            most = 2**bits - 1 if kind == "u" else 2 ** (bits - 1) - 1
            stop = start + np.prod(band["shape"]) * bits // 8
            codes = np.frombuffer(packed[start:stop], f"<{kind}{bits // 8}").astype(float)
            decoded = np.sign(codes) * band["peaks"][sign] * (np.abs(codes) / most) ** power
            values[sign, band["name"]] = decoded.reshape(band["shape"])
            start = stop
    assert start == len(packed)
    return header, picture, values


@pytest.mark.parametrize("name", NAMES)
def test_codes_give_back_the_numbers_of_every_band(name: str) -> None:
    plane = viewer_page.plane(name)
    _, _, values = opened(packed(plane, "k"))
    for sign, most in (("magnitude", 65535), ("signed", 32767)):
        bands = list(over_channels(plane.attribution, sign).bands())
        assert len(bands) == len(values) // 2
        for band, wanted in bands:
            got, numbers = values[sign, str(band)], wanted[0, 0].numpy()
            assert np.abs(got - numbers).max() <= 0.501 * np.abs(numbers).max() / most


@pytest.mark.parametrize("name", NAMES)
def test_the_header_has_the_geometry_of_the_layout(name: str) -> None:
    plane = viewer_page.plane(name)
    header, _, _ = opened(packed(plane, "k"))
    assert header["key"] == "k" and header["size"] == list(viewer_page.SIZE)
    shares = profile(plane.attribution)
    placed = tiles(plane.attribution)
    assert [band["name"] for band in header["bands"]] == [str(band) for band in plane.layout]
    for band, info in zip(header["bands"], plane.layout.values(), strict=True):
        assert (band["shape"], band["step"], band["start"]) == tuple(
            map(list, (info.shape, info.step, info.start))
        )
        assert band["tile"] == [extent.start for extent in placed[info.band]]
        assert band["share"] == shares[info.band]
        assert band["level"] == (0 if info.band.is_approx else info.band.level)
    assert sum(band["share"] for band in header["bands"]) == pytest.approx(1)
    assert sum(band["expected"] for band in header["bands"]) == pytest.approx(1)
    every = [name for group in header["groups"].values() for name in group]
    assert sorted(every) == sorted(str(band) for band in plane.layout)


def test_bands_are_named_in_words_and_coloured_by_level() -> None:
    header, _, _ = opened(packed(viewer_page.plane(), "k"))
    named = {band["name"]: (band["size"], band["part"]) for band in header["bands"]}
    assert named["approx"] == (">\u00a08\u00a0px", "approximation")
    assert named["L1.ad"] == ("2\u00a0px", "vertical")
    assert named["L2.da"] == ("4\u00a0px", "horizontal")
    assert {b["name"]: b["colour"] for b in header["bands"]}["L3.dd"] == level_colour(3, 3)
    for sign in ("magnitude", "signed"):
        assert bytes.fromhex(header["palettes"][sign]) == scale(sign).tobytes()


def test_the_picture_is_what_the_network_received() -> None:
    plane = viewer_page.plane()
    _, picture, _ = opened(packed(plane, "k"))
    assert picture.shape == plane.pixels.shape
    assert np.abs(picture.astype(int) - plane.pixels).mean() < 4


def test_the_same_is_packed_alike_and_told_apart_from_another() -> None:
    one, other = viewer_page.plane(), viewer_page.plane(seed=1)
    assert packed(one, "k") == packed(one, "k")
    assert packed(one, "k", "a visitor") != packed(one, "k", "another")
    assert opened(packed(one, "k"))[0]["version"] != opened(packed(other, "k"))[0]["version"]


@pytest.mark.parametrize(("side", "bits"), [(224, 16), (512, 8)])
def test_a_result_is_small(side: int, bits: int) -> None:
    transform = transforms.build("dwt", ndim=2, wavelet="haar", levels=5)
    generator = torch.Generator().manual_seed(0)
    z = transform.analyse(torch.randn(1, 3, side, side, generator=generator) ** 3)
    layout = transform.layout((side, side))
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    units = Pixels(layout)
    plane = Plane(pixels, z, layout, {band: units.words(band) for band in layout}, halves(z))
    sent = packed(plane, "k")
    header, picture, values = opened(sent)
    numbers = len(sent) - header["picture"]  # noise is no picture: it takes more than any
    assert header["bits"] == bits and picture.shape == pixels.shape
    assert numbers < (300_000 if bits == 16 else 560_000)
    wanted = over_channels(z, "signed")[Band(1, "ad")][0, 0].numpy()
    most = 32767 if bits == 16 else 127 / 2
    assert np.abs(values["signed", "L1.ad"] - wanted).max() <= 0.51 * np.abs(wanted).max() / most


def test_nothing_attributed_is_nothing() -> None:
    plane = viewer_page.plane()
    zero = Bands.of({b: torch.zeros_like(v) for b, v in plane.attribution.bands()}, plane.layout)
    header, _, values = opened(
        packed(Plane(plane.pixels, zero, plane.layout, plane.names, plane.groups), "k")
    )
    assert not any(value.any() for value in values.values())
    assert {band["share"] for band in header["bands"]} == {0.0}


def test_a_picture_of_another_size_is_refused() -> None:
    plane = viewer_page.plane()
    with pytest.raises(ValueError, match="pixels of"):
        Plane(plane.pixels[:-1], plane.attribution, plane.layout, plane.names, plane.groups)
