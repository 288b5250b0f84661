"""A real browser against a real server: from a JPEG to a map and a changed reconstruction."""

import hashlib
import io
import os
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from models import samples
from tests.browser.explain_page import PREVIEW, SLOW, assert_explained, give, open_menu
from wam_core.signals.image import to_pil

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]  # a loaded machine is no failure
PICTURE = ".viewer .frame"


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


def test_from_a_jpeg_to_a_map_and_a_changed_reconstruction(
    page: Page, server: str, jpeg: Path
) -> None:
    page.goto(server)
    assert_explained(page, "tiger cat")
    expect(page.locator(PICTURE).first).to_be_visible(timeout=SLOW)

    page.evaluate(
        """alt => new MutationObserver(() => {
            if (!document.querySelector(`img[alt="${alt}"]`)) return;
            const result = document.querySelector(".st-key-result");
            window.alone ||= !result || !result.checkVisibility();
        }).observe(document.body, {childList: true, subtree: true, attributes: true})""",
        PREVIEW,
    )
    give(page, jpeg)
    assert_explained(page, "espresso")
    assert page.evaluate("window.alone") is True, "the upload itself comes first, alone"
    expect(page.get_by_alt_text(PREVIEW)).to_have_count(0, timeout=SLOW)
    expect(page.locator(PICTURE).first).to_be_visible(timeout=SLOW)

    expect(page.get_by_role("tab", name="Reconstruct")).to_have_count(1, timeout=SLOW)
    page.get_by_role("tab", name="Reconstruct").click()
    at_ten = picture(page, "The reconstruction")
    slider = page.get_by_role("slider", name="Strongest coefficients")
    slider.focus()
    slider.press("End")
    expect(page.get_by_text("the strongest 100 %")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("the prediction is kept")).to_be_visible(timeout=SLOW)
    assert picture(page, "The reconstruction") != at_ten


def test_the_first_line_says_what_fine_and_coarse_contributed(
    page: Page, server: str, jpeg: Path
) -> None:
    page.goto(f"{server}/?method=Gradient&tab=Contributions")
    assert_explained(page, "tiger cat")
    give(page, jpeg)
    assert_explained(page, "espresso")
    said = re.compile(r"espresso \d+.% · coarse [+−]\d\.\d+, fine [+−]\d\.\d+")
    expect(page.locator(".st-key-headline")).to_contain_text(said, timeout=SLOW)
    for size in ("about 2 to 4 pixels", "8 pixels and more"):
        expect(page.get_by_role("cell", name=size).first).to_be_visible(timeout=SLOW)


def test_an_explanation_is_put_to_the_test_on_request(page: Page, server: str) -> None:
    page.goto(server)
    page.get_by_role("tab", name="Faithfulness").click(timeout=SLOW)
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
    page.goto(f"{server}/?method=Gradient")
    assert_explained(page, "tiger cat")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    give(page, broken)
    expect(page.get_by_text("The previous input stays")).to_be_visible(timeout=SLOW)
    assert_explained(page, "tiger cat")
    expect(page.locator(PICTURE).first).to_be_visible(timeout=SLOW)


def test_what_takes_long_waits_is_pale_and_can_be_cancelled(page: Page, server: str) -> None:
    page.goto(server)
    assert_explained(page, "tiger cat")
    open_menu(page, "method")
    steps = page.get_by_role("slider", name="Steps")
    steps.focus(timeout=SLOW)
    steps.press("End")
    start = page.locator(".st-key-explain button")
    expect(start).to_be_visible(timeout=SLOW)
    page.keyboard.press("Escape")
    result = page.locator(".st-key-result")
    expect(result).to_have_css("opacity", "0.35")
    start.click()
    expect(page.get_by_text("of 200")).to_be_visible(timeout=SLOW)
    expect(result).to_have_css("opacity", "0.35")
    page.locator(".st-key-headline").get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled", exact=False).first).to_be_visible(timeout=10_000)
    expect(page.get_by_text("of 200")).to_have_count(0)
    expect(start).to_be_visible(timeout=SLOW)
    expect(result).to_have_css("opacity", "0.35")


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_scrolls_sideways(page: Page, server: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{server}/?method=Gradient")
    assert_explained(page, "tiger cat")
    expect(page.locator(PICTURE).first).to_be_visible(timeout=SLOW)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if folder := os.environ.get("WAM_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/explain-{width}.png", full_page=True)
