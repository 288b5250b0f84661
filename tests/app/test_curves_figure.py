"""Curves of several orders: what is a control, what is logarithmic, and which way features go."""

import numpy as np
import pytest

from app.figures import evaluation_charts
from app.figures.theme import Look
from wam_core.evaluation.methods import METHODS

SHARES = np.linspace(0, 1, 5)
DRAWN = {
    "WAM IG (eq. 3)": (SHARES, SHARES),
    METHODS["control-z"].title: (SHARES, SHARES**2),
    METHODS["random"].title: (SHARES, SHARES**3),
    "Saliency": (SHARES, 1 - SHARES),
}


def drawn(**options):
    usual = {"logarithmic": False, "direction": "insertion"}
    figure = evaluation_charts.curves_figure(DRAWN, Look(), **usual | options)
    return figure, {trace.name: trace for trace in figure.data}


def test_controls_are_dashed_and_grey_and_the_others_are_not():
    figure, traces = drawn()
    assert list(traces)[:2] == ["|z| alone", "Random coefficients"]  # behind the others
    dashes = {name: trace.line.dash for name, trace in traces.items()}
    assert dashes == {
        "|z| alone": "dash", "Random coefficients": "dot",
        "WAM IG (eq. 3)": "solid", "Saliency": "solid",
    }  # fmt: skip
    colours = {name: trace.line.color for name, trace in traces.items()}
    assert colours["|z| alone"] == colours["Random coefficients"]
    assert len(set(colours.values())) == 3
    assert colours == evaluation_charts.palette(DRAWN, Look())
    assert figure.layout.showlegend


def test_other_names_can_be_controls():
    _, traces = drawn(controls=("Saliency",))
    assert traces["Saliency"].line.dash == "dash" and traces["|z| alone"].line.dash == "solid"


def test_a_logarithmic_axis_leaves_out_the_share_that_has_no_logarithm():
    figure, traces = drawn(logarithmic=True)
    assert figure.layout.xaxis.type == "log"
    assert list(traces["Saliency"].x) == [25, 50, 75, 100]
    assert list(traces["Saliency"].y) == [0.75, 0.5, 0.25, 0]
    assert figure.layout.xaxis.range == (-1, 2)  # 0.1 % … 100 %
    _, traces = drawn()
    assert len(traces["Saliency"].x) == 5


@pytest.mark.parametrize(("direction", "word"), [("insertion", "on"), ("deletion", "off")])
def test_the_axis_says_which_way_features_are_switched(direction, word):
    figure, _ = drawn(direction=direction)
    assert figure.layout.xaxis.title.text == f"features switched {word}, %, strongest first"


def test_small_probabilities_fill_the_figure_and_no_curves_are_no_error():
    low = {"a": (SHARES, 0.01 * SHARES)}
    figure = evaluation_charts.curves_figure(
        low, Look(dark=True), logarithmic=False, direction="insertion"
    )
    assert figure.layout.yaxis.range[1] == pytest.approx(0.0115)
    assert not evaluation_charts.curves_figure(
        {}, Look(), logarithmic=True, direction="deletion"
    ).data


def test_no_colour_comes_twice_among_four_and_each_is_seen_on_its_page():
    def luminance(colour):
        parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for dark, page in ((False, "#ffffff"), (True, "#0e1117")):
        colours = evaluation_charts.palette(
            ["a", "b", "c", "d", "random"], Look(dark), {"random"}
        ).values()
        assert len(set(colours)) == 5
        for colour in colours:
            light, dim = sorted((luminance(colour), luminance(page)), reverse=True)
            assert (light + 0.05) / (dim + 0.05) > 4
