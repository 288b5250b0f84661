"""The command line for sounds: what it writes, what it takes where nothing was chosen, what it says."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import models
from app import cli
from models import samples
from wam_core.signals import read
from wam_core.signals.audio import encode_wav
from wam_core.signals.image import encode_png

pytestmark = pytest.mark.slow

OCTAVES = {f"L{level}.d.wav" for level in range(1, 9)}
WAVES = {"original.wav", "kept.wav", "rest.wav"}
FILES = {"attribution.npz", "manifest.json", "overlay.png", "profile.csv", "spectrogram.png"}
QUICK = ("--samples", 2, "--device", "cpu")


def run(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def explain(file, out, *options):
    done = run("explain", file, "--out", out, *QUICK, *options)
    assert done.exit_code == 0, done.stderr
    return done, json.loads((out / "manifest.json").read_text())


def wave(file):
    return read(file.read_bytes(), file.name).values[0].astype(np.float64)


def add_up(folder):
    whole = wave(folder / "original.wav")
    bands = sum(wave(file) for file in (folder / "bands").iterdir())
    np.testing.assert_allclose(bands, whole, atol=1e-4)
    both = wave(folder / "kept.wav") + wave(folder / "rest.wav")
    np.testing.assert_allclose(both, whole, atol=1e-6)
    return whole


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    """Five seconds of ticks, in a file of two channels at another rate than the network's."""
    signal = samples.load("clock_tick")
    file = tmp_path_factory.mktemp("input") / "clock.wav"
    file.write_bytes(encode_wav(signal.values.repeat(2, axis=0), signal.rate))
    return file


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """Eight seconds at 22.05 kHz: all but silent, then noise from the fourth second on."""
    rate = 22_050
    values = np.random.default_rng(0).normal(0, 0.1, (1, 8 * rate)).astype(np.float32)
    values[:, : 3 * rate] *= 1e-3
    file = tmp_path_factory.mktemp("input") / "long.wav"
    file.write_bytes(encode_wav(values, rate, depth=32))
    return file


