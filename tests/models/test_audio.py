"""The catalogue of sound networks: accuracy on held-out clips, damaged files, a user's own."""

import shutil
from pathlib import Path

import pytest
import torch

import models
from models import audio, checkpoint, volumes
from wam_core import DiscreteWaveletTransform, Gradient, explain
from wam_core.errors import InputError, ModelError


@pytest.mark.slow
def test_held_out_clips_are_named_rightly(esc10, fold4):
    right = [
        int(esc10.predict(esc10.prepare(signal))[0].argmax()) == esc10.index(label)
        for label, _, signal in fold4
    ]
    assert sum(right) >= 0.88 * len(fold4)
    assert sum(p.numel() for p in esc10.module.parameters()) < 1.5e6


def test_own_weights_must_fit(tmp_path, shared_data):
    weights = shared_data / "weights" / "micro_acdnet_esc50_fold4.safetensors"
    with pytest.raises(ModelError, match=r"there are 2 labels, and the head of .* has 50 classes"):
        models.from_file(weights, "micro_acdnet", ["cat", "dog"])
    with pytest.raises(ModelError, match=r"has no tensor head\.bias"):
        models.from_file(weights, "mel_vgg")


def test_weights_that_were_changed_are_refused(tmp_path, monkeypatch):
    for name in ("esc10.safetensors", "SHA256SUMS"):
        shutil.copy(Path(audio.__file__).parent / "weights" / name, tmp_path)
    file = tmp_path / "esc10.safetensors"
    assert checkpoint.shipped(file) == file
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    monkeypatch.setattr(audio, "_WEIGHTS", tmp_path)
    with pytest.raises(ModelError, match=r"esc10\.safetensors has SHA-256 .* reinstall"):
        models.load("esc10")
    file.unlink()
    with pytest.raises(ModelError, match=r"esc10\.safetensors are missing"):
        models.load("esc10")


def test_every_shipped_weight_file_has_a_card_and_a_hash():
    folder = Path(audio.__file__).parent / "weights"
    files = sorted(folder.glob("*.safetensors"))
    assert {file.stem for file in files} == {*audio.SPECS, *volumes.SPECS}
    for file in files:
        assert checkpoint.shipped(file) == file and file.stat().st_size < 8e6
    for name in audio.SPECS:
        card = (folder / f"{name}.md").read_text()
        assert all(word in card for word in ("CC BY 3.0", "Piczak", "fold", "Limits"))


@pytest.mark.parametrize("name", audio.SPECS)
def test_silence_is_explained_with_finite_numbers(name):
    net = models.load(name)
    result = explain(
        net, torch.zeros(1, 1, 100_000), transform=DiscreteWaveletTransform("haar", 4, ndim=1),
        path=Gradient(),
    )  # fmt: skip
    assert all(torch.isfinite(band).all() for _, band in result.attribution.bands())
    assert torch.isfinite(result.probabilities).all()


def test_a_picture_is_no_sound(esc10, lite0):
    from models import samples

    with pytest.raises(InputError, match="chelsea"):
        esc10.prepare(samples.load("chelsea"))
    with pytest.raises(InputError, match="rain"):
        lite0.prepare(samples.load("rain"))
