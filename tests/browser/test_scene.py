"""The scene of the slice viewer in a real browser, by its pixels: one crosshair, threshold and bands."""

import base64
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests.browser import serving, slicer_page
from wam_core import transforms
from wam_core.bands import Band
from wam_core.views import heat_map, over_channels

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]  # a loaded machine is no failure
SLOW = 60_000
FIT, SIDE = 0.97, 30  # of scene.js, and of the chair
RADIUS = SIDE * 3**0.5 / 2


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving.page(slicer_page.__file__) as url:
        yield url


@pytest.fixture(scope="module")
def window() -> dict[str, Any]:
    return {"viewport": {"width": 1280, "height": 800}, "has_touch": True}


@pytest.fixture(scope="module")
def switches() -> list[str]:
    return serving.BROWSER + serving.DRAWS_3D


@pytest.fixture(scope="module")
def counts() -> Callable[[ConsoleMessage], bool]:
    return serving.any_error


def visit(page: Page, url: str) -> Locator:
    """The viewer of the page, drawn."""
    page.goto(url)
    viewer = page.locator(".slicer")
    expect(viewer).to_have_attribute("data-camera", re.compile(r"\d"), timeout=SLOW)
    page.wait_for_timeout(300)
    return viewer


def summed(sign: str = "magnitude", bands: list[Band] | None = None) -> npt.NDArray[np.float32]:
    """The attribution by voxel, from the core."""
    transform = transforms.build("dwt", ndim=3, wavelet="haar", levels=2)
    shown = slicer_page.chair()
    analysed = transform.analyse(torch.from_numpy(slicer_page.heat(shown))[None, None])
    found = heat_map(over_channels(analysed, sign), transform, shown.shape, bands)  # type: ignore[arg-type]
    return np.asarray(found[0, 0].numpy())


def strongest(heat: npt.NDArray[np.float32], share: float) -> npt.NDArray[np.bool_]:
    """Not more than a share of the voxels; all of those that are equally strong, or none of them."""
    strength = np.rint(np.abs(heat) / np.abs(heat).max() * 32767)
    levels = np.unique(strength)[::-1]
    least = [level for level in levels if level > 0 and (strength >= level).mean() <= share][-1]
    return np.asarray(strength >= least)


def scene(viewer: Locator) -> Locator:
    return viewer.locator(".space")


