"""Words for bands and results, in pixels and in Hz."""

import doctest
from types import ModuleType

import numpy as np
import pytest
import torch

from app.figures import captions, result_charts, units
from app.figures.theme import Look
from app.figures.units import Hertz, Pixels
from wam_core import transforms, views
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
    assert said.startswith(
        "80\u00a0% of the attribution for “rooster” is between 5.5 kHz and 22 kHz; "
    )
    assert said.endswith("by the number of coefficients 75\u00a0% is expected.")
    alone = captions.frequency_summary(
        {Band(1, "a"): 0.9, Band(1, "d"): 0.1}, "hum", Hertz(layout(1, 1), 16_000)
    )
    assert "90\u00a0% of the attribution for “hum” is below 4 kHz, in the approximation; " in alone


def test_an_images_summary_names_pixels() -> None:
    shares = {Band(1, "aa"): 0.5, Band(1, "ad"): 0.1, Band(1, "da"): 0.3, Band(1, "dd"): 0.1}
    pixels = Pixels(layout(2, 1))
    said = captions.summary(shares, "cat", pixels)
    assert "50\u00a0% of the attribution for “cat” is in shapes larger than 2 pixels" in said
    assert said.endswith("by the number of coefficients 25\u00a0% is expected.")
    fine = captions.summary(shares | {Band(1, "aa"): 0.2}, "cat", pixels)
    assert (
        "is in details of about 2 pixels (level 1); by the number of coefficients 75\u00a0%" in fine
    )
    assert captions.leading_orientation(shares) == (
        "Largest orientation: horizontal edges, 60\u00a0% of the detail bands."
    )


def test_every_level_has_its_share_and_the_expected_one() -> None:
    transform = transforms.build("dwt", ndim=2, levels=3)
    noise = transform.analyse(torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(0)))
    of, expected = transform.layout((64, 64)), views.expected_profile(transform.layout((64, 64)))
    assert sum(expected.values()) == pytest.approx(1)
    assert views.level_profile(expected)[1] == 0.75
    # a map without structure has the expected profile
    assert views.profile(noise) == pytest.approx(expected, abs=0.01)
    said = captions.profile_text(views.profile(noise), Pixels(of))
    assert "(75\u00a0% expected by count)" in said
    figure = result_charts.profile_figure(views.profile(noise), Look(), Pixels(of))
    *bars, ticks = figure.data
    totals: dict[str, float] = {}
    for bar in bars:
        totals[bar.y[0]] = totals.get(bar.y[0], 0.0) + bar.x[0]
    assert dict(zip(ticks.y, ticks.x, strict=True)) == pytest.approx(totals, abs=1.5)
    assert figure.layout.xaxis.range[1] > 75


def test_no_importance_is_said_so() -> None:
    nothing = {Band(1, "a"): 0.0, Band(1, "d"): 0.0}
    assert captions.frequency_summary(nothing, "x", Hertz(layout(1, 1), 8000)).startswith(
        "The score of “x” has zero gradient"
    )
    assert captions.time_summary(np.zeros(8000), 8000) == ""


def test_the_moment_of_a_click_is_told() -> None:
    heat = np.zeros(16_000, np.float32)
    heat[12_000:12_010] = 1
    assert captions.time_summary(heat, 8000).replace("\xa0", " ") == (
        "Half of the attribution is in 0.01 s of 2 s; peak at 1.5 s."
    )
