"""The result: what it says about itself, and that a file gives it back bit by bit."""

import io
import json

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from tests.oracles import assert_same, draw, flat, linear, network
from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.engine import explain
from wam_core.errors import InputError
from wam_core.paths import Gradient, IntegratedGradients, SmoothGrad, settings
from wam_core.targets import Contrast
from wam_core.transforms.dwt import DiscreteWaveletTransform

AXES = (1, 2, 3)


def paths(ndim, dtype):
    start = draw(ndim, seed=23, dtype=dtype)
    return {
        "gradient": Gradient(),
        "smoothgrad": SmoothGrad(3, 0.2, seed=4),
        "magnitude": SmoothGrad(3, 0.2, seed=4, aggregate="magnitude"),
        "integrated": IntegratedGradients(4, start),
        "blur": IntegratedGradients(4, "blur", rule="trapezoid"),
        "both": SmoothGrad(2, 0.2, seed=4, along=IntegratedGradients(3, start)),
    }


def result_of(kind, ndim, batch=1, dtype=torch.float64, levels=1, wavelet="db2", wanted=None):
    return explain(
        network(ndim, dtype=dtype),
        draw(ndim, batch, dtype=dtype),
        wanted,
        transform=DiscreteWaveletTransform(wavelet, levels, ndim),
        path=paths(ndim, dtype)[kind],
    )


def saved(result):
    file = io.BytesIO()
    result.save(file)
    file.seek(0)
    return file


@pytest.mark.parametrize("kind", list(paths(1, torch.float64)))
@pytest.mark.parametrize("ndim", AXES)
@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_saving_loses_nothing(kind, ndim, batch, dtype):
    result = result_of(kind, ndim, batch, dtype, wanted=Contrast(2, 0) if batch == 2 else None)
    again = WaveletAttribution.load(saved(result))
    assert flat(again.attribution).dtype == dtype
    assert_same(again.attribution, result.attribution, 0)
    assert_same(again.coefficients, result.coefficients, 0)
    for ours, theirs in ((again.input, result.input), (again.logits, result.logits)):
        assert ours.dtype == theirs.dtype and torch.equal(ours, theirs)
    if result.origin_logits is None:
        assert again.origin_logits is None
    else:
        assert torch.equal(again.origin_logits, result.origin_logits)
    assert again.transform == result.transform and again.targets == result.targets
    assert again.provenance == result.provenance
    assert settings(again.path) == settings(result.path)
    redone = explain(
        network(ndim, dtype=dtype),
        again.input,
        [t.index for t in again.targets][0] if batch == 1 else Contrast(2, 0),
        transform=again.transform,
        path=again.path,
    )
    assert_same(redone.attribution, result.attribution, 0)  # the file says all that is needed


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_levels_and_orientations_keep_their_place(levels, tmp_path):
    result = explain(
        network(2, size=(24, 40)),
        draw(2, size=(24, 40)),
        transform=DiscreteWaveletTransform("haar", levels, 2),
        path=Gradient(),
    )
    file = tmp_path / "result.npz"
    result.save(file)
    again = WaveletAttribution.load(file)
    assert [b for b, _ in again.attribution.bands()] == [b for b, _ in result.attribution.bands()]
    assert_same(again.attribution, result.attribution, 0)


def test_the_file_is_plain_numpy_with_the_documented_names():
    result = result_of("integrated", 2)
    with np.load(saved(result), allow_pickle=False) as archive:
        assert set(archive) == {
            "meta",
            "input",
            "logits",
            "origin_logits",
            *(
                f"{kind}.{band}"
                for kind in ("attribution", "coefficients")
                for band in ("approx", "L1.ad", "L1.da", "L1.dd")
            ),
        }
        assert archive["attribution.L1.da"].shape == result.attribution.details[0]["da"].shape[1:]
        assert_close(
            torch.from_numpy(archive["coefficients.L1.ad"]), result.coefficients.details[0]["ad"][0]
        )
        meta = json.loads(str(archive["meta"]))
    assert meta["transform"]["wavelet"] == "db2" and meta["path"]["steps"] == 4


@pytest.mark.parametrize("junk", [b"", b"not an archive", b"PK\x03\x04 broken"])
def test_another_file_is_refused(junk):
    with pytest.raises(InputError, match="not a saved attribution"):
        WaveletAttribution.load(io.BytesIO(junk))


def test_an_archive_of_something_else_is_refused():
    file = io.BytesIO()
    np.savez(file, a=np.zeros(3))
    file.seek(0)
    with pytest.raises(InputError, match="not a saved attribution"):
        WaveletAttribution.load(file)


@pytest.mark.parametrize("ndim", AXES)
def test_scores_logits_and_probabilities(ndim):
    net, x = network(ndim), draw(ndim, 2)
    logits = net.module(x)
    result = explain(
        net,
        x,
        Contrast(0, 2),
        transform=DiscreteWaveletTransform("haar", 1, ndim),
        path=IntegratedGradients(3),
    )
    assert_close(result.logits, logits)
    assert_close(result.scores, logits[:, 0] - logits[:, 2])
    origin = net.module(torch.zeros_like(x))
    assert_close(result.origin_scores, origin[:, 0] - origin[:, 2])
    assert_close(result.probabilities.sum(1), torch.ones(2, dtype=torch.float64))
    assert result.size == tuple(x.shape[2:])
    assert_same(result.coefficients, result.transform.analyse(x), 0)


@pytest.mark.parametrize("ndim", AXES)
def test_the_completeness_gap_is_its_definition(ndim):
    result = result_of("integrated", ndim, 2, wanted=1)
    total = flat(result.attribution).sum(1)
    difference = result.scores - result.origin_scores
    assert_close(result.completeness_gap, (total - difference).abs() / difference.abs())
    assert float(result.completeness_gap.max()) > 1e-12  # four points leave something
    assert result_of("gradient", ndim).completeness_gap is None
    assert result_of("smoothgrad", ndim).origin_scores is None


def test_a_network_that_ignores_its_input_is_told_apart():
    class Deaf(nn.Module):
        def forward(self, x):
            return x.flatten(1)[:, :3] * 0 + torch.tensor([1.0, 2.0, 3.0], dtype=x.dtype)

    transform = DiscreteWaveletTransform("haar", 1, 2)
    deaf = explain(Classifier(Deaf(), ndim=2), draw(2), transform=transform, path=Gradient())
    assert deaf.is_zero
    assert not explain(linear(2)[0], draw(2), transform=transform, path=Gradient()).is_zero
