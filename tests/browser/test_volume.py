"""A scan and a mesh in a real browser: slices that follow the crosshair, a scene, a reconstruction."""

import io
import os
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.serving import BROWSER, DRAWS_3D
from tests.browser.test_upload import picture
from tests.furniture import head, nifti, off

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]  # a loaded machine is no failure
SLOW = 90_000
expect.set_options(timeout=SLOW)
_TABS = ("Input", "Bands", "Reconstruct", "Details")


@pytest.fixture(scope="module")
def switches() -> list[str]:
    return BROWSER + DRAWS_3D


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("volumes") / "head.nii.gz"
    path.write_bytes(nifti(head(), (2.0, 2.0, 4.0)))
    return path


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("volumes") / "my chair.off"
    path.write_bytes(off())
    return path


def explained(page: Page, file: Path) -> Locator:
    """Upload a volume to a fresh visitor's page; the slices of its explanation."""
    expect(page.locator(".st-key-result")).to_be_visible()  # the first visit's own explanation ends
    page.locator(".st-key-input-menu button").first.click()
    dropzone = page.locator("[data-testid=stFileUploaderDropzoneInput]").first
    expect(dropzone).to_be_attached()
    dropzone.set_input_files(file)
    expect(page.get_by_role("radio", name="Volume")).to_be_checked()
    page.keyboard.press("Escape")
    slices = page.locator(".st-key-volume .slicer")
    expect(slices).to_have_attribute("data-camera", re.compile(r"\d"))
    title = "Axial" if ".nii" in file.name else "From above"
    expect(slices.get_by_role("region", name=title)).to_be_visible()
    return slices


def drawn(slices: Locator) -> list[str]:
    """The pixels of the three slices."""
    canvases = slices.locator(".plane canvas")
    return [canvases.nth(nth).evaluate("c => c.toDataURL()") for nth in range(3)]


def pixels(element: Locator) -> npt.NDArray[np.uint8]:
    """How an element looks, (rows, columns, 3)."""
    return np.asarray(Image.open(io.BytesIO(element.screenshot())).convert("RGB"))


def aim(slices: Locator, nth: int, *, down: float = 0.4) -> None:
    """Put the crosshair left of the middle of a slice, so far down."""
    canvas = slices.locator(".plane canvas").nth(nth)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    before = slices.get_attribute("data-index")
    canvas.click(position={"x": 0.35 * box["width"], "y": down * box["height"]})
    expect(slices).not_to_have_attribute("data-index", before or "")


def test_the_slices_of_a_scan_follow_the_crosshair(page: Page, server: str, scan: Path) -> None:
    page.goto(f"{server}/?modality=Sound")
    slices = explained(page, scan)
    expect(slices.get_by_role("region", name="Axial")).to_be_visible()
    before = drawn(slices)
    aim(slices, 0)  # an axial slice moves the other two …
    beside = drawn(slices)
    assert [now != then for now, then in zip(beside, before, strict=True)] == [False, True, True]
    aim(slices, 1, down=0.7)  # … and a coronal one the axial slice, to below the strongest place
    after = drawn(slices)
    assert [now != then for now, then in zip(after, before, strict=True)] == [True, True, True]


def test_a_mesh_is_a_scene_and_a_reconstruction(page: Page, server: str, mesh: Path) -> None:
    page.goto(f"{server}/?modality=Sound")
    slices = explained(page, mesh)
    scene = slices.locator(".space")
    expect(slices).to_have_attribute("data-camera", "38.00 26.00 1.00")
    seen = pixels(scene)
    colours = len(np.unique(seen.reshape(-1, 3), axis=0))
    warm = (seen[..., 0] > seen[..., 2].astype(int) + 60).mean()  # no other ink is orange
    assert colours > 100 and warm > 0.002, "neither object nor attribution was drawn"
    slices.get_by_role("button", name="Top", exact=True).click()
    page.wait_for_timeout(500)
    assert (pixels(scene) != seen).any(axis=2).mean() > 0.02, "the camera did not move"

    page.get_by_role("tab", name="Reconstruct").click()
    reconstruction = "The reconstruction, seen through from three sides"
    at_ten = picture(page, reconstruction)
    slider = page.get_by_role("tabpanel").get_by_role("slider", name="Strongest coefficients")
    slider.focus()
    slider.press("End")
    expect(page.get_by_text("the strongest 100 %")).to_be_visible()
    expect(page.get_by_text("the prediction is kept")).to_be_visible()
    assert picture(page, reconstruction) != at_ten


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_scrolls_sideways(page: Page, server: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{server}/?modality=Volume")
    expect(page.locator(".st-key-volume .slicer .plane canvas")).to_have_count(3)
    for tab in _TABS:
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        page.wait_for_timeout(1500)
        for part in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
            assert page.evaluate(f"{part}.scrollWidth - {part}.clientWidth") <= 0, tab
        if folder := os.environ.get("WAM_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/volume-{tab.split()[0]}-{width}.png", full_page=True)
