"""What groups of levels contribute: numbers against the network, chart, and short texts."""

import doctest
import itertools
from types import SimpleNamespace

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app import kinds
from app.components import contributions
from app.figures import contributed
from app.figures.contributed import Effect, Effects
from app.figures.theme import Look
from app.session import plain
from tests.app.pages import MAIN, mine, texts, until_quiet
from tests.reports import told
from wam_core.views import piece


def effect(name: str, contribution: float, total: float | None = None, **others: object) -> Effect:
    numbers = {"alone": 0.4, "without": 0.2, "instead": "", "share": 0.5, "count": 0.5}
    return Effect(name, "2 px: edges", contribution, total=total, **(numbers | others))  # type: ignore[arg-type]


def effects(*parts: Effect, measure: str = "probability") -> Effects:
    return Effects("cat", measure, 0.39, parts)


COARSE, FINE = effect("Coarse", 0.22, 1.5), effect("Fine", -0.17, -0.8, instead="lynx", without=0.5)


def test_examples_are_true() -> None:
    found = doctest.testmod(contributed)
    assert found.attempted and not found.failed


@pytest.mark.parametrize(
    ("contribution", "said"),
    [(0.219, "+0.22"), (-0.17, "−0.17"), (0.034, "+0.03"), (0.0123, "+0.01"), (-4e-4, "0.00")],
)
def test_a_contribution_is_a_signed_number_with_a_true_minus(
    contribution: float, said: str
) -> None:
    assert contributed.headline(effects(effect("Coarse", contribution))) == f"coarse {said}"


def test_the_headline_has_every_group_and_few_words() -> None:
    words = contributed.headline(effects(COARSE, effect("Middle", 0.01), FINE))
    assert words == "coarse +0.22, middle +0.01, fine −0.17"
    assert len(words.split()) <= 20


def test_the_sentence_is_about_the_largest_contribution() -> None:
    assert contributed.sentence(effects(COARSE, FINE)).startswith("Coarse scales contribute +0.22")
    against = contributed.sentence(effects(effect("Coarse", 0.1), FINE))
    assert against.endswith("without them p = 0.50, prediction “lynx”.")
    assert len(against.split()) <= 20
    contrast = contributed.sentence(effects(COARSE, measure="difference of logits"))
    assert "to Δ logit = 0.39" in contrast


def test_ablation_and_map_disagree_only_where_both_are_clear() -> None:
    assert contributed.disagreement(effects(COARSE, FINE)) == ""
    chair = effects(effect("Coarse", 0.34, -0.87), effect("Fine", 0.03, 2.0))
    assert "coarse: contribution +0.34, sum of attributions −0.87" in contributed.disagreement(
        chair
    )
    assert "fine" not in contributed.disagreement(chair)
    small = effects(effect("Coarse", 0.34, -0.01), effect("Fine", -0.001, 2.0))
    assert contributed.disagreement(small) == ""
    assert contributed.disagreement(effects(effect("Coarse", 0.34))) == "", "a map without a sum"


def test_only_noisy_copies_have_shares_that_are_extrapolated() -> None:
    assert "fine 80" in contributed.method_note(effects(effect("Fine", 0.3, lasting=0.82)))
    assert "under 5" in contributed.method_note(effects(effect("Fine", 0.3, lasting=0.01)))
    note = contributed.method_note(effects(COARSE, FINE))
    assert "4 subsets" in note and "Sampling noise" not in note


@pytest.mark.parametrize("dark", [False, True])
def test_the_chart_has_both_bars_of_every_group_and_the_input(dark: bool) -> None:
    figure = contributed.chart(effects(COARSE, FINE), Look(dark=dark))
    only, without = figure.data
    assert (list(only.x), list(without.x)) == ([0.4, 0.4], [0.2, 0.5])
    assert [text.split("<br>")[0] for text in only.y] == ["Coarse +0.22", "Fine −0.17"]
    assert figure.layout.shapes[0].x0 == 0.39
    low, high = figure.layout.xaxis.range
    assert low == 0 and high > 0.5
    contrast = Effects("a − b", "difference of logits", 1.0, (effect("Fine", 1, alone=-2.0),))
    assert contributed.chart(contrast, Look()).layout.xaxis.range[0] < -2


def test_names_of_classes_are_no_markup_in_the_chart() -> None:
    figure = contributed.chart(Effects("<b>x</b>", "probability", 0.5, (COARSE,)), Look())
    assert "<b>" not in figure.layout.xaxis.title.text


@pytest.mark.parametrize("kind", ["image", "sound", "volume"])
def test_the_numbers_are_those_of_the_network(kind: str) -> None:
    report = told(kind)
    result, net, of = report.result, report.net, kinds.of(report.signal)
    groups = of.groups(result.attribution)
    found = contributed.group_effects(
        result, net, groups, of.group_structures, of.units(net, result.layout, report.signal),
        net.predict(contributed.partial_inputs(result, groups)),
    )  # fmt: skip
    target = result.target.index

    def p(names: tuple[str, ...]) -> float:
        bands = [band for name in names for band in groups[name]]
        x = piece(result.transform, result.coefficients, result.size, bands)
        return float(net.predict(x)[0, target])

    assert [part.name for part in found.parts] == list(groups)
    assert found.value == pytest.approx(float(result.probabilities[0, target]), abs=1e-4)
    nothing = float(net.predict(torch.zeros_like(result.input))[0, target])
    total = sum(part.contribution for part in found.parts)
    assert total == pytest.approx(found.value - nothing, abs=1e-5)
    orders = list(itertools.permutations(groups))
    for part in found.parts:
        others = tuple(name for name in groups if name != part.name)
        assert part.alone == pytest.approx(p((part.name,)), abs=1e-5)
        assert part.without == pytest.approx(p(others), abs=1e-5)
        gains = [
            p(order[: order.index(part.name) + 1]) - p(order[: order.index(part.name)])
            for order in orders
        ]
        assert part.contribution == pytest.approx(sum(gains) / len(gains), abs=1e-5)
    assert sum(part.share for part in found.parts) == pytest.approx(1)
    assert sum(part.count for part in found.parts) == pytest.approx(1)


def test_the_tab_shows_sentence_chart_and_numbers() -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=90)
    app.query_params["method"], app.query_params["samples"] = "SmoothGrad", "8"
    app.query_params["tab"] = "Contributions"
    until_quiet(app)
    shown = mine(app).explained["image"]
    kind, subject = kinds.of(shown.subject.signal), shown.subject
    groups = kind.groups(shown.result.attribution)
    found = contributed.group_effects(
        shown.result, subject.net, groups, kind.group_structures,
        kind.units(subject.net, shown.result.layout, subject.signal),
        subject.net.predict(contributed.partial_inputs(shown.result, groups)),
    )  # fmt: skip
    assert plain(contributed.sentence(found)) in texts(app)
    (table,) = app.table
    assert list(table.value["Contribution"]) == [
        row["Contribution"] for row in contributed.rows(found)
    ]


def test_a_map_of_zeros_has_no_contributions() -> None:
    zero = SimpleNamespace(result=SimpleNamespace(is_zero=True))
    assert contributions.group_answers(zero) is None  # type: ignore[arg-type]
