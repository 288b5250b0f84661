"""The points and weights of each variant: known answers, and noise that depends on nothing but its seed."""

import json

import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch.testing import assert_close

from tests.oracles import SIZES, draw
from wam_core.errors import SettingsError
from wam_core.path import Path
from wam_core.paths import (
    Gradient,
    IntegratedGradients,
    PathSigned,
    SmoothGrad,
    from_settings,
    settings,
)
from wam_core.quadrature import BASELINES, RULES, quadrature
from wam_core.transforms.dwt import DiscreteWaveletTransform

AXES = (1, 2, 3)


def listed(path, x, black=None):
    return list(path.points(x, torch.zeros_like(x) if black is None else black))


@pytest.mark.parametrize("ndim", AXES)
@pytest.mark.parametrize(
    "path",
    [
        Gradient(),
        SmoothGrad(5, 0.3),
        IntegratedGradients(7),
        IntegratedGradients(4, rule="trapezoid"),
        IntegratedGradients(4, grading=3.5),
        SmoothGrad(3, 0.3, along=IntegratedGradients(4)),
        "path-signed",
    ],
    ids=str,
)
def test_there_are_as_many_points_as_announced_and_the_weights_sum_to_one(path, ndim):
    if path == "path-signed":
        path = PathSigned(DiscreteWaveletTransform("haar", 1, ndim), 5)
    x = draw(ndim, 2)
    points = listed(path, x)
    assert len(points) == path.length
    assert all(point.shape == x.shape and point.dtype == x.dtype for point, _ in points)
    assert abs(sum(weight for _, weight in points) - 1) < 1e-14


def test_the_gradient_is_taken_at_the_input():
    x = draw(2)
    ((point, weight),) = listed(Gradient(), x)
    assert point is x and weight == 1.0


@pytest.mark.parametrize("steps", [1, 2, 5, 32])
def test_gauss_legendre_is_exact_for_polynomials_of_degree_2n_minus_1(steps):
    for degree in range(2 * steps):
        found = sum(weight * node**degree for node, weight in quadrature("gauss-legendre", steps))
        assert abs(found - 1 / (degree + 1)) < 1e-13
    beyond = sum(
        weight * node ** (2 * steps) for node, weight in quadrature("gauss-legendre", steps)
    )
    assert steps > 5 or abs(beyond - 1 / (2 * steps + 1)) > 1e-8


def test_the_trapezoid_rule_is_the_one_of_the_books():
    assert quadrature("trapezoid", 2) == [(0.0, 0.5), (1.0, 0.5)]
    assert quadrature("trapezoid", 5) == [
        (0.0, 0.125),
        (0.25, 0.25),
        (0.5, 0.25),
        (0.75, 0.25),
        (1.0, 0.125),
    ]


@pytest.mark.parametrize("grading", [1.0, 1.5, 3, 4.7, 10])
@pytest.mark.parametrize("steps", [2, 5, 25, 60])
@pytest.mark.parametrize("rule", RULES)
def test_graded_weights_are_positive_and_sum_to_one(rule, steps, grading):
    nodes, weights = zip(*quadrature(rule, steps, grading), strict=True)
    assert min(weights) > 0 and abs(sum(weights) - 1) < 1e-14
    assert list(nodes) == sorted(set(nodes)) and nodes[0] >= 0 and nodes[-1] <= 1
    plain, _ = zip(*quadrature(rule, steps), strict=True)
    for node, even in zip(nodes, plain, strict=True):
        assert abs(node - even**grading) < 1e-15
    # a constant gradient along the line, and one that grows along it
    mean = sum(weight * node for node, weight in zip(nodes, weights, strict=True))
    assert abs(mean - 0.5) < (1e-5 if rule == RULES[0] and steps > 9 else 2 / steps)


@pytest.mark.parametrize("rule", RULES)
def test_a_grading_of_one_is_the_plain_rule_bit_by_bit(rule):
    for steps in (3, 7, 25):
        assert quadrature(rule, steps, 1.0) == quadrature(rule, steps)
        assert quadrature(rule, steps, 2.0) != quadrature(rule, steps)


