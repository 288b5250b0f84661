"""Rows 16 to 18, 33 to 35: weights that are hostile, damaged, or cannot be had."""

import hashlib
import importlib.metadata
import os
import pickle
import resource
import shutil
import socket
import time
import zipfile
from contextlib import contextmanager

import pytest
import timm
import torch
from safetensors.torch import save_file

import models
from models import audio, hub, images, volumes
from tests.models.test_hub import endpoint, network_files, server  # noqa: F401  (fixtures)
from wam_core.errors import ModelError

pytestmark = pytest.mark.usefixtures("alive")
SMALL = "test_resnet"
MEASURED_34 = "named, with its SHA-256: of a hub's cache, of PyPI, our own; other networks go on"


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


@contextmanager
def full_disk():
    """No file of this process can grow."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def published(folder, hub_server):
    """A network of timm's, on a hub that names its weights by their SHA-256, as the real one does."""
    network_files(folder)
    blobs = {name: (folder / name).read_bytes() for name in ("config.json", "model.safetensors")}

    def answer(path):
        data = blobs[path.rpartition("/")[2]]
        tag = hashlib.sha256(data).hexdigest()
        return (
            200,
            {"X-Repo-Commit": "0" * 40, "ETag": f'"{tag}"', "X-Linked-Etag": f'"{tag}"'},
            data,
        )

    hub_server.answer = answer


def damage(path):
    """One bit in the middle of a file, as a bad disk does."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_row_33_a_full_disk_keeps_nothing_of_the_hub(tmp_path, endpoint, server):  # noqa: F811
    published(tmp_path, server)
    endpoint(server.url)
    with full_disk(), pytest.raises(ModelError, match="hub's cache has no room") as caught:
        models.load("hf-hub:somebody/net")
    assert "\n" not in str(caught.value)
    assert models.load("hf-hub:somebody/net").labels is None, "with room again, it is fetched"


@pytest.mark.parametrize("size", [None, 100, 0])
def test_row_34_a_corrupt_cache_of_the_hub(size, tmp_path, endpoint, server, record_property):  # noqa: F811
    """A bit turned over, which no reader of the format notices, or a file that was cut short."""
    published(tmp_path, server)
    endpoint(server.url)
    whole = models.load("hf-hub:somebody/net").fingerprint
    [weights] = (tmp_path / "cache").rglob("model.safetensors")
    if size is None:
        damage(weights.resolve())
    else:
        os.truncate(weights.resolve(), size)
    for _ in range(2):
        with pytest.raises(
            ModelError, match="model.safetensors of somebody/net is damaged"
        ) as caught:
            models.load("hf-hub:somebody/net")
        assert "SHA-256" in str(caught.value) and "models--somebody--net" in str(caught.value)
        assert "\n" not in str(caught.value)
    assert models.load("esc10").labels, "other networks go on"
    shutil.rmtree(tmp_path / "cache" / "models--somebody--net")  # as the message says
    assert models.load("hf-hub:somebody/net").fingerprint == whole
    record_property("measured", MEASURED_34)


EMBEDDED = {"efficientnet_lite0": images, "esc10": audio, "modelnet10": volumes}


@pytest.mark.parametrize("name", EMBEDDED)
def test_row_34_corrupt_embedded_weights(name, tmp_path, monkeypatch, record_property):
    """The file itself is damaged, where the installation has it."""
    if name in images.PACKAGES:
        package = images.PACKAGES[name]
        installed = importlib.metadata.distribution(package.distribution)
        info = tmp_path / f"{package.distribution.replace('-', '_')}-{installed.version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {package.distribution}\nVersion: 1\n")
        weights = tmp_path / package.file
        weights.parent.mkdir(parents=True)
        shutil.copy(str(installed.locate_file(package.file)), weights)
        monkeypatch.syspath_prepend(tmp_path)
    else:
        for file in ("SHA256SUMS", f"{name}.safetensors"):
            shutil.copy(EMBEDDED[name]._WEIGHTS / file, tmp_path)
        weights = tmp_path / f"{name}.safetensors"
        monkeypatch.setattr(EMBEDDED[name], "_WEIGHTS", tmp_path)
    assert models.load(name).labels, "as long as it is whole"
    damage(weights)
    with pytest.raises(ModelError, match="SHA-256") as caught:
        models.load(name)
    assert weights.name in str(caught.value) and "reinstall" in str(caught.value)
    assert all(models.load(other).labels for other in EMBEDDED if other != name)
    record_property("measured", MEASURED_34)


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
