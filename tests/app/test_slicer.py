"""The slice viewer without a browser: what lies where, few bits that give back the values."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.components.page import Slices, slicer, windows
from app.figures.slicer.slices import encoded, encoded_heat
from app.figures.theme import Look
from tests.browser import slicer_page
from wam_core.plot.colour import scale
from wam_core.plot.planes import convention, planes

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
        ({"heat": np.zeros((2, 2, 3))}, "heat has the shape"),
        ({"heat": np.full((2, 2, 2), np.inf)}, "heat holds values that are not finite"),
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
    for part in filter(None, (data, data["heat"])):
        part["codes"], start = packed[start : start + part["codes"]], start + part["codes"]
    assert start == len(packed)
    return data


def test_the_browser_gets_the_volume_its_peak_and_its_colours() -> None:
    data = sent(kind="scan")
    values = slicer_page.scan()
    codes = np.frombuffer(data["codes"], "<u2").reshape(data["shape"])
    assert np.abs(data["low"] + codes * data["step"] - values).max() < 0.02
    heat = np.abs(slicer_page.heat(values))
    assert tuple(data["heat"]["peak"]) == np.unravel_index(heat.argmax(), heat.shape)
    assert data["heat"]["limit"] == pytest.approx(np.percentile(heat, 99.9))
    assert data["heat"]["open"]
    assert bytes.fromhex(data["heat"]["palette"]) == scale("magnitude").tobytes()
    assert sent(kind="scan") == data
    signed = sent(kind="scan", sign="signed")["heat"]
    codes = np.frombuffer(signed["codes"], "<i2")
    assert codes.min() < 0 and np.abs(codes).max() == 32767
    assert bytes.fromhex(signed["palette"]) == scale("signed").tobytes()


def test_another_attribution_belongs_to_the_same_volume(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr("app.components.page._mount", lambda key, data: told.append(opened(data)))
    shown = slicer_page.scan()
    for volume in (
        Slices(shown, slicer_page.heat(shown)),
        Slices(shown, slicer_page.heat(shown, 1), look=Look(dark=True)),
        Slices(shown + 1, slicer_page.heat(shown)),
        Slices(shown, spacing=(1.0, 1.0, 2.0)),
    ):
        slicer(volume, key="s")
    keys = [data["version"] for data in told]
    assert keys[0] == keys[1] and len(set(keys)) == 3
    assert told[0]["heat"]["version"] != told[1]["heat"]["version"]
    assert told[3]["heat"] is None


def test_a_large_volume_is_reduced_and_says_so() -> None:
    data = sent(kind="large")
    assert data["size"] == [160, 144, 20] and data["shape"] == [80, 72, 20]
    assert any("80 × 72 × 20 of 160 × 144 × 20 voxels" in note for note in data["notes"])
    assert not any("of 40 × 48" in note for note in sent(kind="scan")["notes"])
    most = np.ones((128, 128, 128), np.float32)
    assert Slices(most).factors == (1, 1, 1)
    assert len(data["codes"]) + len((data["heat"] or {"codes": b""})["codes"]) < 520_000
