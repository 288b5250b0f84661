"""The engine against naive estimators, known answers, Captum and its own promises."""

import captum.attr
import pytest
import torch
from torch import nn
from torch.testing import assert_close
from torch.utils._python_dispatch import TorchDispatchMode

from tests import oracles
from tests.oracles import SIZES, Smooth, assert_same, dot, draw, flat, network, represented
from wam_core import engine
from wam_core.classifier import Classifier
from wam_core.engine import default_micro_batch, explain, explain_steps, measure_micro_batch
from wam_core.errors import InputError, MemoryShortageError, NumericalError, SettingsError
from wam_core.path_signed import PathSigned
from wam_core.paths import Gradient, IntegratedGradients, SmoothGrad
from wam_core.quadrature import quadrature
from wam_core.targets import Contrast
from wam_core.transforms.dwt import DiscreteWaveletTransform

AXES = (1, 2, 3)
TRANSFORMS = [
    ("haar", "reflect"),
    ("haar", "zero"),
    ("db2", "symmetric"),
    ("bior3.1", "periodic"),
    ("db2", "constant"),
]
WAVES = pytest.mark.parametrize(("wavelet", "boundary"), TRANSFORMS)
NDIMS = pytest.mark.parametrize("ndim", AXES)


def start_of(ndim, batch=1):
    return draw(ndim, batch, seed=23)


def paths(ndim, samples=5):
    return {
        "gradient": Gradient(),
        "smoothgrad": SmoothGrad(samples, 0.3, seed=4),
        "integrated": IntegratedGradients(samples, baseline=start_of(ndim)),
        "both": SmoothGrad(2, 0.3, seed=4, along=IntegratedGradients(4, baseline=start_of(ndim))),
        "magnitude": SmoothGrad(samples, 0.3, seed=4, aggregate="magnitude"),
    }


KINDS = pytest.mark.parametrize("kind", list(paths(1)))


# ---- what the numbers are


@pytest.mark.parametrize(
    ("wavelet", "boundary", "apart"),
    [
        ("db4", "reflect", True),
        ("db4", "symmetric", True),
        ("bior4.4", "reflect", True),
        ("haar", "reflect", False),
        ("db4", "periodic", False),
        ("sym4", "constant", False),
    ],
)
@NDIMS
def test_the_gradient_is_that_of_central_differences(ndim, wavelet, boundary, apart):
    size = {1: (50,), 2: (20, 19), 3: (18, 14, 15) if wavelet != "bior4.4" else (18, 19, 18)}[ndim]
    net, x = network(ndim, 1, size), draw(ndim, 1, 1, size)
    transform = DiscreteWaveletTransform(wavelet, 1, ndim, boundary)
    result = explain(net, x, 1, transform=transform, path=Gradient())
    z = transform.analyse(x)
    count = flat(z).shape[1]
    places = torch.randperm(count, generator=torch.Generator().manual_seed(0))[
        : 200 if ndim < 3 else 30
    ]
    expected = oracles.central_differences(net, transform, z, size, 1, places)
    found = flat(result.attribution)[0]
    assert_close(found[places], expected, rtol=0, atol=1e-7 * float(found.abs().max()))
    if apart:
        inputs = x.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(net.scores(inputs)[0, 1], inputs)
        gap = result.attribution.map(torch.sub, transform.analyse(gradient))
        assert (dot(gap, gap) / dot(result.attribution, result.attribution)) ** 0.5 > 0.1


