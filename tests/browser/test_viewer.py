"""The linked viewer in a real browser: what is drawn is the core's, what is pointed at is linked."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests.browser import serving, viewer_page
from tests.browser.test_accessibility import violations
from wam_core import Band
from wam_core.plot.colour import colour_limit, paint
from wam_core.views import Sign, heat_map, over_channels, tiles

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]  # a loaded machine is no failure
SLOW = 60_000
ROWS, COLUMNS = viewer_page.SIZE
Box = tuple[float, float, float, float]
"""Left, top, width and height, in px of the page."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving.page(viewer_page.__file__) as url:
        yield url


@pytest.fixture(scope="module")
def window() -> dict[str, Any]:
    return {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture(scope="module")
def counts() -> Callable[[ConsoleMessage], bool]:
    return serving.any_error


def visit(page: Page, url: str) -> Locator:
    """The viewer of the page."""
    page.goto(url)
    viewer = page.locator(".viewer")
    expect(viewer).to_have_attribute("data-state", "shown", timeout=SLOW)
    page.wait_for_timeout(200)
    return viewer


def address(name: str, **chosen: str) -> str:
    parts = "~".join([viewer_page.KEY, *(f"{key}-{value}" for key, value in chosen.items())])
    return f"/?transform={name}&view={parts}"


def box(of: Locator) -> Box:
    found = of.bounding_box()
    assert found is not None
    return found["x"], found["y"], found["width"], found["height"]


def slider(viewer: Locator, name: str) -> Locator:
    return viewer.get_by_role("slider", name=name)


def middle(frame: Box, extent: tuple[int, int], row: float, column: float) -> tuple[float, float]:
    """The middle of a place of a picture of so many rows and columns, on the page."""
    left, top, width, height = frame
    return left + (column + 0.5) / extent[1] * width, top + (row + 0.5) / extent[0] * height


def colours(viewer: Locator, panel: str, extent: tuple[int, int]) -> np.ndarray[Any, Any]:
    """Red, green and blue in the middle of every place of a panel's canvas."""
    data = viewer.locator(f"{panel} canvas").evaluate(
        """(canvas, [rows, columns]) => {
          const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const found = [];
          for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
            const x = Math.floor((column + 0.5) / columns * width);
            const y = Math.floor((row + 0.5) / rows * canvas.height);
            found.push(...data.slice(4 * (y * width + x), 4 * (y * width + x) + 3));
          }
          return found;
        }""",
        list(extent),
    )
    return np.array(data, np.uint8).reshape(*extent, 3)


def heat(name: str, sign: Sign, bands: list[Band] | None = None) -> np.ndarray[Any, Any]:
    """The core's own map."""
    z = over_channels(viewer_page.attribution(name), sign)
    return heat_map(z, viewer_page.transform(name), viewer_page.SIZE, bands)[0, 0].double().numpy()


def mosaic_extent(name: str) -> tuple[int, int]:
    placed = tiles(viewer_page.attribution(name)).values()
    return max(rows.stop for rows, _ in placed), max(columns.stop for _, columns in placed)


def alike(drawn: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any]) -> None:
    """Colours that differ by no more than two steps of the scale, which its codes may."""
    far = np.abs(drawn.astype(int) - wanted.astype(int)).max(-1)
    assert np.mean(far <= 12) > 0.999, far.max()


@pytest.mark.parametrize("sign", ["magnitude", "signed"])
@pytest.mark.parametrize("name", ["haar", "sym4", "toy"])
def test_the_overlay_is_the_cores_map(page: Page, server: str, name: str, sign: Sign) -> None:
    viewer = visit(page, server + address(name, top="100", opacity="100", sign=sign))
    values = heat(name, sign)
    alike(colours(viewer, ".where", viewer_page.SIZE), paint(values, colour_limit(values), sign))


