"""The reliability chip in a browser: it refreshes itself and stops when the checks are done."""

import re

from playwright.sync_api import Page, expect

SLOW = 120_000


def test_the_chip_refreshes_itself_and_then_rests(page: Page, server: str) -> None:
    page.goto(f"{server}/?modality=Volume")
    chip = page.locator(".st-key-reliability")
    verdict = re.compile("passed|baseline|noise|noisy|insensitive")
    expect(chip).to_contain_text(verdict, timeout=SLOW)
    expect(page.locator(".st-key-timer-reliability")).to_have_count(0)
    chip.get_by_role("button").click()
    for name in ("Magnitude baseline", "Stability", "Weight randomisation"):
        expect(page.get_by_text(name, exact=True)).to_be_visible()
    expect(page.get_by_alt_text("Map of |z|")).to_be_visible()
