"""The report in a browser without a network: it asks for nothing, draws all, fits, and stays deaf."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests import reports
from tests.browser.serving import BROWSER, DRAWS_3D

pytestmark = pytest.mark.browser

_INK = """() => getComputedStyle(document.querySelector('.plot .xtick text')).fill"""


@pytest.fixture(scope="module")
def switches() -> list[str]:
    return BROWSER + DRAWS_3D


@pytest.fixture(params=["image", "sound", "volume"])
def opened(
    browser: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Page, str]]:
    """A report from a disk, without a network; requests and errors fail the test."""
    kind = request.param
    (tmp_path / "report.html").write_text(reports.page(kind), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto((tmp_path / "report.html").as_uri())
    page.locator("body[data-drawn]").wait_for(timeout=120_000)
    yield page, kind
    context.close()
    there = (tmp_path / "report.html").as_uri()
    assert [url for url in asked if url != there and not url.startswith(("data:", "blob:"))] == []
    assert errors == []


def test_it_draws_everything_and_fits(opened: tuple[Page, str]) -> None:
    page, kind = opened
    plots = page.locator(".plot")
    assert plots.count() == {"image": 5, "sound": 3, "volume": 3}[kind]
    drawn = "box => !!box.querySelector('.main-svg') && box.querySelector('.main-svg').children.length > 0"
    assert all(plots.nth(number).evaluate(drawn) for number in range(plots.count()))
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x]").count() == 0
    light = page.evaluate(_INK)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"before => ({_INK})() !== before", arg=light)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 19, 26)"
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    slices = page.locator("[data-slicer] .plane canvas")
    assert slices.count() == (3 if kind == "volume" else 0)
    if kind == "sound":
        ends = page.locator("audio").evaluate_all("every => every.map(one => one.duration)")
        assert ends == pytest.approx([5.0, 5.0, 5.0], abs=0.1)


def test_slices_follow_the_crosshair(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(reports.page("volume"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    page.goto((tmp_path / "report.html").as_uri())
    page.locator("body[data-drawn]").wait_for(timeout=120_000)
    slices = page.locator("[data-slicer] .plane canvas")

    def drawn() -> list[str]:
        return [slices.nth(nth).evaluate("c => c.toDataURL()") for nth in range(3)]

    before = drawn()
    box = slices.first.bounding_box()
    assert box is not None
    slices.first.click(position={"x": 0.3 * box["width"], "y": 0.3 * box["height"]})
    page.wait_for_timeout(300)
    moved = [now != then for now, then in zip(drawn(), before, strict=True)]
    assert moved == [False, True, True]
    ink = "getComputedStyle(document.querySelector('[data-slicer]').shadowRoot.querySelector('.slicer')).color"
    assert page.evaluate(ink) == "rgb(236, 236, 244)", "it is written for a dark page"
    page.close()


def test_its_policy_refuses_what_it_should_never_ask(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(reports.page("volume"), encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    page.locator("body[data-drawn]").wait_for(timeout=120_000)
    fetched = page.evaluate(
        "fetch('http://127.0.0.1:9/').then(() => 'sent', error => String(error))"
    )
    assert "Failed to fetch" in fetched
    refused = page.evaluate(
        """() => new Promise(done => {
          addEventListener('securitypolicyviolation', event => done(event.effectiveDirective));
          document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/a.png'}));
          setTimeout(() => done('nothing was refused'), 3000);
        })"""
    )
    assert refused in ("img-src", "connect-src")
    page.close()
