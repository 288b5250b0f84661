"""What is written of a volume: in its file's own frame, and as pictures with their sides named."""

import csv
import gzip
import io
import json
from dataclasses import dataclass, replace

import nibabel as nib
import numpy as np
import pytest
import torch

from wam_core import (
    Classifier,
    DiscreteWaveletTransform,
    Gradient,
    IntegratedGradients,
    Signal,
    explain,
    export,
)
from wam_core.errors import SettingsError
from wam_core.plot import slices
from wam_core.plot.planes import planes
from wam_core.plot.raster import importance, peak
from wam_core.signals import read
from wam_core.signals.frame import Frame

pytestmark = pytest.mark.slow

HEAD = (("L", "R"), ("P", "A"), ("I", "S"))
OBJECT = (("left", "right"), ("front", "back"), ("bottom", "top"))


@dataclass(frozen=True)
class Cropped:
    """A front end that sees a part of a volume, ``factor`` voxels as one."""

    corner: tuple[int, int, int] = (0, 0, 0)
    size: tuple[int, int, int] = (16, 16, 16)
    factor: int = 1
    ndim: int = 3

    def prepare(self, signal):
        part = signal.values[0].astype(np.float32)
        for axis, (first, extent) in enumerate(zip(self.corner, self.size, strict=True)):
            part = part.take(range(first, first + extent * self.factor), axis)
        x = torch.from_numpy(part)[None, None]
        return torch.nn.functional.avg_pool3d(x, self.factor)

    def denormalize(self, x):
        return x

    def normalize(self, shown):
        return shown

    def settings(self):
        return {"kind": "cropped", "corner": list(self.corner), "factor": self.factor}

    def placement(self, signal):
        matrix = np.diag([float(self.factor)] * 3 + [1.0])
        matrix[:3, 3] = np.array(self.corner) + (self.factor - 1) / 2
        return matrix

    def spacing(self, signal):
        return tuple(self.factor * step for step in signal.frame.spacing)


class Energy(torch.nn.Module):
    """Class 0 is the energy of the input: its gradient lies where the input does."""

    def forward(self, x):
        total = (x**2).flatten(1).sum(1)
        return torch.stack([total, 0 * total], dim=1)


def explained(signal, frontend, levels=1, path=None):
    net = Classifier(Energy(), frontend=frontend, labels=["full", "empty"], name="energy")
    transform = DiscreteWaveletTransform("haar", levels, 3, "symmetric")
    return explain(net, signal, 0, transform=transform, path=path or Gradient()), net


def marked(shape, low, high, ends=OBJECT, spacing=(1.0, 1.0, 1.0), unit=""):
    """A volume of zeros with a box of ones."""
    values = np.zeros((1, *shape), np.float32)
    values[(0, *(slice(a, b) for a, b in zip(low, high, strict=True)))] = 1
    signal = Signal.from_values(values, "volume", "box.npy")
    return replace(signal, frame=Frame(spacing, unit, ends))


