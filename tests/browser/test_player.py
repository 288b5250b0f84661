"""The player in a real browser: what is seen moves, and what is heard is what was sent."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, Route, expect

from tests.browser import player_page, serving
from wam_core.transforms.dwt import DiscreteWaveletTransform

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]  # a loaded machine is no failure
SLOW = 60_000
RATE, SECONDS = 16000, 2.0  # of the page, unless its address says otherwise


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving.page(player_page.__file__) as url:
        yield url


@pytest.fixture(scope="module")
def switches() -> list[str]:
    return [*serving.BROWSER, "--mute-audio", "--autoplay-policy=no-user-gesture-required"]


@pytest.fixture(scope="module")
def window() -> dict[str, Any]:
    return {"viewport": {"width": 1280, "height": 1200}}


@pytest.fixture(scope="module")
def counts() -> Callable[[ConsoleMessage], bool]:
    return serving.any_error


def visit(page: Page, url: str) -> Locator:
    """The first player of the page."""
    page.goto(url)
    player = page.locator(".player").first
    expect(player.locator(".play")).to_be_visible(timeout=SLOW)
    return player


def position(player: Locator) -> float:
    return float(player.get_attribute("data-position") or "nan")


def play(player: Locator) -> None:
    player.get_by_role("button", name="Play", exact=True).click()
    expect(player).to_have_attribute("data-state", "playing")


def place(player: Locator, selector: str) -> float:
    """The middle of something in px from the left."""
    box = player.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2


def point(player: Locator, share: float) -> tuple[float, float]:
    """A place over the rows, at a share of the time."""
    box = player.locator(".over").bounding_box()
    assert box is not None
    return box["x"] + share * box["width"], box["y"] + 30


def lane(player: Locator, name: str) -> Locator:
    """The label of a band's lane."""
    return player.get_by_role("button", name=name)


def colour(player: Locator, row: str, x: float, y: float) -> tuple[int, ...]:
    """Red, green, blue of the pixel at a share of the width and of the height of a row."""
    return tuple(
        player.locator(f".row.{row} canvas").evaluate(
            """(canvas, [x, y]) => [...canvas.getContext("2d").getImageData(
                 Math.floor(x * canvas.width), Math.floor(y * canvas.height), 1, 1).data].slice(0, 3)""",
            [x, y],
        )
    )


def fnv(samples: np.ndarray) -> str:
    value = 0x811C9DC5
    for byte in samples.astype("<i2").tobytes():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return f"{value:08x}"


def sums() -> dict[str, np.ndarray]:
    """The samples of every track of the page, as they were sent."""
    x = player_page.sound(RATE, SECONDS)
    sounds = player_page.heard(x, RATE, DiscreteWaveletTransform("db4", 5, ndim=1))
    return {track.name: track.pcm.astype(np.int32) for track in sounds.tracks}


def test_the_playhead_moves_over_all_rows_while_it_plays(page: Page, server: str) -> None:
    player = visit(page, server)
    expect(player.get_by_role("img")).to_have_count(3)
    assert player.get_by_role("slider").get_attribute("aria-valuenow") == "0.00"
    start = place(player, ".playhead")
    play(player)
    page.wait_for_function("e => +e.dataset.position > 0.5", arg=player.element_handle())
    share = position(player) / SECONDS
    left, right = point(player, 0)[0], point(player, 1)[0]
    assert place(player, ".playhead") - start == pytest.approx(share * (right - left), rel=0.3)
    rows = player.locator("canvas")
    head = player.locator(".playhead").bounding_box()
    boxes = [rows.nth(i).bounding_box() for i in range(3)]
    assert head is not None and all(boxes)
    assert head["y"] <= min(b["y"] for b in boxes if b)
    assert head["y"] + head["height"] >= max(b["y"] + b["height"] for b in boxes if b)

    player.get_by_role("button", name="Pause").click()
    expect(player).to_have_attribute("data-state", "paused")
    rests = position(player)
    page.wait_for_timeout(200)
    assert position(player) == rests
    player.get_by_role("button", name="Play", exact=True).click()
    expect(player).to_have_attribute("data-state", "paused", timeout=5000)  # at its end
    assert position(player) == pytest.approx(SECONDS)


