"""Words for bands and results, in pixels and in Hz."""

import doctest
from types import ModuleType

import numpy as np
import pytest

from app.figures import captions, units
from app.figures.units import Hertz, Pixels
from wam_core import transforms
from wam_core.bands import Band, Layout


def layout(ndim: int, levels: int) -> Layout:
    return transforms.build("dwt", ndim=ndim, levels=levels).layout((64,) * ndim)


@pytest.mark.parametrize("module", [captions, units])
def test_examples_are_true(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed


def test_a_sounds_summary_names_the_fewest_octaves_that_hold_most() -> None:
    shares = {Band(3, "a"): 0.1, Band(3, "d"): 0.1, Band(2, "d"): 0.5, Band(1, "d"): 0.3}
    said = captions.frequency_summary(shares, "rooster", Hertz(layout(1, 3), 44_100))
    assert "Most of the importance for “rooster” (80 %) lies between 5.5 kHz and 22 kHz" in said
    assert "(50 %) at 5.5–11 kHz" in said
    alone = captions.frequency_summary(
        {Band(1, "a"): 0.9, Band(1, "d"): 0.1}, "hum", Hertz(layout(1, 1), 16_000)
    )
    assert "(90 %) lies below 4 kHz, in the approximation." in alone


def test_an_images_summary_names_pixels() -> None:
    shares = {Band(1, "aa"): 0.5, Band(1, "ad"): 0.1, Band(1, "da"): 0.3, Band(1, "dd"): 0.1}
    pixels = Pixels(layout(2, 1))
    said = captions.summary(shares, "cat", pixels)
    assert "(50 %) lies in shapes larger than 2 pixels (the approximation)" in said
    fine = captions.summary(shares | {Band(1, "aa"): 0.2}, "cat", pixels)
    assert "lies in details of about 2 pixels (level 1); 20 % lies in shapes larger" in fine
    assert "horizontal edges lead with 60 %" in captions.leading_orientation(shares)


def test_no_importance_is_said_so() -> None:
    nothing = {Band(1, "a"): 0.0, Band(1, "d"): 0.0}
    assert captions.frequency_summary(nothing, "x", Hertz(layout(1, 1), 8000)).startswith(
        "No signal"
    )
    assert captions.time_summary(np.zeros(8000), 8000) == ""


def test_the_moment_of_a_click_is_told() -> None:
    heat = np.zeros(16_000, np.float32)
    heat[12_000:12_010] = 1
    assert "within 0.01 s of the 2 s, most densely at 1.5 s" in captions.time_summary(heat, 8000)