@pytest.mark.parametrize("batch", [1, 2])
@WAVES
@NDIMS
@KINDS
def test_one_adjoint_equals_one_synthesis_per_sample(kind, ndim, wavelet, boundary, batch):
    net, x, index = network(ndim), draw(ndim, batch), 2
    start = start_of(ndim).expand_as(x)
    transform = DiscreteWaveletTransform(wavelet, 1, ndim, boundary)
    pairs = oracles.line(x, start, 5)
    if kind == "gradient":
        expected = oracles.naive_gradient(net, transform, x, index)
    elif kind == "smoothgrad":
        expected = oracles.naive_smoothgrad(net, transform, x, index, 5, 0.3, 4)
    elif kind == "integrated":
        expected = oracles.naive_integrated(net, transform, x, index, pairs, start)
    elif kind == "magnitude":
        expected = oracles.naive_magnitudes(net, transform, x, index, 5, 0.3, 4)
    else:
        gradient = oracles.naive_smoothgrad(
            net, transform, x, index, 2, 0.3, 4, along=oracles.line(x, start, 4)
        )
        expected = gradient.map(
            lambda g, a, b: g * (a - b), transform.analyse(x), transform.analyse(start)
        )
    result = explain(net, x, index, transform=transform, path=paths(ndim)[kind], micro_batch=3)
    assert_same(result.attribution, expected, 1e-10)


@NDIMS
def test_smoothgrad_without_noise_is_the_gradient(ndim):
    net, x, transform = network(ndim), draw(ndim), DiscreteWaveletTransform("db2", 1, ndim)
    plain = explain(net, x, 0, transform=transform, path=Gradient())
    smooth = explain(net, x, 0, transform=transform, path=SmoothGrad(4, 0.0))
    assert_same(smooth.attribution, plain.attribution, 1e-12)


@WAVES
@NDIMS
def test_a_linear_network_has_a_closed_form(ndim, wavelet, boundary):
    net, weights = oracles.linear(ndim)
    x, start = draw(ndim, 2), start_of(ndim)
    transform = DiscreteWaveletTransform(wavelet, 1, ndim, boundary)
    gradient = transform.adjoint(weights[1:2].expand_as(x))
    difference = transform.analyse(x - start)
    for path, expected in (
        (Gradient(), gradient),
        (SmoothGrad(3, 0.5), gradient),
        (IntegratedGradients(1, baseline=start), gradient.map(torch.mul, difference)),
        (
            IntegratedGradients(5, baseline=start, rule="trapezoid"),
            gradient.map(torch.mul, difference),
        ),
    ):
        result = explain(net, x, 1, transform=transform, path=path)
        assert_same(result.attribution, expected, 1e-12)
    assert float(result.completeness_gap.max()) < 1e-11


@pytest.mark.parametrize("batch", [1, 2])
@WAVES
@NDIMS
def test_integrated_gradients_are_complete(ndim, wavelet, boundary, batch):
    net, x, start = network(ndim), draw(ndim, batch), start_of(ndim, batch)
    transform = DiscreteWaveletTransform(wavelet, 1, ndim, boundary)
    path = IntegratedGradients(32, baseline=start)
    result = explain(net, x, 1, transform=transform, path=path)
    assert float(result.completeness_gap.max()) < 1e-10
    assert_close(result.origin_scores, net.module(start)[:, 1])
    assert_close(
        flat(result.attribution).sum(1),
        result.scores - result.origin_scores,
        rtol=1e-10,
        atol=1e-10,
    )


@pytest.mark.parametrize("grading", [1.5, 2, 3])
@NDIMS
def test_graded_points_are_complete_too(ndim, grading):
    net, x, start = network(ndim), draw(ndim, 2), start_of(ndim, 2)
    path = IntegratedGradients(100, baseline=start, grading=grading)
    result = explain(net, x, 1, transform=DiscreteWaveletTransform("db2", 1, ndim), path=path)
    # 1.5 leaves a root of u in the integrand, which no polynomial rule integrates exactly
    assert float(result.completeness_gap.max()) < (1e-10 if grading == int(grading) else 1e-6)


