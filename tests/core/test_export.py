"""What is written beside the numbers, and the colours it is drawn in."""

import csv
import io
import itertools
import json

import numpy as np
import pytest
import torch

from wam_core import (
    Classifier,
    Contrast,
    DiscreteWaveletTransform,
    Gradient,
    IntegratedGradients,
    Signal,
    SmoothGrad,
    explain,
    export,
)
from wam_core.errors import SettingsError
from wam_core.plot import colour
from wam_core.signals import read


def network(ndim, classes=6):
    """A linear network, so that Integrated Gradients are complete; one label is hostile."""
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32**ndim, classes))
    labels = ["$a_{", "猫", *map(str, range(2, classes))]
    return Classifier(module, ndim=ndim, labels=labels, name="linear")


def explained(path, ndim=2, target=0, wavelet="haar", levels=2, scale=1.0):
    net = network(ndim)
    x = scale * torch.randn(1, 1, *(32,) * ndim, generator=torch.Generator().manual_seed(1))
    transform = DiscreteWaveletTransform(wavelet, levels, ndim)
    signal = Signal.from_values(
        x[0].numpy(), {1: "sound", 2: "image", 3: "volume"}[x.ndim - 2], "random"
    )
    return explain(net, x, target, transform=transform, path=path), net, signal


@pytest.mark.parametrize(
    ("path", "name", "seed"),
    [
        (Gradient(), "gradient", None),
        (SmoothGrad(2, 0.1, 7), "smoothgrad", 7),
        (SmoothGrad(2, 0.1, 7, "magnitude"), "smoothgrad-magnitude", 7),
        (SmoothGrad(2, along=IntegratedGradients(3)), "smoothgrad-integrated", 42),
        (IntegratedGradients(3, seed=5), "integrated", 5),
    ],
)
def test_manifest_names_the_method_and_is_json(path, name, seed):
    result, net, signal = explained(path)
    written = json.loads(json.dumps(export.manifest(result, net, signal), allow_nan=False))
    assert written["settings"]["method"] == name
    assert written["seed"] == seed
    assert written["settings"]["wavelet"] == "haar"
    assert written["settings"]["levels"] == 2
    assert written["settings"]["padding"] == "reflect"
    assert written["model"]["fingerprint"] == net.fingerprint
    assert len(written["top"]) == 5
    shares = [one["probability"] for one in written["top"]]
    assert shares == sorted(shares, reverse=True)


def test_manifest_of_a_contrast_along_a_path_holds_both_classes_at_both_ends():
    result, net, signal = explained(IntegratedGradients(3), target=Contrast(0, 1))
    written = export.manifest(result, net, signal)
    target = written["target"]
    assert (target["index"], target["against"]["index"]) == (0, 1)
    assert target["score"] == pytest.approx(target["logit"] - target["against"]["logit"])
    bias = net.module[1].bias
    assert target["baseline_logit"] == pytest.approx(float(bias[0]))
    assert target["against"]["baseline_logit"] == pytest.approx(float(bias[1]))
    assert written["completeness_gap"] < 1e-4


def test_a_gap_that_is_not_finite_is_null_and_a_tensor_baseline_is_named_by_its_hash():
    result, net, signal = explained(IntegratedGradients(2, baseline=torch.zeros(1)), scale=0.0)
    written = export.manifest(result, net, signal)
    assert written["completeness_gap"] is None
    assert written["settings"]["baseline"]["shape"] == [1]


@pytest.mark.parametrize("ndim", [1, 2, 3])
def test_profile_adds_up_to_one_and_has_a_row_for_every_band(ndim):
    result, _, _ = explained(Gradient(), ndim)
    rows = list(csv.DictReader(io.StringIO(export.profile_csv(result))))
    size = {1: "size_samples", 2: "size_pixels", 3: "size_voxels"}[ndim]
    assert list(rows[0]) == ["level", "orientation", size, "share"]
    assert len(rows) == 1 + 2 * (2**ndim - 1)
    assert [rows[0][name] for name in ("level", "orientation", size)] == ["2", "approx", "4"]
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("target", [0, 1, 2])
@pytest.mark.parametrize("wavelet", ["haar", "db4"])
def test_pictures_are_png_whatever_the_label(target, wavelet):
    result, net, _ = explained(Gradient(), target=target, wavelet=wavelet)
    for data in (
        export.mosaic_png(result),
        export.mosaic_png(result, "signed"),
        export.overlay_png(result, net),
    ):
        assert min(read(data, "figure.png").size) > 400


