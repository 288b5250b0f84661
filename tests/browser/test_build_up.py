"""The build-up in a real browser: it plays by its pixels, follows the keyboard and asks no server."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

from app import kinds, report
from tests import reports
from tests.browser import build_up_page, serving
from wam_core.evaluation.build_up import STOPS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]  # a loaded machine is no failure
SLOW = 120_000
LAST = STOPS - 1
PICTURE = "c => c.toDataURL()"
FIRSTS = re.compile(r"Predicted as .*(from|never).*\|z\| (from|never)")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving.page(build_up_page.__file__) as url:
        yield url


@pytest.fixture(scope="module")
def switches() -> list[str]:
    return [*serving.BROWSER, "--autoplay-policy=no-user-gesture-required"]


@pytest.fixture(scope="module")
def counts() -> Callable[[ConsoleMessage], bool]:
    return serving.any_error


def visit(page: Page, url: str) -> Locator:
    """The build-up of the page, once it is there."""
    page.goto(url)
    shown = page.locator(".build-up")
    expect(shown.locator(".play")).to_be_visible(timeout=SLOW)
    return shown


def sent(page: Page) -> list[Any]:
    """What the page sends to its server from its next visit on."""
    frames: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda f: frames.append(f)))
    return frames


def stop(shown: Locator) -> int:
    return int(shown.get_attribute("data-stop") or "-1")


def pixels(shown: Locator) -> np.ndarray[Any, Any]:
    """What the picture shows, (rows, columns, 3)."""
    data = shown.locator("canvas").screenshot()
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(float)


def marker(shown: Locator) -> float:
    """The place of the present stop in the chart, in px."""
    return float(shown.locator(".now").get_attribute("x1") or "nan")


def test_it_waits_folded_and_then_plays_without_a_message(page: Page, server: str) -> None:
    messages = sent(page)
    shown = visit(page, server)
    expect(shown).to_have_attribute("data-state", "paused")
    expect(shown.locator("canvas")).to_be_hidden()
    box = shown.bounding_box()
    assert box is not None and box["height"] <= 64
    page.wait_for_timeout(1500)
    expect(shown).to_have_attribute("data-state", "paused")  # it does not begin by itself
    before = len(messages)
    shown.locator(".play").click()
    expect(shown).to_have_attribute("data-state", "playing")
    expect(shown).to_have_attribute("data-stop", re.compile(r"^[2-9]$"), timeout=8000)
    early, place, at = pixels(shown), marker(shown), stop(shown)
    expect(shown).to_have_attribute("data-stop", re.compile(r"^1\d$"), timeout=8000)
    assert stop(shown) > at and marker(shown) > place + 10
    assert np.abs(pixels(shown) - early).mean() > 1
    expect(shown).to_have_attribute("data-stop", str(LAST), timeout=15_000)
    expect(shown).to_have_attribute("data-state", "paused")
    assert len(messages) == before
    expect(page.get_by_text("0 runs before")).to_be_visible()


def test_the_slider_goes_by_keys_and_shows_the_input_at_its_end(page: Page, server: str) -> None:
    shown = visit(page, server)
    slider = shown.get_by_role("slider", name="Strongest coefficients that are kept")
    slider.focus()
    slider.press("Home")
    expect(shown.locator(".readout .share")).to_have_text("0.1\u00a0% of coefficients")
    assert stop(shown) == 0
    slider.press("ArrowRight")
    expect(shown).to_have_attribute("data-stop", "1")
    few = pixels(shown)
    slider.press("End")
    expect(shown.locator(".readout .share")).to_have_text("100\u00a0% of coefficients")
    page.wait_for_timeout(200)
    assert "100\u00a0% of coefficients, p(" in (slider.get_attribute("aria-valuetext") or "")
    about = reports.explained("image")
    expected = Image.fromarray(
        kinds.named("image").picture(about.subject, about.result.input)
    ).resize(pixels(shown).shape[1::-1])
    error = np.abs(pixels(shown) - np.asarray(expected)).mean()
    assert error < 8 < np.abs(few - np.asarray(expected)).mean()
    p = float(about.result.probabilities[0, about.result.target.index])
    own, magnitude = (shown.locator(f".readout .{name}").inner_text() for name in "pz")
    assert own.endswith(f"{p:.2f}") and magnitude.endswith(f"{p:.2f}")
    expect(shown.locator(".marks")).to_have_text(FIRSTS)


def test_the_stop_is_in_the_address_and_comes_back(page: Page, server: str) -> None:
    shown = visit(page, server)
    slider = shown.get_by_role("slider")
    slider.press("Home")
    for _ in range(4):
        slider.press("ArrowRight")
    expect(shown).to_have_attribute("data-stop", "4")
    page.wait_for_url(re.compile("view=buildup~stop-4"))
    page.reload()
    expect(shown).to_have_attribute("data-stop", "4", timeout=SLOW)
    expect(shown.locator("canvas")).to_be_visible()
    shown.get_by_role("button", name="Close the build-up").click()
    expect(shown.locator("canvas")).to_be_hidden()
    page.wait_for_url(lambda url: "view=" not in url)


def test_another_result_takes_its_place_at_the_same_stop(page: Page, server: str) -> None:
    shown = visit(page, server)
    shown.get_by_role("slider").press("Home")
    before = shown.locator(".line.p").get_attribute("points")
    page.get_by_text("Another result").click()
    expect(shown.locator(".line.p")).not_to_have_attribute("points", before or "", timeout=SLOW)
    expect(shown.locator(".play")).to_be_visible(timeout=SLOW)
    assert stop(shown) == 0
    expect(page.get_by_text("1 runs before")).to_be_visible()


def test_a_sound_is_heard_at_any_stop(page: Page, server: str) -> None:
    shown = visit(page, f"{server}?kind=sound")
    slider = shown.get_by_role("slider")
    slider.press("End")
    expect(shown).to_have_attribute("data-sound", "false")
    page.wait_for_timeout(500)
    still = pixels(shown)
    listen = shown.get_by_role("button", name="Listen to this stop")
    listen.click()
    expect(shown).to_have_attribute("data-sound", "true")
    page.wait_for_timeout(1200)
    one = pixels(shown)
    assert np.abs(one - still).max() > 60, "a line is where the sound is"
    page.wait_for_timeout(800)
    assert np.abs(pixels(shown) - one).max() > 60, "and goes on"
    slider.press("ArrowLeft")
    expect(shown).to_have_attribute("data-sound", "true")  # goes on where it was
    listen.click()
    expect(shown).to_have_attribute("data-sound", "false")
    shown.locator(".play").click()
    expect(shown).to_have_attribute("data-sound", "true")
    shown.locator(".play").click()
    expect(shown).to_have_attribute("data-sound", "false")
    expect(shown).to_have_attribute("data-state", "paused")


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_telephone(browser: Browser, server: str, dark: bool) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme="dark" if dark else "light"
    )
    try:
        page = context.new_page()
        shown = visit(page, server)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        shown.get_by_role("slider").press("Home")
        box = shown.bounding_box()
        assert box is not None and box["width"] <= 358 and box["height"] < 620
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        sizes = shown.evaluate(
            "root => [...root.querySelectorAll('span, text, button, p')]"
            ".map((e) => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert min(sizes) >= 12
    finally:
        context.close()


@pytest.mark.parametrize("kind", ["image", "sound"])
def test_it_plays_in_the_report_without_a_server(
    page: Page, tmp_path: Path, kind: str, made: Callable[[str], Any]
) -> None:
    about = reports.told(kind)
    file = tmp_path / "report.html"
    file.write_text(report.html(made(kind)), encoding="utf-8")
    page.goto(file.as_uri())
    page.locator("body[data-drawn]").wait_for(timeout=SLOW)
    shown = page.locator(".build-up")
    expect(shown.locator(".readout .p")).to_contain_text("onerror")
    shown.locator(".play").click()
    expect(shown).to_have_attribute("data-state", "playing")
    early = pixels(shown)
    expect(shown).to_have_attribute("data-stop", re.compile(r"^1\d$"), timeout=15_000)
    assert np.abs(pixels(shown) - early).mean() > 1
    expect(shown).to_have_attribute("data-sound", str(kind == "sound").lower())
    assert page.evaluate("window.hacked") is None and about.slides is None


@pytest.fixture(scope="module")
def made() -> Callable[[str], report.ReportInput]:
    """A report with its build-up."""
    from dataclasses import replace

    from app.components.build_up import slides_steps
    from wam_core.steps import run_to_end

    def with_slides(kind: str) -> report.ReportInput:
        return replace(reports.told(kind), slides=run_to_end(slides_steps(reports.explained(kind))))

    return with_slides