@pytest.mark.parametrize("name", ["haar", "sym4", "toy"])
def test_a_soloed_tile_shows_that_band_alone(page: Page, server: str, name: str) -> None:
    viewer = visit(page, server + address(name, top="100", opacity="100"))
    bands = list(viewer_page.plane(name).layout)
    for band in (bands[1], bands[-1]):
        tile = viewer.locator(f'.tile[data-band="{band}"]')
        tile.click()
        expect(tile).to_have_attribute("aria-pressed", "true")
        expect(viewer.locator('.tile[aria-pressed="true"]')).to_have_count(1)
        values = heat(name, "magnitude", [band])
        wanted = paint(values, colour_limit(values), "magnitude")
        alike(colours(viewer, ".where", viewer_page.SIZE), wanted)
    expect(page).to_have_url(re.compile(f"bands-{bands[-1]}$"))


def test_shift_adds_a_band_and_escape_takes_all_back(page: Page, server: str) -> None:
    viewer = visit(page, server + address("haar", top="100", opacity="100"))
    all_bands = colours(viewer, ".where", viewer_page.SIZE)
    viewer.locator('.tile[data-band="L1.ad"]').click()
    viewer.locator('.level[data-level="3"]').click(modifiers=["Shift"])
    chosen = [Band(1, "ad"), *(Band(3, word) for word in ("ad", "da", "dd"))]
    values = heat("haar", "magnitude", chosen)
    alike(colours(viewer, ".where", viewer_page.SIZE), paint(values, colour_limit(values)))
    expect(viewer.locator('.level[data-level="3"]')).to_have_attribute("aria-pressed", "true")
    expect(viewer.locator('.level[data-level="1"]')).to_have_attribute("aria-pressed", "false")
    viewer.locator('.tile[data-band="L1.ad"]').click(modifiers=["Shift"])
    assert viewer.get_attribute("data-bands") == "L3.ad_L3.da_L3.dd"
    page.keyboard.press("Escape")
    assert viewer.get_attribute("data-bands") == ""
    assert (colours(viewer, ".where", viewer_page.SIZE) == all_bands).all()
    coarse = viewer.get_by_role("button", name="Coarse")
    coarse.click()
    expect(coarse).to_have_attribute("aria-pressed", "true")
    assert viewer.get_attribute("data-bands") == "approx_L3.ad_L3.da_L3.dd"


def test_only_the_strongest_places_are_coloured(page: Page, server: str) -> None:
    viewer = visit(page, server + address("haar", opacity="0"))
    clear = colours(viewer, ".where", viewer_page.SIZE)
    values = heat("haar", "magnitude")
    slider(viewer, "Opacity").fill("100")
    for place, share in ((0, 0.01), (3, 0.1), (5, 0.5)):
        slider(viewer, "Strongest").fill(str(place))
        painted = (colours(viewer, ".where", viewer_page.SIZE) != clear).any(-1)
        wanted = values >= np.quantile(values, 1 - share)
        assert np.mean(painted == wanted) > 0.998  # a colour may be that of the picture


def test_the_mosaic_is_drawn_per_band_or_on_one_scale(page: Page, server: str) -> None:
    viewer = visit(page, server + address("sym4"))
    z, extent = over_channels(viewer_page.attribution("sym4"), "magnitude"), mosaic_extent("sym4")
    everything = np.concatenate([values[0, 0].numpy().ravel() for _, values in z.bands()])
    for choice in ("Per band", "Common"):
        viewer.get_by_role("button", name=choice).click()
        drawn = colours(viewer, ".what", extent)
        for band, place in tiles(z).items():
            values = z[band][0, 0].double().numpy()
            limit = colour_limit(values if choice == "Per band" else everything)
            alike(drawn[place], paint(values, limit))