def test_the_mosaic_shows_the_painted_coefficients_as_whole_squares():
    from wam_core import views

    result, _, _ = explained(Gradient())
    pixels = read(export.mosaic_png(result), "mosaic.png").values.transpose(1, 2, 0)
    flat = views.over_channels(result.attribution, "magnitude")
    own = flat.map(lambda band: band / np.percentile(band.numpy(), 99.5))
    expected = colour.paint(views.mosaic(own)[0, 0].numpy(), 1.0)
    zoom, left, top = 20, 16, 62
    shown = pixels[top + zoom // 2 :: zoom, left + zoom // 2 :: zoom][:32, :32]
    # away from the names, which lie on the upper left of the tiles
    np.testing.assert_allclose(shown[22:, 16:].astype(int), expected[22:, 16:].astype(int), atol=1)


@pytest.mark.parametrize("ndim", [1, 3])
def test_pictures_of_other_dimensions_are_refused_and_each_kind_has_its_own(ndim, tmp_path):
    result, net, signal = explained(Gradient(), ndim)
    with pytest.raises(SettingsError, match=f"{ndim} spatial axes"):
        export.mosaic_png(result)
    with pytest.raises(SettingsError, match=f"{ndim} spatial axes"):
        export.overlay_png(result, net)
    written = export.write(result, net, signal, tmp_path / "new" / "folder")
    names = {file.name for file in written}
    others = {"mosaic.png", "overlay.png", "slices.png", "attribution.nii.gz"}
    assert names == {"attribution.npz", "manifest.json", "profile.csv"} | (
        others if ndim == 3 else set()
    )


def linear(text):
    values = np.array([int(text[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def luminance(text):
    return float(linear(text) @ [0.2126, 0.7152, 0.0722])


def lab(text):
    """CIELAB under D65."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    x, y, z = np.cbrt(to_xyz @ linear(text) / [0.9505, 1.0, 1.089])  # all well above 0.009
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_a_level_has_one_colour_that_can_be_told_from_its_neighbours_and_from_the_page():
    colours = [colour.level_colour(level, 12) for level in range(1, 13)]
    assert colours[:3] == [colour.level_colour(level, 3) for level in (1, 2, 3)]
    for one in [*colours, colour.level_colour(None, 3)]:
        for page in ("#ffffff", "#14121d"):
            dark, light = sorted((luminance(one), luminance(page)))
            assert (light + 0.05) / (dark + 0.05) >= 3, (one, page)
    apart = [np.linalg.norm(lab(a) - lab(b)) for a, b in itertools.pairwise(colours)]
    assert min(apart) >= 15
    with pytest.raises(ValueError, match="level is 4"):
        colour.level_colour(4, 3)


@pytest.mark.parametrize("sign", ["magnitude", "signed"])
def test_paint_clips_at_the_limit_and_survives_a_limit_of_zero(sign):
    values = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    painted = colour.paint(values, 1.0, sign)
    assert (painted[0] == painted[1]).all()
    assert (painted[3] == painted[4]).all()
    assert (painted[0] == painted[2]).all() == (sign == "magnitude")
    assert (colour.paint(values, 0.0, sign) == painted[2]).all()


def test_a_plotly_scale_ends_with_the_colours_of_the_table():
    scale = colour.hex_scale(colour.SEQUENTIAL, 9)
    assert len(scale) == 9
    assert scale[-1] == "#" + colour.lut(colour.SEQUENTIAL)[-1].tobytes().hex()
