"""Weights as training programs leave them: found, or refused in one sentence that says what they are."""

import pickle
import zipfile

import pytest
import timm
import torch
from torch import nn

import models
from models import samples, torchvision_networks, weight_files
from wam_core.errors import ModelError

SMALL = "test_resnet"


@pytest.fixture(scope="module")
def state():
    torch.manual_seed(0)
    return timm.create_model(SMALL, num_classes=4).state_dict()


@pytest.fixture(scope="module")
def wanted(state):
    """The logits that the weights give for a sample."""
    module = timm.create_model(SMALL, num_classes=4).eval()
    module.load_state_dict(state)
    return module


def prefixed(state, prefix):
    return {f"{prefix}{key}": value for key, value in state.items()}


def average(state):
    """Weights of another value, as those that an average would be mistaken for."""
    return {key: value + 1 if value.is_floating_point() else value for key, value in state.items()}


LAYOUTS = {
    "as it is": lambda state: state,
    "ddp": lambda state: prefixed(state, "module."),
    "compiled": lambda state: prefixed(state, "_orig_mod."),
    "ddp of compiled": lambda state: prefixed(state, "module._orig_mod."),
    "net": lambda state: prefixed(state, "net."),
    "own name": lambda state: prefixed(state, "encoder.backbone."),
    "lightning": lambda state: {
        "epoch": 3,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": prefixed(state, "model.") | {"criterion.weight": torch.ones(4)},
        "optimizer_states": [{"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": []}],
        "hyper_parameters": {"lr": 0.1},
    },
    "with an optimizer": lambda state: {
        "model_state_dict": state,
        "optimizer_state_dict": {"state": {}, "param_groups": [{"lr": 0.1}]},
    },
    "average of timm": lambda state: {"state_dict": average(state), "state_dict_ema": state},
    "average of torch": lambda state: {"n_averaged": torch.tensor(3), **prefixed(state, "module.")},
    "half": lambda state: {
        key: value.half().float() if value.is_floating_point() else value
        for key, value in state.items()
    },
}


@pytest.mark.parametrize("suffix", ["pt", "pth", "ckpt", "bin"])
def test_every_suffix_of_torch_save(state, wanted, tmp_path, suffix):
    torch.save(state, tmp_path / f"mine.{suffix}")
    net = models.from_file(tmp_path / f"mine.{suffix}", SMALL)
    x = net.prepare(samples.load("coffee"))
    torch.testing.assert_close(net.module(x), wanted(x), rtol=0, atol=0)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_weights_are_found_where_training_programs_put_them(state, wanted, tmp_path, layout):
    file = tmp_path / "mine.pt"
    torch.save(LAYOUTS[layout](state), file)
    net = models.from_file(file, SMALL, ["a", "b", "c", "d"])
    x = net.prepare(samples.load("coffee"))
    tolerance = {"rtol": 1e-2, "atol": 1e-2} if layout == "half" else {"rtol": 0, "atol": 0}
    torch.testing.assert_close(net.module(x), wanted(x), **tolerance)
    assert bool(net.notes) == (layout not in ("as it is", "half")), net.notes


def test_what_was_done_is_said(state, tmp_path):
    torch.save(LAYOUTS["lightning"](state), tmp_path / "mine.ckpt")
    notes = models.from_file(tmp_path / "mine.ckpt", SMALL).notes
    assert notes == (
        "the weights are its part state_dict",
        "the prefix model. of its tensors was removed",
        "1 tensor of other parts were left out, such as criterion.weight",
    )
    torch.save(LAYOUTS["average of timm"](state), tmp_path / "mine.pt")
    assert "EMA copy" in models.from_file(tmp_path / "mine.pt", SMALL).notes[0]


class Evil:
    def __reduce__(self):
        return print, ("executed",)


def quantised():
    return torch.quantize_per_tensor(torch.ones(4), 0.1, 0, torch.qint8)


def bomb(path):
    torch.save({"w": torch.zeros(1).expand(10**6, 10**4)}, path)


def deflated(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(2**20))


def cut(path):
    torch.save({"w": torch.zeros(1000)}, path)
    path.write_bytes(path.read_bytes()[:-900])


