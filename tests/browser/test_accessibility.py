"""Every screen for those who do not see it, or use no mouse: axe, alternative texts, keys alone."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]  # a loaded machine is no failure
SLOW = 120_000

SCREENS = {
    "explain a picture": ("?", "Prediction"),
    "explain a sound": ("?modality=Sound", "Prediction"),
    "explain a volume": ("?modality=Volume", "Prediction"),
    "compare": ("compare", "not conclusive"),
    "evaluate": ("evaluate", "Evaluate"),
    "experiments": ("experiments", "What was kept of each"),
    "gallery": ("gallery", "A clock in the rain"),
    "learn: waves": ("learn", "The coefficient at this place"),
    "learn: bands of a sound": (
        "learn?lesson=2+Levels+and+directions&modality=Sound",
        "bands added up",
    ),
    "learn: gradients": ("learn?lesson=3+Where+the+gradient+goes", "How far the transform"),
    "learn: glossary": ("learn?lesson=Glossary", "scaling function"),
    "about": ("about", "This server"),
    "presenter": ("?present=true", "for the first case"),
}

# Not ours to mend: rule, what the finding says, and why.
STREAMLITS = (
    (
        "color-contrast",
        "foreground color: #7563dd",
        "In the dark theme Streamlit writes white on the primary colour (buttons) and the primary "
        "colour on the page (chosen pills, values of sliders): no colour is 4.5:1 from both. It "
        "keeps 3.4:1 and more.",
    ),
)


def violations(page: Page) -> list[str]:
    """What is serious or critical and not Streamlit's own, a line each."""
    found = []
    for violation in Axe().run(page).response["violations"]:
        if violation["impact"] not in ("serious", "critical"):
            continue
        for node in violation["nodes"]:
            said = node.get("failureSummary") or ""
            known = any(rule == violation["id"] and part in said for rule, part, _ in STREAMLITS)
            if not known:
                found.append(f"{violation['id']}: {node['html'][:160]} {said[:300]}")
    return found


def shown(page: Page, server: str, screen: str) -> None:
    path, words = SCREENS[screen]
    page.goto(f"{server}/{path}")
    expect(page.get_by_text(words).first).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=SLOW)
    page.wait_for_timeout(1500)  # what fades in has no contrast yet


@pytest.mark.parametrize("screen", SCREENS)
def test_no_serious_violation_on_any_screen(page: Page, server: str, screen: str) -> None:
    shown(page, server, screen)
    assert violations(page) == []
    if "modality" not in SCREENS[screen][0] and screen.startswith("explain"):
        for tab in ("Bands", "Levels", "Reconstruct", "Faithfulness", "Details"):
            page.get_by_role("tab", name=tab, exact=True).click()
            page.wait_for_timeout(2500)
            assert violations(page) == [], tab
    assert STREAMLITS[0][1] not in str(Axe().run(page).response["violations"]), "light has it too"


@pytest.mark.parametrize("screen", ["explain a picture", "gallery", "learn: waves"])
def test_nor_in_the_dark(page: Page, server: str, screen: str) -> None:
    page.emulate_media(color_scheme="dark")
    shown(page, server, screen)
    assert violations(page) == []


def test_axe_would_find_a_picture_without_words(page: Page, server: str) -> None:
    shown(page, server, "about")
    page.evaluate("document.querySelector('[data-testid=stMain]').append(new Image(9, 9))")
    assert any(found.startswith("image-alt") for found in violations(page))


def test_every_figure_says_what_it_shows(page: Page, server: str) -> None:
    shown(page, server, "explain a picture")
    panels = page.locator(".viewer .panel")
    expect(panels).to_have_count(3, timeout=SLOW)  # overlay, mosaic, scales
    for panel in panels.all():
        assert panel.get_attribute("aria-label")
    assert re.search(r"\d", panels.last.inner_text()), "the scales are numbers too"
    page.get_by_role("tab", name="Bands", exact=True).click()
    figures = page.locator("[data-testid=stPlotlyChart]")
    expect(figures).to_have_count(1, timeout=SLOW)  # every band
    told = page.locator("[data-testid=stPlotlyChart]").evaluate_all(
        "all => all.map(one => (one.closest('[aria-label]') || one.querySelector('[aria-label]'))"
        "?.getAttribute('aria-label') || '')"
    )
    assert all(re.search(r"\d", text) for text in told), told
    for picture in page.locator("[data-testid=stMain] img").all():
        assert picture.get_attribute("alt")


def press_until(page: Page, key: str, name: str, most: int = 80) -> None:
    """Press a key until what has the focus is called so."""
    for _ in range(most):
        page.keyboard.press(key)
        focus = page.evaluate(
            "() => { const e = document.activeElement;"
            " return (e.getAttribute('aria-label') || '') + ' ' + (e.innerText || e.value || ''); }"
        )
        if name in focus and len(focus) < 120:  # and not a whole region
            return
    raise AssertionError(f"{name} was not reached by {key}")


def test_explain_is_used_by_keys_alone(page: Page, server: str) -> None:
    page.goto(f"{server}/?method=Gradient")
    line = page.locator(".st-key-headline")
    expect(line).to_contain_text("tiger cat", timeout=SLOW)
    page.locator("body").press("Tab")
    press_until(page, "Tab", "Chelsea the cat")  # the menu of the input
    page.keyboard.press("Enter")
    expect(page.get_by_text("Cup of coffee")).to_be_visible(timeout=SLOW)
    press_until(page, "Tab", "Chelsea the cat")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(line).to_contain_text("espresso", timeout=SLOW)
    press_until(page, "Tab", "Input")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Zoom and pan are linked")).to_be_visible(timeout=SLOW)