def pixels(canvas: Locator) -> npt.NDArray[np.uint8]:
    """What a canvas itself has, (rows, columns, 4)."""
    address = canvas.evaluate("c => c.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))))


def index(viewer: Locator) -> tuple[int, ...]:
    return tuple(map(int, (viewer.get_attribute("data-index") or "").split()))


def from_the_front(viewer: Locator, right: int, up: int) -> tuple[float, float]:
    """Where a column of voxels is on the canvas, in px, when the camera is at the front."""
    box = scene(viewer).bounding_box()
    assert box is not None
    per = FIT * min(box["width"], box["height"]) / 2 / RADIUS
    middle = (SIDE - 1) / 2
    return box["width"] / 2 + (right - middle) * per, box["height"] / 2 - (up - middle) * per


def settled(page: Page) -> None:
    page.evaluate("() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")


def area(viewer: Locator) -> float:
    """Of what is opaque in the scene, in voxels' faces."""
    seen = pixels(scene(viewer))
    per = FIT * min(seen.shape[:2]) / 2 / RADIUS
    return float((seen[..., 3] > 200).sum() / per**2)


def alone(page: Page, viewer: Locator) -> None:
    """Nothing but the attribution, from the front."""
    viewer.get_by_role("button", name="Front", exact=True).click()
    viewer.get_by_role("button", name="Crosshair").click()
    viewer.get_by_role("slider", name="Opacity").fill("100")
    viewer.get_by_role("slider", name="Object").fill("0")
    settled(page)


def test_the_slices_move_the_crosshair_of_the_scene(page: Page, server: str) -> None:
    viewer = visit(page, f"{server}?kind=space")
    before = pixels(scene(viewer))
    picture = viewer.locator(".plane canvas").first
    box = picture.bounding_box()
    assert box is not None
    picture.click(position={"x": 0.2 * box["width"], "y": 0.3 * box["height"]})
    settled(page)
    changed = (pixels(scene(viewer)) != before).any(axis=2)
    assert 200 < changed.sum() < 0.1 * changed.size, "lines have moved, and nothing else"


def test_a_click_on_a_voxel_of_the_scene_moves_the_slices(page: Page, server: str) -> None:
    viewer = visit(page, f"{server}?kind=space")
    viewer.get_by_role("button", name="Front", exact=True).click()
    coloured = strongest(summed(), 0.03)
    shown = slicer_page.chair() > 0.5
    seen, hidden = coloured.any(axis=1), shown.any(axis=1) & ~coloured.any(axis=1)
    for mask, what in ((seen, coloured), (hidden, shown)):
        places = np.argwhere(mask)
        for i, k in places[:: max(1, len(places) // 3)][:3]:
            before = [pixels(each) for each in viewer.locator(".plane canvas").all()]
            x, y = from_the_front(viewer, int(i), int(k))
            scene(viewer).click(position={"x": x, "y": y})
            assert index(viewer) == (i, what[i, :, k].argmax(), k), "the nearest one is taken"
            after = [pixels(each) for each in viewer.locator(".plane canvas").all()]
            assert any((a != b).any() for a, b in zip(after, before, strict=True))
    at = index(viewer)
    scene(viewer).click(position={"x": 5, "y": 5})
    assert index(viewer) == at, "there is nothing"


def test_threshold_sign_and_bands_are_those_of_the_core_and_ask_no_server(
    page: Page, server: str
) -> None:
    sent: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    viewer = visit(page, f"{server}?kind=space")
    alone(page, viewer)
    sent.clear()
    slider = viewer.get_by_role("slider", name="Strongest")
    found = []
    for step, share in ((9, 0.05), (13, 0.2)):
        slider.fill(str(step))
        settled(page)
        found.append(area(viewer))
        wanted = strongest(summed(), share).any(axis=1).sum()
        assert found[-1] == pytest.approx(wanted, rel=0.15, abs=8)
    assert found[0] < found[1]
    slider.fill("9")
    viewer.get_by_role("button", name="Fine", exact=True).click()
    settled(page)
    fine = [Band(1, word) for word in transforms_words()]
    wanted = strongest(summed(bands=fine), 0.05).any(axis=1).sum()
    assert area(viewer) == pytest.approx(wanted, rel=0.15, abs=8)
    cell = viewer.get_by_role("button", name=re.compile("^2 voxels · vertical edges"))
    cell.click()
    expect(cell).to_have_attribute("aria-pressed", "true")
    settled(page)
    one = strongest(summed(bands=[Band(1, "dda")]), 0.05)
    assert area(viewer) == pytest.approx(one.any(axis=1).sum(), rel=0.15, abs=8)
    cell.press("Escape")
    viewer.get_by_role("button", name="Signed").click()
    slider.fill("13")
    settled(page)
    seen = pixels(scene(viewer)).astype(int)
    assert (seen[..., 0] > seen[..., 2] + 40).any() and (seen[..., 2] > seen[..., 0] + 40).any()
    assert not sent, "views are changed in the browser"


def transforms_words() -> list[str]:
    return ["aad", "ada", "add", "daa", "dad", "dda", "ddd"]


def test_the_camera_turns_by_pointer_and_keyboard_and_comes_back(page: Page, server: str) -> None:
    viewer = visit(page, f"{server}?kind=space")
    at_first = viewer.get_attribute("data-camera")
    before = pixels(scene(viewer))
    box = scene(viewer).bounding_box()
    assert box is not None
    x, y = box["x"] + 100, box["y"] + 100
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 80, y + 30, steps=4)
    page.mouse.up()
    expect(viewer).to_have_attribute("data-camera", "-2.00 41.00 1.00")
    assert (pixels(scene(viewer)) != before).any(axis=2).mean() > 0.02
    scene(viewer).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    expect(viewer).to_have_attribute("data-camera", "8.00 41.00 1.25")
    page.mouse.wheel(0, -250)
    expect(viewer).not_to_have_attribute("data-camera", "8.00 41.00 1.25")
    page.keyboard.press("0")
    expect(viewer).to_have_attribute("data-camera", at_first or "")
    settled(page)
    assert (pixels(scene(viewer)) == before).all()


def test_the_address_brings_the_view_back(page: Page, server: str) -> None:
    viewer = visit(page, f"{server}?kind=space")
    viewer.get_by_role("button", name="Side", exact=True).click()
    viewer.get_by_role("button", name="Coarse", exact=True).click()
    viewer.get_by_role("button", name="Signed").click()
    viewer.get_by_role("slider", name="Strongest").fill("6")
    viewer.locator(".plane input").first.fill("21")
    settled(page)
    drawn, at = pixels(scene(viewer)), index(viewer)
    page.wait_for_timeout(500)
    assert "view=slicer~" in page.url and len(page.url) < 200
    page.reload()
    expect(viewer).to_have_attribute("data-camera", "90.00 0.00 1.00", timeout=SLOW)
    page.wait_for_timeout(300)
    assert index(viewer) == at
    expect(viewer).to_have_attribute("data-sign", "signed")
    expect(viewer.get_by_role("button", name="Coarse", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    assert (pixels(scene(viewer)) == drawn).all()


def test_without_webgl_a_still_picture_stays(page: Page, server: str) -> None:
    page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        "return kind === 'webgl2' ? null : get.call(this, kind, ...rest); };"
    )
    page.goto(f"{server}?kind=space")
    viewer = page.locator(".slicer")
    expect(viewer.get_by_text("needs WebGL 2")).to_be_visible(timeout=SLOW)
    still = viewer.locator(".still")
    expect(still).to_be_visible()
    assert still.evaluate("image => image.naturalWidth") > 200
    expect(viewer.locator(".plane canvas")).to_have_count(3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1440, 900), (390, 844)])
@pytest.mark.parametrize("kind", ["space", "head"])
def test_all_pictures_are_in_one_viewport(
    page: Page, server: str, kind: str, width: int, height: int, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": height})
    viewer = visit(page, f"{server}?kind={kind}")
    narrow = width < 600
    bottoms = []
    for canvas in viewer.locator("canvas").all():
        if canvas.is_visible():
            box = canvas.bounding_box()
            assert box is not None and box["width"] > (140 if narrow else 100)
            bottoms.append(box["y"] + box["height"])
    assert len(bottoms) == (2 if narrow else 4)
    assert max(bottoms) < height
    threshold = viewer.get_by_role("slider", name="Strongest").bounding_box()
    assert threshold is not None and threshold["y"] + threshold["height"] <= height
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if narrow:
        viewer.get_by_role("button", name=slicer_titles(kind)[1]).click()
        expect(viewer.locator(".plane").nth(1)).to_be_visible()
        expect(viewer.locator(".plane").nth(0)).to_be_hidden()


def slicer_titles(kind: str) -> list[str]:
    words = ["Axial", "Coronal", "Sagittal"]
    return words if kind == "head" else ["From above", "From the front", "From the side"]
