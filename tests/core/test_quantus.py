"""Our deletion curve is Quantus's pixel flipping, where both are defined alike."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from tests.oracles import perturbed
from wam_core.classifier import Classifier
from wam_core.evaluation.curves import linear
from wam_core.evaluation.domain import Samples
from wam_core.evaluation.metrics import area

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def quantus():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own imports
        # its OpenCV wants the system's libGL
        return pytest.importorskip("quantus", exc_type=ImportError)


@pytest.fixture(scope="module")
def network():
    layers = nn.Sequential(nn.Conv2d(2, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 6 * 6, 3))
    draw = torch.Generator().manual_seed(0)
    for parameter in layers.parameters():
        parameter.data = torch.randn(parameter.shape, generator=draw) * 0.3
    return Classifier(layers, ndim=2)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_deletion_is_pixel_flipping(quantus, network, seed):
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(1, 2, 8, 8, generator=draw)
    attribution = torch.randn(1, 2, 8, 8, generator=draw)
    steps = 16
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flipping = quantus.PixelFlipping(
            features_in_step=x.numel() // steps, perturb_baseline=0.0,
            normalise=False, abs=False, disable_warnings=True,
        )  # fmt: skip
        (theirs,) = flipping(
            model=network.module, x_batch=x.numpy(), y_batch=np.array([1]),
            a_batch=attribution.numpy(), softmax=True, device="cpu",
        )  # fmt: skip
    curves = perturbed(network.predict, x, Samples(), attribution[0].flatten(1), linear(steps))
    ours = curves.deletion.of(1)
    np.testing.assert_allclose(ours[1:], theirs, atol=1e-6)  # theirs starts after the first step
    whole = np.concatenate(([float(network.predict(x)[0, 1])], theirs))
    assert area(curves.deletion, 1) == pytest.approx(
        float(np.trapezoid(whole, linear(steps))), abs=1e-6
    )
