"""Sentences on curves and randomised networks: each verdict from its numbers."""

import numpy as np
import pytest
import torch

from app.figures import evaluation_charts, findings
from app.figures.theme import Look
from wam_core.evaluation.curves import Curve, Curves, linear, logarithmic
from wam_core.evaluation.metrics import Measurement
from wam_core.evaluation.randomisation import Part, RandomisationStep

GRID = logarithmic(13)


def measured(reached: float, p: float = 0.8, ever: bool = True) -> Measurement:
    """A ranking whose insertion makes the class the prediction from a share on."""

    def curve(shares, on):  # type: ignore[no-untyped-def]
        mine = torch.from_numpy(np.where(on(shares), p, 0.0))
        return Curve(shares, torch.stack((mine, 0.5 - 0.2 * mine if ever else 1 - mine * 0), 1))

    def both(shares):  # type: ignore[no-untyped-def]
        return Curves(
            curve(shares, lambda s: s >= reached - 1e-9), curve(shares, lambda s: s < reached)
        )

    return Measurement(0, p, linear=both(linear(16)), logarithmic=both(GRID).insertion)


def judged(ours: Measurement, energy: Measurement, chance: float = 0.9, says: str = "cat"):  # type: ignore[no-untyped-def]
    return findings.ranking_finding("cat", says, ours, energy, [measured(chance)])


def test_a_ranking_that_beats_the_sizes_says_more() -> None:
    said = judged(measured(GRID[5]), measured(GRID[9]))
    assert said.outcome == "more"
    assert said.text.startswith("The strongest 1.8\u00a0% of the coefficients already make")
    assert "the largest 18\u00a0% do so without asking it" in said.text
    assert "explained nothing" not in said.text


@pytest.mark.parametrize(("ours", "verdict"), [(5, "alike"), (7, "less"), (12, "chance")])
def test_one_that_does_not_beat_them_has_explained_nothing(ours: int, verdict: str) -> None:
    said = judged(measured(GRID[ours]), measured(GRID[5]))
    assert said.outcome == verdict
    assert "it has explained nothing here" in said.text.replace("*", "")
    assert ("so do the largest 1.8\u00a0%" in said.text) == (verdict == "alike")


def test_a_share_and_an_area_that_disagree_are_both_said() -> None:
    early = measured(GRID[5])
    weak = measured(GRID[4], p=0.45)  # says it sooner, and with less conviction
    weak = Measurement(0, 0.8, weak.linear, weak.logarithmic)
    said = judged(weak, early)
    assert said.outcome == "less" and "; yet over all shares of this input the ranking" in said.text


def test_a_class_that_is_not_the_prediction_has_no_sufficient_share() -> None:
    said = judged(measured(0.1), measured(0.1), says="dog")
    assert said.text.startswith("The network says dog on the whole input, not cat")
    assert "%" not in said.text


def test_what_needs_everything_is_said_so() -> None:
    said = judged(measured(2.0), measured(GRID[4]))
    assert said.text.startswith("Only all coefficients together make the network say cat")
    assert said.outcome == "chance"


@pytest.mark.parametrize(
    ("highest", "words"), [(0.01, "cannot argue"), (0.3, "a little"), (0.9, "is not there**")]
)
def test_the_wrong_class_is_judged_by_its_p(highest: float, words: str) -> None:
    assert words in findings.wrong_class_finding("dog", highest)


def stages(*correlations: float) -> list[RandomisationStep]:
    parts = [Part(f"layer{n}", (f"layer{n}",)) for n in range(len(correlations))]
    made = (RandomisationStep(part, c, c / 2) for part, c in zip(parts, correlations, strict=True))
    return [RandomisationStep(None, 1.0, 1.0), *made]


def test_a_map_that_outlives_the_weights_comes_from_the_input() -> None:
    assert "comes from the input" in findings.randomisation_finding(
        stages(0.95, 0.9), independent=False
    )
    gone = findings.randomisation_finding(stages(0.5, -0.04), independent=False)
    assert "shows what the network learnt" in gone and "−0.04" in gone
    alone = findings.randomisation_finding(stages(0.2, 0.7), independent=True)
    assert "most on layer0" in alone and "least on layer1" in alone


def test_random_orders_are_an_area_behind_the_curves() -> None:
    shares = np.array([0.0, 0.01, 1.0])
    band = evaluation_charts.CurveRange("At random", shares, shares / 2, shares)
    figure = evaluation_charts.curves_figure(
        {"a": (shares, shares)}, Look(), logarithmic=True, direction="insertion", band=band
    )
    low, high, line = figure.data
    assert (low.fill, high.fill, line.name) == (None, "tonexty", "a")
    assert list(low.x) == [1, 100] and list(low.y) == [0.005, 0.5], "a share of 0 is left out"
    assert [trace.showlegend for trace in (low, high)] == [False, True]


def test_every_stage_is_drawn_and_named() -> None:
    figure = evaluation_charts.randomisation_figure(stages(0.4, 0.1), Look(), independent=False)
    assert list(figure.data[0].y) == [1.0, 0.4, 0.1]
    assert list(figure.layout.xaxis.ticktext) == ["trained", "layer0", "layer1"]
