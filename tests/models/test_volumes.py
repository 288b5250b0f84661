"""The catalogue of volume networks: accuracy on what training never saw, samples, a user's own."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import models
from models import checkpoint, samples, volumes
from models.architectures.volume import Cnn3d, ResNet18_3d
from training import digits3d, modelnet10
from wam_core import DiscreteWaveletTransform, Gradient, IntegratedGradients, explain
from wam_core.errors import InputError, ModelError

pytestmark = pytest.mark.slow

HAAR = DiscreteWaveletTransform("haar", 2, ndim=3)
FURNITURE = [name for name in samples.names("volume") if samples.network(name) == "modelnet10"]


@pytest.fixture(scope="module")
def furniture():
    return models.load("modelnet10")


@pytest.fixture(scope="module")
def digits():
    return models.load("digits3d")


@pytest.fixture(scope="module")
def held(shared_data):
    """The test part without its empty grids and repetitions, and the names of the classes."""
    _, _, report, labels = modelnet10.read(shared_data / "volumes" / "modelnet10_30.npz")
    return report, labels


def predicted(net, x):
    return torch.cat([net.predict(chunk.float()) for chunk in x.split(64)])


@pytest.mark.slow
def test_held_out_objects_are_named_rightly(furniture, held):
    report, labels = held
    assert [label.replace("_", " ") for label in labels] == list(furniture.labels)
    assert len(report) == 416
    right = predicted(furniture, report.x).argmax(1) == report.label
    # .887 was measured; the .90 that was wanted is not met (models/weights/modelnet10.md)
    assert float(right.float().mean()) >= 0.88


@pytest.mark.slow
def test_held_out_digits_are_named_rightly(digits):
    report = digits3d.grown(digits3d.split()[2], 1, seed=100)
    right = predicted(digits, report.x).argmax(1) == report.label
    assert float(right.float().mean()) >= 0.97


def test_repetitions_and_empty_grids_are_dropped():
    grids = np.zeros((5, 2, 2, 2), np.uint8)
    grids[1, 0] = grids[2, 0] = grids[4, 1] = 1
    known: set[bytes] = set()
    assert modelnet10.distinct(grids, known).tolist() == [1, 4]
    assert modelnet10.distinct(grids[::-1], known).tolist() == []


@pytest.mark.parametrize("name", samples.names("volume"))
def test_a_sample_is_the_same_each_time_and_its_network_names_it(name):
    signal = samples.load(name)
    assert signal.modality == "volume" and signal.key == samples.load(name).key
    assert signal.values.dtype == np.uint8 and signal.frame.ends[2] == ("bottom", "top")
    assert "CC" in samples.credit(name) and samples.title(name)
    net = models.load(samples.network(name))
    probabilities = net.predict(net.prepare(signal))[0]
    assert float(probabilities[net.index(samples.label(name))]) > 0.5


@pytest.mark.parametrize("name", FURNITURE)
def test_a_sample_may_be_turned_and_shifted(furniture, name):
    x = furniture.prepare(samples.load(name))
    moved = torch.cat(
        [
            x.rot90(turn, (2, 3)).roll((a, b, c), (2, 3, 4))
            for turn in range(4) for a in (-2, 0, 2) for b in (-2, 0, 2) for c in (-2, 0, 2)
        ]
    )  # fmt: skip
    wanted = furniture.index(samples.label(name))
    assert float(predicted(furniture, moved)[:, wanted].min()) > 0.5


def test_the_catalogue_holds_both():
    assert models.names("volume") == ("modelnet10", "digits3d")
    assert models.default("volume") == "modelnet10" and models.available("digits3d")
    assert FURNITURE == ["chair", "table", "bed", "sofa", "monitor", "toilet"]
    assert samples.network("chelsea") == samples.network("rain") == ""
    for name in models.names("volume"):
        folder = volumes._WEIGHTS
        assert (folder / f"{name}.safetensors").stat().st_size < 3e6
        card = (folder / f"{name}.md").read_text()
        assert all(word in card for word in ("## Data", "held out", "±", "## Limits", "samples"))
    assert "academic research" in (volumes._WEIGHTS / "modelnet10.md").read_text()
    assert "CC BY 4.0" in (volumes._WEIGHTS / "digits3d.md").read_text()


def test_integrated_gradients_add_up(furniture, digits):
    for net, name in ((furniture, "chair"), (furniture, "toilet"), (digits, "digit_3")):
        x = net.prepare(samples.load(name))
        result = explain(net, x, transform=HAAR, path=IntegratedGradients(25))
        assert float(result.completeness_gap) <= 0.01


def test_emptiness_is_explained_with_finite_numbers(furniture):
    result = explain(furniture, torch.zeros(1, 1, 30, 30, 30), transform=HAAR, path=Gradient())
    assert all(torch.isfinite(band).all() for _, band in result.attribution.bands())


def test_a_picture_is_no_volume(furniture):
    with pytest.raises(InputError, match=r"chelsea.* is an image; a volume is expected"):
        furniture.prepare(samples.load("chelsea"))


def written(tmp_path, module, **changed):
    state = {key: value.contiguous() for key, value in module.state_dict().items()}
    state |= changed
    file = tmp_path / "mine.safetensors"
    save_file({key: value for key, value in state.items() if value is not None}, file)
    return file


@pytest.mark.parametrize(("classes", "channels"), [(11, 1), (2, 3)])
def test_a_network_of_medmnist(tmp_path, classes, channels):
    module = ResNet18_3d(classes, channels).eval()
    labels = [f"organ {k}" for k in range(classes)]
    net = models.from_file(written(tmp_path, module), "resnet18_3d", labels)
    scan = np.random.default_rng(0).integers(0, 256, (1, 28, 28, 28)).astype(np.float32)
    x = net.prepare(models.samples.Signal.from_values(scan, "volume", "scan"))
    assert x.shape == (1, channels, 28, 28, 28)
    assert torch.equal(x, torch.from_numpy(scan / 255)[None].expand_as(x))
    with torch.no_grad():
        assert torch.equal(net.module(x), module(x)) and net.scores(x).shape == (1, classes)
    assert net.labels == tuple(labels) and net.name == "mine"


def test_the_tensors_are_named_as_published():
    state = ResNet18_3d(11, 3).state_dict()
    shapes = {key: tuple(value.shape) for key, value in state.items()}
    assert shapes["conv1.weight"] == (64, 3, 3, 3, 3) and shapes["linear.weight"] == (11, 512)
    assert shapes["layer2.0.shortcut.0.weight"] == (128, 64, 1, 1, 1)
    assert shapes["layer4.1.conv2.weight"] == (512, 512, 3, 3, 3)
    assert "layer1.0.shortcut.0.weight" not in shapes and "layer3.0.shortcut.1.bias" in shapes
    assert len([key for key in state if not key.endswith("num_batches_tracked")]) == 102


def test_own_weights_must_fit(tmp_path):
    small = Cnn3d(4, cells=3)
    file = written(tmp_path, small)
    assert models.from_file(file, "cnn3d").label(3) == "3"
    with pytest.raises(ModelError, match=r"there are 2 labels, and the head of mine.* has 4"):
        models.from_file(file, "cnn3d", ["cat", "dog"])
    with pytest.raises(ModelError, match=r"has no tensor conv1\.weight, the stem of 3-D ResNet-18"):
        models.from_file(file, "resnet18_3d")
    with pytest.raises(
        ModelError, match=r"features\.0\.conv\.weight of shape .*takes \(8, 1, 4, 4, 4\)"
    ):
        models.from_file(file, "cnn3d_small")
    with pytest.raises(ModelError, match=r"lacks the tensor features\.3\.norm\.bias"):
        models.from_file(written(tmp_path, small, **{"features.3.norm.bias": None}), "cnn3d")
    flat = {"conv1.weight": torch.zeros(64, 1, 3, 3)}
    with pytest.raises(ModelError, match=r"conv1\.weight of shape \(64, 1, 3, 3\); 5 axes"):
        models.from_file(written(tmp_path, ResNet18_3d(2), **flat), "resnet18_3d")


def test_weights_that_were_changed_are_refused(tmp_path, monkeypatch):
    for name in ("digits3d.safetensors", "SHA256SUMS"):
        (tmp_path / name).write_bytes((volumes._WEIGHTS / name).read_bytes())
    file = tmp_path / "digits3d.safetensors"
    assert checkpoint.shipped(file) == file
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    monkeypatch.setattr(volumes, "_WEIGHTS", tmp_path)
    with pytest.raises(ModelError, match=r"digits3d\.safetensors has SHA-256 .* reinstall"):
        models.load("digits3d")
