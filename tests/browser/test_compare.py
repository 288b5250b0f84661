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


def compared(page: Page, server: str, query: str) -> None:
    """All panes of a comparison, with their baselines; they are computed by themselves."""
    page.goto(f"{server}/compare?{query}")
    expect(page.get_by_text("n = 1, not conclusive")).to_be_visible(timeout=SLOW)
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


def pixels(page: Page, nth: int) -> str:
    """What a map shows."""
    return str(page.locator(".maps canvas").nth(nth).evaluate("it => it.toDataURL()"))


def test_maps_share_their_controls_and_act_in_the_browser(page: Page, server: str) -> None:
    compared(page, server, f"panes=2&{methods('WAM gradient', 'Saliency (pixels)')}")
    maps = page.locator(".maps canvas")
    expect(maps).to_have_count(2, timeout=SLOW)
    expect(page.get_by_text("is below").first).to_be_visible()
    expect(page.locator(".curve-legend > span")).to_have_count(6)
    expect(page.locator(".legendtext")).to_have_count(0)

    before = [pixels(page, nth) for nth in (0, 1)]
    strongest = page.get_by_role("slider", name="Strongest")
    strongest.focus()
    strongest.press("Home")
    expect(page.locator(".maps")).to_have_attribute("data-top", "1")
    after = [pixels(page, nth) for nth in (0, 1)]
    assert before[0] != after[0] and before[1] != after[1]
    page.get_by_role("button", name="Difference to A").click()
    assert pixels(page, 0) == after[0], "the reference has no difference"
    assert pixels(page, 1) != after[1]
    page.wait_for_url("**view=maps~*show-difference*")
    for width in (1280, 390):
        sideways(page, width, "compare")


def test_the_screen_arrives_with_maps_in_the_first_viewport(page: Page, server: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    compared(page, server, "compare-samples=2")
    maps = page.locator(".maps canvas")
    expect(maps).to_have_count(3, timeout=SLOW)
    for nth in range(3):
        box = maps.nth(nth).bounding_box()
        assert box is not None and box["y"] + box["height"] <= 800
    expect(page.locator("[data-testid=stSidebar]")).to_have_count(0)


def test_what_each_method_keeps_of_a_sound_can_be_played(page: Page, server: str) -> None:
    compared(page, server, "modality=Sound&compare-samples=2")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=SLOW)
    for name in ("Original", "Kept by A", "Kept by B", "Kept by C"):
        expect(page.get_by_text(name, exact=True)).to_be_visible()


def test_evaluate_arrives_with_the_saved_study(page: Page, server: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{server}/evaluate")
    figure = page.locator(".st-key-forest .main-svg").first
    expect(figure).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("not conclusive")).to_be_visible()
    box = figure.bounding_box()
    assert box is not None and box["y"] + box["height"] <= 800
    for width in (1280, 390):
        sideways(page, width, "evaluate-saved")


def test_a_set_with_a_damaged_file_is_measured_and_the_file_named(
    page: Page, server: str, tmp_path: Path
) -> None:
    good, bad = tmp_path / "coffee.png", tmp_path / "damaged.png"
    good.write_bytes(encode_png(samples.load("coffee").values.transpose(1, 2, 0)))
    bad.write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    page.goto(f"{server}/evaluate")
    page.get_by_role("button", name="Inputs").click(timeout=SLOW)
    page.get_by_role("radio", name="Upload").click(timeout=SLOW)
    expect(page.get_by_text("Drop several files")).to_be_visible(timeout=SLOW)
    page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files([bad, good])
    # an upload draws the controls anew: a key pressed before that is lost, and the value never comes
    expect(page.get_by_text("2 inputs ×")).to_be_visible(timeout=SLOW)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Methods and metrics").click(timeout=SLOW)
    for name, least in (("Passes", "2"), ("Steps of the curves", "0")):
        until_drawn(page)
        slider = page.get_by_role("slider", name=name)
        slider.focus(timeout=SLOW)
        slider.press("Home")
        expect(slider).to_have_value(least, timeout=SLOW)
    until_drawn(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Run ·").click(timeout=SLOW)
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
