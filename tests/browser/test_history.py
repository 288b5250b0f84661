"""Back undoes the last change of a control, forward does it again, and another page is no obstacle."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
SLOW = 60_000


def assert_explained(page: Page, name: str, menu: str) -> None:
    """The first line says so, and the menu of the input."""
    line = page.locator(".st-key-headline")
    expect(line).to_contain_text(name, timeout=SLOW)
    expect(page.locator(".st-key-input-menu")).to_contain_text(menu, timeout=SLOW)


def test_back_undoes_controls_and_leaves_a_page_as_it_was(page: Page, server: str) -> None:
    page.goto(f"{server}/?method=Gradient")
    assert_explained(page, "tiger cat", "Chelsea the cat")

    page.locator(".st-key-class").get_by_role("combobox").click()
    page.get_by_role("option", name="Egyptian cat").click()
    assert_explained(page, "Egyptian cat", "Chelsea the cat")
    expect(page).to_have_url(re.compile(r"class=Egyptian\+cat"))

    page.locator(".st-key-input-menu").get_by_role("button").click()
    page.locator(".st-key-sample-pictures").get_by_text("Cup of coffee").click()
    assert_explained(page, "espresso", "Cup of coffee")
    expect(page).not_to_have_url(re.compile("class="))

    page.go_back()
    assert_explained(page, "Egyptian cat", "Chelsea the cat")
    page.go_back()
    assert_explained(page, "tiger cat", "Chelsea the cat")
    page.go_forward()
    page.go_forward()
    assert_explained(page, "espresso", "Cup of coffee")

    page.get_by_role("link", name="Learn").click()
    expect(page.get_by_role("heading", name="Learn", exact=True)).to_be_visible(timeout=SLOW)
    page.go_back()
    assert_explained(page, "espresso", "Cup of coffee")
    page.reload()
    assert_explained(page, "espresso", "Cup of coffee")
