"""One dashboard for all visitors, and a fresh visitor for each test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.browser.serving import BROWSER, dashboard, ours


@pytest.fixture(scope="session")
def dashboard_url() -> Iterator[str]:
    with dashboard() as url:
        yield url


@pytest.fixture(scope="module")
def server(dashboard_url: str) -> str:
    """The dashboard; tests of one widget put a page of their own in its place."""
    return dashboard_url


@pytest.fixture(scope="module")
def switches() -> list[str]:
    """What the browser of a file of tests is started with."""
    return BROWSER


@pytest.fixture(scope="module")
def browser(chromium: str, switches: list[str]) -> Iterator[Browser]:
    """One for a file of tests; each test opens windows of its own, which share nothing."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=switches)
        yield started
        started.close()


@pytest.fixture(scope="module")
def window() -> dict[str, Any]:
    """Of a visitor."""
    return {"viewport": {"width": 1280, "height": 1000}}


@pytest.fixture(scope="module")
def counts() -> Callable[[ConsoleMessage], bool]:
    """Which messages of the console fail a test."""
    return ours


@pytest.fixture
def errors() -> list[str]:
    """What the console complained of; whoever expects something takes it out."""
    return []


@pytest.fixture
def page(
    browser: Browser,
    window: dict[str, Any],
    counts: Callable[[ConsoleMessage], bool],
    errors: list[str],
) -> Iterator[Page]:
    """A fresh visitor, who is nowhere yet; console errors fail the test that made them."""
    context = browser.new_context(**window)
    page = context.new_page()
    page.on("console", lambda m: errors.append(m.text) if counts(m) else None)
    page.on("pageerror", lambda e: errors.append(str(e)))
    yield page
    context.close()
    assert errors == []
