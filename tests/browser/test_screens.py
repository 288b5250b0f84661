"""The main picture of Explain is whole in the first viewport, under few words and one row of controls."""

import pytest
from playwright.sync_api import Browser

from benchmarks.screens import MOST_WORDS, Screen, every_screen, measure, visit
from tests.browser.serving import BROWSER, DRAWS_3D

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def switches() -> list[str]:
    return [*BROWSER, *DRAWS_3D]


@pytest.mark.parametrize("screen", list(every_screen()), ids=lambda screen: screen.name)
def test_the_picture_is_whole_in_the_first_viewport(
    screen: Screen, browser: Browser, server: str
) -> None:
    page = visit(browser, server, screen)
    try:
        found = measure(page, page.screenshot())
    finally:
        page.context.close()
    assert found.y + found.height <= screen.height
    assert found.words <= MOST_WORDS
    assert found.font >= 12
    assert not found.sideways
    assert found.empty <= 1 / 3
