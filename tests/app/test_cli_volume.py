"""The command line for volumes: what it writes, which volume of a file, which way it stands."""

import gzip
import json
import re

import nibabel as nib
import numpy as np
import pytest
import trimesh
from typer.testing import CliRunner

from app import cli
from models import samples
from wam_core.signals.image import encode_png
from wam_core.signals.nifti import encode_nifti

pytestmark = pytest.mark.slow

FILES = {
    "attribution.npz", "manifest.json", "profile.csv", "mosaic.png", "overlay.png",
    "slices.png", "scene.html", "attribution.nii.gz",
}  # fmt: skip
QUICK = ("--samples", 2, "--device", "cpu")


def run(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def explain(file, out, *options):
    done = run("explain", file, "--out", out, *QUICK, *options)
    assert done.exit_code == 0, done.stderr
    return done, json.loads((out / "manifest.json").read_text())


def predicted(*arguments):
    done = run("predict", *arguments, "--json")
    assert done.exit_code == 0, done.stdout
    return [json.loads(line)["top"][0]["label"] for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("input")


@pytest.fixture(scope="module")
def chair(folder):
    """The sample as a NIfTI file that lies oblique and upside down in the world, in steps of 2 mm."""
    file = folder / "chair.nii.gz"
    affine = np.array([[2, 0.2, 0, -10], [-0.2, 2, 0, 5], [0, 0, -2, 60], [0, 0, 0, 1.0]])
    file.write_bytes(encode_nifti(samples.load("chair").values[0][:, :, ::-1], affine))
    return file


@pytest.fixture(scope="module")
def mesh(folder):
    """A chair of boxes, in the order that modelling programs like: y is up."""
    boxes = [((0.5, 0.06, 0.5), (0, 0.45, 0)), ((0.5, 0.5, 0.06), (0, 0.72, -0.22))]
    boxes += [((0.06, 0.45, 0.06), (x, 0.22, z)) for x in (-0.2, 0.2) for z in (-0.2, 0.2)]
    made = trimesh.util.concatenate(
        [
            trimesh.creation.box(size, trimesh.transformations.translation_matrix(place))
            for size, place in boxes
        ]
    )
    file = folder / "chair.off"
    made.export(file)
    return file


@pytest.fixture(scope="module")
def several(folder):
    """Two parts of solids, as data sets come."""
    file = folder / "objects.npz"
    chair, table = (samples.load(name).values[0] for name in ("chair", "table"))
    np.savez_compressed(
        file, train_images=np.stack([table, table]), test_images=np.stack([table, chair])
    )
    return file


def test_a_scan_is_explained_into_files_that_lie_on_it(chair, tmp_path):
    done, manifest = explain(chair, tmp_path, "--model", "modelnet10")
    assert {file.name for file in tmp_path.iterdir()} == FILES
    assert "scene.html" in done.stdout
    assert manifest["target"]["label"] == "chair"
    assert manifest["input"]["unit"] == "mm"
    np.testing.assert_allclose(manifest["input"]["spacing"], [2.01, 2.01, 2.0], atol=0.01)
    there = nib.load(chair)
    back = nib.Nifti1Image.from_bytes(
        gzip.decompress((tmp_path / "attribution.nii.gz").read_bytes())
    )
    assert back.shape == there.shape
    np.testing.assert_allclose(back.affine, there.affine, atol=1e-4)
    heat, filled = back.get_fdata(), there.get_fdata() > 0
    assert heat[filled].mean() > 3 * heat[~filled].mean()
    assert heat[filled].mean() > 1.3 * heat[:, :, ::-1][filled].mean()
    header = (tmp_path / "profile.csv").read_text().splitlines()[0]
    assert header.startswith("level,orientation,size_voxels,size_mm")


def test_the_scene_is_one_page_that_fetches_nothing(chair, tmp_path):
    explain(chair, tmp_path, "--method", "gradient")
    page = (tmp_path / "scene.html").read_text()
    assert page.startswith("<!doctype html>")
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", page)
    assert "<h1>chair, by modelnet10, in chair.nii.gz</h1>" in page
    assert page.count("<div data-slicer=") == 1
    assert len(page) < 700_000, "no library comes with it"


def test_without_a_choice_the_settings_are_those_for_volumes(chair, tmp_path):
    _, manifest = explain(chair, tmp_path)
    settings = manifest["settings"]
    assert manifest["model"]["name"] == "modelnet10"
    assert (settings["method"], settings["wavelet"]) == ("integrated", "haar")
    assert (settings["levels"], settings["padding"]) == (2, "symmetric")


def test_what_is_chosen_is_taken(chair, tmp_path):
    options = ("--method", "smoothgrad", "--wavelet", "db2", "--levels", 1, "--padding", "zero")
    _, manifest = explain(chair, tmp_path, *options, "--model", "digits3d", "--target", "3")
    settings = manifest["settings"]
    assert (settings["method"], settings["wavelet"]) == ("smoothgrad", "db2")
    assert (settings["levels"], settings["padding"], settings["spread"]) == (1, "zero", 0.0001)
    assert manifest["model"]["name"] == "digits3d"


def test_an_item_is_chosen_of_a_file_with_several(several, tmp_path):
    assert predicted(several) == ["table"]
    assert predicted(several, "--item", "test:1") == ["chair"]
    _, manifest = explain(several, tmp_path, "--method", "gradient", "--item", "test:1")
    assert manifest["input"]["item"] == ["test", 1]
    assert manifest["target"]["label"] == "chair"


def test_a_mesh_is_turned_and_hollowed_on_demand(mesh, tmp_path):
    assert predicted(mesh, "--up", "y") == ["chair"]
    assert predicted(mesh, "--up", "y", "--solid", "shell") == ["chair"]
    _, manifest = explain(mesh, tmp_path, "--method", "gradient", "--up", "y", "--solid", "filled")
    assert manifest["input"]["edits"] == ["up y", "filled"]
    assert manifest["target"]["label"] == "chair"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--model", "esc10"), "chair.nii.gz is a volume, and esc10 is a network for sounds"),
        (("--model", "resnet18"), "'resnet18' is none of the networks for volumes: modelnet10"),
        (
            ("--model", "resnet18", "--weights", "own.safetensors"),
            "'resnet18' is none of the networks for volumes: cnn3d",
        ),
        (("--up", "y"), "says itself which way is up"),
        (("--keep", "soft"), "the option keep is for sounds, and chair.nii.gz is a volume"),
        (("--item", "test:7"), "item test 7 of chair.nii.gz was asked for"),
        (("--levels", "9"), "the maximum is"),
        (("--target", "whale"), "no class named 'whale'"),
    ],
)
def test_a_failure_is_one_sentence_and_1(chair, tmp_path, options, said):
    done = run("explain", chair, "--out", tmp_path, *QUICK, *options)
    assert done.exit_code == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert not list(tmp_path.iterdir())


def test_only_grids_of_two_values_are_filled(folder):
    file = folder / "scan.npy"
    np.save(file, np.random.default_rng(0).random((12, 12, 12)).astype(np.float32))
    done = run("predict", file, "--solid", "filled")
    assert done.exit_code == 1
    assert "only a grid of empty and filled voxels can be filled" in done.stderr


def test_each_file_goes_to_the_network_for_its_kind(chair, folder):
    picture = folder / "cat.png"
    pixels = samples.load("chelsea").values.transpose(1, 2, 0)
    picture.write_bytes(encode_png(np.ascontiguousarray(pixels)))
    labels = predicted(chair, picture)
    assert labels[0] == "chair"
    assert "cat" in labels[1]


def test_equal_settings_give_equal_bytes(chair, tmp_path):
    for name in "ab":
        explain(chair, tmp_path / name)
    for name in FILES - {"manifest.json", "attribution.npz", "scene.html"}:
        first, second = ((tmp_path / one / name).read_bytes() for one in "ab")
        assert first == second, name
