"""The slice viewer in a real browser: one crosshair, three slices, the values of the array."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests.browser import serving, slicer_page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]  # a loaded machine is no failure
SLOW = 60_000
PICTURES = ".plane canvas"
AXIAL, CORONAL, SAGITTAL = range(3)  # in the order in which they stand


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving.page(slicer_page.__file__) as url:
        yield url


@pytest.fixture(scope="module")
def window() -> dict[str, Any]:
    return {"viewport": {"width": 1280, "height": 1000}, "has_touch": True}


@pytest.fixture(scope="module")
def counts() -> Callable[[ConsoleMessage], bool]:
    return serving.any_error


def visit(page: Page, url: str) -> Locator:
    """The viewer of the page."""
    page.goto(url)
    viewer = page.locator(".slicer")
    expect(viewer.locator(PICTURES)).to_have_count(3, timeout=SLOW)
    expect(viewer).to_have_attribute("data-index", re.compile(r"\d+ \d+ \d+"))
    page.wait_for_timeout(200)
    return viewer


def index(viewer: Locator) -> tuple[int, ...]:
    return tuple(map(int, (viewer.get_attribute("data-index") or "").split()))


def number(viewer: Locator, name: str) -> float:
    return float(viewer.get_attribute(f"data-{name}") or "nan")


def pictures(viewer: Locator) -> list[str]:
    """What the three canvases show, without the crosshair, which is no part of them."""
    return viewer.locator(PICTURES).evaluate_all("all => all.map((c) => c.toDataURL())")


def colour(viewer: Locator, nth: int, x: float, y: float) -> list[int]:
    """Red, green and blue at a share of a canvas's width and height."""
    return viewer.locator(PICTURES).nth(nth).evaluate(
        "(c, [x, y]) => [...c.getContext('2d').getImageData(x * c.width, y * c.height, 1, 1).data]",
        [x, y],
    )[:3]  # fmt: skip


def point(viewer: Locator, nth: int, x: float, y: float) -> tuple[float, float]:
    box = viewer.locator(PICTURES).nth(nth).bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float], **how: str) -> None:
    page.mouse.move(*start)
    page.mouse.down(**how)  # type: ignore[arg-type]
    page.mouse.move(*end, steps=4)
    page.mouse.up(**how)  # type: ignore[arg-type]


def check_values(viewer: Locator) -> None:
    """The read-outs are the arrays' own values, to half a step of their codes."""
    shown = slicer_page.scan()
    heat = np.abs(slicer_page.heat(shown))
    at = index(viewer)
    assert abs(number(viewer, "value") - shown[at]) <= 0.51 * np.ptp(shown) / 65535
    assert abs(number(viewer, "attribution") - heat[at]) <= 0.51 * heat.max() / 32767


def test_it_starts_at_the_strongest_attribution_and_reads_it_out(page: Page, server: str) -> None:
    viewer = visit(page, server)
    heat = np.abs(slicer_page.heat(slicer_page.scan()))
    peak = tuple(map(int, np.unravel_index(heat.argmax(), heat.shape)))
    assert index(viewer) == peak
    check_values(viewer)
    expect(viewer.locator(".reading")).to_contain_text(f"Voxel{', '.join(map(str, peak))}")
    expect(viewer.locator(".reading")).to_contain_text("100 % of maxstrongest voxel")
    alt = viewer.locator(PICTURES).first.get_attribute("aria-label") or ""
    assert f"strongest attribution {heat.max():.3g} at voxel {', '.join(map(str, peak))}" in alt
    viewer.get_by_role("button", name="Centre").click()
    assert index(viewer) == (20, 24, 10)
    check_values(viewer)
    viewer.get_by_role("button", name="Peak").click()
    assert index(viewer) == peak


@pytest.mark.parametrize("moved", [AXIAL, CORONAL, SAGITTAL])
def test_dragging_in_one_slice_changes_the_other_two(page: Page, server: str, moved: int) -> None:
    viewer = visit(page, server)
    before = pictures(viewer)
    assert len(set(before)) == 3
    drag(page, point(viewer, moved, 0.6, 0.6), point(viewer, moved, 0.401, 0.301))
    after = pictures(viewer)
    assert [a == b for a, b in zip(before, after, strict=True)] == [n == moved for n in range(3)]
    # R is on the left and L → R is axis 0: two fifths from the left is three fifths along it
    a, b, c = index(viewer)
    if moved == AXIAL:
        assert (a, b) == (23, 33)
    elif moved == CORONAL:
        assert (a, c) == (23, 13)
    else:
        assert (b, c) == (28, 13)
    check_values(viewer)
    page.mouse.move(*point(viewer, moved, 0.9, 0.9))  # the button is up: nothing follows it
    assert index(viewer) == (a, b, c)


