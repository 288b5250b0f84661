"""A study: every method on every input, what is skipped, and taking it up again."""

import math

import pytest
import torch
from torch.testing import assert_close

from tests.oracles import draw, network
from wam_core import DiscreteWaveletTransform
from wam_core.errors import InputError, SettingsError
from wam_core.evaluation.methods import METHODS, Question, Settings
from wam_core.evaluation.mixtures import with_noise
from wam_core.evaluation.report import in_order, summary
from wam_core.evaluation.study import Item, Plan, study
from wam_core.steps import run_to_end

SETTINGS = Settings(DiscreteWaveletTransform("haar", 1, 2), samples=3)
METRICS = (
    "insertion", "deletion", "faithfulness", "ff", "fid-in",
    "log-auc", "sufficient", "necessary", "wrong-class", "mu-fidelity",
)  # fmt: skip


def plan(*methods, metrics=METRICS, **options):
    return Plan(
        methods or ("wam-ig", "saliency", "control-z", "control-x", "random"),
        metrics, SETTINGS, steps=4, points=4, **options,
    )  # fmt: skip


def items(count=2):
    return [Item(f"input {n}", lambda n=n: draw(2, size=(8, 8), seed=n)) for n in range(count)]


def net():
    return network(2, size=(8, 8))


def test_every_method_is_measured_on_every_input_in_every_metric():
    results = run_to_end(study(net(), items(), plan()))
    assert not results.failures
    readings = {"insertion": 2, "deletion": 2, "faithfulness": 2}
    each = sum(readings.get(metric, 1) for metric in METRICS)
    assert len(results.rows) == 2 * 5 * (each + 1)  # and the seconds
    assert len({row[:4] for row in results.rows}) == len(results.rows)
    assert all(math.isfinite(row.value) for row in results.rows)
    value = {row[:4]: row.value for row in results.rows}
    for name in ("wam-ig", "random"):
        for reading in ("petsiuk", "normalised"):
            parts = [value["input 1", name, m, reading] for m in ("insertion", "deletion")]
            assert value["input 1", name, "faithfulness", reading] == pytest.approx(
                parts[0] - parts[1]
            )
    spent = [row for row in results.rows if row.metric == "seconds"]
    assert {row.method for row in spent} == set(plan().methods)
    assert all(row.value > 0 for row in spent)


@pytest.mark.parametrize("name", [n for n in METHODS if "gradcam" not in n])
def test_every_method_answers_with_a_strength_for_each_feature(name):
    classifier, x = network(2, channels=3, size=(8, 8)), draw(2, channels=3, size=(8, 8))
    method = METHODS[name]
    strength = run_to_end(method.steps(Question(classifier, x, 1, SETTINGS)))
    features = method.domain(SETTINGS).features(x)
    assert strength.shape[1] == features.shape[2] and strength.shape[0] in (1, 3)
    assert strength.isfinite().all() and len(strength.unique()) > 10
    assert method.asks == (not name.startswith(("control", "random")))
    if method.asks:
        control = METHODS[method.control]
        assert not control.asks
        alone = run_to_end(control.steps(Question(classifier, x, 1, SETTINGS)))
        assert alone.shape == strength.shape or "shared" not in method.control


def test_rows_in_any_order_are_put_into_that_of_one_run():
    asked = plan("wam-ig", "control-z", "random")
    rows = list(run_to_end(study(net(), items(3), asked)).rows)
    names = [item.name for item in items(3)]
    mixed = [row for name in (2, 0, 1) for row in rows if row.input == names[name]]
    late = [row for row in mixed if row.method == "wam-ig"]
    mixed = [row for row in mixed if row.method != "wam-ig"] + late
    assert mixed != rows and in_order(mixed, names, asked.methods) == rows
    fewer = in_order(mixed, names[1:], asked.methods)
    assert fewer == [row for row in rows if row.input != names[0]] + [
        row for row in rows if row.input == names[0]
    ]


def test_an_input_that_cannot_be_read_is_named_and_skipped():
    def broken():
        raise InputError("b.jpg is damaged")

    some = [items()[0], Item("b.jpg", broken), items()[1]]
    results = run_to_end(study(net(), some, plan("control-z")))
    assert [tuple(failure) for failure in results.failures] == [("b.jpg", "b.jpg is damaged")]
    assert {row.input for row in results.rows} == {"input 0", "input 1"}


def test_a_method_that_fails_on_an_input_leaves_the_others():
    results = run_to_end(study(net(), items(1), plan("gradcam", "control-z")))
    assert results.failures[0].input == "input 0"
    assert results.failures[0].reason.startswith("gradcam: GradCAM needs a layer")
    assert {row.method for row in results.rows} == {"control-z"}


