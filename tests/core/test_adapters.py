"""The method under Captum's and Quantus's names, against those two libraries themselves."""

import subprocess
import sys
import warnings

import captum.attr
import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from tests.oracles import SIZES, Smooth, assert_same, draw, flat, linear, network, unflat
from wam_core import DiscreteWaveletTransform, SmoothGrad, explain
from wam_core.adapters import WaveletGradients, explain_func
from wam_core.errors import SettingsError

NDIMS = pytest.mark.parametrize("ndim", [1, 2, 3])
WAVELETS = pytest.mark.parametrize("wavelet", ["haar", "db2", "bior3.1"])
TARGETS = [2, 0]


def start_of(ndim, batch=2):
    return draw(ndim, batch, seed=19)


class Through(nn.Module):
    """z ↦ f(W⁻¹(z)) on rows of coefficients, which is what Captum can be asked about."""

    def __init__(self, module, transform, ndim):
        super().__init__()
        self.module, self.transform = module, transform
        self.size, self.like = SIZES[ndim], transform.analyse(draw(ndim))

    def forward(self, rows):
        return self.module(self.transform.synthesise(unflat(rows, self.like), self.size))

    def rows(self, x):
        return flat(self.transform.analyse(x))


def both(ndim, wavelet="db2"):
    module = network(ndim).module
    transform = DiscreteWaveletTransform(wavelet, 1, ndim)
    return WaveletGradients(module, transform), Through(module, transform, ndim)


def same(ours, theirs, tolerance=1e-6):
    """Captum rounds its weights to float32."""
    scale = float(theirs.abs().max())
    assert_close(ours, theirs.detach(), rtol=0, atol=tolerance * scale)


def noises(ndim, count, seed):
    """The noise of each copy: from a generator of its own, the same for every input."""
    generator = torch.Generator().manual_seed(seed)
    shape = (2, *SIZES[ndim])
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(count)]


def with_our_noise(monkeypatch, through, ndim, x, count, seed):
    """Captum's NoiseTunnel on rows of coefficients, with our noise added in input space."""

    def add(rows, deviation, copies):
        assert copies == count and torch.equal(rows, through.rows(x))
        noise = torch.stack(noises(ndim, count, seed))
        return torch.cat([through.rows(one + deviation * noise) for one in x])

    monkeypatch.setattr(captum.attr.NoiseTunnel, "_add_noise_to_input", staticmethod(add))


@WAVELETS
@NDIMS
@pytest.mark.parametrize("internal", [None, 2, 7])
def test_steps_are_those_of_captum_on_the_coefficients(ndim, wavelet, internal):
    wavelets, through = both(ndim, wavelet)
    x, start = draw(ndim, 2), start_of(ndim)
    theirs, their_delta = captum.attr.IntegratedGradients(through).attribute(
        through.rows(x), through.rows(start), target=TARGETS, n_steps=9,
        internal_batch_size=internal, return_convergence_delta=True,
    )  # fmt: skip
    ours, delta = wavelets.attribute_coefficients(
        x, TARGETS, baselines=start, n_steps=9,
        internal_batch_size=internal, return_convergence_delta=True,
    )  # fmt: skip
    same(flat(ours), theirs)
    assert_close(delta, their_delta, rtol=1e-4, atol=1e-6)


@NDIMS
@pytest.mark.parametrize("internal", [None, 3])
def test_samples_and_deviation_are_those_of_captum_s_noise_tunnel(ndim, internal, monkeypatch):
    wavelets, through = both(ndim)
    x, start, count, deviation = draw(ndim, 2), start_of(ndim), 4, 0.3
    with_our_noise(monkeypatch, through, ndim, x, count, seed=5)
    tunnel = captum.attr.NoiseTunnel(captum.attr.IntegratedGradients(through))
    theirs, their_delta = tunnel.attribute(
        through.rows(x), nt_samples=count, stdevs=deviation, baselines=through.rows(start),
        target=torch.tensor(TARGETS), n_steps=6, return_convergence_delta=True,
    )  # fmt: skip
    ours, delta = wavelets.attribute_coefficients(
        x, TARGETS, baselines=start, n_steps=6, nt_samples=count, stdevs=deviation, seed=5,
        internal_batch_size=internal, return_convergence_delta=True,
    )  # fmt: skip
    same(flat(ours), theirs)
    assert delta.shape == their_delta.shape == (2 * count,)
    assert_close(delta, their_delta, rtol=1e-4, atol=1e-5)


