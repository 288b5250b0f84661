"""Attributions to a representation: known answers, completeness, and that they cost no pass."""

import io

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from tests import oracles
from tests.oracles import Curved, Smooth, assert_same, draw, represented
from wam_core.attribution import WaveletAttribution
from wam_core.averaging import CurveIntegral
from wam_core.classifier import Classifier
from wam_core.engine import explain
from wam_core.errors import NumericalError
from wam_core.path import Line
from wam_core.paths import Gradient, IntegratedGradients, SmoothGrad
from wam_core.transforms.dwt import DiscreteWaveletTransform

AXES = (1, 2, 3)
NDIMS = pytest.mark.parametrize("ndim", AXES)


def start_of(ndim, batch=1):
    return draw(ndim, batch, seed=23)


def paths(ndim, samples=5):
    line = IntegratedGradients(4, baseline=start_of(ndim))
    return {
        "gradient": Gradient(),
        "smoothgrad": SmoothGrad(samples, 0.3, seed=4),
        "magnitude": SmoothGrad(samples, 0.3, seed=4, aggregate="magnitude"),
        "integrated": IntegratedGradients(samples, baseline=start_of(ndim)),
        "trapezoid": IntegratedGradients(samples, baseline=start_of(ndim), rule="trapezoid"),
        "both": SmoothGrad(3, 0.3, seed=4, along=line),
    }


KINDS = pytest.mark.parametrize("kind", list(paths(1)))


def run(net, x, path, index=1, **options):
    transform = DiscreteWaveletTransform("haar", 1, x.ndim - 2)
    return explain(net, x, index, transform=transform, path=path, **options)


def slope_at(net, x, index=1):
    """m(x), and ∂f_c/∂m there."""
    m = net.representation(x).detach().requires_grad_()
    (slope,) = torch.autograd.grad(net.module(m)[:, index].sum(), m)
    return m.detach(), slope


# ---- what the numbers are


@NDIMS
@KINDS
def test_the_coefficients_attribution_is_that_of_the_whole_network(kind, ndim):
    net, x = represented(ndim), draw(ndim, 2)
    whole = Classifier(nn.Sequential(net.representation, net.module), ndim=ndim)
    ours, theirs = (run(each, x, paths(ndim)[kind]) for each in (net, whole))
    assert_same(ours.attribution, theirs.attribution, 1e-13)
    assert_close(ours.logits, theirs.logits)
    assert ours.representation.shape == (2, *Curved.shape) and theirs.representation is None
    assert not ours.representation.requires_grad


@NDIMS
def test_the_gradient_is_that_at_the_representation(ndim):
    net, x = represented(ndim), draw(ndim, 2)
    assert_close(run(net, x, Gradient()).representation, slope_at(net, x)[1], rtol=0, atol=1e-13)


@pytest.mark.parametrize("aggregate", ["signed", "magnitude"])
@NDIMS
def test_smoothgrad_is_the_mean_over_its_copies(ndim, aggregate):
    net, x = represented(ndim), draw(ndim, 2)
    path = SmoothGrad(5, 0.3, seed=4, aggregate=aggregate)
    slopes = torch.stack([slope_at(net, point)[1] for point, _ in path.points(x, x)])
    expected = (slopes.abs() if aggregate == "magnitude" else slopes).mean(0)
    found = run(net, x, path, micro_batch=2).representation
    assert_close(found, expected, rtol=0, atol=1e-13)
    assert (slopes.mean(0).abs() - slopes.abs().mean(0)).abs().max() > 1e-3  # they do differ


@pytest.mark.parametrize("rule", ["gauss-legendre", "trapezoid"])
@NDIMS
def test_integrated_gradients_follow_the_curve(ndim, rule):
    """Against tangents of the representation and another quadrature; of second order."""
    net, x, start = represented(ndim), draw(ndim, 2), start_of(ndim)
    exact = oracles.naive_curve(net, x, start, 1, 200)
    gaps = []
    for steps in (15, 30, 60):
        found = run(net, x, IntegratedGradients(steps, start, rule)).representation
        gaps.append(float((found - exact).norm() / exact.norm()))
    assert gaps[2] < 1e-2
    assert gaps[0] > 3 * gaps[1] > 9 * gaps[2]


@NDIMS
def test_they_add_up_and_the_mean_gradient_does_not(ndim):
    net, x, start = represented(ndim), draw(ndim, 2), start_of(ndim)
    path = IntegratedGradients(100, start)
    result = run(net, x, path)
    difference = result.scores - result.origin_scores
    total = result.representation.flatten(1).sum(1)
    assert float(((total - difference) / difference).abs().max()) < 1e-3
    m, _ = slope_at(net, x)
    mean = sum(weight * slope_at(net, point)[1] for point, weight in path.points(x, x))
    straight = (mean * (m - slope_at(net, start)[0])).flatten(1).sum(1)
    assert float(((straight - difference) / difference).abs().max()) > 0.05


@pytest.mark.parametrize("steps", [1, 2, 7])
@NDIMS
def test_a_module_linear_in_the_representation_has_a_closed_form(ndim, steps):
    """However the curve bends, and with any number of points."""
    head = nn.Sequential(nn.Flatten(), nn.Linear(24, 3))
    net, x, start = represented(ndim, module=head), draw(ndim, 2), start_of(ndim)
    weight = head[1].weight[1].view(Curved.shape)
    expected = weight * (net.representation(x) - net.representation(start))
    found = run(net, x, IntegratedGradients(steps, start)).representation
    assert_close(found, expected, rtol=0, atol=1e-13)


