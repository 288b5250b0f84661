"""Maps side by side: what the browser gets of them, and projections of volumes."""

import json

import numpy as np
import pytest

from app.components.map_row import STRONGEST, ShownMap, packed
from app.figures import orthographic
from wam_core.plot.planes import planes

MAP = np.arange(12.0).reshape(3, 4)


def shown(sheet: np.ndarray = MAP, difference: np.ndarray | None = None) -> ShownMap:
    under = np.full((3, 4, 3), 90, np.uint8)
    return ShownMap("A · IG", MAP, sheet, difference, under, "maximum 11")


def opened(data: bytes) -> tuple[dict, bytes]:
    head = int.from_bytes(data[:4], "little")
    return json.loads(data[4 : 4 + head]), data[4 + head :]


def test_numbers_arrive_as_they_are_with_the_threshold_of_each_share() -> None:
    header, rest = opened(packed([shown(difference=MAP - 6)], "compare"))
    (one,) = header["maps"]
    numbers = np.frombuffer(rest[one["picture"] :], "<f4")
    assert numbers[:12].tolist() == MAP.ravel().tolist()
    assert numbers[12:].tolist() == (MAP - 6).ravel().tolist()
    for share, least in zip(STRONGEST, one["thresholds"], strict=True):
        assert (least <= MAP).mean() == pytest.approx(share / 100, abs=1 / 12)
    assert one["limit"] == pytest.approx(np.percentile(MAP, 99.5))
    assert one["difference"]["limit"] == pytest.approx(np.percentile(abs(MAP - 6), 99.5))


def test_what_is_no_place_changes_neither_threshold_nor_colours() -> None:
    whole, _ = opened(packed([shown()], "compare"))
    gaps, _ = opened(packed([shown(np.where(MAP > 5, np.nan, MAP))], "compare"))
    for name in ("thresholds", "limit"):
        assert whole["maps"][0][name] == gaps["maps"][0][name]


def test_the_bytes_are_those_of_one_visitor() -> None:
    one, other = (packed([shown()], "compare", nonce) for nonce in ("a", "b"))
    assert one != other and opened(one)[0]["version"] != opened(other)[0]["version"]


def test_the_sheet_of_a_volume_holds_its_numbers_and_nothing_between_the_views() -> None:
    values = np.zeros((4, 4, 4), np.float32)
    values[0, 0, 0] = -3
    sheet = orthographic.sheet(values, planes(()), orthographic.extreme, side=20)
    assert np.nanmin(sheet) == -3 and np.nanmax(sheet) == 0
    assert np.isnan(sheet).any() and np.isnan(sheet[0, -1])
    assert (
        np.nanmax(orthographic.sheet(values, planes(()), orthographic.maximum_intensity, side=20))
        == 3
    )
