"""Every experiment in a real browser, on a wide and on a narrow page."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]  # a loaded machine is no failure
SLOW = 150_000


def visit(page: Page, server: str, query: str, press: str) -> None:
    page.goto(f"{server}/experiments?{query}")
    page.get_by_role("button", name=press).click(timeout=SLOW)


def ended(page: Page) -> None:
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=SLOW)


def sideways(page: Page, name: str) -> None:
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        fits = "width => innerWidth === width && document.documentElement.scrollWidth <= width"
        page.wait_for_function(fits, arg=width, timeout=SLOW)  # figures take a moment to follow
        if folder := os.environ.get("WAM_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}-{width}.png")


def test_a_minimal_input_shrinks_is_stopped_and_put_to_the_test(page: Page, server: str) -> None:
    query = "experiment=Minimal+input&modality=Volume&minimal-rate=0.05"
    visit(page, server, f"{query}&minimal-steps=1000", "Search ·")
    expect(page.get_by_text("What is left", exact=True).first).to_be_visible(timeout=SLOW)
    expect(page.locator(".st-key-live-descent .xlines-above").first).to_be_attached(timeout=SLOW)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Stopped after")).to_be_visible(timeout=SLOW)

    visit(page, server, f"{query}&minimal-steps=50", "Search ·")
    expect(page.get_by_text("of the coefficients are left").first).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Try a wrong class").click(timeout=SLOW)
    expect(page.get_by_text("which is not there").first).to_be_visible(timeout=SLOW)
    ended(page)
    expect(page.locator(".st-key-wrong-descent .legendtext")).to_have_count(3, timeout=SLOW)
    with page.expect_download() as download:
        page.get_by_role("button", name="Every step (.csv)").click()
    table = Path(download.value.path()).read_text().splitlines()
    assert table[0] == "step,score,probability,best,kept,mean" and len(table) == 52
    sideways(page, "minimal")


def test_sufficient_and_necessary_sounds_can_be_heard(page: Page, server: str) -> None:
    query = "experiment=Sufficient+and+necessary&modality=Sound&sound-method=Gradient"
    visit(page, server, query, "Find both")
    for name in ("Sufficient", "Necessary"):
        player = page.locator(f".st-key-enough-{name} .player")
        expect(player.locator(".play")).to_be_visible(timeout=SLOW)
        expect(player.get_by_text("The whole input").first).to_be_visible()
    expect(page.get_by_text("are enough for").first).to_be_visible()
    sideways(page, "deciding")


def test_scale_profiles_of_two_networks(page: Page, server: str) -> None:
    query = "experiment=Scale+profiles&study-kind=Volume&volume-method=Gradient"
    visit(page, server, query, "Measure ·")
    expect(page.get_by_text("Over 4 inputs").first).to_be_visible(timeout=SLOW)
    ended(page)
    expect(page.locator(".st-key-scale-means .barlayer .point")).to_have_count(6, timeout=SLOW)
    with page.expect_download() as download:
        page.get_by_role("button", name="Every number (.csv)").click()
    table = Path(download.value.path()).read_text().splitlines()
    assert table[0] == "input,network,of,level,share" and len(table) == 1 + 4 * 2 * 2 * 3
    sideways(page, "profiles")


def test_randomisation_of_a_picture(page: Page, server: str) -> None:
    visit(page, server, "experiment=Randomisation&modality=Image&method=Gradient", "Randomise ·")
    expect(page.locator(".st-key-forgetting .legendtext")).to_have_count(2, timeout=SLOW)
    expect(page.get_by_text("rank correlation").first).to_be_visible()
    sideways(page, "randomisation")


def test_a_second_sound_is_laid_over_the_first(page: Page, server: str) -> None:
    page.goto(f"{server}/experiments?experiment=Overlap&sound-method=Gradient")
    expect(page.get_by_text("What was kept of each")).to_be_visible(timeout=SLOW)
    ended(page)
    player = page.locator(".st-key-experiment-player .player")
    expect(player.get_by_role("button", name="Added")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("in the kept part the target stands at").first).to_be_visible()
    sideways(page, "overlap")
