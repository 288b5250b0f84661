"""A study's figure and sentence: the best on top, controls marked, and no gain where there is none."""

import pytest

from app.figures import evaluation_charts, findings
from app.figures.theme import Look
from wam_core.evaluation.methods import METHODS
from wam_core.evaluation.report import Interval, Line

NAMES = {name: method.title for name, method in METHODS.items()}


def line(method: str, mean: float, gain: tuple[float, float] | None = None, n: int = 9) -> Line:
    around = Interval(mean, mean - 0.1, mean + 0.2, n)
    over = None if gain is None else Interval(sum(gain) / 2, *gain, n)
    return Line(method, "log-auc", "", around, over, 1.0)


LINES = [
    line("wam-sg", 0.3, (-0.2, -0.1)),
    line("wam-path-opponent", 0.6, (0.05, 0.15)),
    line("wam-ig", 0.5, (-0.1, 0.1)),
    line("control-z", 0.4),
    line("control-z-opponent", 0.45),
]


def drawn(higher: bool | None = True):  # type: ignore[no-untyped-def]
    figure = evaluation_charts.intervals_figure(
        LINES, Look(), title="log-AUC", higher=higher, names=NAMES
    )
    return figure, {trace.name: trace for trace in figure.data}


@pytest.mark.parametrize(
    ("higher", "top"), [(True, "Path-signed,<br>opponent"), (False, "WAM SmoothGrad")]
)
def test_the_best_stands_on_top(higher: bool, top: str) -> None:
    figure, _ = drawn(higher)
    assert figure.layout.yaxis.categoryarray[-1].startswith(top)
    assert ("more" if higher else "less") in figure.layout.xaxis.title.text


def test_controls_are_grey_and_each_method_shows_the_mean_of_its_own() -> None:
    _, traces = drawn()
    assert set(traces["control"].y) == {"|z| alone", "|z|, opponent<br>colours"}
    assert traces["control"].marker.color != traces["asks the network"].marker.color
    ticks = dict(zip(traces["mean of its control"].y, traces["mean of its control"].x, strict=True))
    assert ticks == {
        "Path-signed,<br>opponent colours": 0.45,
        "WAM IG (eq. 3)": 0.4,
        "WAM SmoothGrad<br>(eq. 2)": 0.4,
    }


def test_a_bar_is_the_interval_of_its_mean() -> None:
    _, traces = drawn()
    error = traces["asks the network"].error_x
    assert list(error.array) == pytest.approx([0.2] * 3)
    assert list(error.arrayminus) == pytest.approx([0.1] * 3)


def test_a_sentence_tells_gains_from_losses_and_from_what_is_not_known() -> None:
    said = findings.study_finding(LINES, "log-AUC", NAMES)
    assert "over 9 inputs" in said
    assert (
        "**Path-signed, opponent colours** (+0.100 [+0.050, +0.150]) gains over its own control"
        in said
    )
    assert "**WAM IG (eq. 3)** (+0.000 [−0.100, +0.100]) does not gain clearly" in said
    assert "**WAM SmoothGrad (eq. 2)** (−0.150 [−0.200, −0.100]) falls short" in said
    assert said.count("explained nothing") == 2


def test_several_share_a_verb_and_few_inputs_are_no_proof() -> None:
    some = [line(name, 0.5, (0.1, 0.2), 3) for name in ("wam-ig", "wam-sg", "wam-path")]
    said = findings.study_finding(some, "log-AUC", NAMES)
    assert "**WAM SmoothGrad (eq. 2)** (+0.150 [+0.100, +0.200]) and **Path-signed**" in said
    assert "gain over their own controls: they say more" in said
    assert said.endswith("Too few for a conclusion.")
    assert "One input has no interval" in findings.study_finding(
        [line("wam-ig", 0.5, (0, 0), 1)], "x", NAMES
    )
    assert findings.study_finding([line("control-z", 0.5)], "x", NAMES) == ""