REFUSED = {
    "a picture": (lambda p: p.write_bytes(b"\xff\xd8\xff" + bytes(90)), "is no file of weights"),
    "a page": (lambda p: p.write_text("<html>404</html>"), "page of text"),
    "a pointer": (lambda p: p.write_text("version https://git-lfs.github.com/spec/v1"), "Git LFS"),
    "keras": (lambda p: p.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(90)), "HDF5.*ONNX"),
    "code": (lambda p: torch.save({"a": Evil()}, p), "never run"),
    "a network": (lambda p: torch.save(nn.Linear(2, 2), p), r"torch\.nn.*state_dict"),
    "plain code": (lambda p: p.write_bytes(pickle.dumps(Evil(), 2)), "never run"),
    "a bomb": (bomb, "archive bomb|compressed"),
    "a compressed bomb": (deflated, "compressed archive"),
    "cut short": (cut, "cut short"),
    "an optimizer": (
        lambda p: torch.save(torch.optim.Adam(nn.Linear(2, 2).parameters()).state_dict(), p),
        "optimizer",
    ),
    "a list": (lambda p: torch.save([torch.ones(2)], p), "holds a list"),
    "nothing": (lambda p: torch.save({}, p), "no state dict"),
    "lora": (lambda p: torch.save({"q.lora_A.weight": torch.ones(2, 2)}, p), "LoRA adapters"),
    "quantised": (lambda p: torch.save({"w": quantised()}, p), "quantised"),
    "empty": (lambda p: p.write_bytes(b""), "is no file of weights"),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_what_is_no_state_dict_has_a_sentence_of_its_own(tmp_path, capfd, what):
    write, sentence = REFUSED[what]
    write(tmp_path / "mine.pt")
    with pytest.raises(ModelError, match=sentence) as caught:
        weight_files.read(tmp_path / "mine.pt")
    message = str(caught.value)
    assert message.startswith("mine.pt ") and "\n" not in message
    assert "executed" not in capfd.readouterr().out


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_programs_are_told_from_weights(tmp_path):
    torch.jit.trace(nn.ReLU(), torch.zeros(1)).save(tmp_path / "mine.pt")
    with pytest.raises(ModelError, match="TorchScript"):
        weight_files.read(tmp_path / "mine.pt")
    program = torch.export.export(nn.Linear(2, 2), (torch.zeros(1, 2),))
    torch.export.save(program, tmp_path / "mine.pt2")
    with pytest.raises(ModelError, match=r"torch\.export"):
        weight_files.read(tmp_path / "mine.pt2")


def test_weights_of_another_architecture_name_it(tmp_path):
    torch.save(timm.create_model("resnet34", num_classes=5).state_dict(), tmp_path / "mine.pth")
    with pytest.raises(ModelError) as caught:
        models.from_file(tmp_path / "mine.pth", "resnet18")
    message = str(caught.value)
    assert message.startswith("mine.pth fits resnet34, not resnet18: it has a tensor layer1.2.")
    assert message.count("has a tensor") == 5 and "more tensors do not fit" in message


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "mobilenet_v3_small", "r3d_18"])
def test_torchvision_by_name(tmp_path, name):
    from torchvision.models import get_model

    torch.manual_seed(1)
    module = get_model(name, weights=None, num_classes=5).eval()
    torch.save({"state_dict": prefixed(module.state_dict(), "model.")}, tmp_path / "mine.ckpt")
    net = models.from_file(tmp_path / "mine.ckpt", f"torchvision:{name}", list("abcde"))
    x = torch.rand(1, 3, 16, 64, 64) if net.ndim == 3 else torch.rand(1, 3, 64, 64)
    if net.ndim == 3:
        mean, std = (
            torch.tensor([0.43216, 0.394666, 0.37645]),
            torch.tensor([0.22803, 0.22145, 0.216989]),
        )
        given = (x - mean.view(-1, 1, 1, 1)) / std.view(-1, 1, 1, 1)
    else:
        given = x
    torch.testing.assert_close(net.module(x), module(given))


def test_torchvision_prepares_as_torchvision_does(tmp_path):
    from PIL import Image
    from torchvision.models import get_model, get_model_weights

    torch.save(get_model("resnet50", weights=None).state_dict(), tmp_path / "mine.pt")
    net = models.from_file(tmp_path / "mine.pt", "torchvision:resnet50")
    signal = samples.load("coffee")
    picture = Image.fromarray(signal.values.transpose(1, 2, 0))
    wanted = get_model_weights("resnet50").DEFAULT.transforms(antialias=True)(picture)[None]
    assert (net.prepare(signal) - wanted).abs().mean() < 0.01


def test_a_grey_network_of_torchvision(tmp_path):
    from torchvision.models import get_model

    module = get_model("resnet18", weights=None, num_classes=2)
    module.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    torch.save(module.state_dict(), tmp_path / "mine.pt")
    net = models.from_file(tmp_path / "mine.pt", "torchvision:resnet18")
    assert net.predict(net.prepare(samples.load("coffee"))).shape == (1, 2)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("resnet17", "no network named 'resnet17'; near to it are resnet1"),
        ("fasterrcnn_resnet50_fpn", "is a network for detection; classifiers"),
        ("fcn_resnet50", "is a network for segmentation"),
    ],
)
def test_names_of_torchvision_that_are_no_classifiers(tmp_path, name, sentence):
    with pytest.raises(ModelError, match=sentence):
        models.from_file(tmp_path / "mine.pt", f"torchvision:{name}")
    with pytest.raises(ModelError, match="--weights FILE"):
        models.load("torchvision:resnet18")


def test_every_classifier_of_torchvision_is_sketched_with_a_head_and_a_stem():
    from models import known_architectures

    for video in (False, True):
        for name in torchvision_networks._names(video=video):
            if name.startswith(("regnet", "vgg", "vit_h", "vit_l", "wide")):
                continue  # made with memory, or large; the sketch of one of a family says enough
            sketch = known_architectures.sketched(
                lambda name=name: known_architectures.of_torchvision(name)
            )
            head = sketch.get_submodule(known_architectures.head_of(sketch))
            assert head.weight.shape[0] in (1000, 400), name
            assert known_architectures.stem_of(sketch)[1] == 3, name