def oblique(order, signs, spacing):
    """An affine whose axes are exchanged, reversed, and turned by some 20 degrees."""
    turn = np.array([0.25, -0.15, 0.2])
    cross = np.array([[0, -turn[2], turn[1]], [turn[2], 0, -turn[0]], [-turn[1], turn[0], 0]])
    angle = np.linalg.norm(turn)
    rotation = (
        np.eye(3) + np.sin(angle) / angle * cross + (1 - np.cos(angle)) / angle**2 * cross @ cross
    )
    affine = np.eye(4)
    affine[:3, :3] = rotation @ np.eye(3)[:, list(order)] @ np.diag(np.array(signs) * spacing)
    affine[:3, 3] = (-31.0, 12.5, 40.0)
    return affine


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize(
    ("order", "signs"), [((0, 1, 2), (1, 1, 1)), ((2, 0, 1), (-1, 1, -1)), ((1, 2, 0), (1, -1, -1))]
)
def test_an_oblique_file_comes_back_aligned(order, signs, factor):
    """A box is marked in the file; the attribution is found at the same place in the world."""
    spacing = (0.9, 1.1, 2.0)
    affine = oblique(order, signs, spacing)
    stored = np.zeros((24, 22, 26), np.float32)
    stored[8:12, 6:10, 14:18] = 1
    data = gzip.compress(nib.Nifti1Image(stored, affine).to_bytes())
    signal = read(data, "head.nii.gz")
    result, net = explained(signal, Cropped((2, 2, 2), tuple(18 // factor for _ in "abc"), factor))
    back = nib.Nifti1Image.from_bytes(gzip.decompress(export.attribution_nii(result, net, signal)))
    assert back.shape == stored.shape
    np.testing.assert_allclose(back.affine, affine, atol=1e-5)
    heat = back.get_fdata()

    def world(weights):
        places = np.argwhere(weights > 0)
        centre = (places * weights[weights > 0][:, None]).sum(0) / weights.sum()
        return nib.affines.apply_affine(affine, centre)

    np.testing.assert_allclose(world(heat), world(stored), atol=0.25 * factor)
    assert heat[stored > 0].sum() > (0.9 if factor == 1 else 0.1) * heat.sum()


def test_outside_of_what_the_network_saw_is_zero_and_its_outermost_cells_reach_to_their_edge():
    signal = marked((12, 10, 10), (0, 0, 0), (12, 10, 10))
    result, net = explained(signal, Cropped((2, 0, 0), (4, 5, 5), 2))
    heat = nib.Nifti1Image.from_bytes(
        gzip.decompress(export.attribution_nii(result, net, signal))
    ).get_fdata()
    assert heat.shape == (12, 10, 10)
    assert not heat[:2].any()
    assert not heat[10:].any()
    assert (heat[2:10] > 0).all()


def test_values_are_those_of_the_heat_map_where_the_grids_agree():
    signal = marked((16, 16, 16), (3, 4, 5), (9, 8, 7))
    result, net = explained(signal, Cropped())
    heat = nib.Nifti1Image.from_bytes(
        gzip.decompress(export.attribution_nii(result, net, signal))
    ).get_fdata()
    np.testing.assert_allclose(heat, importance(result), rtol=1e-6)
    assert heat.sum() > 0


@pytest.mark.parametrize("ends", [(), HEAD, OBJECT])
def test_slices_cross_where_the_crosshair_says(ends):
    heat = np.random.default_rng(0).random((5, 6, 7))
    place = peak(heat)
    assert heat[place] == heat.max()
    for plane in planes(ends):
        row, column = slices._crossing(plane, place, heat.shape)
        picture = plane.laid(heat.take(place[plane.axis], plane.axis))
        assert picture[int(row), int(column)] == heat.max()


@pytest.mark.parametrize("ends", [(), HEAD, OBJECT])
@pytest.mark.parametrize("wavelet", ["haar", "db2"])
def test_pictures_are_png_whatever_the_label(ends, wavelet):
    signal = marked((16, 16, 16), (3, 4, 5), (9, 8, 7), ends, (1.0, 1.0, 2.5), "mm")
    net = Classifier(Energy(), frontend=Cropped(), labels=["$a_{", "猫"])
    transform = DiscreteWaveletTransform(wavelet, 2, 3, "symmetric")
    result = explain(net, signal, 0, transform=transform, path=IntegratedGradients(2))
    for data in (
        export.slices_png(result, net, signal),
        export.volume_overlay_png(result, net, signal),
        export.projections_png(result, net, signal),
        export.projections_png(result, net, signal, "signed", 2),
    ):
        assert min(read(data, "figure.png").size) > 450


def test_slices_have_true_proportions():
    """Height 40 mm, width and depth 16: 360 dots high and 144 wide, between margins, at 1.5."""
    signal = marked((16, 16, 16), (3, 4, 5), (9, 8, 7), HEAD, (1.0, 1.0, 2.5), "mm")
    result, net = explained(signal, Cropped())
    rows, columns = read(export.slices_png(result, net, signal), "slices.png").size
    assert (rows, columns) == (1.5 * (104 + 360 + 66), 1.5 * (44 + 3 * 144 + 2 * 62 + 150))


def test_the_tile_of_a_band_shows_its_projection():
    from wam_core import views
    from wam_core.plot import colour, projections

    signal = marked((16, 16, 16), (3, 4, 5), (9, 8, 7))
    result, _ = explained(signal, Cropped())
    plane = planes(OBJECT)[1]
    tiles = projections._tiles(result, "magnitude", plane)
    band, values = next(iter(views.over_channels(result.attribution, "magnitude").bands()))
    whole = views.at_input_size(values, result.layout[band], result.size)[0, 0].numpy()
    expected = plane.laid(whole.max(plane.axis))
    np.testing.assert_array_equal(tiles[band], expected)
    assert expected[: 16 // 2].sum() < expected[16 // 2 :].sum()  # the box stands at the bottom
    assert colour.paint(expected, float(expected.max())).shape == (16, 16, 3)


def test_pictures_of_other_kinds_are_refused():
    net = Classifier(Energy(), ndim=2)
    x = torch.randn(1, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    result = explain(net, x, 0, transform=DiscreteWaveletTransform("haar", 1, 2), path=Gradient())
    signal = Signal.from_values(x[0].numpy(), "image", "flat")
    for make in (
        export.slices_png, export.volume_overlay_png, export.projections_png, export.attribution_nii,
    ):  # fmt: skip
        with pytest.raises(SettingsError, match="2 spatial axes"):
            make(result, net, signal)


def test_a_manifest_says_which_volume_it_was_and_what_was_done_to_it():
    signal = marked((16, 16, 16), (3, 4, 5), (9, 8, 7), HEAD, (1.0, 1.0, 2.5), "mm")
    signal = replace(signal, item=("test", 3), series=(("test", 9),), edits=("filled",))
    result, net = explained(signal, Cropped((0, 0, 0), (8, 8, 8), 2))
    written = json.loads(json.dumps(export.manifest(result, net, signal), allow_nan=False))
    told = written["input"]
    assert (told["spacing"], told["unit"]) == ([1.0, 1.0, 2.5], "mm")
    assert (told["item"], told["edits"]) == (["test", 3], ["filled"])
    assert written["model"]["spacing"] == [2.0, 2.0, 5.0]


@pytest.mark.parametrize(
    ("spacing", "unit", "names", "sizes"),
    [
        ((1.5, 1.5, 1.5), "mm", ["size_voxels", "size_mm"], ["2", "3"]),
        ((1.0, 1.0, 1.0), "", ["size_voxels"], ["2"]),
        (
            (1.0, 1.0, 2.5), "mm",
            ["size_voxels", "size_mm_axis_0", "size_mm_axis_1", "size_mm_axis_2"],
            ["2", "2", "2", "5"],
        ),
    ],
)  # fmt: skip
def test_a_profile_has_sizes_in_voxels_and_where_known_in_mm(spacing, unit, names, sizes):
    signal = marked((16, 16, 16), (3, 4, 5), (9, 8, 7), HEAD, spacing, unit)
    result, net = explained(signal, Cropped())
    text = export.profile_csv(result, grid=export.network_grid(net, signal))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == ["level", "orientation", *names, "share"]
    assert [rows[-1][name] for name in names] == sizes
    assert len(rows) == 8
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1)


def test_everything_is_written_and_twice_the_same(tmp_path):
    signal = marked((16, 16, 16), (3, 4, 5), (9, 8, 7))
    for name in "ab":
        result, net = explained(signal, Cropped(), levels=2)
        export.write(result, net, signal, tmp_path / name)
    files = {file.name for file in (tmp_path / "a").iterdir()}
    assert files == {
        "attribution.npz", "manifest.json", "profile.csv",
        "mosaic.png", "overlay.png", "slices.png", "attribution.nii.gz",
    }  # fmt: skip
    for name in files - {"manifest.json", "attribution.npz"}:  # these say how long it took
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