def test_click_and_keys_seek(page: Page, server: str) -> None:
    player = visit(page, server)
    page.mouse.click(*point(player, 0.75))
    assert position(player) == pytest.approx(0.75 * SECONDS, abs=0.01)
    assert place(player, ".playhead") == pytest.approx(point(player, 0.75)[0], abs=2)
    expect(player.locator(".clock")).to_have_text("00:01.5 / 00:02.0")
    slider = player.get_by_role("slider", name="Position")
    slider.focus()
    slider.press("Home")
    slider.press("ArrowRight")
    assert position(player) == pytest.approx(0.02)
    slider.press("Space")
    expect(player).to_have_attribute("data-state", "playing")
    slider.press("Space")
    expect(player).to_have_attribute("data-state", "paused")


def test_what_is_played_is_the_sum_of_the_bands_that_are_on(page: Page, server: str) -> None:
    sent = sums()
    bands = [name for name in sent if name not in ("original", "kept", "rest")]
    player = visit(page, server)
    player.get_by_role("button", name="Loop", exact=True).click()
    play(player)
    expect(player).to_have_attribute("data-mix", fnv(sent["original"]))

    player.get_by_role("button", name="Bands mix").click()
    expect(player).to_have_attribute("data-mix", fnv(sum(sent[b] for b in bands)))
    before = position(player)
    lane(player, "1–2 kHz").click()
    expect(lane(player, "1–2 kHz")).to_have_attribute("aria-pressed", "false")
    rest = [b for b in bands if b != "L3.d"]
    expect(player).to_have_attribute("data-bands", " ".join(rest))
    expect(player).to_have_attribute("data-mix", fnv(sum(sent[b] for b in rest)))
    expect(player).to_have_attribute("data-state", "playing")
    assert before - SECONDS < position(player) or position(player) > before

    lane(player, "250–500 Hz").dblclick()
    expect(player).to_have_attribute("data-mix", fnv(sent["L5.d"]))
    expect(lane(player, "250–500 Hz, ")).to_have_attribute("aria-label", re.compile("solo$"))
    expect(lane(player, "250–500 Hz")).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(600)  # the next click is no third one
    lane(player, "250–500 Hz").click()  # a mute goes before a solo
    expect(player).to_have_attribute("data-bands", "")
    expect(player).to_have_attribute("data-mix", fnv(np.zeros_like(sent["L5.d"])))
    player.get_by_role("button", name="Hear all").click()
    expect(player).to_have_attribute("data-bands", " ".join(bands))
    lane(player, "1–2 kHz").focus()
    page.keyboard.press("s")
    expect(player).to_have_attribute("data-bands", "L3.d")
    page.keyboard.press("Escape")
    expect(player).to_have_attribute("data-bands", " ".join(bands))
    page.keyboard.press("Enter")
    expect(player).to_have_attribute("data-bands", " ".join(rest))


def test_a_solo_veils_the_other_lanes_and_strikes_their_names_through(
    page: Page, server: str
) -> None:
    player = visit(page, server)
    other, own = [colour(player, "heat", 0.55, (i + 0.5) / 6) for i in (0, 2)]
    lane(player, "1–2 kHz").dblclick()
    expect(lane(player, "4–8 kHz").locator(".band")).to_have_css(
        "text-decoration-line", "line-through"
    )
    assert colour(player, "heat", 0.55, 2.5 / 6) == own
    veiled = colour(player, "heat", 0.55, 0.5 / 6)
    assert sum(abs(255 - c) for c in veiled) < 0.4 * sum(abs(255 - c) for c in other)


