"""How far an attribution is from its limit: said by the explanation itself, checked by long runs."""

import io
import math

import pytest
import torch

import models
from models import samples
from tests.oracles import assert_same, draw, flat, network, represented
from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.engine import explain, explain_steps
from wam_core.errors import SettingsError
from wam_core.paths import Gradient, IntegratedGradients, SmoothGrad, from_settings, settings
from wam_core.steps import run_to_end
from wam_core.transforms.dwt import DiscreteWaveletTransform
from wam_core.views import lasting_profile, profile

pytestmark = pytest.mark.slow

NDIMS = pytest.mark.parametrize("ndim", [1, 2, 3])


def explained(net, x, path, *, levels=1, wavelet="db2", **options):
    transform = DiscreteWaveletTransform(wavelet, levels, net.ndim)
    return explain(net, x, 1, transform=transform, path=path, **options)


def off(found, limit):
    """‖found − limit‖ / ‖found‖ of the first sample."""
    a, b = flat(found.attribution)[0], flat(limit.attribution)[0]
    return float((a - b).norm() / a.norm())


class Wave(torch.nn.Module):
    """Σ cos(k x) of every value: the mean gradient at noisy copies has a closed form."""

    def forward(self, x):
        first = (5 * x).cos().flatten(1).sum(1)
        return torch.stack((first, 2 * first), 1)


def test_the_standard_error_is_that_of_a_function_whose_noise_is_known():
    x = torch.linspace(-1, 1, 4096, dtype=torch.float64).view(1, 1, 64, 64)
    net = Classifier(Wave(), ndim=2, name="wave")
    spread, samples_taken = 0.15, 40
    sigma = spread * 2
    # ∂f = −10 sin(5 (x + σ ε)); its variance over ε, with E cos(5 σ ε) = exp(−12.5 σ²)
    shrunk = math.exp(-12.5 * sigma**2)
    limit = -10 * shrunk * (5 * x).sin()
    square = 50 * (1 - shrunk**4 * (10 * x).cos())
    variance = float((square - limit.square()).sum())
    expected = math.sqrt(variance / samples_taken)
    found = []
    for seed in range(4):
        result = explained(net, x, SmoothGrad(samples_taken, spread, seed), wavelet="haar")
        found.append(math.hypot(*(error for (error,) in result.errors.values())))
        ours = result.standard_error() * flat(result.attribution).norm()
        assert float(ours) == pytest.approx(found[-1], rel=1e-12)
    assert found == pytest.approx([expected] * 4, rel=0.1)


@pytest.mark.parametrize("wavelet", ["haar", "db4", "bior4.4"])
@pytest.mark.parametrize("aggregate", ["signed", "magnitude"])
def test_the_standard_error_agrees_with_a_long_run_in_every_band(aggregate, wavelet):
    x = draw(2, channels=1, size=(40, 40))
    net = Classifier(Wave(), ndim=2, name="wave")

    def run(samples_taken, seed):
        path = SmoothGrad(samples_taken, 0.05, seed, aggregate)
        return explained(net, x, path, levels=2, wavelet=wavelet)

    limit = run(4000, 99)
    shorts = [run(25, seed) for seed in range(6)]
    for band, values in limit.attribution.bands():
        true = [float((short.attribution[band] - values).norm()) for short in shorts]
        told = [short.errors[str(band)][0] for short in shorts]
        assert sum(told) / sum(true) == pytest.approx(1, abs=0.15)
        assert all(0.6 < ours / theirs < 1.6 for ours, theirs in zip(told, true, strict=True))


@pytest.mark.parametrize("spread", [0.02, 0.25])
def test_the_standard_error_of_a_real_network(spread):
    net, signal = models.load("digits3d"), samples.load("digit_3")
    x = net.prepare(signal)

    def run(samples_taken, seed):
        return explained(net, x, SmoothGrad(samples_taken, spread, seed), wavelet="haar")

    limit = run(600, 99)
    for seed in range(3):
        short = run(25, seed)
        assert 0.7 < float(short.standard_error()) / off(short, limit) < 1.4


def test_a_level_has_an_error_of_its_own():
    result = explained(network(2, size=(32, 32)), draw(2, size=(32, 32)), SmoothGrad(9), levels=3)
    levels = [float(result.standard_error(level)) for level in (0, 1, 2, 3)]
    assert len({round(each, 6) for each in levels}) == 4
    assert min(levels) <= float(result.standard_error()) <= max(levels)


@pytest.mark.parametrize("steps", [9, 10, 25])
@pytest.mark.parametrize("rule", ["trapezoid", "gauss-legendre"])
def test_the_error_of_integrated_gradients_is_not_too_small(rule, steps):
    net, x = network(2), 4 * draw(2)
    limit = explained(net, x, IntegratedGradients(400))
    result = explained(net, x, IntegratedGradients(steps, rule=rule))
    assert off(result, limit) < float(result.standard_error()) < 1
    finer = explained(net, x, IntegratedGradients(4 * steps - 3, rule=rule))
    assert float(finer.standard_error()) < float(result.standard_error()) / 4


