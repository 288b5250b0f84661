"""The three checks of one explanation: their numbers, grades and cost; the network stays as it is."""

import copy

import pytest
import torch
from torch import nn

from wam_core import (
    Classifier,
    Gradient,
    IntegratedGradients,
    PathSigned,
    SmoothGrad,
    explain,
    transforms,
)
from wam_core.errors import ModelError
from wam_core.evaluation import reliability
from wam_core.evaluation.controls import ENERGY, SHOWN, Entry, comparison
from wam_core.evaluation.map_similarity import rank_correlations
from wam_core.evaluation.metrics import METRICS
from wam_core.evaluation.randomisation import head_randomised
from wam_core.evaluation.reliability import Check, Grade, Reliability, cost, reliability_steps
from wam_core.steps import run_to_end

HAAR = transforms.build("dwt", ndim=2, levels=2)
PATHS = [
    Gradient(),
    SmoothGrad(1, 0.1),
    SmoothGrad(25, 0.1),
    SmoothGrad(200, 0.1),
    SmoothGrad(4, 0.1, along=IntegratedGradients(25)),
    IntegratedGradients(1),
    IntegratedGradients(25),
    IntegratedGradients(200),
    PathSigned(HAAR, 2),
    PathSigned(HAAR, 25),
    PathSigned(HAAR, 200),
]


@pytest.fixture(scope="module")
def net() -> Classifier:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        module = nn.Sequential(
            nn.Conv2d(1, 6, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(6 * 49, 4)
        )
    return Classifier(module, ndim=2)


X = torch.randn(1, 1, 16, 16, generator=torch.Generator().manual_seed(1))


def explained(net: Classifier, path):  # type: ignore[no-untyped-def]
    return explain(net, X, 2, transform=HAAR, path=path)


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_a_check_takes_about_a_hundred_passes_forward_whatever_the_path(net, path) -> None:  # type: ignore[no-untyped-def]
    result, told = explained(net, path), []
    found = run_to_end(reliability_steps(net, result), told.append)
    assert [check.name for check in found.checks] == ["baseline", "stability", "randomisation"]
    done = [step.done for step in told]
    assert done == sorted(done) and done[-1] == told[-1].total == cost(result) <= 120


def test_the_numbers_are_those_of_the_slow_way(net: Classifier) -> None:
    result = explained(net, IntegratedGradients(25))
    before = copy.deepcopy(net.module.state_dict())
    found = run_to_end(reliability_steps(net, result, seed=5))
    assert all(torch.equal(before[name], now) for name, now in net.module.state_dict().items())
    baseline, stability, randomisation = found.checks
    measured = run_to_end(comparison(net, result, [Entry(SHOWN), Entry(ENERGY)]))
    for value, name in ((baseline.value, SHOWN), (baseline.reference, ENERGY)):
        ((_, expected),) = METRICS["log-auc"].rows(measured[Entry(name)])
        assert value == pytest.approx(expected, abs=1e-5)
    assert stability.value == float(result.standard_error()[0])
    other = explained(head_randomised(net, X, 5), result.path)
    numbers = randomisation.value, randomisation.reference
    assert numbers == pytest.approx(rank_correlations(result, other), abs=1e-4)
    assert set(found.maps) == {"baseline", "randomisation"}, (
        "no second map where the error is known"
    )


def test_a_path_without_an_error_is_explained_again(net: Classifier) -> None:
    result = explained(net, PathSigned(HAAR, 25))
    found = run_to_end(reliability_steps(net, result))
    second = explained(net, PathSigned(HAAR, 12))
    stability, randomisation = found.checks[1:]
    assert stability.value == pytest.approx(rank_correlations(result, second)[0], abs=1e-4)
    assert (stability.reference, stability.measure) == (12, "rank correlation")
    changed = explained(head_randomised(net, X, 0), PathSigned(HAAR, 12))
    # compared at as many points as it was explained with
    assert randomisation.value == pytest.approx(rank_correlations(second, changed)[0], abs=1e-4)


def test_only_the_head_is_randomised(net: Classifier) -> None:
    drawn = head_randomised(net, X, 0).module.state_dict()
    same = {name for name, now in net.module.state_dict().items() if torch.equal(now, drawn[name])}
    assert same == {"0.weight", "0.bias"}
    with pytest.raises(ModelError, match="no layer whose weights"):
        head_randomised(Classifier(nn.Flatten(), ndim=2), X, 0)


def test_a_map_of_the_input_alone_fails_the_randomisation_check(net: Classifier) -> None:
    result = explained(net, IntegratedGradients(5))
    assert reliability._randomisation(result, result).grade is Grade.POOR


@pytest.mark.parametrize(
    ("ours", "grade"),
    [(0.33, Grade.GOOD), (0.30, Grade.WEAK), (0.295, Grade.WEAK), (0.27, Grade.POOR)],
)
def test_the_baseline_has_to_be_beaten_clearly(ours: float, grade: Grade) -> None:
    assert reliability._baseline(ours, 0.3, p=0.5).grade is grade


def test_the_first_of_the_worst_checks_decides() -> None:
    def found(*grades: Grade) -> Reliability:
        names = ("baseline", "stability", "randomisation")
        checks = (Check(n, g, "", 0.0) for n, g in zip(names, grades, strict=True))
        return Reliability(tuple(checks), {})

    assert found(Grade.WEAK, Grade.POOR, Grade.POOR).decisive.name == "stability"
    assert found(Grade.WEAK, Grade.GOOD, Grade.WEAK).decisive.name == "baseline"
    assert found(Grade.GOOD, Grade.GOOD, Grade.GOOD).decisive.grade is Grade.GOOD