@WAVELETS
@NDIMS
def test_without_steps_it_is_captum_s_signed_saliency_and_our_own_smoothgrad(
    ndim, wavelet, monkeypatch
):
    wavelets, through = both(ndim, wavelet)
    x = draw(ndim, 2)
    theirs = captum.attr.Saliency(through).attribute(through.rows(x).requires_grad_(), 1, abs=False)
    same(flat(wavelets.attribute_coefficients(x, 1, n_steps=None)), theirs)

    alone = x[:1]
    spread = 0.2 / float(alone.max() - alone.min())
    expected = explain(
        network(ndim), alone, 1, transform=wavelets.transform, path=SmoothGrad(4, spread, seed=5)
    )
    ours = wavelets.attribute_coefficients(alone, 1, n_steps=None, nt_samples=4, stdevs=0.2, seed=5)
    assert_same(ours, expected.attribution, 1e-12)


@NDIMS
def test_on_haar_it_is_captum_s_map_of_the_input_seen_in_another_basis(ndim):
    size = (8,) * ndim  # halved exactly: W⁻¹ is W's transpose, and gradients turn with the basis
    module = Smooth(2 * 8**ndim)
    x = draw(ndim, 2, size=size)
    transform = DiscreteWaveletTransform("haar", 2, ndim)
    ours = WaveletGradients(module, transform).attribute_coefficients(x, TARGETS, n_steps=None)
    theirs = captum.attr.Saliency(module).attribute(x.requires_grad_(), TARGETS, abs=False)
    same(transform.synthesise(ours, size), theirs)

    gamma, delta = WaveletGradients(module, transform).attribute(
        x, TARGETS, n_steps=8, return_convergence_delta=True
    )
    theirs, their_delta = captum.attr.IntegratedGradients(module).attribute(
        x, target=TARGETS, n_steps=8, return_convergence_delta=True
    )
    assert_close(delta, their_delta.detach(), rtol=1e-4, atol=1e-6)
    assert_close(gamma.flatten(1).sum(1), theirs.detach().flatten(1).sum(1), rtol=1e-5, atol=1e-6)
    assert (gamma - theirs).abs().max() > 0.1 * theirs.abs().max()  # and yet another map


@NDIMS
@pytest.mark.parametrize("steps", [None, 5])
@pytest.mark.parametrize("count", [0, 3])
def test_a_map_is_shaped_like_the_input_and_adds_up_to_the_coefficients(ndim, steps, count):
    wavelets, _ = both(ndim)
    x = draw(ndim, 2)
    chosen = {"n_steps": steps, "nt_samples": count, "stdevs": 0.1}
    placed = wavelets.attribute(x, TARGETS, **chosen)
    z = wavelets.attribute_coefficients(x, TARGETS, **chosen)
    assert placed.shape == x.shape and not placed.requires_grad
    assert_close(placed.flatten(1).sum(1), flat(z).sum(1))


@NDIMS
def test_the_delta_is_what_the_sum_of_the_map_misses(ndim):
    wavelets, _ = both(ndim)
    x, start = draw(ndim, 2), 0.25
    placed, delta = wavelets.attribute(
        x, 1, baselines=start, n_steps=3, return_convergence_delta=True
    )
    score = wavelets.forward_func
    risen = score(x)[:, 1] - score(torch.full_like(x, start))[:, 1]
    assert_close(placed.flatten(1).sum(1), risen + delta)
    assert float(delta.abs().min()) > 1e-9
    _, smaller = wavelets.attribute(
        x, 1, baselines=start, n_steps=50, return_convergence_delta=True
    )
    assert float(smaller.abs().max()) < 1e-3 * float(delta.abs().max())


def test_no_pass_holds_more_than_the_internal_batch_size():
    module = Smooth(74)
    for most in (1, 2, 5):
        module.batches.clear()
        WaveletGradients(module).attribute(
            draw(1, 2), 0, n_steps=6, nt_samples=3, stdevs=0.1, internal_batch_size=most
        )
        assert max(module.batches) <= most
        assert sum(module.batches) >= 2 * 6 * 3


def test_a_map_depends_neither_on_the_batch_size_nor_on_other_inputs():
    wavelets, _ = both(2)
    x = draw(2, 3)
    chosen = {"n_steps": 4, "nt_samples": 3, "stdevs": 0.2}
    together = wavelets.attribute(x, [0, 1, 2], **chosen)
    assert_close(wavelets.attribute(x[1:2], 1, **chosen), together[1:2])
    assert_close(wavelets.attribute(x, [0, 1, 2], internal_batch_size=1, **chosen), together)
    assert (wavelets.attribute(x, [0, 1, 2], seed=1, **chosen) - together).abs().max() > 1e-6


