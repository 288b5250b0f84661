"""A real recording in a real browser: rows on one time axis, a playhead that moves, a mix, a part."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]  # a loaded machine is no failure
SLOW = 90_000
expect.set_options(timeout=SLOW)
_ANY = re.compile(".")


@pytest.fixture(scope="module")
def rooster(shared_data: Path) -> Path:
    found = sorted((shared_data / "audio" / "esc10" / "rooster").glob("4-*.ogg"))
    if not found:
        pytest.skip("shared/data/audio/esc10/rooster holds no clip of fold 4")
    return found[0]


def shown(page: Page, server: str) -> Locator:
    """The player of the explanation of the first sample."""
    page.goto(f"{server}?modality=Sound")
    player = page.locator(".st-key-player .player")
    expect(player.locator(".play")).to_be_visible(timeout=SLOW)
    return player


def boxes(rows: Locator) -> list[dict[str, float]]:
    found = [rows.nth(i).bounding_box() for i in range(rows.count())]
    assert all(found)
    return [dict(box) for box in found if box]


def test_an_ogg_is_seen_and_heard_on_one_time_axis(page: Page, server: str, rooster: Path) -> None:
    player = shown(page, server)
    sample = player.get_by_role("img").first.get_attribute("aria-label") or ""
    page.locator(".st-key-input-menu button").first.click()
    page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(rooster)
    expect(page.locator(".st-key-headline")).to_contain_text("rooster", timeout=SLOW)
    page.keyboard.press("Escape")
    expect(player.get_by_role("img", name=sample)).to_have_count(0, timeout=SLOW)
    expect(page.locator(".st-key-result")).to_have_css("opacity", "1")

    rows = player.get_by_role("img")
    expect(rows).to_have_count(3)
    said = [rows.nth(i).get_attribute("aria-label") or "" for i in range(3)]
    for title, text in zip(
        ("Waveform", "Mel spectrogram", "Attribution by band"), said, strict=True
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
    player.get_by_role("button", name="2.8–5.5 kHz").click()
    expect(player).not_to_have_attribute("data-mix", before or "", timeout=SLOW)
    assert "L3.d" not in (player.get_attribute("data-bands") or "").split()


def test_the_part_is_heard_and_predicted_while_the_space_bar_is_held(
    page: Page, server: str
) -> None:
    player = shown(page, server)
    badge = player.locator(".badge")
    expect(badge).to_contain_text(re.compile(r"Original\s*clock tick \d+\s%"))
    page.mouse.click(1270, 500)  # nothing on the page has the focus
    page.keyboard.down("Space")
    expect(player).to_have_attribute("data-source", "kept")
    expect(player).to_have_attribute("data-state", "playing")
    expect(badge).to_contain_text(re.compile(r"Kept\s*\w+ \w+ \d+\s%"))
    page.keyboard.up("Space")
    expect(player).to_have_attribute("data-source", "original")
    expect(player).to_have_attribute("data-state", "playing")


def test_views_act_without_the_server_and_come_back_with_the_page(page: Page, server: str) -> None:
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    player = shown(page, server)
    expect(page.locator(".st-key-result")).to_have_css("opacity", "1")
    expect(page.get_by_role("button", name="Play the build-up")).to_be_visible()
    expect(page.locator(".st-key-headline")).not_to_contain_text("checking")
    page.wait_for_timeout(1000)  # background jobs are over; the last look for them is, too
    sent.clear()
    player.get_by_role("button", name="Attribution", exact=True).click()
    player.get_by_role("button", name="Signed").click()
    player.get_by_role("button", name="Per band").click()
    player.get_by_role("button", name="2.8–5.5 kHz").dblclick()
    page.wait_for_timeout(1000)
    assert not sent
    expect(page).to_have_url(
        re.compile(r"view=sound~map-attribution~sign-signed~scale-own~src-bands~solo-L3.d")
    )
    page.reload()
    expect(player.locator(".play")).to_be_visible(timeout=SLOW)
    expect(player).to_have_attribute("data-bands", "L3.d")
    expect(player.get_by_role("button", name="Signed")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_player_is_whole_in_the_first_viewport(
    page: Page, server: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    player = shown(page, server)
    expect(page.locator(".st-key-result")).to_have_css("opacity", "1")
    page.wait_for_timeout(1000)
    box, play = player.bounding_box(), player.locator(".play").bounding_box()
    assert box is not None and play is not None
    assert play["y"] <= 200
    assert box["y"] + box["height"] <= height
    assert page.evaluate("document.documentElement.scrollWidth") <= width


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
