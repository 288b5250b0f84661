"""A real recording in a real browser: four rows on one time axis, a playhead that moves, a mix."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]  # a loaded machine is no failure
SLOW = 90_000
expect.set_options(timeout=SLOW)
_ANY, _L1 = re.compile("."), re.compile(r"\bL1\.d\b")


@pytest.fixture(scope="module")
def rooster(shared_data: Path) -> Path:
    found = sorted((shared_data / "audio" / "esc10" / "rooster").glob("4-*.ogg"))
    if not found:
        pytest.skip("shared/data/audio/esc10/rooster holds no clip of fold 4")
    return found[0]


def explained(page: Page, file: Path) -> Locator:
    """Upload a sound to the fresh visitor's image screen; the player of its explanation."""
    dropzone = page.locator("[data-testid=stFileUploaderDropzoneInput]").first
    expect(dropzone).to_be_attached(timeout=SLOW)
    # the first visit's own explanation ends first
    expect(page.get_by_text("Importance by scale")).to_be_visible(timeout=SLOW)
    dropzone.set_input_files(file)
    expect(page.get_by_text(file.name).first).to_be_visible(timeout=SLOW)
    player = page.locator(".st-key-player .player")
    expect(player.locator(".play")).to_be_visible(timeout=SLOW)
    return player


def boxes(rows: Locator) -> list[dict[str, float]]:
    found = [rows.nth(i).bounding_box() for i in range(rows.count())]
    assert all(found)
    return [dict(box) for box in found if box]


def test_an_ogg_is_seen_and_heard_on_one_time_axis(page: Page, server: str, rooster: Path) -> None:
    page.goto(server)
    player = explained(page, rooster)
    expect(page.get_by_role("radio", name="Sound")).to_be_checked()
    expect(page.get_by_text("Most of the importance for").first).to_be_visible()

    rows = player.get_by_role("img")
    expect(rows).to_have_count(4)
    said = [rows.nth(i).get_attribute("aria-label") or "" for i in range(4)]
    for title, text in zip(
        ("Waveform", "Mel spectrogram", "Attribution by band", "Attribution by frequency"),
        said,
        strict=True,
    ):
        assert text.startswith(title)
    lefts = {round(box["x"]) for box in boxes(player.locator("canvas"))}
    widths = {round(box["width"]) for box in boxes(player.locator("canvas"))}
    assert len(lefts) == len(widths) == 1

    head = player.locator(".playhead")
    start = head.bounding_box()
    player.get_by_role("button", name="Play", exact=True).click()
    expect(player).to_have_attribute("data-state", "playing", timeout=SLOW)
    page.wait_for_function("e => +e.dataset.position > 0.5", arg=player.element_handle())
    moved = head.bounding_box()
    assert start is not None and moved is not None
    assert moved["x"] > start["x"] + 0.05 * boxes(player.locator("canvas"))[0]["width"]

    player.get_by_role("button", name="Bands mix").click()
    expect(player).to_have_attribute("data-source", "bands")
    expect(player).to_have_attribute("data-mix", _ANY)
    before = player.get_attribute("data-mix")
    player.get_by_role("button", name="2.8–5.5 kHz on").click()
    expect(player).not_to_have_attribute("data-mix", before or "", timeout=SLOW)
    assert "L3.d" not in (player.get_attribute("data-bands") or "").split()


def test_the_chips_drive_what_is_heard(page: Page, server: str, rooster: Path) -> None:
    page.goto(server)
    player = explained(page, rooster)
    expect(player).to_have_attribute("data-bands", _ANY)
    page.get_by_role("button", name="L1 11–22 kHz").click()
    expect(player).not_to_have_attribute("data-bands", _L1, timeout=SLOW)


def test_noise_is_explained_and_counted_on_the_experiments_screen(page: Page, server: str) -> None:
    page.goto(server)
    page.get_by_role("link", name="Experiments").click()
    expect(page.get_by_text("What was kept of each")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("in the kept part the target stands at").first).to_be_visible(
        timeout=SLOW
    )
    player = page.locator(".st-key-experiment-player .player")
    expect(player.locator(".play")).to_be_visible(timeout=SLOW)
    expect(player.get_by_role("button", name="Added")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
