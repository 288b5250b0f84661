"""Build-up: the pipeline's own insertion curve, from a thousandth of the coefficients to the input."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from tests.oracles import draw, followed, network, perturbed
from wam_core import DiscreteWaveletTransform, IntegratedGradients, explain
from wam_core.errors import SettingsError
from wam_core.evaluation import ranking
from wam_core.evaluation.build_up import STOPS, build_up_steps
from wam_core.evaluation.controls import ENERGY, SHOWN, Entry, comparison
from wam_core.evaluation.curves import clipped
from wam_core.evaluation.domain import Wavelet
from wam_core.evaluation.pipeline import Grid

NDIMS = pytest.mark.parametrize("ndim", [1, 2, 3])


def explained(ndim, target=1):
    net = network(ndim)
    transform = DiscreteWaveletTransform("haar", 1, ndim)
    return net, explain(net, draw(ndim), target, transform=transform, path=IntegratedGradients(3))


@NDIMS
def test_the_shares_rise_from_a_thousandth_to_all_and_end_at_the_prediction(ndim):
    net, result = explained(ndim)
    found, steps = followed(build_up_steps(net, result))
    assert STOPS == 24 and len(found.shares) == STOPS
    assert found.shares[0] == pytest.approx(1e-3) and found.shares[-1] == 1
    assert (np.diff(found.shares) > 0).all()
    p = float(result.probabilities[0, 1])
    assert found.attribution.of(1)[-1] == pytest.approx(p, abs=1e-6)
    assert found.baseline.of(1)[-1] == pytest.approx(p, abs=1e-6)
    assert [step.done for step in steps] == [8, 16, 24, 32, 40, 48]
    assert {step.total for step in steps} == {2 * STOPS}


@NDIMS
def test_both_curves_are_the_insertion_curves_of_the_evaluation_pipeline(ndim):
    net, result = explained(ndim)
    found, _ = followed(build_up_steps(net, result))
    entries = [Entry(SHOWN), Entry(ENERGY)]
    measured, _ = followed(comparison(net, result, entries, Grid(4, STOPS)))
    for entry, curve in zip(entries, (found.attribution, found.baseline), strict=True):
        assert_close(curve.outputs, measured[entry].logarithmic.outputs)
        np.testing.assert_array_equal(curve.shares, measured[entry].logarithmic.shares)
    assert not torch.equal(found.attribution.outputs, found.baseline.outputs)


def test_the_inputs_are_those_of_the_curve_and_the_last_is_the_whole():
    net, result = explained(2)
    found, steps = followed(build_up_steps(net, result))
    inputs = torch.cat([step.inputs for step in steps if step.inputs is not None])
    assert len(inputs) == STOPS
    assert_close(net.predict(inputs), found.attribution.outputs)
    assert_close(inputs[-1:], result.input)
    kept = Wavelet(result.transform)
    strength = ranking.magnitude(kept.rows(result.attribution))
    again = perturbed(clipped(net), result.input, kept, strength, found.shares)
    assert_close(found.attribution.outputs, again.insertion.outputs)


def test_it_costs_a_pass_forward_for_each_stop_and_ranking():
    net, result = explained(1)
    calls = net.module.calls
    followed(build_up_steps(net, result, stops=6, micro_batch=3))
    assert net.module.calls == calls + 2, "one batch of six for each ranking, and no gradient"


def test_the_first_stop_of_the_class_is_read_off_the_predictions():
    net, result = explained(2)
    found, _ = followed(build_up_steps(net, result))
    for curve in (found.attribution, found.baseline):
        expected = [int(k) for k in range(STOPS) if int(curve.outputs[k].argmax()) == found.index]
        assert found.first(curve) == (expected[0] if expected else None)


def test_one_stop_is_no_growth():
    net, result = explained(1)
    with pytest.raises(SettingsError, match="at least 2"):
        followed(build_up_steps(net, result, stops=1))