@pytest.mark.parametrize("name", ["haar", "sym4", "toy"])
def test_a_coefficient_outlines_its_footprint(page: Page, server: str, name: str) -> None:
    viewer = visit(page, server + address(name))
    layout, placed = viewer_page.plane(name).layout, tiles(viewer_page.attribution(name))
    where, what = (box(viewer.locator(f"{panel} .frame")) for panel in (".where", ".what"))
    for band in (next(iter(layout)), list(layout)[-1]):
        info = layout[band]
        index = [extent // 2 for extent in info.shape]
        at = [extent.start + i for extent, i in zip(placed[band], index, strict=True)]
        before = page.screenshot()
        page.mouse.move(*middle(what, mosaic_extent(name), *at))
        left, top, width, height = box(viewer.locator(".where .footprint"))
        rows, columns = info.footprint(index)
        scale = where[2] / COLUMNS
        assert (left, top) == pytest.approx(
            (where[0] + columns.start * scale, where[1] + rows.start * scale), abs=0.6
        )
        assert (width, height) == pytest.approx(
            ((columns.stop - columns.start) * scale, (rows.stop - rows.start) * scale), abs=0.6
        )
        assert page.screenshot() != before
        expect(viewer.locator(".readout")).to_contain_text(f"Coefficient {index[0]}, {index[1]}")
        expect(viewer.locator(".readout")).to_contain_text(f"rows {rows.start}–{rows.stop - 1}")
        page.mouse.move(5, 5)
        expect(viewer.locator(".where .footprint")).to_have_count(0)


@pytest.mark.parametrize("name", ["haar", "sym4", "toy"])
def test_a_place_marks_the_coefficient_of_every_band(page: Page, server: str, name: str) -> None:
    viewer = visit(page, server + address(name))
    layout, placed = viewer_page.plane(name).layout, tiles(viewer_page.attribution(name))
    where, what = (box(viewer.locator(f"{panel} .frame")) for panel in (".where", ".what"))
    row, column = 41, 90
    page.mouse.move(*middle(where, viewer_page.SIZE, row, column))
    marks = viewer.locator(".what .coefficient")
    expect(marks).to_have_count(len(layout))
    extent = mosaic_extent(name)
    for nth, (band, info) in enumerate(layout.items()):
        covering = [
            [i for i in range(n) if start + i * step <= at < start + (i + 1) * step]
            for n, step, start, at in zip(info.shape, info.step, info.start, (row, column), strict=True)
        ]  # fmt: skip
        (i,), (j,) = covering
        left, top, _, _ = box(marks.nth(nth))
        assert left == pytest.approx(
            what[0] + (placed[band][1].start + j) / extent[1] * what[2], abs=0.6
        )
        assert top == pytest.approx(
            what[1] + (placed[band][0].start + i) / extent[0] * what[3], abs=0.6
        )
    values = heat(name, "magnitude")
    share = 100 * values[row, column] / values.max()
    text = viewer.locator(".readout").inner_text()
    found = re.search(rf"Row {row}, column {column} (<?[\d.]+)\s%", text)
    assert found is not None, text
    said = float(found[1].removeprefix("<"))
    assert said == pytest.approx(share, abs=0.51, rel=0.06)


def test_views_act_in_the_browser_alone(page: Page, server: str) -> None:
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(data)))
    viewer = visit(page, server + address("haar"))
    height = box(viewer)[3]
    sent.clear()
    before = viewer.locator(".where canvas").evaluate("canvas => canvas.toDataURL()")
    for name, value in (("Strongest", "1"), ("Opacity", "35")):
        slider(viewer, name).fill(value)
        after = viewer.locator(".where canvas").evaluate("canvas => canvas.toDataURL()")
        assert after != before
        before = after
    for name in ("Signed", "Common", "Fine"):
        viewer.get_by_role("button", name=name).click()
    viewer.locator('.tile[data-band="L2.dd"]').click()
    page.mouse.move(*middle(box(viewer.locator(".where .frame")), viewer_page.SIZE, 50, 60))
    page.wait_for_timeout(500)
    assert sent == []
    assert box(viewer)[3] == height  # nothing on the page moves


