"""Lessons, the gallery and a talk in a real browser."""

import os
import re

import pytest
from playwright.sync_api import Page, expect

from app.screens.cases import CASES

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]  # a loaded machine is no failure
SLOW = 120_000
LESSONS = ("2 Levels", "3 Where", "4 Three", "5 Reading", "6 Is it true?", "Glossary")


def sideways(page: Page, name: str) -> None:
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(800)
        for part in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
            assert page.evaluate(f"{part}.scrollWidth - {part}.clientWidth") <= 0, name
        if folder := os.environ.get("WAM_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


def test_a_visitor_walks_through_the_lessons(page: Page, server: str) -> None:
    page.goto(f"{server}/learn")
    expect(page.get_by_text("The coefficient at this place")).to_be_visible(timeout=SLOW)
    expect(page.locator(".st-key-lesson-shapes .js-plotly-plot")).to_be_visible(timeout=SLOW)
    sideways(page, "learn-1")
    page.set_viewport_size({"width": 1280, "height": 1000})
    for lesson in LESSONS:
        page.get_by_role("button", name=f"Next: {lesson}").click(timeout=SLOW)
        expect(page.get_by_role("radio", name=lesson).first).to_be_checked(timeout=SLOW)
    expect(page.get_by_role("button", name="Next: ")).to_have_count(0, timeout=SLOW)


def test_smoothgrad_is_watched_while_it_averages(page: Page, server: str) -> None:
    page.goto(f"{server}/learn?lesson=4+Three+variants")
    page.get_by_role("button", name="Watch SmoothGrad").click(timeout=SLOW)
    expect(page.get_by_text("One copy alone is")).to_be_visible(timeout=SLOW)
    figure = page.locator(".st-key-lesson-averaging")
    label = figure.locator(".slider-label", has_text="Copies:")
    expect(label).to_contain_text("Copies: 25")
    figure.get_by_text("Watch").click()
    expect(label).to_contain_text("Copies: 1", timeout=SLOW)
    page.wait_for_timeout(6000)
    expect(label).to_contain_text("Copies: 25", timeout=SLOW)
    sideways(page, "learn-4")


def test_a_case_opens_with_one_click_and_stands_in_the_link(page: Page, server: str) -> None:
    page.goto(f"{server}/gallery")
    expect(page.get_by_text("A clock in the rain")).to_be_visible(timeout=SLOW)
    sideways(page, "gallery")
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.locator(".st-key-open-lying button").click()
    expect(page.locator(".st-key-headline")).to_contain_text("espresso", timeout=SLOW)
    expect(page.get_by_role("tab", name="Levels")).to_have_attribute("aria-selected", "true")
    expect(page).to_have_url(re.compile(r"sample=Cup\+of\+coffee"))
    expect(page).to_have_url(re.compile("tab=Levels"))


def test_a_talk_is_given_by_keys(page: Page, server: str) -> None:
    page.goto(f"{server}/?present=true&embed=true")
    expect(page.get_by_text("for the first case")).to_be_visible(timeout=SLOW)
    expect(page.locator("[data-testid=stSidebar]")).to_be_hidden()
    expect(page.locator(".st-key-headline")).to_contain_text("tiger cat", timeout=SLOW)
    page.wait_for_timeout(1500)  # the keys are listened to from when their component is there
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text(CASES[0].look)).to_be_visible(timeout=SLOW)
    expect(page.locator(".st-key-headline")).to_contain_text("tiger cat", timeout=SLOW)
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_have_count(0, timeout=SLOW)
    page.wait_for_timeout(2000)
    page.keyboard.press("2")
    expect(page.get_by_text("Zoom and pan are linked")).to_be_visible(timeout=SLOW)
    page.keyboard.press("PageDown")
    expect(page.get_by_text(CASES[1].look)).to_be_visible(timeout=SLOW)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text(CASES[0].look)).to_be_visible(timeout=SLOW)
    sideways(page, "present")
    page.keyboard.press("Escape")
    expect(page.get_by_text(CASES[0].look)).to_be_hidden(timeout=SLOW)
    expect(page).not_to_have_url(re.compile("present=true"))