def test_a_real_clip_is_explained_into_files_that_add_up(shared_data, tmp_path):
    clips = sorted((shared_data / "audio" / "esc10" / "dog_bark").glob("*.ogg"))
    if not clips:
        pytest.skip("no clips of ESC-10 in shared/data/audio")
    done, manifest = explain(clips[0], tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == FILES | WAVES | {"bands"}
    assert {file.name for file in (tmp_path / "bands").iterdir()} == OCTAVES | {"approx.wav"}
    assert "dog bark" in done.stdout
    whole = add_up(tmp_path)
    assert whole.shape == (220_500,)
    with np.load(tmp_path / "attribution.npz", allow_pickle=False) as archive:
        np.testing.assert_allclose(archive["input"][0], whole, atol=0)
        assert archive["representation"].shape == (1, 128, 431)
    assert manifest["input"]["rate"] == 44_100
    assert manifest["kept"]["top"][0]["label"] == "dog bark"


def test_without_a_choice_the_settings_are_those_for_sounds(clock, tmp_path):
    done, manifest = explain(clock, tmp_path)
    add_up(tmp_path)
    settings = manifest["settings"]
    assert manifest["model"]["name"] == "esc10"
    assert (settings["method"], settings["wavelet"], settings["levels"]) == ("integrated", "db4", 8)
    assert (settings["grading"], settings["steps"]) == (4.0, 2)
    assert manifest["kept"]["keep"] == {"way": "soft", "share": 0.1, "extent": 882.0, "power": 2.0}
    assert "completeness gap" in done.stdout
    assert "86–170 Hz" in done.stdout
    assert (tmp_path / "profile.csv").read_text().startswith("level,orientation,low_hz,high_hz,")


def test_what_is_chosen_is_taken(clock, tmp_path):
    options = ("--method", "smoothgrad", "--wavelet", "haar", "--levels", 3, "--keep", "hard")
    done, manifest = explain(clock, tmp_path, *options, "--share", 0.25, "--against", "rain")
    settings = manifest["settings"]
    assert (settings["method"], settings["wavelet"], settings["levels"]) == (
        "smoothgrad",
        "haar",
        3,
    )
    assert settings["spread"] == 0.001
    assert manifest["kept"]["keep"]["way"] == "hard"
    assert manifest["kept"]["impression"]["coefficients"] == pytest.approx(0.25, abs=1e-4)
    assert manifest["target"]["against"]["label"] == "rain"
    assert {file.name for file in (tmp_path / "bands").iterdir()} == {
        "approx.wav", "L1.d.wav", "L2.d.wav", "L3.d.wav",
    }  # fmt: skip
    assert "kept: hard, the strongest 25 %" in done.stdout


def test_grading_moves_the_points(clock, tmp_path):
    _, manifest = explain(clock, tmp_path, "--grading", 1)
    assert manifest["settings"]["grading"] == 1


def test_the_loudest_window_is_heard_unless_another_start_is_given(long, tmp_path):
    _, loudest = explain(long, tmp_path / "a", "--method", "gradient")
    _, first = explain(long, tmp_path / "b", "--method", "gradient", "--start", 0)
    _, last = explain(long, tmp_path / "c", "--method", "gradient", "--start", 6)
    places = [
        (m["input"]["start_seconds"], m["input"]["excerpt_seconds"]) for m in (loudest, first, last)
    ]
    assert places == [(3.0, 5.0), (0.0, 5.0), (6.0, 2.0)]
    assert loudest["input"]["sha256"] == first["input"]["sha256"]
    quiet, loud = (wave(tmp_path / name / "original.wav")[:100_000].std() for name in "ba")
    assert quiet < 0.01 * loud
    ends = wave(tmp_path / "c" / "original.wav")
    assert ends.shape == (220_500,)
    assert not ends[2 * 44_100 + 100 :].any()


def test_equal_settings_give_equal_bytes(clock, tmp_path):
    options = ("--method", "smoothgrad", "--levels", 2, "--seed", 3)
    for name in ("a", "b"):
        explain(clock, tmp_path / name, *options)
    files = [
        file for file in sorted((tmp_path / "a").rglob("*")) if file.suffix in (".wav", ".png")
    ]
    assert len(files) == 8
    for file in files:
        again = tmp_path / "b" / file.relative_to(tmp_path / "a")
        assert file.read_bytes() == again.read_bytes(), file.name


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--model", "efficientnet_lite0"), "is a sound, and efficientnet_lite0 is a network for"),
        (("--model", "esc11"), "'esc11' is none of the networks for sounds: esc10"),
        (("--model", "mel_vgg"), "'mel_vgg' is none of the networks for sounds: esc10"),
        (
            ("--model", "resnet18", "--weights", "own.safetensors"),
            "'resnet18' is none of the networks for sounds: mel_vgg, micro_acdnet",
        ),
        (("--start", "5"), "the option start is 5; clock.wav lasts 5.00 s"),
        (("--start", "-1"), "the option start is -1"),
        (("--start", "nan"), "the option start is nan"),
        (("--share", "2"), "share is 2"),
        (("--grading", "11"), "grading is 11"),
        (("--levels", "30"), "the maximum is"),
        (("--target", "whale"), "no class named 'whale'"),
    ],
)
def test_a_failure_is_one_sentence_and_1(clock, tmp_path, options, said):
    done = run("explain", clock, "--out", tmp_path, *QUICK, *options)
    assert done.exit_code == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert not list(tmp_path.iterdir())


def test_a_broken_sound_is_one_sentence(clock, tmp_path):
    broken = tmp_path / "broken.ogg"
    broken.write_bytes(b"OggS" + bytes(22) + b"\x01\x1e\x01vorbis" + bytes(60))
    done = run("explain", broken, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert done.stderr.startswith("wam: broken.ogg is a damaged")
    assert len(done.stderr.splitlines()) == 1


def test_own_weights_are_heard_with(clock, tmp_path):
    labels = tmp_path / "names.txt"
    labels.write_text("\n".join(f"class {index}" for index in range(10)))
    weights = Path(models.__file__).parent / "weights" / "esc10.safetensors"
    done = run("predict", clock, "--model", "mel_vgg", "--weights", weights, "--labels", labels)
    assert done.exit_code == 0, done.stderr
    assert f"{clock}: class 2 (2)" in done.stdout


def test_predict_takes_each_file_to_the_network_for_its_kind(clock, tmp_path):
    picture = tmp_path / "cat.png"
    pixels = samples.load("chelsea").values.transpose(1, 2, 0)
    picture.write_bytes(encode_png(np.ascontiguousarray(pixels)))
    done = run("predict", clock, picture, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert lines[0]["top"][0]["label"] == "clock tick"
    assert "cat" in lines[1]["top"][0]["label"]

    done = run("predict", picture, clock, "--model", "esc10", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert lines[0]["error"] == "cat.png is an image, and esc10 is a network for sounds"
    assert lines[1]["top"][0]["label"] == "clock tick"
