"""What the first viewport of Explain shows, for each sample, theme and width; with a contact sheet.

    python -m benchmarks.screens [--out build/screens] [--only image-1280-light]

Prints a table (docs/screens.md has the last one) and writes one screenshot a row and contact.png.
The main picture is the first canvas, image or video of at least 125,000 px² (90,000 on a phone),
shadow roots included; of a sound it is the player, from its transport to its time axis. Needs Chromium and Playwright.
"""

import argparse
import io
import itertools
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import numpy.typing as npt
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.serving import BROWSER, DRAWS_3D, dashboard

SAMPLES: Mapping[str, Mapping[str, str]] = {
    "image": {},
    "coffee": {"sample": "Cup of coffee"},
    "sound": {"modality": "Sound"},
    "volume": {"modality": "Volume"},
}
SIZES = ((1280, 800), (1440, 900), (390, 844))
THEMES = ("light", "dark")
MOST_WORDS = 30

_CELL = 10  # px
_MEASURE = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  const top = main.scrollTop, phone = innerWidth < 900;
  const texts = [], pictures = [], controls = [];
  const walk = (root) => {
    const nodes = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        const words = node.textContent.trim();
        const element = node.parentElement;
        if (!words || ["STYLE", "SCRIPT"].includes(element?.tagName)) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const box = range.getBoundingClientRect();
        const style = element ? getComputedStyle(element) : {};
        if (box.width > 1 && box.height > 1 && style.visibility !== "hidden")
          texts.push({ y: box.y + top, x: box.x, words: words.split(/\\s+/).length, size: parseFloat(style.fontSize),
                       icon: /material/i.test(style.fontFamily ?? ""), shadow: root !== main });
        continue;
      }
      if (node.shadowRoot) walk(node.shadowRoot);
      const box = node.getBoundingClientRect();
      const drawn = ["CANVAS", "IMG", "VIDEO"].includes(node.tagName) || node.matches?.(".main-svg, .player");
      if (drawn && box.width * box.height >= (phone ? 90000 : 125000) && box.width >= 280 && box.height >= 100)
        pictures.push({ y: box.y + top, height: box.height, width: box.width });
      if (node.matches?.("button, input:not([type=file]), select, [role=combobox]") && box.width > 1 && box.height > 1)
        controls.push(box.y + top);
    }
  };
  walk(main);
  pictures.sort((a, b) => a.y - b.y);
  const picture = pictures[0];
  if (!picture) return null;
  const above = texts.filter((t) => t.y < picture.y && !t.icon);
  const shown = texts.filter((t) => t.y < innerHeight && t.x < innerWidth && !t.icon);
  const rows = [];
  for (const y of controls.filter((y) => y < picture.y).sort((a, b) => a - b))
    if (!rows.length || y - rows.at(-1) > 24) rows.push(y);
  return {
    y: picture.y, height: picture.height, width: picture.width,
    words: above.reduce((sum, t) => sum + t.words, 0),
    rows: rows.length,
    font: Math.min(...shown.map((t) => t.size)),
    sideways: document.documentElement.scrollWidth > innerWidth,
  };
}"""


@dataclass(frozen=True)
class Screen:
    """One visit: what is explained, in which window.

    Attributes:
        sample: of :data:`SAMPLES`.
        theme: of the page.
        width, height: of the window, in px.
    """

    sample: str
    theme: str
    width: int
    height: int

    @property
    def name(self) -> str:
        """Of its file."""
        return f"{self.sample}-{self.width}-{self.theme}"


@dataclass(frozen=True)
class Measured:
    """What the first viewport has; lengths in px.

    Attributes:
        y, height, width: of the main picture.
        words: above it, icons and the navigation left out.
        rows: of controls above it.
        font: the smallest text.
        sideways: whether the page scrolls sideways.
        empty: the largest empty rectangle, as a share of the viewport.
    """

    y: int
    height: int
    width: int
    words: int
    rows: int
    font: float
    sideways: bool
    empty: float


def every_screen() -> Iterator[Screen]:
    """All combinations."""
    for sample, theme, (width, height) in itertools.product(SAMPLES, THEMES, SIZES):
        yield Screen(sample, theme, width, height)


def visit(browser: Browser, url: str, screen: Screen) -> Page:
    """Explain with its result; the page's context is to be closed by the caller."""
    context = browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        color_scheme="dark" if screen.theme == "dark" else "light",
        has_touch=screen.width < 500,
    )
    page = context.new_page()
    page.goto(f"{url}/?{urlencode(SAMPLES[screen.sample])}")
    page.get_by_role("tab", name="Input").wait_for(timeout=120_000)
    page.wait_for_function(f"({_MEASURE})() !== null", timeout=60_000)
    page.wait_for_timeout(1500)  # fonts, and what the first line adds
    return page


def measure(page: Page, picture: bytes) -> Measured:
    """The figures of a page, and of its screenshot (PNG)."""
    found: dict[str, Any] = page.evaluate(_MEASURE)
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("L"))
    return Measured(
        round(found["y"]), round(found["height"]), round(found["width"]), found["words"],
        found["rows"], found["font"], found["sideways"], largest_empty(pixels),
    )  # fmt: skip


def largest_empty(pixels: npt.NDArray[np.uint8]) -> float:
    """The largest rectangle without any mark, as a share of the picture, (rows, columns) grey.

    >>> marked = np.zeros((100, 100), np.uint8)
    >>> marked[:50] = np.arange(100, dtype=np.uint8)
    >>> largest_empty(marked)
    0.5
    """
    rows, columns = (extent // _CELL for extent in pixels.shape)
    cells = pixels[: rows * _CELL, : columns * _CELL].reshape(rows, _CELL, columns, _CELL)
    empty = cells.max((1, 3)).astype(int) - cells.min((1, 3)) <= 2
    most, heights = 0, np.zeros(columns, int)
    for row in empty:
        heights = np.where(row, heights + 1, 0)
        for low in {int(value) for value in heights if value}:
            runs = "".join("x" if value >= low else " " for value in heights).split()
            most = max(most, low * max(map(len, runs)))
    return float(most / empty.size)


def contact_sheet(folder: Path) -> None:
    """All screenshots of a folder in one picture, in the order of their names."""
    files = sorted(file for file in folder.glob("*.png") if file.name != "contact.png")
    width, height, across = 400, 440, 6
    down = -(-len(files) // across)
    sheet = Image.new("RGB", (across * width, down * height), "#777777")
    for nth, file in enumerate(files):
        shot = Image.open(file).convert("RGB")
        shot.thumbnail((width - 8, height - 8))
        sheet.paste(shot, (nth % across * width + 4, nth // across * height + 4))
    sheet.save(folder / "contact.png")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build/screens"))
    parser.add_argument("--only", default="", help="names that begin so")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    print(
        "| screen | picture y … bottom | width | words above | rows of controls | font | empty | |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with dashboard() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*BROWSER, *DRAWS_3D])
        for screen in every_screen():
            if not screen.name.startswith(options.only):
                continue
            page = visit(browser, url, screen)
            picture = page.screenshot(path=options.out / f"{screen.name}.png")
            m = measure(page, picture)
            whole = m.y + m.height <= screen.height and m.words <= MOST_WORDS and not m.sideways
            print(
                f"| {screen.name} | {m.y} … {m.y + m.height} of {screen.height} | {m.width} "
                f"| {m.words} | {m.rows} | {m.font:g} px | {m.empty:.0%} "
                f"| {'' if whole else 'falls short'} |",
                flush=True,
            )
            page.context.close()
        browser.close()
    contact_sheet(options.out)


if __name__ == "__main__":
    main()