def test_the_address_keeps_the_view(page: Page, server: str) -> None:
    viewer = visit(page, f"{server}/?transform=haar")
    slider(viewer, "Strongest").fill("1")
    viewer.get_by_role("button", name="Signed").click()
    viewer.locator('.tile[data-band="L2.da"]').click()
    kept = re.compile(r"\?transform=haar&view=plane~top-2~sign-signed~bands-L2\.da$")
    expect(page).to_have_url(kept)
    view = {name: viewer.get_attribute(f"data-{name}") for name in ("top", "sign", "bands")}
    page.reload()
    expect(viewer).to_have_attribute("data-state", "shown", timeout=SLOW)
    for name, value in view.items():
        assert value and viewer.get_attribute(f"data-{name}") == value
    # a control of Streamlit writes the address too, and another result keeps the view
    version = viewer.get_attribute("data-version") or ""
    page.get_by_text("Another result").click()
    expect(viewer).not_to_have_attribute("data-version", version, timeout=SLOW)
    expect(page).to_have_url(re.compile("other=true.*view=plane|view=plane.*other=true"))
    assert viewer.get_attribute("data-sign") == "signed"
    page.evaluate("history.pushState({}, '', '?transform=haar')")  # as the server does
    expect(page).to_have_url(kept)
    page.evaluate("history.pushState({}, '', '#elsewhere')")
    viewer.locator(".where .frame").press("Escape")
    expect(page).not_to_have_url(re.compile("bands"))
    page.go_back()
    expect(viewer).to_have_attribute("data-bands", "L2.da", timeout=SLOW)


def test_what_an_address_may_not_ask_for_is_left_out(page: Page, server: str) -> None:
    viewer = visit(page, server + address("haar", top="7", opacity="900", sign="x", bands="L9.ad"))
    assert viewer.get_attribute("data-top") == "20"
    assert viewer.get_attribute("data-sign") == "magnitude"
    assert viewer.get_attribute("data-bands") == ""


def test_keys_move_a_cursor_and_choose_bands(page: Page, server: str) -> None:
    viewer = visit(page, server + address("haar"))
    picture = viewer.locator(".where .frame")
    picture.focus()
    page.keyboard.press("ArrowRight")
    expect(viewer.locator(".readout")).to_contain_text(f"Row {ROWS // 2}, column {COLUMNS // 2} ")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(viewer.locator(".readout")).to_contain_text(
        f"Row {ROWS // 2 + 10}, column {COLUMNS // 2 - 1} "
    )
    page.keyboard.press("Tab")
    focused = viewer.locator(".tile:focus-visible")
    expect(focused).to_have_attribute("data-band", "approx")
    expect(viewer.locator(".readout")).to_contain_text("approximation")
    page.keyboard.press("Enter")
    assert viewer.get_attribute("data-bands") == "approx"
    page.keyboard.press("Escape")
    assert viewer.get_attribute("data-bands") == ""


BUILT = """
([result, [rows, columns]]) => {
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [2 * columns, 2 * rows];
  const context = sheet.getContext("2d");
  ["#000000", "#ff0000", "#00ff00", "#0000ff"].forEach((colour, nth) => {
    context.fillStyle = colour;
    context.fillRect((nth % 2) * columns, Math.floor(nth / 2) * rows, columns, rows);
  });
  const predicted = [["nothing", 0.1], ["disc", 0.25], ["disc", 0.5], ["disc", 0.75]];
  const detail = { result, shares: [0.001, 0.02, 0.2, 1], sheet: sheet.toDataURL(), columns: 2,
                   size: [rows, columns], predicted };
  window.dispatchEvent(new CustomEvent("wam-build-up", { detail }));
}
"""
"""A build-up of four stops, each of one colour."""