@pytest.mark.parametrize(("rule", "steps"), [("gauss-legendre", 25), ("trapezoid", 60)])
@NDIMS
def test_a_logarithm_needs_points_near_its_floor(ndim, rule, steps):
    """Σ a log(ε + x²) with an ε 100 dB below full scale, as a log-mel network's floor."""

    class Logarithm(nn.Module):
        def __init__(self, features):
            super().__init__()
            self.a = torch.randn(features, 2, generator=torch.Generator().manual_seed(6)) + 0.5

        def forward(self, x):
            return (1e-10 + x.flatten(1).square()).log() @ self.a.double()

    net, x = Classifier(Logarithm(draw(ndim)[0].numel()), ndim=ndim), draw(ndim) / 3
    gaps = {
        grading: float(
            explain(
                net,
                x,
                1,
                transform=DiscreteWaveletTransform("haar", 1, ndim),
                path=IntegratedGradients(steps, rule=rule, grading=grading),
            ).completeness_gap
        )
        for grading in (1, 3, 5)
    }
    assert gaps[1] > 0.05 > 2 * gaps[5]
    assert rule == "trapezoid" or gaps[1] > 50 * gaps[3]


@NDIMS
def test_completeness_is_not_there_for_free(ndim):
    """Two midpoint points miss it: the network is curved enough for the law above to mean something."""
    net, x, start = network(ndim), draw(ndim), start_of(ndim)
    transform = DiscreteWaveletTransform("db2", 1, ndim)
    midpoints = [(start + alpha * (x - start), 0.5) for alpha in (0.25, 0.75)]
    rough = oracles.naive_integrated(net, transform, x, 1, midpoints, start)
    difference = float((net.module(x) - net.module(start))[0, 1])
    assert abs(float(flat(rough).sum()) - difference) / abs(difference) > 1e-3
    few = explain(
        net,
        x,
        1,
        transform=transform,
        path=IntegratedGradients(2, baseline=start, rule="trapezoid"),
    )
    assert float(few.completeness_gap) > 1e-3


@NDIMS
def test_the_trapezoid_rule_converges_to_the_same_attribution(ndim):
    net, x, transform = network(ndim), draw(ndim), DiscreteWaveletTransform("haar", 1, ndim)
    exact = explain(net, x, 1, transform=transform, path=IntegratedGradients(32, start_of(ndim)))
    gaps = []
    for steps in (5, 9, 17):
        path = IntegratedGradients(steps, start_of(ndim), rule="trapezoid")
        rough = explain(net, x, 1, transform=transform, path=path)
        expected = oracles.naive_integrated(
            net,
            transform,
            x,
            1,
            [
                (start_of(ndim) + a * (x - start_of(ndim)), w)
                for a, w in quadrature("trapezoid", steps)
            ],
            start_of(ndim),
        )
        assert_same(rough.attribution, expected, 1e-10)
        gaps.append(float((flat(rough.attribution) - flat(exact.attribution)).norm()))
    assert gaps[0] > 3 * gaps[1] > 9 * gaps[2]  # second order: four times less per halving


@pytest.mark.parametrize("baseline", ["zero", "mean", "blur", "noise"])
@NDIMS
def test_named_baselines_are_complete_too(ndim, baseline):
    net, x, transform = network(ndim), draw(ndim, 2), DiscreteWaveletTransform("db2", 1, ndim)
    path = IntegratedGradients(32, baseline)
    result = explain(net, x, 0, transform=transform, path=path)
    assert_close(result.origin_logits, net.module(path.origin(x, torch.zeros_like(x))))
    assert float(result.completeness_gap.max()) < 1e-9


def test_black_is_that_of_the_front_end_and_not_zero():
    class Shifted:
        ndim = 2

        def prepare(self, signal):
            raise AssertionError

        def denormalize(self, x):
            return x * 0.5 + 0.5

        def normalize(self, shown):
            return (shown - 0.5) / 0.5

        def settings(self):
            return {}

    net = Classifier(Smooth(2 * 17 * 20), frontend=Shifted())
    x, transform = draw(2), DiscreteWaveletTransform("haar", 1, 2)
    black, zero = (
        explain(net, x, 0, transform=transform, path=IntegratedGradients(8, name))
        for name in ("black", "zero")
    )
    assert_close(black.origin_logits, net.module(torch.full_like(x, -1)))
    assert_close(zero.origin_logits, net.module(torch.zeros_like(x)))
    assert (flat(black.attribution) - flat(zero.attribution)).norm() > 0.1 * flat(
        zero.attribution
    ).norm()


