"""The slice viewer without a browser: what lies where, few bits that give back the values."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from app.components.page import Heat, Slices, slicer, windows
from app.figures.slicer import packed
from app.figures.slicer.heat import encoded_heat
from app.figures.slicer.slices import encoded
from app.figures.units import Voxels, thirds
from tests.browser import slicer_page
from wam_core import transforms, views
from wam_core.plot.colour import scale
from wam_core.plot.planes import convention, directions, planes

PAGE = Path(__file__).parents[1] / "browser" / "slicer_page.py"


@pytest.mark.parametrize(
    ("ends", "seen"),
    [
        (
            slicer_page.RAS,
            {"Axial": (2, "RALP"), "Coronal": (1, "RSLI"), "Sagittal": (0, "ASPI")},
        ),
        (  # the same patient, stored with other axes
            (("S", "I"), ("A", "P"), ("R", "L")),
            {"Axial": (0, "RALP"), "Coronal": (1, "RSLI"), "Sagittal": (2, "ASPI")},
        ),
        (
            slicer_page.OBJECT,
            {
                "From above": (2, ("left", "back", "right", "front")),
                "From the front": (1, ("left", "top", "right", "bottom")),
                "From the side": (0, ("front", "top", "back", "bottom")),
            },
        ),
    ],
)
def test_known_volumes_lie_as_their_readers_expect(
    ends: Any, seen: dict[str, tuple[int, Any]]
) -> None:
    found = planes(ends)
    assert {plane.title: (plane.axis, plane.sides) for plane in found} == {
        title: (axis, tuple(sides)) for title, (axis, sides) in seen.items()
    }
    for plane in found:
        left, top, right, bottom = plane.sides
        across, down = ends[plane.across], ends[plane.down]
        assert (left, right) == (across[::-1] if plane.mirrored[0] else across)
        assert (top, bottom) == (down[::-1] if plane.mirrored[1] else down)


def test_unknown_volumes_lie_as_arrays() -> None:
    for ends in ((), (("x", "y"), ("P", "A"), ("I", "S")), (("L", "R"),) * 3):
        found = planes(ends)
        assert [plane.axis for plane in found] == [0, 1, 2]
        assert all(plane.mirrored == (False, False) for plane in found)
        assert [(plane.down, plane.across) for plane in found] == [(1, 2), (0, 2), (0, 1)]
    assert "does not say" in convention(())
    assert "right (R) is on the left" in convention(slicer_page.RAS)


@pytest.mark.parametrize(
    ("values", "bits"),
    [
        (slicer_page.chair(), 8),
        (np.arange(256, dtype=np.float32).reshape(4, 8, 8), 8),
        (np.full((2, 2, 2), 7.0), 8),
        (slicer_page.scan(), 16),
    ],
)
def test_codes_give_back_the_values(values: np.ndarray, bits: int) -> None:
    codes, low, step = encoded(values.transpose(2, 0, 1))
    assert codes.itemsize * 8 == bits and codes.flags.c_contiguous
    back = low + codes * step
    bound = 1e-6 * np.ptp(values) if bits == 8 else 0.5001 * np.ptp(values) / 65535
    assert np.abs(back - values.transpose(2, 0, 1)).max() <= bound


def test_codes_of_an_attribution_keep_sign_zero_and_order() -> None:
    values = np.random.default_rng(0).standard_normal((9, 7, 5)) ** 3
    values[0] = 0
    codes, step = encoded_heat(values)
    assert np.abs(codes * step - values).max() <= 0.5001 * np.abs(values).max() / 32767
    assert not codes[0].any()
    assert (np.diff(codes.ravel()[values.ravel().argsort()].astype(int)) >= 0).all()
    assert encoded_heat(np.zeros((1, 2, 3)))[0].sum() == 0


def test_windows_of_a_ct_are_known_by_its_unit() -> None:
    values = slicer_page.scan()
    assert windows(values)["Full range"] == (values.min(), values.max())
    assert "Bone" not in windows(values)
    assert windows(values, "HU")["Soft tissue"] == (-160, 240)
    assert list(windows(np.zeros((2, 2, 2)))) == ["Full range"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"values": np.zeros((3, 3))}, "values has the shape"),
        ({"values": np.full((2, 2, 2), np.nan)}, "values holds values that are not finite"),
        ({"heat": Heat.of_map(np.zeros((2, 2, 3)))}, "heat has the size"),
        ({"spacing": (1.0, 0.0, 1.0)}, "spacing is"),
        ({"ends": (("L", "R"),)}, "ends has 1 pairs"),
    ],
)
def test_what_cannot_be_shown_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Slices(**({"values": np.zeros((2, 2, 2))} | change))


def sent(**asked: str) -> dict[str, Any]:
    app = AppTest.from_file(str(PAGE), default_timeout=60)
    for name, value in asked.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    element = app.get("bidi_component")[0]
    return opened(element.proto.bytes)


def opened(packed: bytes) -> dict[str, Any]:
    """As the browser opens it."""
    start = 4 + int.from_bytes(packed[:4], "little")
    data: dict[str, Any] = json.loads(packed[4:start])
    for name, kind, count in data["arrays"]:
        data[name] = np.frombuffer(packed[start : start + count], f"<{kind}")
        start += count
    assert start == len(packed)
    return data


def summed(data: dict[str, Any], sign: str, chosen: list[int]) -> np.ndarray:
    """The chosen bands by voxel, as the browser adds them up."""
    size, start = data["size"], 0
    whole = np.zeros(size)
    for nth, band in enumerate(data["heat"]["bands"]):
        count = int(np.prod(band["shape"]))
        kind = sign if sign in data else "signed"
        values = data[kind][start : start + count].reshape(band["shape"]) * band["scales"][kind]
        start += count
        if nth not in chosen:
            continue
        values = np.abs(values) if sign == "magnitude" else values
        places = [
            (np.arange(extent) - first) // step
            for extent, first, step in zip(size, band["start"], band["step"], strict=True)
        ]
        whole += values[np.ix_(*places)]
    return whole


def test_the_browser_gets_the_volume_and_its_colours() -> None:
    data = sent(kind="scan")
    values = slicer_page.scan()
    codes = data["codes"].reshape(data["shape"])
    assert np.abs(data["low"] + codes * data["step"] - values).max() < 0.02
    heat = slicer_page.heat(values)
    assert np.abs(summed(data, "signed", [0]) - heat).max() <= 0.51 * np.abs(heat).max() / 32767
    for sign in ("magnitude", "signed"):
        assert bytes.fromhex(data["heat"]["palettes"][sign]) == scale(sign).tobytes()
    again = sent(kind="scan")
    assert all(np.array_equal(again[name], data[name]) for name in ("codes", "signed"))
    assert (again["version"], again["heat"]) == (data["version"], data["heat"])


@pytest.mark.parametrize("wavelet", ["haar", "db2"])
@pytest.mark.parametrize("channels", [1, 2])
def test_bands_add_up_to_the_maps_of_the_core(wavelet: str, channels: int) -> None:
    size = (20, 33, 28)
    transform = transforms.build("dwt", ndim=3, wavelet=wavelet, levels=2)
    x = torch.randn(1, channels, *size, generator=torch.Generator().manual_seed(0))
    attribution = transform.analyse(x)
    groups = thirds(attribution)
    heat = Heat.of_bands(attribution, Voxels(transform.layout(size)), groups)
    data = opened(packed(Slices(np.zeros(size), heat)))
    assert ("magnitude" in data) == (channels > 1), "of one channel, |γ| follows from γ"
    every = [band for band, _ in attribution.bands()]
    for sign in ("magnitude", "signed"):
        for name, places in [("all", range(len(every))), *data["heat"]["groups"]]:
            bands = every if name == "all" else groups[name]
            wanted = views.heat_map(views.over_channels(attribution, sign), transform, size, bands)
            found = summed(data, sign, list(places))
            np.testing.assert_allclose(found, wanted[0, 0].numpy(), atol=2e-3)
    whole = views.heat_map(views.over_channels(attribution, "magnitude"), transform, size)
    np.testing.assert_allclose(heat.summed(), whole[0, 0].numpy(), rtol=1e-5)
    bands = data["heat"]["bands"]
    assert len({band["name"] for band in bands}) == len(bands)
    assert [band["approx"] for band in bands] == [band.is_approx for band in every]


def test_orientations_are_words_and_pictures_and_no_codes() -> None:
    shown = slicer_page.chair()
    bands = opened(packed(Slices(shown, slicer_page.bands(shown))))["heat"]["bands"]
    told = {
        band["word"]: (band["name"], band["lines"]) for band in bands if band["row"] == "2 voxels"
    }
    assert told["aad"] == (
        "2 voxels · horizontal faces (change along the vertical axis)",
        {"kind": "faces", "axis": 2},
    )
    assert told["dda"] == ("2 voxels · vertical edges", {"kind": "edges", "axis": 2})
    assert told["ddd"] == ("2 voxels · corners", {"kind": "corners", "axis": None})
    assert not any(word in name for word, (name, _) in told.items())


def test_numbers_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="heat holds values that are not finite"):
        Heat.of_map(np.full((2, 2, 2), np.inf))


@pytest.mark.parametrize(
    ("ends", "axes", "names"),
    [
        (slicer_page.OBJECT, [[0, 1], [1, 1], [2, 1]], ["right", "back", "top"]),
        (slicer_page.RAS, [[0, -1], [1, -1], [2, 1]], ["L", "P", "S"]),
        ((("S", "I"), ("A", "P"), ("R", "L")), [[2, 1], [1, 1], [0, -1]], ["L", "P", "S"]),
        ((), [[0, 1], [1, 1], [2, 1]], ["axis 0", "axis 1", "axis 2"]),
    ],
)
def test_a_scene_has_the_surface_and_lies_as_its_readers_expect(
    ends: Any, axes: list[list[int]], names: list[str]
) -> None:
    shown = slicer_page.chair()
    data = opened(
        packed(Slices(shown, Heat.of_map(slicer_page.heat(shown)), ends=ends, spatial=True))
    )
    space = data["scene"]
    assert space["axes"] == axes and space["names"] == names
    assert space["axes"] == [[each.axis, each.sign] for each in directions(ends)]
    assert 0 < space["level"] < 255, "in codes"
    vertices = data["vertices"].reshape(-1, 3) / 64 - 1
    assert data["faces"].max() == len(vertices) - 1
    inside = np.argwhere(shown > 0)
    np.testing.assert_allclose(vertices.min(0), inside.min(0) - 0.5, atol=0.02)
    np.testing.assert_allclose(vertices.max(0), inside.max(0) + 0.5, atol=0.02)
    assert space["still"].startswith("data:image/webp;base64,")


def test_a_result_of_32_voxels_a_side_is_light() -> None:
    shown = np.pad(slicer_page.chair(), 1)
    assert shown.shape == (32, 32, 32)
    data = packed(Slices(shown, slicer_page.bands(shown), ends=slicer_page.OBJECT, spatial=True))
    assert len(data) < 200_000


def test_a_surface_of_noise_is_made_coarser_until_it_is_light() -> None:
    noise = np.random.default_rng(0).random((96, 96, 96), np.float32)
    data = opened(packed(Slices(noise, spatial=True)))
    assert 0 < data["vertices"].nbytes + data["faces"].nbytes <= 400_000
    vertices = data["vertices"].reshape(-1, 3) / 64 - 1
    assert vertices.min() < 5 and vertices.max() > 90, "it fills the volume all the same"


def test_another_attribution_belongs_to_the_same_volume(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr("app.components.page._mount", lambda key, data: told.append(opened(data)))
    shown = slicer_page.scan()
    for volume in (
        Slices(shown, Heat.of_map(slicer_page.heat(shown))),
        Slices(shown, Heat.of_map(slicer_page.heat(shown, 1))),
        Slices(shown + 1, Heat.of_map(slicer_page.heat(shown))),
        Slices(shown, spacing=(1.0, 1.0, 2.0)),
    ):
        slicer(volume, key="s")
    keys = [data["version"] for data in told]
    assert keys[0] == keys[1] and len(set(keys)) == 3
    assert told[0]["heat"]["version"] != told[1]["heat"]["version"]
    assert told[0]["heat"]["layout"] == told[1]["heat"]["layout"]
    assert told[3]["heat"] is None


def test_a_large_volume_is_reduced_and_says_so() -> None:
    data = sent(kind="large")
    assert data["size"] == [160, 144, 20] and data["shape"] == [80, 72, 20]
    assert any("80 × 72 × 20 of 160 × 144 × 20 voxels" in note for note in data["notes"])
    assert not any("of 40 × 48" in note for note in sent(kind="scan")["notes"])
    most = np.ones((128, 128, 128), np.float32)
    assert Slices(most).factors == (1, 1, 1)