def test_the_tint_the_sign_and_the_scale_act_in_the_browser(page: Page, server: str) -> None:
    player = visit(page, server)
    runs = page.get_by_text("Run 1", exact=True)
    expect(runs).to_be_visible()
    here = (0.549, 0.3)  # in the burst of noise: loud, and strongly tinted at its edges
    seen: dict[str, tuple[int, ...]] = {}
    for name in ("Spectrogram", "Attribution", "Both"):
        player.get_by_role("button", name=name, exact=True).click()
        seen[name] = colour(player, "raster", 0.245, 0.3)
    grey = seen["Spectrogram"]
    assert max(grey) - min(grey) < 12, "the input is grey"
    assert len(set(seen.values())) == 3
    between = zip(seen["Spectrogram"], seen["Both"], seen["Attribution"], strict=True)
    assert all(min(a, c) - 1 <= b <= max(a, c) + 1 for a, b, c in between)
    common = colour(player, "heat", *here)
    player.get_by_role("button", name="Per band").click()
    own = colour(player, "heat", *here)
    player.get_by_role("button", name="Signed").click()
    signed = colour(player, "heat", *here)
    assert len({common, own, signed}) == 3
    expect(runs).to_be_visible()
    expect.soft(page).to_have_url(re.compile(r"view=sound~sign-signed~scale-own$"))
    page.reload()
    expect(player.locator(".play")).to_be_visible(timeout=SLOW)
    assert colour(player, "heat", *here) == signed
    expect(player.get_by_role("button", name="Signed")).to_have_attribute("aria-pressed", "true")


def test_the_part_is_heard_as_long_as_the_space_bar_or_the_button_is_held(
    page: Page, server: str
) -> None:
    sent = sums()
    player = visit(page, server)
    player.get_by_role("button", name="Loop", exact=True).click()
    badge, hold = player.locator(".badge"), player.get_by_role("button", name="Hold to hear")
    expect(badge).to_have_text("Originalclock 76 %")
    page.mouse.click(5, 5)  # nothing has the focus
    page.keyboard.down("Space")
    expect(player).to_have_attribute("data-mix", fnv(sent["kept"]))
    expect(player).to_have_attribute("data-source", "kept")
    expect(badge).to_have_text("Keptrain 48 %")
    page.keyboard.up("Space")
    expect(player).to_have_attribute("data-mix", fnv(sent["original"]))
    expect(badge).to_have_text("Originalclock 76 %")
    expect(player).to_have_attribute("data-state", "playing")

    box = hold.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    expect(player).to_have_attribute("data-mix", fnv(sent["kept"]))
    expect(hold).to_have_attribute("aria-pressed", "true")
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.up()
    expect(player).to_have_attribute("data-mix", fnv(sent["original"]))

    hold.press("Enter")  # without a hand that holds it, it is switched on and off
    expect(player).to_have_attribute("data-mix", fnv(sent["kept"]))
    hold.press("Enter")
    expect(player).to_have_attribute("data-mix", fnv(sent["original"]))

    page.mouse.click(5, 5)
    page.keyboard.press("Space")  # not held, it is a pause
    expect(player).to_have_attribute("data-state", "paused")
    player.get_by_role("button", name="Rest").click()
    expect(badge).to_have_text("Rest…")  # not predicted yet
    player.get_by_role("button", name="Bands mix").click()
    expect(badge).to_have_text("Originalclock 76 %")  # all bands are the original
    lane(player, "1–2 kHz").click()
    expect(badge).to_be_hidden()


