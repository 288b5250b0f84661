"""The command line: files, lines and exit codes."""

import importlib.metadata
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from typer.main import get_command
from typer.testing import CliRunner

from app import cli, kinds
from app.cli import doctor, options, serve
from app.server import device, server
from models import samples
from wam_core.bands import Bands
from wam_core.defaults import COPIES, DEFAULTS, KEEP, METHOD, POINTS, SHARE, ways_to_keep
from wam_core.errors import SettingsError
from wam_core.signals.image import encode_png

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
FILES = {"attribution.npz", "manifest.json", "mosaic.png", "overlay.png", "profile.csv"}


def run(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def chelsea(tmp_path_factory):
    file = tmp_path_factory.mktemp("input") / "chelsea.png"
    pixels = samples.load("chelsea").values.transpose(1, 2, 0)
    file.write_bytes(encode_png(np.ascontiguousarray(pixels)))
    return file


def arrays(file):
    with np.load(file, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files if name != "meta"}


def test_the_rules_to_keep_are_those_of_the_core():
    assert get_args(options.Keep) == tuple(
        ways_to_keep(0.1, 44_100, Bands(torch.zeros(1, 1, 4), ()))
    )


def test_the_defaults_in_the_help_are_those_of_the_core():
    options = {one.name: one for one in get_command(cli.app).commands["explain"].params}
    said = " ".join(one.help or "" for one in options.values())
    assert f"Default: {POINTS}, and {COPIES} copies" in said
    image, sound, volume = (DEFAULTS[kind] for kind in ("image", "sound", "volume"))
    assert image.padding == sound.padding == "reflect"
    assert f"reflect, for volumes {volume.padding}" in said
    assert f"The variant. Default: {METHOD}." in said
    for name in ("wavelet", "spread", "grading"):
        values = [getattr(one, name) for one in (image, sound, volume)]
        told = [value if isinstance(value, str) else f"{value:g}" for value in values]
        assert "{} for images, {} for sounds, {} for volumes".format(*told) in said
    assert (volume.levels([30] * 3), volume.levels([32] * 3)) == (2, 3)
    assert "2 for volumes and 3 where all sides divide by 8" in said
    assert f"{image.levels([224, 224])} for images" in said
    assert f"Default: {KEEP}" in said
    assert f"Default: {SHARE:g}" in said


def test_the_device_is_the_operators_unless_one_is_given(monkeypatch):
    monkeypatch.setenv("WAM_DEVICE", "meta")
    assert device() == "meta"
    assert device("cpu") == "cpu"
    monkeypatch.setenv("WAM_DEVICE", "abacus")
    server.cache_clear()
    with pytest.raises(SettingsError, match="'abacus' is unknown"):
        device()


def test_a_gpu_that_is_not_there_is_one_sentence(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(SettingsError, match="'cuda' was asked for, and PyTorch finds no GPU"):
        device("cuda")


def test_explain_writes_everything_and_a_seed_decides_every_bit(chelsea, tmp_path):
    def explain(name, seed):
        done = run(
            "explain", chelsea, "--method", "smoothgrad", "--samples", 2, "--seed", seed, "--device", "cpu",
            "--out", tmp_path / name,
        )  # fmt: skip
        assert done.exit_code == 0, done.stderr
        assert "cat" in done.stdout
        return arrays(tmp_path / name / "attribution.npz")

    first, again, other = explain("a", 1), explain("b", 1), explain("c", 2)
    assert {file.name for file in (tmp_path / "a").iterdir()} == FILES
    assert first["attribution.approx"].shape == (3, 28, 28)
    assert first["attribution.L1.da"].shape == (3, 112, 112)
    assert first["attribution.L1.da"].dtype == np.float32
    for name, values in first.items():
        assert values.tobytes() == again[name].tobytes()
    assert (first["attribution.L1.da"] != other["attribution.L1.da"]).any()

    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert {"input", "model", "target", "top", "settings", "seed", "versions"} < set(manifest)
    assert manifest["seed"] == 1
    assert manifest["settings"]["samples"] == 2
    rows = (tmp_path / "a" / "profile.csv").read_text().splitlines()[1:]
    assert sum(float(row.rsplit(",", 1)[1]) for row in rows) == pytest.approx(1)


def test_integrated_takes_its_points_from_samples_and_a_contrast_from_the_prediction(
    chelsea, tmp_path
):
    done = run(
        "explain", chelsea, "--method", "integrated", "--samples", 3, "--against", "tabby",
        "--out", tmp_path,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["settings"]["steps"] == 3
    assert manifest["target"]["against"]["index"] == 281
    assert "completeness_gap" in manifest


def test_predict_goes_on_after_a_broken_file(chelsea, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(chelsea.read_bytes()[:500])
    done = run("predict", broken, tmp_path, tmp_path / "absent", chelsea, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert ["error" in line for line in lines] == [True, True, True, False]
    assert lines[3]["file"] == str(chelsea)
    assert len(lines[3]["top"]) == 5
    assert "cat" in lines[3]["top"][0]["label"]


@pytest.mark.parametrize(
    "given",
    [
        ("--method", "magic"),
        ("--levels", "many"),
        ("--labels", "names.txt"),
        ("--weights", "own.safetensors"),
        ("--unknown",),
        ("--keep", "loudest"),
        ("--keep", "per-band", "--share", "0.1"),
        ("--item", "3"),
        ("--item", "test:x"),
        ("--solid", "hollow"),
        ("--up", "w"),
    ],
)
def test_wrong_usage_is_2(chelsea, given):
    assert run("explain", chelsea, *given).exit_code == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--model", "resnet51"), "resnet51"),
        (("--levels", "30"), "maximum is 7"),
        (("--wavelet", "hat"), "hat"),
        (("--target", "1000"), "1000"),
        (("--method", "integrated", "--steps", "0"), "steps is 0"),
        (("--model", "esc10"), "chelsea.png is an image, and esc10 is a network for sounds"),
        (("--start", "1"), "the option start is for sounds, and chelsea.png is an image"),
        (("--up", "y"), "the option up is for volumes, and chelsea.png is an image"),
        (("--item", "test:0"), "item test 0 of chelsea.png was asked for; it is a single image"),
    ],
)
def test_a_failure_is_one_sentence_and_1(chelsea, tmp_path, given, said):
    done = run("explain", chelsea, "--out", tmp_path, *given)
    assert done.exit_code == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_a_folder_that_cannot_be_written_is_told_before_computing(chelsea):
    done = run("explain", chelsea, "--out", chelsea / "below")
    assert done.exit_code == 1
    assert "cannot write there" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_models_lists_the_embedded_networks():
    listed = {row["name"]: row for row in json.loads(run("models", "--json").stdout)}
    assert listed["efficientnet_lite0"]["embedded"]
    assert listed["efficientnet_lite0"]["available"]
    assert listed["esc10"]["embedded"]
    assert listed["esc10"]["modality"] == "sound"
    assert listed["modelnet10"]["embedded"]
    assert listed["digits3d"]["modality"] == "volume"
    shown = run("models").stdout
    assert "efficientnet_lite0" in shown
    assert "esc10" in shown
    assert "modelnet10" in shown


def test_doctor_sees_a_cat_hears_a_clock_and_knows_solids(monkeypatch):
    monkeypatch.setattr(doctor, "_hub", lambda: "not asked")
    done = run("doctor", "--device", "cpu")
    assert done.exit_code == 0
    assert "efficientnet_lite0 works: the cat is" in done.stdout
    assert "esc10 works: the clock is 'clock tick'" in done.stdout
    assert "modelnet10 works: the chair is 'chair'" in done.stdout
    assert "digits3d works: the 3 is '3'" in done.stdout
    for library in ("soundfile", "av", "soxr", "librosa", "nibabel", "tifffile", "trimesh"):
        assert f"{library} {importlib.metadata.version(library)}" in done.stdout


@pytest.mark.parametrize(
    ("checked", "failing"),
    [
        ({"sound": "clock_in_rain", "volume": "bed"}, None),
        ({"sound": "coffee"}, "sounds"),
        ({}, "images"),
    ],
)
def test_doctor_fails_where_one_kind_of_network_does(monkeypatch, checked, failing):
    monkeypatch.setattr(doctor, "_hub", lambda: "not asked")
    for kind, sample in checked.items():
        monkeypatch.setattr(type(kinds.named(kind)), "check_sample", sample)
    if failing == "images":
        monkeypatch.setattr(doctor, "_CATS", range(1))
    done = run("doctor", "--device", "cpu")
    assert done.exit_code == (0 if failing is None else 1)
    if failing:
        assert done.stderr.splitlines() == [
            f"wam: no embedded network for {failing} works; reinstall this project"
        ]


def test_serve_says_that_a_port_is_taken(monkeypatch):
    monkeypatch.setattr(os, "execv", lambda *_: pytest.fail("started all the same"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"port {port} of 127.0.0.1 is in use"):
            serve._check_port("127.0.0.1", port)


def test_help_comes_without_loading_torch():
    code = (
        "import sys, app.cli\n"
        "try: app.cli.app(['--help'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert 'torch' not in sys.modules and 'wam_core' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)


def test_a_real_process_prints_one_sentence_and_no_traceback(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "explain", str(tmp_path / "absent.png")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == f"wam: {tmp_path / 'absent.png'} does not exist\n"
    assert done.stdout == ""


def test_smoothgrad_stops_by_itself_and_says_after_how_many(chelsea, tmp_path):
    done = run(
        "explain", chelsea, "--method", "smoothgrad", "--samples", 20, "--tolerance", 0.99, "--device", "cpu",
        "--micro-batch", 4, "--out", tmp_path,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["settings"]["samples"] == 8 and manifest["settings"]["until"] is None
    assert (manifest["asked"]["samples"], manifest["asked"]["until"]) == (20, 0.99)
    assert 0 < manifest["relative_error"] <= 0.99
    assert f"standard error: {manifest['relative_error']:.1%}" in done.output
    assert " 8 passes" in done.output
    assert "--tolerance 0.99" in manifest["reproduce"]["command"]
    assert "until=0.99" in manifest["reproduce"]["python"]
    wrong = run("explain", chelsea, "--method", "gradient", "--tolerance", 0.3, "--out", tmp_path)
    assert wrong.exit_code and "tolerance is for smoothgrad" in wrong.output