def test_wheel_and_keys_step_through_the_slices(page: Page, server: str) -> None:
    viewer = visit(page, server)
    a, b, c = index(viewer)
    before = pictures(viewer)
    page.mouse.move(*point(viewer, AXIAL, 0.5, 0.5))
    page.mouse.wheel(0, 100)
    expect(viewer).to_have_attribute("data-index", f"{a} {b} {c + 1}")
    after = pictures(viewer)
    assert [x == y for x, y in zip(before, after, strict=True)] == [False, True, True]
    page.mouse.wheel(0, -100)
    expect(viewer).to_have_attribute("data-index", f"{a} {b} {c}")

    slider = viewer.get_by_role("slider", name="Coronal: slice, P → A")
    slider.focus()
    slider.press("ArrowUp")
    slider.press("ArrowRight")
    assert index(viewer) == (a, b + 2, c)
    expect(slider).to_have_attribute("aria-valuetext", re.compile(rf"^{b + 2} of 0–47 · "))
    slider.press("Shift+ArrowRight")  # to the right on the screen is towards L, where axis 0 starts
    slider.press("Shift+ArrowUp")
    assert index(viewer) == (a - 1, b + 2, c + 1)
    slider.press("End")
    assert index(viewer) == (a - 1, 47, c + 1)
    slider.press("ArrowUp")
    assert index(viewer) == (a - 1, 47, c + 1)
    check_values(viewer)

    page.mouse.click(*point(viewer, SAGITTAL, 0.5, 0.5))  # arrows follow the slice clicked last
    a = index(viewer)[0]
    page.keyboard.press("ArrowLeft")
    assert index(viewer)[0] == a - 1
    expect(viewer.locator(".plane").nth(SAGITTAL)).to_contain_text(
        f"{a - 1} of 0–39 · {a - 1}.0 mm"
    )
    expect(viewer.locator(".plane").nth(AXIAL)).to_contain_text(" of 0–19 · ")


def test_the_crosshair_meets_in_the_same_voxel_and_can_be_hidden(page: Page, server: str) -> None:
    viewer = visit(page, server)
    x, y = point(viewer, AXIAL, 0.25, 0.75)
    page.mouse.click(x, y)
    upright = viewer.locator(".plane").nth(AXIAL).locator(".upright").first.bounding_box()
    flat = viewer.locator(".plane").nth(AXIAL).locator(".flat").first.bounding_box()
    assert upright is not None and flat is not None
    assert upright["x"] == pytest.approx(x, abs=7) and flat["y"] == pytest.approx(y, abs=7)
    other = viewer.locator(".plane").nth(CORONAL).locator(".upright").first.bounding_box()
    left, right = (point(viewer, n, 0, 0)[0] for n in (AXIAL, CORONAL))
    assert other is not None
    assert other["x"] - right == pytest.approx(upright["x"] - left, abs=1)  # one scale, one axis
    toggle = viewer.get_by_role("button", name="Crosshair")
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "false")
    expect(viewer.locator(".lines").first).to_be_hidden()
    expect(viewer).to_have_attribute("data-crosshair", "false")