def test_another_source_goes_on_from_the_same_place(page: Page, server: str) -> None:
    sent = sums()
    player = visit(page, server)
    player.get_by_role("button", name="Loop", exact=True).click()  # it does not end meanwhile
    page.mouse.click(*point(player, 0.5))
    for name in ("Kept", "Rest", "Bands mix", "Original"):
        player.get_by_role("button", name=name, exact=True).click()
        assert position(player) == pytest.approx(0.5 * SECONDS, abs=0.01)
    play(player)
    page.wait_for_timeout(100)
    before = position(player)
    player.get_by_role("button", name="Kept", exact=True).click()
    expect(player).to_have_attribute("data-mix", fnv(sent["kept"]))
    expect(player).to_have_attribute("data-source", "kept")
    assert (position(player) - before) % SECONDS < 0.8
    player.get_by_role("button", name="Pause").click()

    held: list[Route] = []  # who changes their mind while a sound is fetched hears the new choice
    page.route("**/*.wav", lambda route: held.append(route))
    player.get_by_role("button", name="Rest").click()
    player.get_by_role("button", name="Play", exact=True).click()
    expect(player).to_have_attribute("data-state", "loading")
    player.get_by_role("button", name="Bands mix").click()
    player.get_by_role("button", name="Kept", exact=True).click()
    expect(player).to_have_attribute("data-state", "playing")  # it has been fetched before
    for route in held:
        route.continue_()
    page.wait_for_timeout(300)
    expect(player).to_have_attribute("data-mix", fnv(sent["kept"]))
    pressed = player.locator(".transport .option[aria-pressed=true]")
    expect(pressed).to_have_text("Kept")


def test_a_dragged_part_is_played_in_a_circle(page: Page, server: str) -> None:
    player = visit(page, server)
    play(player)
    page.mouse.move(*point(player, 0.3))
    page.mouse.down()
    page.mouse.move(*point(player, 0.4), steps=3)
    page.mouse.move(*point(player, 0.45), steps=3)
    page.mouse.up()
    expect(player.get_by_role("button", name="Loop", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(player.locator(".part")).to_have_text("0.60–0.90 s")
    expect(player).to_have_attribute("data-state", "playing")
    seen = []
    for _ in range(20):
        page.wait_for_timeout(50)
        seen.append(position(player))
    assert min(seen) >= 0.59 and max(seen) <= 0.91
    assert any(later < earlier for earlier, later in zip(seen, seen[1:], strict=False))
    player.get_by_role("button", name="Clear the loop").click()
    page.wait_for_function("e => +e.dataset.position > 1", arg=player.element_handle())


def test_starting_one_stops_the_other(page: Page, server: str) -> None:
    first = visit(page, server)
    second = page.locator(".player").nth(1)
    play(first)
    play(second)
    expect(first).to_have_attribute("data-state", "paused")
    play(first)
    expect(second).to_have_attribute("data-state", "paused")


def test_a_rerun_leaves_the_sound_alone(page: Page, server: str) -> None:
    fetched: list[str] = []
    page.on("request", lambda r: fetched.append(r.url) if r.url.endswith(".wav") else None)
    player = visit(page, f"{server}?seconds=6")
    assert not fetched  # nothing before it is wanted
    play(player)
    page.wait_for_timeout(300)
    assert len(fetched) == 2  # and the part, for the one who holds its key
    node = player.element_handle()
    began = position(player)
    page.get_by_role("button", name="Run again").click()
    page.wait_for_timeout(1500)
    assert node.evaluate("e => e.isConnected")
    expect(player).to_have_attribute("data-state", "playing")
    assert position(player) > began + 1
    assert len(fetched) == 2


def test_what_was_chosen_comes_back_with_the_player(page: Page, server: str) -> None:
    player = visit(page, server)
    page.mouse.click(*point(player, 0.25))
    lane(player, "1–2 kHz").dblclick()
    page.get_by_text("Show", exact=True).click()
    expect(page.locator(".player")).to_have_count(0)
    page.get_by_text("Show", exact=True).click()
    expect(player.locator(".play")).to_be_visible(timeout=SLOW)
    expect(player).to_have_attribute("data-bands", "L3.d")
    expect(player).to_have_attribute("data-source", "bands")
    assert position(player) == pytest.approx(0.5, abs=0.01)


def test_back_and_forward_restore_what_was_chosen(page: Page, server: str) -> None:
    player = visit(page, f"{server}?view=sound~map-spectrogram~src-bands~solo-L3.d~loop-0.50_0.75")
    expect(player).to_have_attribute("data-bands", "L3.d")
    expect(player.locator(".part")).to_have_text("0.50–0.75 s")
    page.evaluate("history.pushState({}, '', '?class=other')")  # as the server does
    expect(page).to_have_url(re.compile("solo-L3"))
    page.keyboard.press("Escape")
    player.get_by_role("button", name="Both").click()
    player.get_by_role("button", name="Hear all").click()
    lane(player, "4–8 kHz").click()
    expect(page).to_have_url(re.compile("mute-L1"))
    page.go_back()
    expect(player).to_have_attribute("data-bands", "L3.d")
    expect(player.get_by_role("button", name="Spectrogram")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.go_forward()
    expect(player).to_have_attribute("data-bands", "L2.d L3.d L4.d L5.d approx")
    expect(player.get_by_role("button", name="Both")).to_have_attribute("aria-pressed", "true")


def test_the_value_under_the_pointer_is_read_out(page: Page, server: str) -> None:
    player = visit(page, server)
    box = player.get_by_role("img", name="Attribution by band").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.25)
    reading = player.locator(".reading")
    expect(reading).to_have_text(re.compile(r"^1\ss · 2–4 kHz · [\d.]+\s% of the maximum$"))
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] - 60)
    expect(reading).to_have_text(
        re.compile(r"^1\ss · .*Hz · .*\sdB · attribution .*% of the maximum$")
    )
    page.mouse.move(5, 5)
    expect(reading).to_have_text("")