@pytest.mark.parametrize("wavelet", ["haar", "db2", "bior3.1"])
@NDIMS
def test_captum_agrees_on_the_coefficients(ndim, wavelet):
    net, x, start = network(ndim), draw(ndim, 2), start_of(ndim, 2)
    transform = DiscreteWaveletTransform(wavelet, 1, ndim)
    z = transform.analyse(x)

    def through(rows):
        return net.module(transform.synthesise(oracles.unflat(rows, z), SIZES[ndim]))

    row, origin = flat(z), flat(transform.analyse(start))
    theirs = captum.attr.Saliency(through).attribute(row.clone().requires_grad_(), 1, abs=False)
    ours = explain(net, x, 1, transform=transform, path=Gradient())
    assert_close(
        flat(ours.attribution),
        theirs.detach(),
        rtol=0,
        atol=1e-5 * float(theirs.detach().abs().max()),
    )
    theirs = captum.attr.IntegratedGradients(through).attribute(
        row.clone().requires_grad_(), origin, 1, n_steps=25, method="gausslegendre"
    )
    ours = explain(net, x, 1, transform=transform, path=IntegratedGradients(25, start))
    assert_close(
        flat(ours.attribution),
        theirs.detach(),
        rtol=0,
        atol=1e-5 * float(theirs.detach().abs().max()),
    )


# ---- what must not change them


@KINDS
@NDIMS
def test_the_same_seed_gives_the_same_bits(kind, ndim):
    net, transform = network(ndim), DiscreteWaveletTransform("db2", 1, ndim)
    first, again = (
        explain(net, draw(ndim), 1, transform=transform, path=paths(ndim)[kind]) for _ in range(2)
    )
    assert_same(first.attribution, again.attribution, 0)


@pytest.mark.parametrize("aggregate", ["signed", "magnitude"])
@NDIMS
def test_another_seed_gives_another_map(aggregate, ndim):
    net, transform = network(ndim), DiscreteWaveletTransform("db2", 1, ndim)
    one, other = (
        flat(
            explain(
                net,
                draw(ndim),
                1,
                transform=transform,
                path=SmoothGrad(3, 0.3, seed=seed, aggregate=aggregate),
            ).attribution
        )
        for seed in (1, 2)
    )
    assert (one - other).norm() > 1e-3 * one.norm()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@KINDS
@NDIMS
def test_the_micro_batch_changes_the_last_digits_only(kind, ndim, dtype):
    net, x = network(ndim, dtype=dtype), draw(ndim, 2, dtype=dtype)
    transform = DiscreteWaveletTransform("db2", 1, ndim)
    one, three, eight = (
        explain(net, x, 1, transform=transform, path=paths(ndim, 10)[kind], micro_batch=size)
        for size in (1, 3, 8)
    )
    assert flat(one.attribution).dtype == dtype
    assert_same(three.attribution, one.attribution, 1e-5 if dtype == torch.float32 else 1e-12)
    assert_same(eight.attribution, one.attribution, 1e-5 if dtype == torch.float32 else 1e-12)


@pytest.mark.parametrize("kind", ["smoothgrad", "both", "magnitude"])
@NDIMS
def test_chunking_never_changes_the_points(kind, ndim):
    seen = {}

    class Recorder(Smooth):
        def forward(self, x):
            seen[size].append(x.detach().clone())
            return super().forward(x)

    net = Classifier(Recorder(draw(ndim)[0].numel()), ndim=ndim)
    transform = DiscreteWaveletTransform("haar", 1, ndim)
    for size in (1, 3, 8):
        seen[size] = []
        explain(
            net, draw(ndim, 2), 1, transform=transform, path=paths(ndim)[kind], micro_batch=size
        )
    one, three, eight = (torch.cat(batches) for batches in seen.values())
    assert torch.equal(one, three) and torch.equal(one, eight)