def test_half_of_an_odd_trapezoid_is_the_trapezoid_of_half_as_many_intervals():
    net, x = network(2), 4 * draw(2)
    fine, coarse = (
        explained(net, x, IntegratedGradients(steps, rule="trapezoid")) for steps in (13, 7)
    )
    assert float(fine.standard_error()) == pytest.approx(off(fine, coarse), rel=1e-9)


@pytest.mark.parametrize("rule", ["trapezoid", "gauss-legendre"])
@pytest.mark.parametrize("steps", range(3, 12))
@pytest.mark.parametrize("grading", [1, 3])
def test_halves_of_paths_add_up_to_a_half(rule, steps, grading):
    halves = list(IntegratedGradients(steps, rule=rule, grading=grading).halves())
    assert sum(halves) == pytest.approx(0.5) and halves[1] == 0 and len(halves) == steps
    path = SmoothGrad(steps, along=IntegratedGradients(3))
    assert sum(path.halves()) == pytest.approx(steps // 2 / steps)
    assert len(list(path.halves())) == path.length


@NDIMS
def test_what_cannot_be_told_is_not_told(ndim):
    net, x = network(ndim), draw(ndim)
    for path in (Gradient(), SmoothGrad(1), IntegratedGradients(2)):
        result = explained(net, x, path)
        assert result.errors is None and result.standard_error() is None
    same = explained(net, x, SmoothGrad(4, spread=0))
    assert float(same.standard_error()) < 1e-14


@NDIMS
def test_members_of_a_batch_have_their_own_errors(ndim):
    net, x = network(ndim), draw(ndim, 3)
    x[1] *= 4
    for path in (
        SmoothGrad(6, 0.3),
        IntegratedGradients(5),
        SmoothGrad(4, 0.3, aggregate="magnitude"),
    ):
        together = explained(net, x, path).standard_error()
        for member in range(3):
            alone = explained(net, x[member : member + 1], path).standard_error()
            assert float(alone) == pytest.approx(float(together[member]), rel=1e-9)


@pytest.mark.parametrize("size", [1, 3, 8])
def test_the_micro_batch_changes_the_last_digits_of_the_error_only(size):
    net, x = network(2), draw(2)
    for path in (
        SmoothGrad(11, 0.3),
        IntegratedGradients(11),
        SmoothGrad(5, 0.3, along=IntegratedGradients(4)),
    ):
        one, other = (explained(net, x, path, micro_batch=each) for each in (4, size))
        assert float(one.standard_error()) == pytest.approx(float(other.standard_error()), rel=1e-9)


def test_steps_tell_the_error_so_far_and_the_last_that_of_the_result():
    net, x, seen = network(2), draw(2), []
    path = SmoothGrad(10, 0.3)
    result = explained(net, x, path, micro_batch=1, on_step=seen.append)
    told = [step.standard_error() for step in seen]
    assert math.isnan(told[0]) and told[-1] == pytest.approx(
        float(result.standard_error()), rel=1e-12
    )
    shorter = explained(net, x, SmoothGrad(4, 0.3))
    assert told[3] == pytest.approx(float(shorter.standard_error()), rel=1e-9)


# ---- stopping when it is good enough


def stopped(path, micro_batch=2, net=None, **options):
    seen = []
    x = draw(2, **options)
    net = net or network(2, channels=x.shape[1])
    result = explained(net, x, path, micro_batch=micro_batch, on_step=seen.append)
    return result, seen


@pytest.mark.parametrize("along", [Gradient(), IntegratedGradients(3)], ids=["plain", "along"])
@pytest.mark.parametrize("aggregate", ["signed", "magnitude"])
def test_it_stops_at_the_first_look_that_is_good_enough(aggregate, along):
    if aggregate == "magnitude" and along.length > 1:
        return
    whole = SmoothGrad(400, 0.5, aggregate=aggregate, along=along)
    _, all_steps = stopped(whole)
    asked = SmoothGrad(400, 0.5, aggregate=aggregate, along=along, until=0.1)
    result, seen = stopped(asked)
    looks = [
        step
        for step in all_steps
        if step.done % along.length == 0 and step.done >= 8 * along.length
    ]
    first = next(step for step in looks if step.standard_error() <= 0.1)
    assert 8 < result.path.samples < 400, "the case tells nothing"
    assert seen[-1].done == first.done == result.path.length
    assert {step.total for step in seen} == {asked.length}
    assert float(result.standard_error()) == pytest.approx(first.standard_error(), rel=1e-9)
    assert settings(result.asked) == settings(asked) and result.path.until is None
    assert_same(result.attribution, first.partial(), 1e-12)
    again, _ = stopped(result.path)
    assert_same(result.attribution, again.attribution, 1e-12)
    assert again.asked is None


def test_the_samples_asked_for_are_the_most():
    result, seen = stopped(SmoothGrad(12, 0.5, until=0.001), 5)
    assert settings(result.path) == settings(SmoothGrad(12, 0.5)) and seen[-1].done == 12
    few, _ = stopped(SmoothGrad(3, 0.5, until=0.99), 1)
    assert few.path.samples == 3


def test_a_standard_error_of_few_copies_is_not_believed():
    result, seen = stopped(SmoothGrad(400, 1e-9, until=0.5), 1)
    assert result.path.samples == 8 and [step.done for step in seen] == list(range(1, 9))


def test_the_representation_is_the_mean_over_what_was_taken():
    net, x = represented(2), draw(2)
    for along in (Gradient(), IntegratedGradients(3)):
        asked = SmoothGrad(400, 0.3, along=along, until=0.2)
        result = explained(net, x, asked, micro_batch=3)
        assert result.path.samples < 400
        again = explained(net, x, result.path, micro_batch=3)
        assert (result.representation - again.representation).norm() < 1e-12 * (
            again.representation.norm()
        )


def test_a_member_of_a_batch_stops_no_earlier_than_alone():
    """All go on until the last is good enough: a map may gain by its mates, it never loses."""
    net, x = network(2), draw(2, 3)
    x[1] *= 6
    path = SmoothGrad(400, 0.5, until=0.15)
    together = explained(net, x, path, micro_batch=1).path.samples
    alone = [explained(net, x[m : m + 1], path, micro_batch=1).path.samples for m in range(3)]
    assert together >= max(alone) > min(alone)


def test_closing_a_run_that_would_stop_by_itself():
    net = network(2)
    steps = explain_steps(
        net,
        draw(2),
        1,
        transform=DiscreteWaveletTransform("haar", 1, 2),
        path=SmoothGrad(50, until=0.2),
    )
    next(steps)
    steps.close()
    assert net.module.calls == 2


@pytest.mark.parametrize("until", [0, 1, -0.1, float("nan"), 25])
def test_a_standard_error_outside_its_range_is_refused(until):
    with pytest.raises(SettingsError, match=f"until is {until}"):
        SmoothGrad(until=until)


# ---- what is written down


@pytest.mark.parametrize(
    "path",
    [SmoothGrad(60, 0.4, until=0.3), SmoothGrad(5, 0.3), IntegratedGradients(5), Gradient()],
    ids=str,
)
def test_errors_and_what_was_asked_are_saved(path):
    result, _ = stopped(path, batch=2)
    file = io.BytesIO()
    result.save(file)
    file.seek(0)
    again = WaveletAttribution.load(file)
    assert again.errors == result.errors
    assert (again.asked is None) == (result.asked is None)
    if result.asked is not None:
        assert settings(again.asked) == settings(path)
    if result.errors is not None:
        assert torch.equal(again.standard_error(), result.standard_error())
        assert torch.equal(again.standard_error(1), result.standard_error(1))


def test_paths_from_before_there_was_an_end_are_read():
    values = settings(SmoothGrad(5))
    del values["until"]
    assert from_settings(values).until is None


def test_an_explanation_that_never_looks_computes_no_error_on_its_way(monkeypatch):
    count = []
    adjoint = DiscreteWaveletTransform.adjoint
    monkeypatch.setattr(
        DiscreteWaveletTransform, "adjoint", lambda self, g: (count.append(1), adjoint(self, g))[1]
    )
    steps = explain_steps(
        network(2),
        draw(2),
        1,
        transform=DiscreteWaveletTransform("haar", 1, 2),
        path=SmoothGrad(20),
        micro_batch=2,
    )
    run_to_end(steps)
    assert len(count) == 2


def test_the_profile_is_told_as_it_would_be_without_chance():
    x = torch.linspace(-1, 1, 4096, dtype=torch.float64).view(1, 1, 64, 64)
    net = Classifier(Wave(), ndim=2, name="wave")

    def fine(shares):
        return sum(
            share for band, share in shares.items() if band.level == 1 and not band.is_approx
        )

    few, many = (
        explained(net, x, SmoothGrad(n, 0.15, 0), levels=3, wavelet="haar") for n in (12, 3000)
    )
    raw, told, limit = (
        fine(profile(few.attribution)),
        fine(lasting_profile(few)),
        fine(profile(many.attribution)),
    )
    assert raw - limit > 0.1, "chance has to lie on the fine level here"
    assert abs(told - limit) < 0.5 * abs(raw - limit)
    assert sum(lasting_profile(few).values()) == pytest.approx(1)
    assert lasting_profile(explained(net, x, Gradient())) is None