@pytest.mark.parametrize("grading", [2, 3, 5])
@pytest.mark.parametrize("steps", [5, 12, 25])
def test_graded_gauss_legendre_is_exact_for_polynomials(steps, grading):
    for degree in range(2 * steps // grading):
        nodes = quadrature("gauss-legendre", steps, grading)
        found = sum(weight * node**degree for node, weight in nodes)
        assert abs(found - 1 / (degree + 1)) < 1e-13


@pytest.mark.parametrize("rule", ["gauss-legendre", "trapezoid"])
@pytest.mark.parametrize("ndim", AXES)
def test_integrated_gradients_walks_from_the_baseline_to_the_input(ndim, rule):
    x, start = draw(ndim, 2), draw(ndim, 1, seed=5)
    points = listed(IntegratedGradients(6, baseline=start, rule=rule), x)
    for (point, weight), (alpha, expected) in zip(points, quadrature(rule, 6), strict=True):
        assert weight == expected
        assert_close(point, (1 - alpha) * start + alpha * x, rtol=0, atol=1e-14)


@pytest.mark.parametrize("ndim", AXES)
def test_named_baselines(ndim):
    x = draw(ndim, 2) + 3
    black = torch.full_like(x, -1.7)
    start = {name: IntegratedGradients(3, baseline=name).origin(x, black) for name in BASELINES}
    assert set(start) == {"zero", "black", "mean", "blur", "noise"}
    assert all(values.shape == x.shape for values in start.values())
    assert not start["zero"].any()
    assert torch.equal(start["black"], black)
    flat = x.flatten(2)
    assert_close(start["mean"].flatten(2), flat.mean(2, keepdim=True).expand_as(flat))
    for sample in range(2):
        for channel in range(2):
            expected = gaussian_filter(
                x[sample, channel].numpy(), [n / 16 for n in SIZES[ndim]], mode="nearest"
            )
            assert_close(start["blur"][sample, channel], torch.from_numpy(expected))
    generator = torch.Generator().manual_seed(42)
    noise = torch.randn(x.shape[1:], generator=generator, dtype=x.dtype)
    spread = x.flatten(2).std(2).view(2, 2, *[1] * ndim)
    mean = x.flatten(2).mean(2).view(2, 2, *[1] * ndim)
    assert_close(start["noise"], mean + spread * noise)
    other = IntegratedGradients(3, baseline="noise", seed=1).origin(x, black)
    assert not torch.equal(other, start["noise"])


@pytest.mark.parametrize("baseline", ["mean", "blur", "noise"])
def test_a_member_s_baseline_does_not_depend_on_its_mates(baseline):
    x = draw(2, 3)
    path = IntegratedGradients(3, baseline=baseline)
    together = path.origin(x, x)
    for member in range(3):
        alone = x[member : member + 1]
        assert_close(path.origin(alone, alone)[0], together[member], rtol=0, atol=1e-14)


@pytest.mark.parametrize("ndim", AXES)
def test_noise_scales_with_the_range_of_each_sample(ndim):
    x = draw(ndim, 2)
    x[1] *= 10
    generator = torch.Generator().manual_seed(9)
    for point, _ in SmoothGrad(4, 0.25, seed=9).points(x, x):
        noise = torch.randn(x.shape[1:], generator=generator, dtype=x.dtype)
        for member in range(2):
            sigma = 0.25 * (x[member].max() - x[member].min())
            assert_close(point[member], x[member] + sigma * noise, rtol=0, atol=1e-13)


def test_noise_has_the_promised_spread():
    x = torch.linspace(-1, 3, 40000, dtype=torch.float64).view(1, 1, 200, 200)
    residue = torch.stack([point - x for point, _ in SmoothGrad(3, 0.25).points(x, x)])
    assert abs(float(residue.std()) - 1) < 0.01 and abs(float(residue.mean())) < 0.01


@pytest.mark.parametrize("ndim", AXES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_noise_is_a_function_of_the_seed_alone(ndim, dtype):
    x = draw(ndim, 3, dtype=dtype)
    path = SmoothGrad(4, 0.2, seed=3)
    first = listed(path, x)
    torch.manual_seed(0)
    torch.randn(5)
    again = listed(path, x)
    more = listed(SmoothGrad(6, 0.2, seed=3), x)[:4]
    other = listed(SmoothGrad(4, 0.2, seed=4), x)
    for (a, _), (b, _), (c, _), (d, _) in zip(first, again, more, other, strict=True):
        assert torch.equal(a, b) and torch.equal(a, c) and not torch.equal(a, d)
    assert len({float(a.sum()) for a, _ in first}) == 4
    for member in range(3):
        alone = listed(path, x[member : member + 1])
        for (a, _), (b, _) in zip(first, alone, strict=True):
            assert torch.equal(a[member], b[0])


def test_drawing_noise_leaves_the_global_generator_alone():
    torch.manual_seed(1)
    state = torch.get_rng_state()
    listed(SmoothGrad(3, 0.2), draw(2))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("ndim", AXES)
def test_noise_along_a_path_is_one_draw_for_the_whole_line(ndim):
    x, start = draw(ndim), draw(ndim, seed=5)
    line = IntegratedGradients(3, baseline=start)
    clean = listed(line, x)
    noisy = listed(SmoothGrad(2, 0.2, along=line), x)
    for sample in range(2):
        offsets = [
            point - base
            for (point, _), (base, _) in zip(noisy[3 * sample : 3 * sample + 3], clean, strict=True)
        ]
        assert_close(offsets[0], offsets[1], rtol=0, atol=1e-13)
        assert_close(offsets[0], offsets[2], rtol=0, atol=1e-13)
        assert offsets[0].abs().max() > 0.1
    for (_, weight), (_, base) in zip(noisy, clean * 2, strict=True):
        assert weight == base / 2


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: SmoothGrad(0), "samples is 0"),
        (lambda: SmoothGrad(spread=-0.1), "spread is -0.1"),
        (lambda: SmoothGrad(spread=float("nan")), "spread is nan"),
        (lambda: SmoothGrad(spread=float("inf")), "spread is inf"),
        (lambda: SmoothGrad(aggregate="median"), "'median'"),
        (
            lambda: SmoothGrad(aggregate="magnitude", along=IntegratedGradients(3)),
            "gradient path only",
        ),
        (lambda: IntegratedGradients(0), "steps is 0"),
        (
            lambda: IntegratedGradients(1, rule="trapezoid"),
            "steps is 1; trapezoid needs at least 2",
        ),
        (lambda: IntegratedGradients(rule="simpson"), "'simpson'"),
        (lambda: IntegratedGradients(grading=0.9), "grading is 0.9; a number from 1 to 10"),
        (lambda: IntegratedGradients(grading=float("nan")), "grading is nan"),
        (lambda: IntegratedGradients(grading=11), "grading is 11"),
        (lambda: IntegratedGradients(baseline="grey"), "'grey'"),
    ],
)
def test_settings_that_do_not_fit_are_named(build, message):
    with pytest.raises(SettingsError, match=message):
        build()