@KINDS
@NDIMS
def test_a_map_does_not_depend_on_batch_mates(kind, ndim):
    net, x = network(ndim), draw(ndim, 3)
    x[1] *= 4
    transform = DiscreteWaveletTransform("db2", 1, ndim)
    together = explain(net, x, None, transform=transform, path=paths(ndim)[kind])
    for member in range(3):
        alone = explain(
            net, x[member : member + 1], None, transform=transform, path=paths(ndim)[kind]
        )
        cut = together.attribution.map(lambda band, m=member: band[m : m + 1])
        assert_same(cut, alone.attribution, 1e-5)
        assert together.targets[member] == alone.target


@KINDS
@NDIMS
def test_nothing_is_left_behind(kind, ndim):
    net, x = network(ndim), draw(ndim)
    kept, start = x.clone(), start_of(ndim)
    path = paths(ndim)[kind]
    result = explain(net, x, 1, transform=DiscreteWaveletTransform("haar", 1, ndim), path=path)
    assert torch.equal(x, kept) and not x.requires_grad and x.grad is None
    if isinstance(path, IntegratedGradients):
        assert torch.equal(path.baseline, start) and not path.baseline.requires_grad
    assert all(not p.requires_grad and p.grad is None for p in net.module.parameters())
    assert not net.module.training
    assert not any(band.requires_grad for _, band in result.attribution.bands())
    assert not result.logits.requires_grad and not result.input.requires_grad


@KINDS
@pytest.mark.parametrize("mode", [torch.no_grad, torch.enable_grad])
def test_the_grad_mode_of_the_caller_does_not_matter(kind, mode):
    net, x, transform = network(2), draw(2), DiscreteWaveletTransform("db2", 1, 2)
    expected = explain(net, x, 1, transform=transform, path=paths(2)[kind])
    with mode():
        found = explain(net, x, 1, transform=transform, path=paths(2)[kind])
    assert_same(found.attribution, expected.attribution, 0)


def test_an_input_that_tracks_gradients_is_not_touched():
    net, x = network(2), draw(2).requires_grad_()
    explain(net, x, 1, transform=DiscreteWaveletTransform("haar", 1, 2), path=Gradient())
    assert x.grad is None


# ---- what it costs


@pytest.mark.parametrize(
    ("kind", "ends"),
    [
        ("gradient", 0),
        ("smoothgrad", 1),
        ("integrated", 2),
        ("both", 2),
        ("magnitude", 1),
    ],
)
@NDIMS
def test_inputs_through_the_network_are_the_points_and_the_ends_of_the_path(kind, ends, ndim):
    net, path = network(ndim), paths(ndim)[kind]
    explain(
        net,
        draw(ndim),
        transform=DiscreteWaveletTransform("haar", 1, ndim),
        path=path,
        micro_batch=1,
    )
    assert net.module.batches == [1] * (ends + path.length)


@NDIMS
def test_the_baseline_zero_is_asked_only_the_first_time(ndim):
    net, transform = network(ndim), DiscreteWaveletTransform("haar", 1, ndim)
    first = explain(net, draw(ndim), 1, transform=transform, path=IntegratedGradients(3))
    calls = net.module.calls
    again = explain(net, draw(ndim), 1, transform=transform, path=IntegratedGradients(3))
    assert net.module.calls == calls + 1 + 1  # f(x), and one micro-batch
    assert torch.equal(first.origin_logits, again.origin_logits)
    assert torch.equal(first.completeness_gap, again.completeness_gap)


@pytest.mark.parametrize(
    ("kind", "adjoints"), [("gradient", 1), ("smoothgrad", 2), ("integrated", 2), ("both", 2)]
)
@NDIMS
def test_a_signed_explanation_costs_an_adjoint_for_the_map_and_one_for_its_error(
    kind, adjoints, ndim, monkeypatch
):
    count = []
    adjoint = DiscreteWaveletTransform.adjoint
    monkeypatch.setattr(
        DiscreteWaveletTransform, "adjoint", lambda self, g: (count.append(1), adjoint(self, g))[1]
    )
    net = network(ndim)
    explain(
        net,
        draw(ndim),
        transform=DiscreteWaveletTransform("haar", 1, ndim),
        path=paths(ndim)[kind],
        micro_batch=1,
    )
    assert len(count) == adjoints


