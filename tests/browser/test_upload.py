"""A real browser against a real server: from a JPEG to a mosaic and a changed reconstruction."""

import hashlib
import io
import os
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from models import samples
from wam_core.signals.image import to_pil

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]  # a loaded machine is no failure
SLOW = 60_000
HEAT = ".heatmaplayer image, .hm image"


@pytest.fixture(scope="module")
def jpeg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("upload") / "my coffee.jpg"
    buffer = io.BytesIO()
    to_pil(samples.load("coffee")).save(buffer, "JPEG", quality=92)
    path.write_bytes(buffer.getvalue())
    return path


def picture(page: Page, alt: str) -> str:
    """The hash of the bytes behind an image on the page."""
    image = page.get_by_alt_text(alt).first
    expect(image).to_be_visible(timeout=SLOW)
    source = image.get_attribute("src")
    assert source is not None
    return hashlib.sha256(page.request.get(urljoin(page.url, source)).body()).hexdigest()


def test_from_a_jpeg_to_a_mosaic_and_a_changed_reconstruction(
    page: Page, server: str, jpeg: Path
) -> None:
    page.goto(server)
    expect(page.locator(f".st-key-mosaic :is({HEAT})").first).to_be_visible(timeout=SLOW)

    page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(jpeg)
    expect(page.get_by_text("earlier settings")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Explain ·").click()
    expect(page.get_by_text("Most of the importance for “espresso”")).to_be_visible(timeout=SLOW)
    expect(page.locator(f".st-key-mosaic :is({HEAT})").first).to_be_visible(timeout=SLOW)
    expect(
        # for a moment the mosaic that is leaving stands beside the new one
        page.locator(".st-key-mosaic .annotation-text", has_text="L1 horizontal").first
    ).to_be_visible()

    expect(page.get_by_role("tab", name="Reconstruct")).to_have_count(1, timeout=SLOW)
    page.get_by_role("tab", name="Reconstruct").click()
    at_ten = picture(page, "The reconstruction")
    slider = page.get_by_role("slider", name="Strongest coefficients")
    slider.focus()
    slider.press("End")
    expect(page.get_by_text("the strongest 100 %")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("the prediction is kept")).to_be_visible(timeout=SLOW)
    assert picture(page, "The reconstruction") != at_ten


def test_a_newcomer_is_told_what_fine_and_coarse_contributed(
    page: Page, server: str, jpeg: Path
) -> None:
    page.goto(f"{server}/?method=Gradient")
    expect(page.get_by_text("taken apart into details of every size")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("contributed to “tiger cat”")).to_be_visible(timeout=SLOW)
    page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(jpeg)
    page.get_by_role("button", name="Explain it now").click(timeout=SLOW)
    expect(page.get_by_text("contributed to “espresso”")).to_be_visible(timeout=SLOW)
    for name, size in (("Fine", "about 2 to 4 pixels"), ("Coarse", "8 pixels and more")):
        line = page.get_by_role("listitem").filter(has_text=f"{name} ({size}")
        expect(line).to_contain_text(re.compile(r"speaks for “espresso”: it brings \+0\.\d"))
    expect(page.get_by_text("How sure?")).to_be_visible()


def test_an_explanation_is_put_to_the_test_on_request(page: Page, server: str) -> None:
    page.goto(server)
    page.get_by_role("tab", name="Is it true?").click(timeout=SLOW)
    start = page.get_by_role("button", name="Put it to the test")
    expect(start).to_be_visible(timeout=SLOW)
    assert page.locator(".st-key-curve-insertion").count() == 0, "nothing starts by itself"
    start.click()
    for direction in ("insertion", "deletion"):
        curve = page.locator(f".st-key-curve-{direction} .scatterlayer .trace")
        expect(curve).not_to_have_count(0, timeout=2 * SLOW)
    expect(page.get_by_text("of the coefficients", exact=False).first).to_be_visible()
    expect(page.get_by_text("Gain over |z|")).to_be_visible()


def test_a_broken_file_is_one_sentence_and_the_result_stays(
    page: Page, server: str, tmp_path: Path
) -> None:
    page.goto(server)
    expect(page.locator(f".st-key-mosaic :is({HEAT})").first).to_be_visible(timeout=SLOW)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(broken)
    expect(page.get_by_text("The previous input stays")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("Most of the importance for “tiger cat”")).to_be_visible()


def test_cancel_frees_the_worker(page: Page, server: str) -> None:
    page.goto(server)
    expect(page.locator(f".st-key-mosaic :is({HEAT})").first).to_be_visible(timeout=SLOW)
    page.get_by_text("More settings").click()
    steps = page.get_by_role("slider", name="Steps")
    steps.focus()
    steps.press("End")
    expect(page.get_by_text("earlier settings")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Explain ·").click()
    expect(page.get_by_text("of 200")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled", exact=False).first).to_be_visible(timeout=10_000)
    expect(page.get_by_text("of 200")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_scrolls_sideways(page: Page, server: str, width: int) -> None:
    page.goto(server)
    page.set_viewport_size({"width": width, "height": 900})
    expect(page.locator(f".st-key-mosaic :is({HEAT})").first).to_be_visible(timeout=SLOW)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if folder := os.environ.get("WAM_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/explain-{width}.png", full_page=True)
