"""One dashboard for all visitors, and a fresh visitor for each test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

from tests.browser.serving import BROWSER, DRAWS_3D, dashboard


@pytest.fixture(scope="session")
def dashboard_url() -> Iterator[str]:
    with dashboard() as url:
        yield url


@pytest.fixture(scope="module")
def server(dashboard_url: str) -> str:
    """The dashboard; tests of one widget put a page of their own in its place."""
    return dashboard_url


def _ours(message: ConsoleMessage) -> bool:
    """Not Streamlit's own: on a page with a path it looks for its health beside that path first,
    and a picture or sound of a page that was just drawn anew may be gone when it is asked for.
    """
    gone = ("404 (Not Found)", "Image source error")
    return message.type == "error" and not any(words in message.text for words in gone)


@pytest.fixture
def page(chromium: str, server: str) -> Iterator[Page]:
    """A fresh visitor; console errors fail the test that made them."""
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER + DRAWS_3D)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.on("console", lambda m: errors.append(m.text) if _ours(m) else None)
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.goto(server)
        yield page
        browser.close()
    assert errors == []
