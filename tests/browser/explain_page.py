"""Explain as browser tests drive it: its first line, its menus, and files that are given."""

from pathlib import Path

from playwright.sync_api import Page, expect

SLOW = 120_000
PREVIEW = "The input, not explained yet"


def assert_explained(page: Page, target: str) -> None:
    """The first line is about that class, and nothing is being computed for it."""
    expect(page.locator(".st-key-headline")).to_contain_text(target, timeout=SLOW)


def open_menu(page: Page, name: str) -> None:
    """The menu of the input, the network or the method."""
    page.locator(f".st-key-{name}-menu").get_by_role("button").first.click(timeout=SLOW)


def give(page: Page, file: Path) -> None:
    """A file of the visitor's own as the input."""
    open_menu(page, "input")
    drop = page.locator("[data-testid=stFileUploaderDropzoneInput]").first
    drop.set_input_files(file, timeout=SLOW)