@pytest.mark.parametrize(
    "path",
    [
        Gradient(),
        SmoothGrad(3, 0.1, seed=7, aggregate="magnitude"),
        IntegratedGradients(5, baseline="blur", rule="trapezoid", seed=2),
        IntegratedGradients(5, grading=2.5),
        SmoothGrad(2, 0.4, along=IntegratedGradients(3, baseline="black", grading=4)),
        PathSigned(DiscreteWaveletTransform("db2", 1, 2, "zero"), 4),
    ],
    ids=str,
)
def test_settings_can_be_written_down_and_read_back(path):
    text = json.dumps(settings(path))
    again = from_settings(json.loads(text))
    assert type(again) is type(path) and settings(again) == settings(path)
    x = draw(2)
    for (a, u), (b, v) in zip(listed(path, x), listed(again, x), strict=True):
        assert torch.equal(a, b) and u == v


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_tensor_baseline_survives_being_written_down(dtype):
    x, start = draw(2, dtype=dtype), draw(2, seed=5, dtype=dtype)
    path = IntegratedGradients(3, baseline=start)
    again = from_settings(json.loads(json.dumps(settings(path))))
    assert torch.equal(again.origin(x, x), start)


def test_settings_written_before_there_was_a_grading_are_read():
    values = settings(IntegratedGradients(5))
    del values["grading"]
    assert from_settings(values).grading == 1


def test_an_unknown_path_has_no_settings():
    own = type("Own", (Path,), {name: vars(Gradient)[name] for name in ("length", "points")})()
    with pytest.raises(SettingsError, match="Own has no settings"):
        settings(own)