@NDIMS
def test_noise_along_the_path_is_the_mean_over_its_lines(ndim):
    net, x, start = represented(ndim), draw(ndim, 2), start_of(ndim)
    path = SmoothGrad(3, 0.3, seed=4, along=IntegratedGradients(4, start))
    noises = [point - x for point, _ in SmoothGrad(3, 0.3, seed=4).points(x, x)]
    lines = [run(net, x + n, IntegratedGradients(4, start + n)).representation for n in noises]
    found = run(net, x, path, micro_batch=3).representation
    assert_close(found, torch.stack(lines).mean(0), rtol=0, atol=1e-12)
    assert (lines[0] - lines[1]).norm() > 0.05 * lines[0].norm()


@pytest.mark.parametrize(("kind", "count"), [("integrated", 1), ("both", 3), ("smoothgrad", 0)])
@NDIMS
def test_the_points_lie_on_the_lines_in_their_order(ndim, kind, count):
    x, path = draw(ndim, 2), paths(ndim)[kind]
    lines = list(path.lines(x, x) or ())
    assert len(lines) == count
    assert not count or abs(sum(line.share for line in lines) - 1) < 1e-15
    points = iter(list(path.points(x, x)))
    for start, end, steps, _ in lines:
        before = 0.0
        for _ in range(steps):
            point, _ = next(points)
            reached = float((point - start).norm() / (end - start).norm())
            assert_close(point, start + reached * (end - start), rtol=0, atol=1e-12)
            assert before < reached < 1
            before = reached
    assert next(points, None) is None or not count


# ---- what must not change them


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@NDIMS
@KINDS
def test_the_micro_batch_changes_the_last_digits_only(kind, ndim, dtype):
    net, x = represented(ndim, dtype=dtype), draw(ndim, 2, dtype=dtype)
    one, three, eight = (
        run(net, x, paths(ndim, 10)[kind], micro_batch=size).representation for size in (1, 3, 8)
    )
    tolerance = (1e-5 if dtype == torch.float32 else 1e-12) * float(one.abs().max())
    assert one.dtype == dtype
    assert_close(three, one, rtol=0, atol=tolerance)
    assert_close(eight, one, rtol=0, atol=tolerance)


@NDIMS
@KINDS
def test_a_map_does_not_depend_on_batch_mates(kind, ndim):
    net, x = represented(ndim), draw(ndim, 3)
    x[1] *= 4
    together = run(net, x, paths(ndim)[kind]).representation
    for member in range(3):
        alone = run(net, x[member : member + 1], paths(ndim)[kind]).representation
        assert_close(together[member : member + 1], alone, rtol=0, atol=1e-10)


@KINDS
def test_half_as_many_after_running_out_of_memory_changes_nothing(kind):
    class Small(Smooth):
        def forward(self, x):
            if torch.is_grad_enabled() and len(x) > 2:
                raise torch.OutOfMemoryError("out of memory")
            return super().forward(x)

    small = run(represented(2, module=Small(24)), draw(2), paths(2, 11)[kind], micro_batch=8)
    large = run(represented(2), draw(2), paths(2, 11)[kind], micro_batch=8)
    assert_close(small.representation, large.representation)


@pytest.mark.parametrize("batch", [1, 2])
@KINDS
def test_a_file_gives_it_back(kind, batch):
    result = run(represented(2), draw(2, batch), paths(2)[kind])
    file = io.BytesIO()
    result.save(file)
    file.seek(0)
    again = WaveletAttribution.load(file)
    assert torch.equal(again.representation, result.representation)
    assert_same(again.attribution, result.attribution, 0)


# ---- what it costs


@pytest.mark.parametrize(
    ("kind", "ends"), [("gradient", 0), ("smoothgrad", 0), ("integrated", 1), ("both", 3)]
)
@NDIMS
def test_no_pass_of_the_network_is_added(kind, ends, ndim):
    net, path = represented(ndim), paths(ndim)[kind]
    whole = Classifier(nn.Sequential(Curved(draw(ndim)[0].numel()), Smooth(24)), ndim=ndim)
    for each in (net, whole):
        run(each, draw(ndim), path, micro_batch=1)
    assert net.module.calls == whole.module[1].calls
    assert net.module.batches == whole.module[1].batches
    # the representation alone is asked once more for each line: for its two ends
    assert net.representation.calls == whole.module[0].calls + ends


def test_no_micro_batch_is_kept():
    x, (m, g) = draw(1), torch.randn(2, 50, 1, 2, 4, 3)
    curve = CurveIntegral(lambda x: x.new_zeros(len(x), 2, 4, 3).float(), iter([Line(x, x, 99)]))
    curve.add(m, g, [1.0] * 50)
    held = [curve.total, curve._end, *curve._last]
    assert sum(t.untyped_storage().nbytes() for t in held) <= 5 * m[0].nbytes


# ---- what is refused


def test_a_gradient_that_is_not_finite_on_the_representation_alone_is_an_error():
    class Root(nn.Module):
        def forward(self, m):
            return m.flatten(1)[:, :3].sqrt()

    class Cut(nn.Module):
        def forward(self, x):
            return torch.where(x > 99, x, 0)  # passes nothing on, not even infinity

    whole = Classifier(nn.Sequential(Cut(), Root()), ndim=2)
    assert run(whole, draw(2), Gradient()).is_zero
    parted = Classifier(Root(), representation=Cut(), ndim=2, name="parted")
    with pytest.raises(NumericalError, match="gradient of parted"):
        run(parted, draw(2), Gradient())