# ---- targets


@NDIMS
def test_the_default_target_is_the_prediction(ndim):
    net, x, transform = network(ndim), draw(ndim, 3), DiscreteWaveletTransform("haar", 1, ndim)
    result = explain(net, x, transform=transform, path=Gradient())
    best = net.module(x).argmax(1)
    assert [target.index for target in result.targets] == best.tolist()
    assert len(set(best.tolist())) > 1  # or the next line would not notice a target shared by all
    for member, index in enumerate(best.tolist()):
        expected = oracles.naive_gradient(net, transform, x[member : member + 1], index)
        assert_same(result.attribution.map(lambda b, m=member: b[m : m + 1]), expected, 1e-12)


@KINDS
def test_a_contrast_is_the_difference_of_two_explanations(kind):
    net, x, transform = network(2), draw(2), DiscreteWaveletTransform("db2", 1, 2)

    def signed(wanted):
        return explain(net, x, wanted, transform=transform, path=paths(2)[kind])

    contrast, one, other = signed(Contrast(2, 0)), signed(2), signed(0)
    assert_close(contrast.scores, one.scores - other.scores)
    if kind != "magnitude":  # magnitudes do not subtract
        assert_same(contrast.attribution, one.attribution.map(torch.sub, other.attribution), 1e-12)


@pytest.mark.parametrize("kind", ["gradient", "smoothgrad"])
def test_a_label_is_as_good_as_a_number(kind):
    module = Smooth(2 * 17 * 20)
    net = Classifier(module, ndim=2, labels=("cat", "dog", "crane"))
    transform = DiscreteWaveletTransform("haar", 1, 2)
    by_name = explain(net, draw(2), "Dog", transform=transform, path=paths(2)[kind])
    by_number = explain(net, draw(2), 1, transform=transform, path=paths(2)[kind])
    assert_same(by_name.attribution, by_number.attribution, 0)
    assert by_name.target.label == "dog"


# ---- what is refused


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"target": 3}, SettingsError, "class 3 does not exist: smooth has classes 0 … 2"),
        ({"target": "cow"}, InputError, "no class named 'cow'"),
        ({"target": Contrast(1, 1)}, SettingsError, "1 was given twice"),
        ({"micro_batch": 0}, SettingsError, "micro_batch is 0"),
        ({"transform": DiscreteWaveletTransform("haar", 9, 2)}, SettingsError, "the maximum is 4$"),
        (
            {"transform": DiscreteWaveletTransform("haar", 1, 3)},
            SettingsError,
            "has 3 axes, the signal 2",
        ),
        ({"signal": draw(1)}, InputError, r"shape \(1, 2, 37\).*2 spatial axes"),
        ({"signal": draw(2) * float("nan")}, InputError, "NaN or infinite"),
    ],
)
@pytest.mark.parametrize("kind", ["gradient", "smoothgrad", "integrated"])
def test_what_does_not_fit_is_refused_by_name(options, error, message, kind):
    net = network(2)
    arguments = {
        "signal": draw(2),
        "transform": DiscreteWaveletTransform("haar", 1, 2),
        "path": paths(2)[kind],
    }
    with pytest.raises(error, match=message):
        explain(net, **{**arguments, **options})


@pytest.mark.parametrize("kind", ["gradient", "smoothgrad", "integrated"])
def test_logits_that_are_not_finite_are_an_error(kind):
    class Broken(nn.Module):
        def forward(self, x):
            return x.flatten(1)[:, :3] * float("nan")

    net = Classifier(Broken(), ndim=2, name="broken")
    with pytest.raises(NumericalError, match="logits of broken"):
        explain(
            net, draw(2), 0, transform=DiscreteWaveletTransform("haar", 1, 2), path=paths(2)[kind]
        )


