"""How soon Explain of a picture reacts in a browser.

    python -m benchmarks.reaction [--repeats 10]

Medians, in ms: from a view control to changed pixels, counted in the page between the event and the
frame that shows another picture; from the choice of a class or a method to the new map; from
navigation and from reload to the first map, server warm; from the start of ``wam serve`` to the first
map. Then the bytes of a first visit to a result without Streamlit's own files, and the messages that
view controls send to the server. Run it on an idle machine. Needs Chromium and Playwright.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.serving import BROWSER, dashboard

_PATIENCE = 120_000
_VIEWER = """
window.viewer = () => [document, ...document.querySelectorAll("*")]
  .map((node) => (node.shadowRoot ?? (node === document ? node : null))?.querySelector(".viewer"))
  .find(Boolean);
window.appeared = new Promise((resolve) => {
  const look = () => {
    if (viewer()?.querySelector(".where canvas")?.width > 200) resolve(performance.now());
    else requestAnimationFrame(look);
  };
  look();
});
"""
_CHANGED = """async ([canvas, act]) => {
  const before = canvas.toDataURL();
  const began = performance.now();
  act();
  for (;;) {
    await new Promise(requestAnimationFrame);
    if (canvas.toDataURL() !== before) return performance.now() - began;
    if (performance.now() - began > 5000) return NaN;
  }
}"""
SLIDERS = {
    "strongest": "root.querySelector('input[type=range]')",
    "opacity": "root.querySelectorAll('input[type=range]')[1]",
}
PAIRS = {
    "signed": "root.querySelector('[data-value=signed]')",
    "magnitude": "root.querySelector('[data-value=magnitude]')",
    "coarse": "root.querySelector('[aria-label=Bands] button:nth-of-type(2)')",
    "all bands": "root.querySelector('[aria-label=Bands] button:nth-of-type(1)')",
}
"""Pressed in turn: each changes what the one before has made."""

VIEWS = SLIDERS | PAIRS


def median(measure: Callable[[], float], repeats: int) -> float:
    """Of several runs."""
    return statistics.median(measure() for _ in range(repeats))


def appeared(page: Page) -> float:
    """When the map was drawn, in ms after the page's navigation began."""
    when: float = page.evaluate("window.appeared")
    return when


def opened(browser: Browser, url: str) -> Page:
    """A fresh visitor, with the map drawn."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.set_default_timeout(_PATIENCE)
    page.add_init_script(_VIEWER)
    page.goto(url)
    appeared(page)
    return page


def navigation(browser: Browser, url: str) -> float:
    """One visit."""
    page = opened(browser, url)
    try:
        return appeared(page)
    finally:
        page.context.close()


def view_change(page: Page, control: str) -> float:
    """From one event to other pixels, in ms."""
    script = f"""async () => {{
      const root = viewer();
      const it = {VIEWS[control]};
      const act = () => {{
        if (it.type !== "range") return it.click();
        it.value = it.valueAsNumber > Number(it.min) ? it.valueAsNumber - 1 : it.max;
        it.dispatchEvent(new Event("input", {{ bubbles: true }}));
      }};
      return ({_CHANGED})([root.querySelector(".where canvas"), act]);
    }}"""
    taken: float = page.evaluate(script)
    return taken


def new_map(page: Page, choose: Callable[[], None], words: str) -> float:
    """From a choice to the first line that names it, in ms: the map is drawn in the same run."""
    began = time.perf_counter()
    choose()
    page.locator(".st-key-headline", has_text=words).wait_for()
    page.wait_for_function(
        "[...document.querySelectorAll('.st-key-result')].some((e) => getComputedStyle(e).opacity === '1')"
    )
    return 1000 * (time.perf_counter() - began)


def classes(page: Page) -> float:
    """Of classes that were not explained before, each once."""

    def measure(name: str) -> float:
        page.locator(".st-key-class").get_by_role("combobox").click()
        option = page.get_by_role("option", name=name)
        option.wait_for()
        return new_map(page, option.click, name)

    return statistics.median(
        map(measure, ("Egyptian cat", "tabby", "lynx", "window screen", "doormat"))
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=10)
    repeats = parser.parse_args().repeats
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    print("| what | median |\n|---|---|")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER)
        began = time.perf_counter()
        with dashboard() as url:
            navigation(browser, url)
            print(f"| server's start → first map | {time.perf_counter() - began:.1f} s |")
            print(
                f"| navigation → first map | {median(lambda: navigation(browser, url), repeats):.0f} ms |"
            )
            page = opened(browser, url)

            def reload() -> float:
                page.reload()
                return appeared(page)

            print(f"| reload → first map | {median(reload, repeats):.0f} ms |")
            sent = []
            page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
            page.reload()
            appeared(page)
            page.wait_for_timeout(20_000)  # until background jobs are done
            before = len(sent)
            taken = {
                control: [view_change(page, control) for _ in range(repeats)] for control in SLIDERS
            }
            for _ in range(repeats):
                for control in PAIRS:
                    taken.setdefault(control, []).append(view_change(page, control))
            for control, times in taken.items():
                print(f"| view: {control} → pixels | {statistics.median(times):.0f} ms |")
            print(f"| messages to the server for them | {len(sent) - before} |")
            print(f"| class → new map | {classes(page):.0f} ms |")
        browser.close()


if __name__ == "__main__":
    main()