def test_a_sound_that_is_gone_is_said_in_words(page: Page, server: str, errors: list[str]) -> None:
    player = visit(page, server)
    page.route("**/media/**", lambda route: route.fulfill(status=404))
    player.get_by_role("button", name="Play", exact=True).click()
    expect(player.locator(".note")).to_contain_text("could not be loaded")
    expect(player).to_have_attribute("data-state", "paused")
    page.unroute("**/media/**")
    play(player)
    errors[:] = [text for text in errors if "404" not in text]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_is_in_one_viewport_and_nothing_scrolls_sideways(
    page: Page, server: str, width: int, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 1200})
    player = visit(page, f"{server}?rate=44100&levels=8")
    page.mouse.move(*point(player, 0.9))
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    inner = player.evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert inner[0] <= inner[1]
    before = player.bounding_box()
    assert before is not None
    assert before["height"] <= (620 if width == 390 else 540)
    lane(player, "11–22 kHz").dblclick()
    page.mouse.move(0, 0)
    assert player.bounding_box() == before  # nothing jumped
    small = player.evaluate(
        """root => [...root.querySelectorAll("*")].filter((e) => e.clientWidth &&
             [...e.childNodes].some((n) => n.nodeType === 3) && parseFloat(getComputedStyle(e).fontSize) < 12)
             .map((e) => e.className)"""
    )
    assert small == []
    if folder := os.environ.get("WAM_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/player-{scheme}-{width}.png")


def test_on_a_telephone_rows_are_wide_and_the_transport_stays_at_hand(
    page: Page, server: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    player = visit(page, f"{server}?rate=44100&levels=8")
    rows = [player.locator("canvas").nth(i).bounding_box() for i in range(3)]
    assert all(box and box["width"] == 358 for box in rows)
    lanes, label = rows[2], lane(player, "11–22 kHz").bounding_box()
    assert lanes and label
    assert lanes["y"] <= label["y"] and label["y"] + label["height"] <= lanes["y"] + lanes["height"]
    page.mouse.move(195, 600)
    page.mouse.wheel(0, 400)
    page.wait_for_timeout(300)
    play_button = player.locator(".play").bounding_box()
    assert play_button is not None and 0 <= play_button["y"] <= 100