@pytest.mark.parametrize("kind", ["gradient", "smoothgrad", "integrated"])
def test_gradients_that_are_not_finite_are_an_error(kind):
    class Root(nn.Module):
        def forward(self, x):
            return (x.flatten(1)[:, :3] * 0).sqrt()  # the derivative of the root at 0

    net = Classifier(Root(), ndim=2, name="root")
    with pytest.raises(NumericalError, match="gradient of root"):
        explain(
            net, draw(2), 0, transform=DiscreteWaveletTransform("haar", 1, 2), path=paths(2)[kind]
        )


class Waits(TorchDispatchMode):
    """Counts how often a number is taken off the device: a GPU's program stands still then."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, operator, types, arguments=(), options=None):
        self.count += operator is torch.ops.aten._local_scalar_dense.default
        return operator(*arguments, **(options or {}))


@pytest.mark.parametrize("net", [network(2), represented(2)], ids=["plain", "represented"])
@pytest.mark.parametrize("kind", ["smoothgrad", "integrated", "both", "path-signed"])
def test_no_number_is_waited_for_between_the_passes(net, kind, monkeypatch):
    monkeypatch.setattr(engine, "_AT_ONCE", frozenset())  # as on a GPU
    transform, x = DiscreteWaveletTransform("haar", 1, 2), draw(2)
    made = {
        "smoothgrad": lambda n: SmoothGrad(n, 0.3),
        "integrated": lambda n: IntegratedGradients(n),
        "both": lambda n: SmoothGrad(n, 0.3, along=IntegratedGradients(4)),
        "path-signed": lambda n: PathSigned(transform, n),
    }
    counts = []
    net.baseline_scores(torch.zeros_like(x))  # asked for once
    for number in (4, 12, 24):
        with Waits() as waits:
            explain(net, x, 0, transform=transform, path=made[kind](number), micro_batch=2)
        counts.append(waits.count)
    assert counts[0] == counts[1] == counts[2] > 0


def test_logits_that_nobody_looked_at_in_time_are_refused_in_the_end(monkeypatch):
    monkeypatch.setattr(engine, "_AT_ONCE", frozenset())

    class Late(nn.Module):
        def forward(self, x):
            return x.flatten(1)[:, :3].where(x.amax() < 1.5, float("inf"))

    path = IntegratedGradients(6, baseline="zero")
    net, x = Classifier(Late(), ndim=2, name="late"), torch.full((1, 2, 8, 8), 1.4)
    x[0, 0] = 0
    transform = DiscreteWaveletTransform("haar", 1, 2)
    explain(net, x, 0, transform=transform, path=path)
    noisy = SmoothGrad(6, 0.5, along=path)
    with pytest.raises(NumericalError, match="logits of late"):
        explain(net, x, 0, transform=transform, path=noisy)


# ---- memory, steps, cancelling


class Small(Smooth):
    """Runs out of memory above ``room`` inputs, as a device would."""

    room = 2
    error = torch.OutOfMemoryError("out of memory")

    def forward(self, x):
        if torch.is_grad_enabled() and len(x) > self.room:
            raise self.error
        return super().forward(x)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory"
        ),
    ],
    ids=["device", "cpu"],
)
@KINDS
@NDIMS
def test_half_as_many_after_running_out_of_memory(kind, ndim, error):
    module = Small(draw(ndim)[0].numel())
    module.error = error
    transform = DiscreteWaveletTransform("haar", 1, ndim)
    small = explain(
        Classifier(module, ndim=ndim),
        draw(ndim),
        1,
        transform=transform,
        path=paths(ndim, 11)[kind],
        micro_batch=8,
    )
    large = explain(
        network(ndim), draw(ndim), 1, transform=transform, path=paths(ndim, 11)[kind], micro_batch=8
    )
    assert_same(small.attribution, large.attribution, 1e-5)
    assert max(module.batches[1:], default=1) <= module.room


def test_when_not_even_one_fits_the_error_says_so():
    module = Small(draw(2)[0].numel())
    module.room = 0
    net = Classifier(module, ndim=2, name="giant")
    with pytest.raises(MemoryShortageError, match="giant does not fit .* 1 input at a time"):
        explain(
            net,
            draw(2),
            1,
            transform=DiscreteWaveletTransform("haar", 1, 2),
            path=SmoothGrad(9),
            micro_batch=4,
        )


def test_other_errors_of_the_network_pass_unchanged():
    module = Small(draw(2)[0].numel())
    module.room, module.error = 0, RuntimeError("a bug of the network")
    with pytest.raises(RuntimeError, match="a bug of the network"):
        explain(
            Classifier(module, ndim=2),
            draw(2),
            1,
            transform=DiscreteWaveletTransform("haar", 1, 2),
            path=SmoothGrad(9),
        )


@KINDS
@NDIMS
def test_steps_count_up_and_the_last_partial_is_the_result(kind, ndim):
    seen = []
    path = paths(ndim, 7)[kind]
    result = explain(
        network(ndim),
        draw(ndim),
        1,
        transform=DiscreteWaveletTransform("db2", 1, ndim),
        path=path,
        micro_batch=3,
        on_step=seen.append,
    )
    done = [min(3 * step, path.length) for step in range(1, -(-path.length // 3) + 1)]
    assert [step.done for step in seen] == done and {step.total for step in seen} == {path.length}
    assert_same(seen[-1].partial(), result.attribution, 1e-12)


@NDIMS
def test_an_early_partial_is_the_mean_so_far_even_when_asked_later(ndim):
    transform, seen = DiscreteWaveletTransform("db2", 1, ndim), []
    explain(
        network(ndim),
        draw(ndim),
        1,
        transform=transform,
        path=SmoothGrad(6, 0.3, seed=4),
        micro_batch=2,
        on_step=seen.append,
    )
    for samples, step in zip((2, 4, 6), seen, strict=True):
        shorter = explain(
            network(ndim),
            draw(ndim),
            1,
            transform=transform,
            path=SmoothGrad(samples, 0.3, seed=4),
            micro_batch=2,
        )
        assert_same(step.partial(), shorter.attribution, 1e-12)


@pytest.mark.parametrize(
    ("kind", "extra"), [("smoothgrad", 1), ("integrated", 2), ("magnitude", 1)]
)
def test_closing_stops_after_the_step(kind, extra):
    net = network(2)
    steps = explain_steps(
        net,
        draw(2),
        1,
        transform=DiscreteWaveletTransform("haar", 1, 2),
        path=paths(2, 20)[kind],
        micro_batch=2,
    )
    assert net.module.calls == 0
    next(steps)
    next(steps)
    steps.close()
    assert net.module.calls == 2 + extra
    with pytest.raises(StopIteration):
        next(steps)


def test_the_provenance_says_where_it_comes_from():
    net = network(2)
    result = explain(
        net,
        draw(2),
        1,
        transform=DiscreteWaveletTransform("haar", 1, 2),
        path=Gradient(),
        micro_batch=4,
    )
    source = result.provenance
    assert (source.model, source.fingerprint, source.micro_batch) == ("smooth", net.fingerprint, 4)
    assert source.device == "cpu" and source.seconds > 0 and "torch" in source.versions


@pytest.mark.parametrize(
    ("size", "points"),
    [
        ((1, 30, 30, 30), 16), ((1, 28, 28), 16), ((3, 224, 224), 5), ((1, 220_500), 5),
        ((1, 64, 64, 64), 5), ((3, 512, 512), 2), ((1, 128, 128, 128), 2), ((3, 1024, 1024), 1),
    ],
)  # fmt: skip
def test_the_larger_an_input_the_fewer_points_share_a_pass(size, points):
    assert default_micro_batch(torch.empty(2, *size)) == points


def test_micro_batches_can_be_measured():
    seconds = measure_micro_batch(network(2), draw(2), (1, 4), repeats=1)
    assert list(seconds) == [1, 4] and min(seconds.values()) > 0
