"""Compare and Evaluate in a real browser: panes, maps, curves; a set with a damaged file; narrow pages."""

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from models import samples
from wam_core.signals.image import encode_png

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]  # a loaded machine is no failure
SLOW = 120_000
HEAT = ".heatmaplayer image, .hm image"


def compared(page: Page, server: str, query: str) -> None:
    """Both panes of a comparison, with their controls."""
    page.goto(f"{server}/compare?{query}")
    page.get_by_role("button", name="Compare ·").click(timeout=SLOW)
    expect(page.get_by_text("Does the network agree?")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=SLOW)


def methods(a: str, b: str, before: str = "") -> str:
    return f"{before}method-a={quote(a)}&{before}method-b={quote(b)}"


def until_drawn(page: Page) -> None:
    """Wait until the server has drawn the page to its end."""
    state = page.locator("[data-test-script-state]")
    expect(state).to_have_attribute("data-test-script-state", "notRunning", timeout=SLOW)


def sideways(page: Page, width: int, name: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if folder := os.environ.get("WAM_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}-{width}.png")


def test_two_panes_one_difference_and_all_curves_on_one_chart(page: Page, server: str) -> None:
    compared(page, server, methods("WAM gradient", "Saliency (pixels)"))
    for key in ("map-A", "map-B", "difference-B"):
        expect(page.locator(f".st-key-{key} :is({HEAT})").first).to_be_visible(timeout=SLOW)
    insertion = page.locator(".st-key-compare-insertion")
    expect(insertion.locator(".legendtext")).to_have_count(6, timeout=SLOW)
    expect(page.get_by_text("rank correlation").first).to_be_visible()
    expect(page.get_by_text("it has explained nothing here").first).to_be_visible()

    page.get_by_role("radio", name="own").click()
    expect(page.get_by_text("Own scales")).to_be_visible(timeout=SLOW)
    page.get_by_role("radio", name="B", exact=True).click()
    expect(page.locator(f".st-key-difference-A :is({HEAT})").first).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Compare", exact=True)).to_be_disabled()
    for width in (1280, 390):
        sideways(page, width, "compare")


def test_a_set_with_a_damaged_file_is_measured_and_the_file_named(
    page: Page, server: str, tmp_path: Path
) -> None:
    good, bad = tmp_path / "coffee.png", tmp_path / "damaged.png"
    good.write_bytes(encode_png(samples.load("coffee").values.transpose(1, 2, 0)))
    bad.write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    page.goto(f"{server}/evaluate")
    page.get_by_role("radio", name="Upload").click(timeout=SLOW)
    expect(page.get_by_text("Drop several files")).to_be_visible(timeout=SLOW)
    page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files([bad, good])
    # an upload draws the controls anew: a key pressed before that is lost, and the value never comes
    expect(page.get_by_text("2 inputs ×")).to_be_visible(timeout=SLOW)
    for name, least in (("Samples", "2"), ("Steps of the curves", "0")):
        until_drawn(page)
        slider = page.get_by_role("slider", name=name)
        slider.focus(timeout=SLOW)
        slider.press("Home")
        expect(slider).to_have_value(least, timeout=SLOW)
    until_drawn(page)
    page.get_by_role("button", name="Evaluate ·").click(timeout=SLOW)
    expect(page.get_by_text("1 input skipped")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("damaged.png").last).to_be_visible()
    expect(page.locator(".st-key-forest .xaxislayer-above").first).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=SLOW)
    expect(page.get_by_text("1 input measured")).to_be_visible(timeout=SLOW)
    with page.expect_download() as download:
        page.get_by_role("button", name="Every number (.csv)").click()
    table = Path(download.value.path()).read_text()
    assert table.startswith("input,method,metric,reading,value\ncoffee.png,")
    assert "damaged" not in table
    for width in (1280, 390):
        sideways(page, width, "evaluate")
