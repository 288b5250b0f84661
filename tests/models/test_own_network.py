"""A user's own weights: they come back as they were, or the message names what does not fit."""

import json

import pytest
import timm
import torch
from safetensors.torch import save_file

import models
from models import samples
from models.class_names import read_labels
from wam_core.errors import ModelError

SMALL = "test_resnet"


@pytest.fixture
def state():
    torch.manual_seed(0)
    return timm.create_model(SMALL, num_classes=4).state_dict()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mine.safetensors"


def refusal(path, state, labels=None, architecture=SMALL):
    save_file(state, path)
    with pytest.raises(ModelError) as caught:
        models.from_file(path, architecture, labels)
    message = str(caught.value)
    assert "\n" not in message and str(path.parent) not in message
    return message


def test_the_round_trip_is_exact(lite0, path):
    save_file(lite0.module.state_dict(), path)
    mine = models.from_file(path, "tf_efficientnet_lite0", lite0.labels)
    signal = samples.load("chelsea")
    torch.testing.assert_close(mine.prepare(signal), lite0.prepare(signal), rtol=0, atol=0)
    x = lite0.prepare(signal)
    torch.testing.assert_close(mine.scores(x), lite0.scores(x), rtol=0, atol=0)
    assert mine.labels == lite0.labels and mine.name == "mine"
    assert mine.fingerprint == lite0.fingerprint


def test_the_number_of_classes_comes_from_the_weights(state, path):
    save_file(state, path)
    net = models.from_file(path, SMALL)
    assert net.labels is None and net.scores(net.prepare(samples.load("coffee"))).shape == (1, 4)


def test_half_precision_and_missing_counters(state, path):
    half = {
        key: value.half() if value.is_floating_point() else value
        for key, value in state.items()
        if not key.endswith("num_batches_tracked")
    }
    save_file(half, path)
    net = models.from_file(path, SMALL)
    weight = net.module.state_dict()["fc.weight"]
    assert weight.dtype == torch.float32
    torch.testing.assert_close(weight, state["fc.weight"].half().float(), rtol=0, atol=0)


def test_a_network_of_grey_pictures(path):
    save_file(timm.create_model(SMALL, num_classes=2, in_chans=1).state_dict(), path)
    net = models.from_file(path, SMALL, ["cat", "dog"])
    x = net.prepare(samples.load("coffee"))
    assert x.shape[:2] == (1, 1) and net.predict(x).shape == (1, 2)
    assert "turned to grey" in net.frontend.describe(samples.load("coffee"))


def test_what_does_not_fit_is_named(state, path):
    message = refusal(path, state, ["a", "b", "c"])
    assert "3 labels" in message and "4 classes" in message and "fc.weight" in message

    assert "fc.bias of shape (3,); the architecture takes (4,)" in refusal(
        path, state | {"fc.bias": torch.zeros(3)}
    )
    stem = next(iter(state))
    shape = tuple(state[stem].shape)
    message = refusal(path, state | {stem: torch.zeros(5, *shape[1:])})
    assert stem in message and str(shape) in message and str((5, *shape[1:])) in message

    without = dict(state)
    del without["layer1.0.conv1.weight"]
    assert "lacks the tensor layer1.0.conv1.weight of shape" in refusal(path, without)
    del without["fc.weight"], without["fc.bias"]
    assert "lacks the tensor fc.bias of shape" in refusal(path, without)
    message = refusal(path, state | {"surprise": torch.zeros(2, 3)})
    assert "surprise of shape (2, 3)" in message

    for bad in (float("nan"), float("inf")):
        spoilt = state["layer1.0.conv1.weight"].clone()
        spoilt.view(-1)[7] = bad
        message = refusal(path, state | {"layer1.0.conv1.weight": spoilt})
        assert "NaN or infinite values in layer1.0.conv1.weight" in message
    whole = state | {"fc.weight": state["fc.weight"].to(torch.int8)}
    assert "fc.weight of type torch.int8" in refusal(path, whole)
    assert "timm knows no network" in refusal(path, state, architecture="restnet18")


@pytest.mark.parametrize("keep", [0, 4, 100, -1])
def test_a_damaged_file(state, path, keep):
    save_file(state, path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError, match=r"mine\.safetensors is not a whole safetensors file"):
        models.from_file(path, SMALL)


def test_a_lying_header(path):
    header = json.dumps({"fc.weight": {"dtype": "F32", "shape": [9, 9], "data_offsets": [0, 4]}})
    path.write_bytes(len(header).to_bytes(8, "little") + header.encode() + bytes(4))
    with pytest.raises(ModelError, match="not a whole safetensors file"):
        models.from_file(path, SMALL)
    with pytest.raises(ModelError, match=r"no weight file absent\.safetensors"):
        models.from_file(path.with_name("absent.safetensors"), SMALL)


@pytest.mark.parametrize(
    "text",
    [
        *("cat\ndog\n", "cat\ndog\n\n \n", '["cat", "dog"]', '{"0": "cat", "1": "dog"}'),
        *(
            '{"1": "dog", "0": "cat"}',
            '{"dog": 1, "cat": 0}',
            '{"id2label": {"0": "cat", "1": "dog"}}',
        ),
        '{"a": 3, "class_to_idx": {"dog": 1, "cat": 0}}',
    ],
)
def test_label_files(tmp_path, text):
    file = tmp_path / "labels"
    file.write_text("\ufeff" + text, encoding="utf-8")
    assert read_labels(file) == ("cat", "dog") == read_labels(["cat", "dog"])


@pytest.mark.parametrize(
    "text",
    ["cat\ndog", "0,cat\n1,dog", "index,name\n1,dog\n0,cat\n", "name,index\ncat,0\ndog,1"],
)
def test_tables_of_labels(tmp_path, text):
    file = tmp_path / "labels.csv"
    file.write_text(text)
    assert read_labels(file) == ("cat", "dog")


def test_a_table_with_gaps_is_refused(tmp_path):
    file = tmp_path / "labels.csv"
    file.write_text("0,cat\n2,dog\n")
    with pytest.raises(ModelError, match=r"labels\.csv is no table of class names"):
        read_labels(file)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe\x00", b"[1, 2]", b"[", b"[]", b'{"0": "cat", "2": "dog"}', b'{"cat": 1}'],
)
def test_label_files_that_are_none(tmp_path, data):
    file = tmp_path / "labels.json"
    file.write_bytes(data)
    with pytest.raises(ModelError, match=r"labels\.json"):
        read_labels(file)
    with pytest.raises(ModelError, match="does not exist"):
        read_labels(tmp_path / "absent")