def test_window_and_level_change_the_greys(page: Page, server: str) -> None:
    viewer = visit(page, server)
    expect(viewer).to_have_attribute("data-window", "-160 240")
    viewer.get_by_role("slider", name="Opacity").fill("0")
    viewer.get_by_role("button", name="Centre").click()
    shown = slicer_page.scan()
    greys = {}
    for name, low, high in (("Bone", -500.0, 1300.0), ("Soft tissue", -160.0, 240.0)):
        viewer.get_by_role("button", name=name).click()
        expect(viewer).to_have_attribute("data-window", f"{low:g} {high:g}")
        expect(viewer.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
        # the middle of voxel (10, 24) of the axial slice: mirrored along both of its axes
        grey = colour(viewer, AXIAL, (39 - 10 + 0.5) / 40, (47 - 24 + 0.5) / 48)
        wanted = 255 * np.clip((shown[10, 24, 10] - low) / (high - low), 0, 1)
        assert grey == pytest.approx([wanted] * 3, abs=1)
        greys[name] = grey
    assert greys["Bone"] != greys["Soft tissue"]

    start, end = point(viewer, AXIAL, 0.3, 0.5), point(viewer, AXIAL, 0.6, 0.5)
    at = index(viewer)
    drag(page, start, end, button="right")
    low, high = map(float, (viewer.get_attribute("data-window") or "").split())
    assert high - low > 450 and (low + high) / 2 == pytest.approx(40, abs=1)
    page.keyboard.down("Shift")
    drag(page, start, (start[0], start[1] - 60))
    page.keyboard.up("Shift")
    low_then, high_then = map(float, (viewer.get_attribute("data-window") or "").split())
    assert high_then - low_then == pytest.approx(high - low) and low_then < low  # brighter
    assert index(viewer) == at
    level = viewer.get_by_role("slider", name="Level")
    level.focus()
    level.press("End")
    assert (level.get_attribute("aria-valuetext") or "") == f"{round(float(shown.max()))} HU"


def test_the_threshold_decides_what_is_coloured(page: Page, server: str) -> None:
    viewer = visit(page, server)
    heat = np.abs(slicer_page.heat(slicer_page.scan()))

    def coloured() -> int:
        return int(
            viewer.locator(PICTURES).first.evaluate(
                """(c) => { const p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
                let n = 0; for (let i = 0; i < p.length; i += 4) n += p[i] !== p[i + 1] ||
                p[i] !== p[i + 2]; return n / (c.width * c.height) * 40 * 48; }"""
            )
        )

    slider = viewer.get_by_role("slider", name="Strongest")
    slider.focus()
    slice_ = heat[:, :, index(viewer)[2]]
    for key, share in (("ArrowRight", 4), ("Home", 0.2), ("End", 100)):
        slider.press(key)
        assert number(viewer, "strongest") == share
        least = np.quantile(heat, 1 - share / 100)
        assert coloured() == pytest.approx((slice_ >= least).sum(), abs=2)
    ramp = viewer.locator(".ramp").get_attribute("title") or ""
    assert "|γ|, channels summed" in ramp and "colours end at the 99.9th percentile" in ramp
    assert viewer.locator(".ends").text_content() == f"0≥ {ends(heat)} % of max"
    full = pictures(viewer)
    opacity = viewer.get_by_role("slider", name="Opacity")
    opacity.focus()
    opacity.press("PageDown")
    half = pictures(viewer)
    assert all(a != b for a, b in zip(full, half, strict=True))
    opacity.press("Home")
    assert coloured() == 0


def ends(heat: np.ndarray) -> str:
    """Where the colours end, as a share of the maximum in three digits."""
    return f"{100 * np.percentile(heat, 99.9) / heat.max():.3g}"


def test_signed_attributions_are_blue_and_red_about_zero(page: Page, server: str) -> None:
    viewer = visit(page, f"{server}?kind=chair")
    before = pictures(viewer)
    viewer.get_by_role("button", name="Signed").click()
    assert all(now != then for now, then in zip(pictures(viewer), before, strict=True))
    viewer.get_by_role("slider", name="Strongest").press("End")
    expect(viewer.get_by_role("slider", name="Level")).to_have_count(0)  # nothing to window
    expect(viewer.locator(".reading")).to_contain_text("Occupancy1")
    heat = slicer_page.heat(slicer_page.chair())
    for peak, red in ((heat.argmax(), True), (heat.argmin(), False)):
        a, b, c = map(int, np.unravel_index(peak, heat.shape))
        for axis, i in zip((2, 1, 0), (c, b, a), strict=True):
            slider = viewer.locator(".plane input").nth(2 - axis)
            slider.fill(str(i))
        assert index(viewer) == (a, b, c)
        assert number(viewer, "attribution") == pytest.approx(heat[a, b, c], abs=1e-6)
        r, _, blue = colour(viewer, AXIAL, (a + 0.5) / 30, (29 - b + 0.5) / 30)
        assert (r > blue + 40) if red else (blue > r + 40)


@pytest.mark.parametrize(
    ("kind", "corners", "sides"),
    [
        # at the high ends: to the right and at the bottom of an array
        ("corner", [(1, 1)] * 3, ["axis 2 high", "axis 1 high"]),
        # R is left, A and S are on top, A is on the left of a sagittal slice
        ("marked", [(0, 0)] * 3, ["R", "A"]),
    ],
)
def test_a_marked_corner_is_where_the_labels_say(
    page: Page, server: str, kind: str, corners: list[tuple[int, int]], sides: list[str]
) -> None:
    viewer = visit(page, f"{server}?kind={kind}")
    for nth, last in enumerate((9, 7, 5) if kind == "marked" else (5, 7, 9)):
        viewer.locator(".plane input").nth(nth).fill(str(last))
    assert index(viewer) == (5, 7, 9)
    assert number(viewer, "value") == 1
    for nth, (right, low) in enumerate(corners):
        for x, y in ((0, 0), (0, 1), (1, 0), (1, 1)):
            lit = colour(viewer, nth, 0.03 + 0.94 * x, 0.03 + 0.94 * y) == [255, 255, 255]
            assert lit == ((x, y) == (right, low)), (nth, x, y)
    first = viewer.locator(".plane").first
    at = ("left", "top") if kind == "marked" else ("right", "bottom")
    for side, text in zip(at, sides, strict=True):
        label = first.locator(f".side.{side}")
        expect(label).to_have_text(text)
        box, picture = label.bounding_box(), first.locator("canvas").bounding_box()
        assert box is not None and picture is not None
        inside = {
            "left": box["x"] + box["width"] <= picture["x"] + 1,
            "right": box["x"] >= picture["x"] + picture["width"] - 1,
            "top": box["y"] + box["height"] <= picture["y"] + 1,
            "bottom": box["y"] >= picture["y"] + picture["height"] - 1,
        }
        assert inside[side]


def test_voxels_have_their_true_shape_and_one_scale(page: Page, server: str) -> None:
    viewer = visit(page, server)
    boxes = [viewer.locator(PICTURES).nth(n).bounding_box() for n in range(3)]
    scales = [
        (box["width"] / wide, box["height"] / high)
        for box, (wide, high) in zip(boxes, ((40, 48), (40, 50), (48, 50)), strict=True)
        if box
    ]
    assert np.ptp(scales) < 0.02 * np.mean(scales)
    bar = viewer.locator(".bar i").first.bounding_box()
    assert bar is not None
    length = float((viewer.locator(".bar").first.text_content() or "").split()[0])
    assert bar["width"] == pytest.approx(length * scales[0][0], abs=1)
    # one block is one colour: the pixels of a voxel are all alike
    alike = viewer.locator(PICTURES).first.evaluate(
        """(c) => { const s = c.width / 40, pen = c.getContext('2d'); let n = 0;
        for (let i = 0; i < 40; i++) { const p = pen.getImageData(i * s, 24 * s, s, s).data;
        for (let k = 4; k < p.length; k++) n += p[k] !== p[k % 4]; } return [n, s]; }"""
    )
    assert alike[0] == 0 and alike[1] == int(alike[1])


def test_choices_stay_with_the_volume(page: Page, server: str) -> None:
    viewer = visit(page, server)
    page.mouse.click(*point(viewer, AXIAL, 0.3, 0.3))
    viewer.get_by_role("button", name="Bone").click()
    viewer.get_by_role("slider", name="Strongest").press("ArrowRight")
    at, before = index(viewer), pictures(viewer)
    was = viewer.get_attribute("data-attribution") or ""
    page.get_by_text("Another attribution").click()
    expect(viewer).not_to_have_attribute("data-attribution", was, timeout=SLOW)
    assert pictures(viewer) != before

    def kept() -> None:
        assert index(viewer) == at
        expect(viewer).to_have_attribute("data-window", "-500 1300")
        expect(viewer).to_have_attribute("data-strongest", "4")

    kept()
    page.wait_for_timeout(400)  # until the address has it
    page.get_by_text("Show", exact=True).click()
    expect(page.locator(".slicer")).to_have_count(0)
    page.get_by_text("Show", exact=True).click()
    expect(viewer.locator(PICTURES)).to_have_count(3, timeout=SLOW)
    kept()
    page.get_by_text("Another volume").click()
    expect(viewer).to_have_attribute("data-window", "", timeout=SLOW)
    expect(viewer).to_have_attribute("data-strongest", "3")
    heat = np.abs(slicer_page.heat(slicer_page.chair(), 1))
    assert index(viewer) == tuple(map(int, np.unravel_index(heat.argmax(), heat.shape)))


def test_touch_sets_the_crosshair(page: Page, server: str) -> None:
    viewer = visit(page, server)
    page.touchscreen.tap(*point(viewer, AXIAL, 0.401, 0.301))
    assert index(viewer)[:2] == (23, 33)


def test_a_reduced_volume_says_so(page: Page, server: str) -> None:
    viewer = visit(page, f"{server}?kind=large")
    viewer.get_by_role("button", name="Help").click()
    expect(viewer).to_contain_text("Shown at 80 × 72 × 20 of 160 × 144 × 20 voxels")
    viewer.locator(".plane input").nth(SAGITTAL).fill("79")
    expect(viewer.locator(".plane").nth(SAGITTAL)).to_contain_text("159 of 0–159 · 158.5 mm")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["scan", "chair", "corner"])
def test_nothing_scrolls_sideways(
    page: Page, server: str, width: int, scheme: str, kind: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 1200})
    viewer = visit(page, f"{server}?kind={kind}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    inner = viewer.evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert inner[0] <= inner[1]
    tops = [viewer.locator(".plane").nth(n).bounding_box() for n in range(3)]
    assert len({round(box["y"]) for box in tops if box}) == (1 if width == 1280 else 3)
    before = viewer.evaluate("e => e.clientHeight")
    viewer.get_by_role("button", name="Centre").click()
    viewer.locator(".plane input").first.fill("0")
    assert viewer.evaluate("e => e.clientHeight") == before  # nothing jumped
    if folder := os.environ.get("WAM_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/slicer-{kind}-{scheme}-{width}.png", full_page=True)