def test_targets_are_one_for_all_or_one_each_or_the_predictions():
    net, _ = linear(2)
    wavelets, x = WaveletGradients(net.module), draw(2, 2)
    each = wavelets.attribute(x, torch.tensor(TARGETS))
    for row, target in enumerate(TARGETS):
        assert_close(wavelets.attribute(x, target)[row], each[row])
    predicted = net.module(x).argmax(1)
    assert_close(wavelets.attribute(x), wavelets.attribute(x, predicted))


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"target": [0, 1, 2]}, "3 targets for 2 inputs"),
        ({"nt_samples": -1}, "nt_samples is -1"),
        ({"stdevs": -0.5}, "stdevs is -0.5"),
        ({"internal_batch_size": 0}, "internal_batch_size is 0"),
        ({"n_steps": 0}, "steps is 0"),
        ({"n_steps": None, "return_convergence_delta": True}, "needs a baseline"),
        ({"target": 3}, "class 3 does not exist"),
    ],
)
def test_what_cannot_be_asked_for_is_named(chosen, said):
    with pytest.raises(SettingsError, match=said):
        both(2)[0].attribute(draw(2, 2), **chosen)


def test_the_module_keeps_its_mode_and_its_gradients():
    module = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(74, 3)).double().train()
    first, again = (WaveletGradients(module).attribute(draw(1), 0) for _ in range(2))
    assert torch.equal(first, again)  # no dropout
    assert module.training and all(value.requires_grad for value in module.parameters())


# ---- Quantus


@pytest.fixture(scope="module")
def quantus():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own imports
        # its OpenCV wants the system's libGL
        return pytest.importorskip("quantus", exc_type=ImportError)


def hears_its_middle(seed=0):
    """A classifier that looks at the middle of an image only, and at where it is bright."""
    weights = torch.zeros(2, 1, 16, 16)
    weights[1, :, 4:12, 4:12] = (
        torch.rand(8, 8, generator=torch.Generator().manual_seed(seed)) + 0.5
    )
    layer = nn.Linear(256, 2)
    layer.weight.data, layer.bias.data = weights.flatten(1), torch.zeros(2)
    return nn.Sequential(nn.Flatten(), layer)


def test_a_batch_is_explained_as_the_class_above_explains_it():
    module, x = hears_its_middle(), draw(2, 3, channels=1, size=(16, 16), dtype=torch.float32)
    transform = DiscreteWaveletTransform("db2", 1, 2)
    found = explain_func(
        module, x.numpy().astype(np.float64), np.array([1, 0, 1]), transform=transform,
        device="cpu", n_steps=5, nt_samples=2, stdevs=0.1, seed=3,
    )  # fmt: skip
    expected = WaveletGradients(module, transform).attribute(
        x, [1, 0, 1], n_steps=5, nt_samples=2, stdevs=0.1, seed=3
    )
    assert isinstance(found, np.ndarray) and found.dtype == np.float32
    np.testing.assert_array_equal(found, expected.numpy())


def test_quantus_s_metrics_run_with_it(quantus):
    module = hears_its_middle().eval()
    x = np.abs(draw(2, 4, channels=1, size=(16, 16), dtype=torch.float32).numpy())
    y = np.array([1, 1, 1, 1])
    mask = np.zeros((4, 1, 16, 16), dtype=bool)
    mask[..., 4:12, 4:12] = True
    chosen = {
        "transform": DiscreteWaveletTransform("haar", 2, 2),
        "n_steps": 5,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inside = quantus.RelevanceMassAccuracy(disable_warnings=True, display_progressbar=False)(
            model=module, x_batch=x, y_batch=y, s_batch=mask, a_batch=None, device="cpu",
            explain_func=explain_func, explain_func_kwargs=chosen,
        )  # fmt: skip
        sensitivity = quantus.MaxSensitivity(
            nr_samples=3, lower_bound=0.02, disable_warnings=True, display_progressbar=False
        )(
            model=module, x_batch=x, y_batch=y, a_batch=None, device="cpu",
            explain_func=explain_func, explain_func_kwargs=chosen,
        )  # fmt: skip
        flipping = quantus.PixelFlipping(
            features_in_step=64, perturb_baseline=0.0, normalise=False, abs=False,
            disable_warnings=True, display_progressbar=False,
        )(
            model=module, x_batch=x, y_batch=y, a_batch=None, device="cpu", softmax=False,
            explain_func=explain_func, explain_func_kwargs=chosen,
        )  # fmt: skip
    assert np.allclose(inside, 1, atol=1e-5)  # it looks nowhere else, and blocks of 4 end there
    assert np.all(np.isfinite(sensitivity)) and 0 < max(sensitivity) < 0.5
    scores = module(torch.from_numpy(x))[:, 1].detach().numpy()
    for curve, score in zip(flipping, scores, strict=True):
        # 64 of 256 samples carry all of it, and they are turned off first
        assert abs(curve[0]) < 1e-4 * score


def test_neither_library_is_imported():
    told = subprocess.run(
        [sys.executable, "-c", "import sys, wam_core.adapters; print(*sys.modules)"],
        capture_output=True, text=True, check=True, timeout=120,
    ).stdout.split()  # fmt: skip
    assert "wam_core.adapters" in told and not {"captum", "quantus"} & set(told)
