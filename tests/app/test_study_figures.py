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


def test_baselines_are_grey_and_each_method_shows_the_mean_of_its_own() -> None:
    _, traces = drawn()
    assert set(traces["baseline"].y) == {"|z| alone", "|z|, opponent<br>colours"}
    assert traces["baseline"].marker.color != traces["uses model gradients"].marker.color
    ticks = dict(zip(traces["baseline mean"].y, traces["baseline mean"].x, strict=True))
    assert ticks == {
        "Path-signed,<br>opponent colours": 0.45,
        "WAM IG (eq. 3)": 0.4,
        "WAM SmoothGrad<br>(eq. 2)": 0.4,
    }


def test_a_bar_is_the_interval_of_its_mean() -> None:
    _, traces = drawn()
    error = traces["uses model gradients"].error_x
    assert list(error.array) == pytest.approx([0.2] * 3)
    assert list(error.arrayminus) == pytest.approx([0.1] * 3)


def test_one_input_has_no_bar() -> None:
    one = [line("wam-ig", 0.5, (0.1, 0.1), 1), line("control-z", 0.4, n=1)]
    figure = evaluation_charts.intervals_figure(
        one, Look(), title="log-AUC", higher=True, names=NAMES
    )
    assert not any(trace.error_x.visible for trace in figure.data)
    said = findings.study_finding(one, "log-AUC", NAMES)
    assert said == (
        "log-AUC, gain over the baseline: WAM IG (eq. 3) (+0.100). n\u00a0=\u00a01, not conclusive. "
        "Confidence intervals need at least two inputs."
    )


def test_below_ten_inputs_nothing_is_concluded() -> None:
    said = findings.study_finding(LINES, "log-AUC", NAMES)
    assert said.endswith("n\u00a0=\u00a09, not conclusive.") and "**" not in said
    assert "better" not in said and "below" not in said


def test_from_ten_inputs_on_a_sentence_tells_better_from_worse_and_from_neither() -> None:
    many = [one._replace(interval=one.interval._replace(n=10)) for one in LINES]
    said = findings.study_finding(many, "log-AUC", NAMES)
    assert said == (
        "log-AUC, n\u00a0=\u00a010: **Path-signed, opponent colours** (+0.100 [+0.050, +0.150]) better "
        "than the baseline; **WAM IG (eq. 3)** (+0.000 [−0.100, +0.100]) not significantly different "
        "from the baseline; **WAM SmoothGrad (eq. 2)** (−0.150 [−0.200, −0.100]) below the baseline."
    )
    assert findings.study_finding([line("control-z", 0.5)], "x", NAMES) == ""
