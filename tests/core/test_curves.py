"""Perturbation curves on models whose curves are known."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from tests.oracles import SIZES, draw, network, perturbed
from wam_core.bands import ranks
from wam_core.classifier import Classifier
from wam_core.errors import SettingsError
from wam_core.evaluation import ranking
from wam_core.evaluation.curves import clipped, insert, linear, logarithmic, perturb, stretched
from wam_core.evaluation.domain import Samples, Wavelet
from wam_core.evaluation.metrics import faithfulness
from wam_core.evaluation.report import bootstrap
from wam_core.steps import run_to_end
from wam_core.transforms.dwt import DiscreteWaveletTransform

NDIMS = pytest.mark.parametrize("ndim", [1, 2, 3])


def total(x):
    """Two outputs: the sum of all samples, and its negative."""
    summed = x.flatten(1).sum(1, keepdim=True)
    return torch.cat((summed, -summed), dim=1)


@NDIMS
def test_the_sum_of_samples_rises_by_the_largest_first(ndim):
    x = draw(ndim).abs()
    strength = ranking.magnitude(x.flatten(2))
    curves = perturbed(total, x, Samples(), strength, linear(8))
    values = x.flatten().sort(descending=True).values
    counts = np.rint(np.linspace(0, 1, 9) * len(values)).astype(int)
    expected = torch.stack([values[:count].sum() for count in counts])
    assert_close(curves.insertion.outputs[:, 0], expected)
    assert_close(curves.deletion.outputs[:, 0], values.sum() - expected)
    assert (np.diff(curves.insertion.of(0)) >= 0).all()
    # the largest first lies above any other order
    other = perturbed(total, x, Samples(), ranking.at_random(strength, 1), linear(8))
    assert (curves.insertion.of(0) >= other.insertion.of(0) - 1e-9).all()


@NDIMS
@pytest.mark.parametrize("wavelet", ["haar", "db2"])
def test_insertion_and_deletion_of_coefficients_are_the_naive_ones(ndim, wavelet):
    net, x = network(ndim), draw(ndim)
    transform = DiscreteWaveletTransform(wavelet, 1, ndim)
    domain = Wavelet(transform)
    z = domain.features(x)
    strength = ranking.magnitude(z)
    curves = perturbed(net.predict, x, domain, strength, [0, 0.2, 1])
    kept = torch.zeros_like(z).flatten()
    order = strength.flatten().argsort(descending=True)
    first = order[: round(0.2 * len(order))]
    kept[first] = z.flatten()[first]
    inside = transform.synthesise(domain.bands(kept.view_as(z), SIZES[ndim]), SIZES[ndim])
    outside = transform.synthesise(domain.bands(z - kept.view_as(z), SIZES[ndim]), SIZES[ndim])
    assert_close(curves.insertion.outputs[1], net.predict(inside)[0])
    assert_close(curves.deletion.outputs[1], net.predict(outside)[0])
    assert_close(curves.insertion.outputs[2], net.predict(x)[0])
    assert_close(curves.deletion.outputs[0], net.predict(x)[0])
    assert_close(curves.insertion.outputs[0], net.predict(torch.zeros_like(x))[0])


@NDIMS
def test_a_baseline_stands_where_features_are_off(ndim):
    net, x, origin = network(ndim), draw(ndim), draw(ndim, seed=5)
    domain = Wavelet(DiscreteWaveletTransform("haar", 1, ndim))
    strength = ranking.magnitude(domain.features(x))
    curves = perturbed(net.predict, x, domain, strength, [0, 1], origin=origin)
    assert_close(curves.insertion.outputs[0], net.predict(origin)[0])
    assert_close(curves.deletion.outputs[1], net.predict(origin)[0])
    assert_close(curves.insertion.outputs[1], net.predict(x)[0])


def test_the_micro_batch_changes_nothing():
    net, x = network(2), draw(2)
    strength = ranking.magnitude(Samples().features(x))
    one, many = (
        perturbed(net.predict, x, Samples(), strength, linear(10), micro_batch=m) for m in (1, 7)
    )
    assert_close(one.insertion.outputs, many.insertion.outputs)
    assert_close(one.deletion.outputs, many.deletion.outputs)


def test_a_curve_runs_in_steps():
    steps = perturb(total, draw(2), Samples(), torch.ones(1, 340), linear(10), micro_batch=4)
    assert [step.done for step in steps] == [4, 8, 11]


def test_shared_features_switch_all_channels_together():
    x = draw(2)
    strength = torch.arange(340.0).view(1, 340)
    curves = perturbed(total, x, Samples(), strength, [0.5])
    assert_close(curves.insertion.of(0)[0], float(x.flatten(2)[..., 170:].sum()))


def test_ties_keep_their_order():
    assert ranks(torch.tensor([[1.0, 2.0, 1.0, 2.0], [0, 0, 0, 1]])).tolist() == [
        [2, 0, 3, 1],
        [1, 2, 3, 0],
    ]


@NDIMS
def test_a_random_order_has_no_faithfulness(ndim):
    """Insertion and deletion of a random order are the same in the mean, of a linear model."""
    x = draw(ndim).abs()
    values = [
        faithfulness(
            perturbed(total, x, Samples(), ranking.at_random(x.flatten(2)[0], seed), linear(8)), 0
        )
        / float(x.sum())
        for seed in range(40)
    ]
    interval = bootstrap(values)
    assert interval.low <= 0 <= interval.high
    best = perturbed(total, x, Samples(), ranking.magnitude(x.flatten(2)), linear(8))
    assert faithfulness(best, 0) / float(x.sum()) > 0.2


class Windowed:
    """A front end whose inputs are 2 · shown − 1, of pictures between 0 and 1."""

    ndim, valid = 2, (0.0, 1.0)

    def prepare(self, signal):
        raise NotImplementedError

    def denormalize(self, x):
        return (x + 1) / 2

    def normalize(self, shown):
        return 2 * shown - 1

    def settings(self):
        return {}


def test_perturbed_inputs_are_clipped_and_not_stretched():
    seen = []

    class Spy(torch.nn.Module):
        def forward(self, x):
            seen.append(x)
            return x.flatten(1)[:, :2]

    net = Classifier(Spy(), frontend=Windowed())
    x = torch.tensor([[[[-3.0, 0.0], [0.25, 0.5]]]])
    clipped(net)(x)
    assert seen.pop().flatten().tolist() == [-1.0, 0.0, 0.25, 0.5]
    stretched(net)(x)
    assert_close(seen.pop().flatten(), torch.tensor([-1.0, 0.7142857, 0.8571429, 1.0]))


def test_grids():
    assert linear(4).tolist() == [0, 0.25, 0.5, 0.75, 1]
    grid = logarithmic(4)
    np.testing.assert_allclose(grid, [1e-3, 1e-2, 1e-1, 1])


@pytest.mark.parametrize("shares", [[], [0.5, 0.2], [-0.1, 1], [0, 1.1]])
def test_shares_that_are_none_are_refused(shares):
    with pytest.raises(SettingsError, match="ascending numbers from 0 to 1"):
        perturbed(total, draw(2), Samples(), torch.ones(1, 340), shares)


def test_a_strength_that_does_not_fit_is_refused():
    with pytest.raises(SettingsError, match=r"\(3, 340\).*\(2, 340\)"):
        perturbed(total, draw(2), Samples(), torch.ones(3, 340), [1])


def test_insertion_alone_asks_half_as_often():
    asked: list[int] = []

    def score(x):
        asked.append(len(x))
        return total(x)

    arguments = (draw(2), Samples(), ranking.magnitude(draw(2).flatten(2)), logarithmic(11))
    both = perturbed(score, *arguments)
    assert sum(asked) == 22
    asked.clear()
    assert_close(run_to_end(insert(score, *arguments)).outputs, both.insertion.outputs)
    assert sum(asked) == 11
