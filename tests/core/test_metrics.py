"""What is read off curves, on curves drawn by hand."""

import math

import numpy as np
import pytest
import torch

from wam_core.errors import SettingsError
from wam_core.evaluation import metrics
from wam_core.evaluation.curves import Curve, Curves, linear, logarithmic
from wam_core.evaluation.report import bootstrap


def curve(p, shares=None):
    """Of two classes, p and 1 − p."""
    p = torch.tensor(p, dtype=torch.float64)
    shares = linear(len(p) - 1) if shares is None else shares
    return Curve(shares, torch.stack((p, 1 - p), dim=1))


def test_both_readings_of_the_area():
    rising = curve([0.0, 0.2, 0.4])
    assert metrics.area(rising, 0) == pytest.approx(0.2)
    assert metrics.area(rising, 0, "normalised") == pytest.approx(0.2 / 0.4)
    assert metrics.area(curve([0.0, 0.0]), 0, "normalised") == 0
    with pytest.raises(SettingsError, match="accepted: petsiuk, normalised"):
        metrics.area(rising, 0, "mean")


def test_faithfulness_is_insertion_minus_deletion():
    both = Curves(curve([0.0, 1.0, 1.0]), curve([1.0, 0.0, 0.0]))
    assert metrics.faithfulness(both, 0) == pytest.approx(0.75 - 0.25)
    assert metrics.faithfulness(both, 0, "normalised") == pytest.approx(2 / 3 - 1 / 3)


def test_the_logarithmic_area_sees_the_first_thousandths():
    grid = logarithmic(4)
    assert metrics.log_auc(curve([1.0] * 4, grid), 0) == pytest.approx(1)
    early, late = curve([0.0, 1, 1, 1], grid), curve([0.0, 0, 0, 1], grid)
    assert metrics.log_auc(early, 0) == pytest.approx(2.5 / 3)
    assert metrics.log_auc(late, 0) == pytest.approx(0.5 / 3)
    assert metrics.log_auc(early, 0, ceiling=0.5) == pytest.approx(1.25 / 3)
    with pytest.raises(SettingsError, match="above 0"):
        metrics.log_auc(curve([0.0, 1.0]), 0)


def test_the_smallest_share_that_is_enough_and_the_smallest_that_is_missed():
    grid = logarithmic(4)
    assert metrics.sufficient(curve([0.2, 0.6, 0.4, 0.9], grid), 0) == pytest.approx(1e-2)
    assert metrics.sufficient(curve([0.2, 0.2, 0.2, 0.2], grid), 0) == 1
    assert metrics.necessary(curve([0.9, 0.8, 0.3, 0.9], grid), 0) == pytest.approx(1e-1)
    assert metrics.necessary(curve([0.9, 0.8, 0.6, 0.9], grid), 0) == 1


def test_the_highest_probability_leaves_the_whole_input_out():
    assert metrics.highest(curve([0.1, 0.3, 0.9]), 0) == pytest.approx(0.3)


def test_what_the_better_half_does():
    both = Curves(curve([0.1, 0.7, 0.9]), curve([0.9, 0.2, 0.1]))
    assert metrics.half(both, 0) == {"ff": pytest.approx(0.7), "fid-in": 1.0}
    lost = Curves(curve([0.1, 0.4, 0.9]), curve([0.9, 0.2, 0.1]))
    assert metrics.half(lost, 0)["fid-in"] == 0
    with pytest.raises(SettingsError, match="½"):
        metrics.half(Curves(curve([0.1, 0.2, 0.7, 0.9]), curve([0.9, 0.2, 0.1, 0.1])), 0)


def test_the_bootstrap_holds_the_mean_nine_times_in_ten():
    draw = np.random.default_rng(0)
    inside = 0
    for trial in range(200):
        interval = bootstrap(draw.normal(1.0, 2.0, 40), seed=trial, draws=500)
        inside += interval.low <= 1.0 <= interval.high
    assert 165 <= inside <= 195
    assert bootstrap([1.0, math.nan, 3.0]).n == 2
    assert math.isnan(bootstrap([]).mean)
    assert bootstrap([1, 2, 3]) == bootstrap([1, 2, 3])