def test_a_cancelled_study_keeps_what_it_measured():
    steps, seen = study(net(), items(), plan("control-z", "random")), None
    for progress in steps:
        if progress.done == 3:
            seen = progress
            break
    steps.close()
    assert {(row.input, row.method) for row in seen.rows} == {
        ("input 0", "control-z"), ("input 0", "random"), ("input 1", "control-z"),
    }  # fmt: skip


def test_a_study_taken_up_again_gives_the_same_numbers():
    whole = run_to_end(study(net(), items(), plan("wam-sg", "random")))
    done = {("input 0", "wam-sg"), ("input 0", "random"), ("input 1", "random")}
    rest = run_to_end(study(net(), items(), plan("wam-sg", "random"), done=done))
    expected = [row for row in whole.rows if (row.input, row.method) not in done]
    assert [row for row in rest.rows if row.metric != "seconds"] == [
        row for row in expected if row.metric != "seconds"
    ]


def test_a_label_decides_what_is_explained():
    x = items(1)[0].read()
    predicted = int(net().scores(x).argmax())
    other = (predicted + 1) % 3
    metrics = ("insertion",)
    values = [
        run_to_end(
            study(net(), [Item("a", lambda: x, label)], plan("control-z", metrics=metrics))
        ).rows[0].value
        for label in (None, predicted, other)
    ]  # fmt: skip
    assert values[0] == values[1] != values[2]


def test_a_second_network_judges_the_same_inputs():
    seen = []

    def score(x):
        seen.append(len(x))
        return torch.full((len(x), 3), 0.25)

    results = run_to_end(
        study(net(), items(1), plan("control-z", metrics=("second-network",), transfer_score=score))
    )
    assert results.rows[0].value == pytest.approx(0.25)
    assert sum(seen) == 4


def test_noise_is_added_to_what_the_network_receives():
    x = items(1)[0].read()
    heard = with_noise(x, 3.0, 0).sum
    plain, noisy, given = (
        run_to_end(study(net(), [Item("a", lambda v=v: v, 1)], each)).rows
        for v, each in (
            (x, plan("control-z")),
            (x, plan("control-z", noise=3.0)),
            (heard, plan("control-z")),
        )
    )
    values = [
        [row.value for row in rows if row.metric != "seconds"] for rows in (plain, noisy, given)
    ]
    assert values[0] != values[1] == values[2]


def test_a_ranking_that_knows_nothing_gains_nothing_over_its_control():
    metrics = ("faithfulness", "sufficient")
    results = run_to_end(study(net(), items(6), plan("wam-z-sg", "control-z", metrics=metrics)))
    lines = {(line.method, line.metric, line.reading): line for line in
             summary(results.rows)}  # fmt: skip
    line = lines["wam-z-sg", "faithfulness", "petsiuk"]
    values = {row[:4]: row.value for row in results.rows}
    gains = [
        values[f"input {n}", "wam-z-sg", "faithfulness", "petsiuk"]
        - values[f"input {n}", "control-z", "faithfulness", "petsiuk"]
        for n in range(6)
    ]
    assert_close(line.gain.mean, sum(gains) / 6)
    assert line.gain.low <= line.gain.mean <= line.gain.high and line.gain.n == 6
    assert lines["control-z", "faithfulness", "petsiuk"].gain is None
    shares = [
        values[f"input {n}", "control-z", "sufficient", ""]
        - values[f"input {n}", "wam-z-sg", "sufficient", ""]
        for n in range(6)
    ]
    assert_close(lines["wam-z-sg", "sufficient", ""].gain.mean, sum(shares) / 6)
    assert line.seconds > 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"methods": ("lime",)}, "accepted: wam-gradient"),
        ({"metrics": ("beauty",)}, "accepted: insertion"),
        ({"methods": ()}, "at least one method"),
        ({"steps": 5}, "even number"),
        ({"metrics": ("second-network",)}, "needs a second network"),
    ],
)
def test_a_plan_that_cannot_be_measured_is_refused(change, said):
    usual = {"methods": ("random",), "settings": SETTINGS}
    with pytest.raises(SettingsError, match=said):
        Plan(**usual | change)


def test_samples_of_a_network_that_hears_are_those_of_its_representation():
    from tests.oracles import represented
    from wam_core.evaluation.methods import question

    classifier, x = represented(2), draw(2)
    heard = question("saliency", classifier, x, 1, SETTINGS)
    m = classifier.represent(x)
    assert torch.equal(heard.x, m)
    assert torch.equal(heard.origin, classifier.represent(torch.zeros_like(x)))
    assert_close(heard.classifier.predict(heard.x), classifier.predict(x))
    assert question("wam-sg", classifier, x, 1, SETTINGS).x is x
    strength = run_to_end(METHODS["control-x"].steps(heard))
    assert_close(strength[0], (m - heard.origin).abs().sum(1).flatten())
    results = run_to_end(
        study(classifier, [Item("a", lambda: x)], plan("saliency", "wam-sg", metrics=("ff",)))
    )
    assert len(results.rows) == 4 and not results.failures
