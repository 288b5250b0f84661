"""What leaves the page, in a real browser: links, files, and the API's own page."""

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from models import samples
from tests.browser.explain_page import assert_explained, give, open_menu
from wam_core.signals.image import encode_png

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]  # a loaded machine is no failure
SLOW = 120_000


def png(sample: str, path: Path) -> Path:
    path.write_bytes(encode_png(samples.load(sample).values.transpose(1, 2, 0)))
    return path


def shared(page: Page) -> str:
    """The link that the page offers."""
    page.get_by_role("button", name=re.compile("Share")).click(timeout=SLOW)
    code = page.locator("[data-testid=stPopoverBody] code").first
    expect(code).to_contain_text("http", timeout=SLOW)
    return code.inner_text().strip()


def in_another_tab(page: Page, link: str, check: Callable[[Page], None]) -> None:
    """Open a link as somebody who was never here."""
    browser: Browser | None = page.context.browser
    assert browser is not None
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    try:
        other = context.new_page()
        other.goto(link)
        check(other)
    finally:
        context.close()


def test_a_link_brings_somebody_else_to_the_same_page(page: Page, server: str) -> None:
    page.goto(f"{server}/?sample=Cup+of+coffee&method=Gradient&wavelet=db4&tab=Levels")
    assert_explained(page, "espresso")

    def same(other: Page) -> None:
        assert_explained(other, "espresso")
        open_menu(other, "method")
        expect(other.get_by_role("radio", name="Gradient")).to_be_checked(timeout=SLOW)
        expect(other.get_by_role("combobox", name=re.compile("Wavelet"))).to_have_value("db4")

    in_another_tab(page, shared(page), same)


def test_a_link_asks_for_the_file_and_takes_no_other(
    page: Page, server: str, tmp_path: Path
) -> None:
    mine, foreign = png("coffee", tmp_path / "mine.png"), png("rocket", tmp_path / "other.png")
    page.goto(f"{server}/?method=Gradient")
    assert_explained(page, "tiger cat")
    give(page, mine)
    assert_explained(page, "espresso")

    def asks(other: Page) -> None:
        expect(other.get_by_text("which no link can hold")).to_be_visible(timeout=SLOW)
        give(other, foreign)
        expect(other.get_by_text("is not the file that this link")).to_be_visible(timeout=SLOW)
        give(other, mine)
        assert_explained(other, "espresso")

    link = shared(page)
    assert "file=mine.png" in link and "sha256=" in link
    in_another_tab(page, link, asks)


def test_a_link_to_a_study_asks_for_every_file_of_its_set(
    page: Page, server: str, tmp_path: Path
) -> None:
    files = [png(name, tmp_path / f"{name}.png") for name in ("coffee", "rocket")]
    drop = "[data-testid=stFileUploaderDropzoneInput]"
    page.goto(f"{server}/evaluate")
    open_menu(page, "study-inputs")
    page.get_by_role("radio", name="Upload").click(timeout=SLOW)
    expect(page.get_by_text("Drop several files")).to_be_visible(timeout=SLOW)
    page.locator(drop).first.set_input_files(files)
    expect(page.get_by_text("2 inputs ×")).to_be_visible(timeout=SLOW)
    page.keyboard.press("Escape")
    open_menu(page, "study-plan")
    steps = page.get_by_role("slider", name="Steps of the curves")
    steps.press("Home", timeout=SLOW)
    expect(page).to_have_url(re.compile("study-steps=8"), timeout=SLOW)

    def asks(other: Page) -> None:
        expect(other.get_by_text("This link is about 2 files")).to_be_visible(timeout=SLOW)
        open_menu(other, "study-inputs")
        other.locator(drop).first.set_input_files(files)
        expect(other.get_by_text("2 inputs ×")).to_be_visible(timeout=SLOW)
        other.keyboard.press("Escape")
        open_menu(other, "study-plan")
        expect(other.get_by_role("slider", name="Steps of the curves")).to_have_value("0")

    page.keyboard.press("Escape")
    link = shared(page)
    assert link.count("set-file=") == link.count("set-sha256=") == 2
    in_another_tab(page, link, asks)


def test_a_report_and_all_files_are_taken_away(page: Page, server: str) -> None:
    page.goto(f"{server}/?method=Gradient")
    assert_explained(page, "tiger cat")
    page.get_by_role("button", name="Export").click(timeout=SLOW)
    with page.expect_download(timeout=SLOW) as report:
        page.get_by_role("button", name="Report (.html)").click(timeout=SLOW)
    told = Path(report.value.path()).read_text("utf-8")
    assert told.lower().startswith("<!doctype html>") and "tiger cat" in told
    with page.expect_download(timeout=SLOW) as everything:
        page.get_by_role("button", name="Everything (.zip)").click(timeout=SLOW)
    with zipfile.ZipFile(everything.value.path()) as archive:
        assert {"attribution.npz", "manifest.json", "report.html"} <= set(archive.namelist())
        assert json.loads(archive.read("manifest.json"))["settings"]["method"] == "gradient"


def test_the_page_of_the_api_comes_from_this_server_alone(page: Page, server: str) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(f"{server}/api/v1/docs")
    expect(page.get_by_text("/explain").first).to_be_visible(timeout=SLOW)
    expect(page.locator(".opblock")).not_to_have_count(0, timeout=SLOW)
    assert hosts - {""} == {urlsplit(server).netloc}


def test_about_says_what_runs_here(page: Page, server: str) -> None:
    page.goto(f"{server}/about")
    expect(page.get_by_text("at work").first).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("cell", name="EfficientNet-Lite0").first).to_be_visible(timeout=SLOW)
