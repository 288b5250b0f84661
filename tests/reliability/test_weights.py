"""Rows 16 to 18, 33 to 35: weights that are hostile, damaged, or cannot be had."""

import os
import pickle
import socket
import tempfile
import time
import zipfile
from dataclasses import replace

import pytest
import timm
import torch
from safetensors.torch import save_file

import models
from app import runtime
from models import hub, images
from tests.models.test_hub import endpoint, server  # noqa: F401  (fixtures)
from wam_core.errors import ModelError

pytestmark = pytest.mark.usefixtures("alive")
SMALL = "test_resnet"


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def refused(path):
    with pytest.raises(ModelError) as caught:
        models.from_file(path, SMALL)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_row_16_malicious_checkpoints(tmp_path, record_property):
    trace, path = tmp_path / "executed", tmp_path / "net.pt"
    evil = Evil(str(trace))
    script = torch.jit.trace(torch.nn.ReLU(), torch.zeros(1))
    writers = (
        lambda: torch.save({"a": evil}, path),
        lambda: torch.save({"a": evil}, path, _use_new_zipfile_serialization=False),
        lambda: path.write_bytes(pickle.dumps(evil)),
        lambda: torch.save(evil, path),
        lambda: script.save(path),
    )
    for write in writers:
        write()
        refused(path)
        named = path.rename(tmp_path / "net.safetensors")
        refused(named)
    assert not trace.exists()
    record_property("measured", "5 forms under 2 names, nothing executed")


def test_row_17_checkpoints_that_swell(tmp_path, record_property, memory):
    path = tmp_path / "net.safetensors"
    torch.save({"w": torch.zeros(1).expand(10**6, 10**4)}, path)
    refused(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(2**26))
    refused(path)
    save_file({f"k{n}": torch.zeros(1) for n in range(100_000)}, path)
    memory.__init__()
    began = time.monotonic()
    refused(path)
    assert memory.grown < 50
    record_property("measured", f"+{memory.grown:.0f} MB, {time.monotonic() - began:.1f} s")


def test_row_18_weights_that_do_not_fit(tmp_path, record_property):
    path = tmp_path / "net.safetensors"
    state = timm.create_model(SMALL, num_classes=3).state_dict()
    name = next(name for name, tensor in state.items() if tensor.is_floating_point())
    broken = dict(state)
    broken[name] = torch.full_like(state[name], torch.nan)
    save_file(broken, path)
    assert name in refused(path)
    head = next(name for name in reversed(state) if name.endswith("weight"))
    wrong = dict(state)
    wrong[head] = state[head][:, :-1].contiguous()
    save_file(wrong, path)
    assert head in refused(path)
    record_property("measured", "the tensor is named")


def test_row_33_a_full_disk(monkeypatch, record_property):
    def full(*given, **named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    with pytest.raises(ModelError, match="no room for these weights") as caught:
        runtime.own_classifier.__wrapped__("0", b"", SMALL, None)
    assert "\n" not in str(caught.value)
    record_property("measured", "one sentence; nothing else of the dashboard is written to disk")


def test_row_34_a_corrupt_cache(monkeypatch, record_property):
    wrong = replace(images.PACKAGES["efficientnet_lite0"], sha256="0" * 64)
    monkeypatch.setattr(images, "PACKAGES", {"efficientnet_lite0": wrong})
    with pytest.raises(ModelError, match="SHA-256"):
        models.load("efficientnet_lite0")
    record_property("measured", "named, with its SHA-256")


def test_row_35_the_hub_is_away(endpoint, server, monkeypatch, record_property):  # noqa: F811
    seconds = []

    def asked(words):
        began = time.monotonic()
        with pytest.raises(ModelError, match=words):
            models.load("hf-hub:somebody/net")
        seconds.append(time.monotonic() - began)

    for status, words in ((401, "private"), (429, "too many requests")):
        endpoint(server.url)
        server.answer = lambda path, status=status: (status, {}, b"")
        asked(words)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    endpoint(f"http://127.0.0.1:{port}")
    asked("cannot be reached")
    with socket.create_server(("127.0.0.1", 0)) as mute:
        endpoint(f"http://127.0.0.1:{mute.getsockname()[1]}")
        asked("cannot be reached")
    assert max(seconds) < 10 and hub.LOOKUP_SECONDS < 10
    assert models.load("esc10").labels  # what is here works on
    record_property("measured", f"{max(seconds):.1f} s at most")