def test_the_kept_part_is_shown_as_long_as_it_is_asked_for(page: Page, server: str) -> None:
    viewer = visit(page, server + address("haar"))
    hold = viewer.get_by_role("button", name="Hold: kept part only")
    expect(hold).to_have_count(0)
    page.evaluate(BUILT, ["another result", [48, 64]])
    page.wait_for_timeout(300)
    expect(hold).to_have_count(0)
    page.evaluate(BUILT, ["result 0", [48, 64]])
    expect(hold).to_be_enabled()
    before = colours(viewer, ".where", viewer_page.SIZE)
    for stop, press, release in (
        (2, lambda: page.keyboard.down(" "), lambda: page.keyboard.up(" ")),
        (3, lambda: (hold.hover(), page.mouse.down()), page.mouse.up),
    ):
        slider(viewer, "Strongest").fill(str({2: 4, 3: 6}[stop]))
        page.locator("body").evaluate("() => document.activeElement.blur()")
        press()
        expect(viewer).to_have_attribute("data-held", "true")
        shown = colours(viewer, ".where", viewer_page.SIZE)
        assert (shown == ([0, 255, 0] if stop == 2 else [0, 0, 255])).all()
        expect(viewer.locator(".readout")).to_contain_text(
            f"Strongest {'20' if stop == 2 else '100'}\u00a0% of the coefficients only predicted: "
            f"disc, p\u00a0=\u00a0{'0.50' if stop == 2 else '0.75'}"
        )
        release()
        expect(viewer).to_have_attribute("data-held", "false")
    slider(viewer, "Strongest").fill("4")
    assert (colours(viewer, ".where", viewer_page.SIZE) == before).all()
    page.get_by_text("Another result").click()
    expect(hold).to_have_count(0)


def test_the_table_has_the_same_numbers(page: Page, server: str) -> None:
    viewer = visit(page, server + address("haar"))
    viewer.get_by_text("Table", exact=True).click()
    rows = viewer.locator("tbody tr")
    layout = viewer_page.plane().layout
    expect(rows).to_have_count(len(layout))
    bars = viewer.locator(".level .share").all_inner_texts()
    assert bars[0] in rows.first.inner_text()  # the approximation is a level of one band
    assert " × ".join(map(str, next(iter(layout.values())).shape)) in rows.first.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(page: Page, server: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    viewer = visit(page, server + address("haar", bands="L1.ad"))
    viewer.get_by_text("Table", exact=True).click()
    page.wait_for_timeout(500)
    assert violations(page) == []
    sizes = viewer.evaluate(
        """root => [...root.querySelectorAll("*")].filter((e) => [...e.childNodes].some(
          (n) => n.nodeType === 3 && n.textContent.trim())).map((e) => parseFloat(getComputedStyle(e).fontSize))"""
    )
    assert min(sizes) >= 12


def test_on_a_narrow_page_panels_are_swiped(page: Page, server: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    viewer = visit(page, server + address("haar"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shown = json.loads(viewer.evaluate(
        "root => JSON.stringify([...root.querySelectorAll('.panel')].map((p) => p.getBoundingClientRect().x))"
    ))  # fmt: skip
    assert shown[0] < 390 <= shown[2]
    viewer.get_by_role("button", name="By scale", exact=True).click()
    expect(viewer.locator('.swipe [aria-current="true"]')).to_have_text("By scale")
    expect(viewer.locator('.level[data-level="1"]')).to_be_in_viewport()
    viewer.get_by_role("button", name="Attribution", exact=True).click()
    expect(viewer.locator(".where canvas")).to_be_in_viewport(ratio=0.99)


def test_it_goes_and_comes_back_as_it_was(page: Page, server: str) -> None:
    viewer = visit(page, server + address("haar"))
    viewer.get_by_role("button", name="Fine").click()
    chosen = viewer.get_attribute("data-bands")
    expect(page).to_have_url(re.compile("bands-"))
    page.get_by_text("Show", exact=True).click()
    expect(viewer).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_text("Show", exact=True).click()
    expect(viewer).to_have_attribute("data-state", "shown", timeout=SLOW)
    assert chosen and viewer.get_attribute("data-bands") == chosen
