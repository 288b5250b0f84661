"""The hub that is away, refuses, or has what is asked for: one sentence, within ten seconds."""

import http.server
import json
import socket
import threading
import time

import huggingface_hub.constants
import pytest
import timm
import torch
from safetensors.torch import save_file

import models
from models import hub
from wam_core.errors import ModelError

NAME = "resnet50.a1_in1k"


@pytest.fixture
def endpoint(monkeypatch, tmp_path):
    """Points the hub elsewhere, with an empty cache."""
    constants = huggingface_hub.constants

    def point(url):
        monkeypatch.setattr(constants, "ENDPOINT", url)
        template = url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))

    huggingface_hub.close_session()
    yield point
    huggingface_hub.close_session()


@pytest.fixture
def server():
    """A hub that gives every request the answer in ``answer``: status, headers, body."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            status, headers, body = self.server.answer(self.path)
            self.send_response(status)
            for key, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def refusal(name=NAME):
    start = time.monotonic()
    with pytest.raises(ModelError) as caught:
        models.load(name)
    assert time.monotonic() - start < 10
    message = str(caught.value)
    assert "\n" not in message and ". " not in message
    assert "local-dir:FOLDER" in message and "model.safetensors" in message
    assert "cache" in message
    return message


@pytest.mark.parametrize("name", [NAME, "hf-hub:timm/resnet18.a1_in1k"])
def test_a_closed_port(endpoint, name):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    endpoint(f"http://127.0.0.1:{port}")
    assert "cannot be reached" in refusal(name)


def test_a_server_that_accepts_and_says_nothing(endpoint, monkeypatch):
    monkeypatch.setattr(hub, "LOOKUP_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        endpoint(f"http://127.0.0.1:{mute.getsockname()[1]}")
        assert "cannot be reached" in refusal()


def test_the_deadline_holds_for_what_no_socket_timeout_ends():
    assert hub.LOOKUP_SECONDS < 10
    blocker = threading.Event()
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        hub.within(0.1, blocker.wait)
    assert time.monotonic() - start < 1
    blocker.set()


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (401, {}, "does not exist on the Hugging Face hub, or is private"),
        (401, {"X-Error-Code": "GatedRepo"}, "is gated"),
        (403, {}, "is gated"),
        (404, {"X-Error-Code": "RepoNotFound"}, "does not exist"),
        (404, {"X-Error-Code": "EntryNotFound"}, "has no safetensors weights"),
        (404, {"X-Error-Code": "RevisionNotFound"}, "no such revision"),
        (429, {"Retry-After": "300"}, "too many requests (429)"),
        (503, {}, "answers 503"),
    ],
)
def test_what_the_hub_answers(endpoint, server, status, headers, words):
    endpoint(server.url)
    server.answer = lambda path: (status, headers, b"")
    assert words in refusal("hf-hub:somebody/net")
    assert len(server.asked) == 1


def network_files(folder, architecture="test_resnet", **config):
    """What a repository or a local folder holds."""
    torch.manual_seed(0)
    net = timm.create_model(architecture, num_classes=3)
    save_file(net.state_dict(), folder / "model.safetensors")
    config = {
        "architecture": architecture,
        "num_classes": 3,
        "pretrained_cfg": {**net.pretrained_cfg, "num_classes": 3, **config},
    }
    (folder / "config.json").write_text(json.dumps(config))
    return net.eval()


def test_a_repository_is_downloaded_once(endpoint, server, tmp_path):
    net = network_files(tmp_path, label_names=["one", "two", "three"])

    def answer(path):
        file = tmp_path / path.rsplit("/", 1)[-1]
        headers = {"X-Repo-Commit": "c" * 40, "ETag": f'"{file.name}"'}
        return (200, headers, file.read_bytes())

    endpoint(server.url)
    server.answer = answer
    loaded = models.load("hf-hub:somebody/net")
    x = torch.linspace(-1, 1, 3 * 64 * 64).reshape(1, 3, 64, 64)
    torch.testing.assert_close(loaded.module(x), net(x).detach(), rtol=0, atol=0)
    assert loaded.labels == ("one", "two", "three")
    server.answer = lambda path: (503, {}, b"")
    asked = len(server.asked)
    assert models.load("hf-hub:somebody/net").fingerprint == loaded.fingerprint
    assert len(server.asked) == asked


def test_a_folder(tmp_path):
    net = network_files(tmp_path)
    loaded = models.load(f"local-dir:{tmp_path}")
    x = torch.linspace(-1, 1, 3 * 64 * 64).reshape(1, 3, 64, 64)
    torch.testing.assert_close(loaded.module(x), net(x).detach(), rtol=0, atol=0)
    assert loaded.labels is None


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("{", "could not be built"),
        ('{"model_type": "bert"}', "could not be built"),
        ('{"architecture": "nonsense", "num_classes": 3}', "Unknown model"),
    ],
)
def test_a_folder_that_is_not_a_network_of_timm(tmp_path, config, words):
    network_files(tmp_path)
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(ModelError, match=words):
        models.load(f"local-dir:{tmp_path}")


def test_a_folder_with_other_labels_than_classes(tmp_path):
    network_files(tmp_path, label_names=["one", "two"])
    with pytest.raises(ModelError, match="3 classes and 2 labels"):
        models.load(f"local-dir:{tmp_path}")


@pytest.mark.parametrize("config", [{"mean": ["a", "b", "c"]}, {"std": [0, 0, 0]}])
def test_a_folder_with_a_preprocessing_that_cannot_be(tmp_path, config):
    network_files(tmp_path, **config)
    with pytest.raises(ModelError, match=r"preprocessing|standard deviation"):
        models.load(f"local-dir:{tmp_path}")
