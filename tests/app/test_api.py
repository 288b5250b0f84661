"""The API in this process: what it gives, and how it says no."""

import inspect
import io
import json
import time
from http import HTTPStatus

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from typer.main import get_command

import models
from app import api, cli, runtime
from app.api import work
from app.api.schemas import Settings
from app.request import ExplainRequest
from app.server import Server
from models import samples
from tests import sounds, volumes
from wam_core import DiscreteWaveletTransform, SmoothGrad, explain
from wam_core.scheduling import Scheduler
from wam_core.signals.image import encode_png

pytestmark = pytest.mark.slow

# of `wam explain`, not of the API: files of this machine, and how a sound's WAV files are cut
OF_THE_SHELL = {
    *("file", "weights", "labels", "out", "on", "keep", "share"),
    *("as_page", "sha256", "threads"),
}


@pytest.fixture(scope="module")
def chelsea():
    return encode_png(np.ascontiguousarray(samples.load("chelsea").values.transpose(1, 2, 0)))


@pytest.fixture
def client():
    app = Starlette(routes=api.mounts(True))
    with TestClient(app, "http://localhost:8501/api/v1", raise_server_exceptions=False) as made:
        yield made


def post(client, data, name="chelsea.png", headers=None, **settings):
    return client.post(
        "/explain",
        files={"file": (name, data)},
        data={"settings": json.dumps(settings)},
        headers=headers,
    )


def ended(client, answer, patience=60):
    """The last status of a job."""
    assert answer.status_code == 202, answer.text
    deadline = time.monotonic() + patience
    while True:
        told = client.get(answer.headers["Location"].removeprefix("/api/v1")).json()
        if told["state"] not in ("waiting", "running"):
            return told
        assert time.monotonic() < deadline, told
        time.sleep(0.05)


def detail(answer, status):
    """The sentence of a refusal."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status and told["title"] == HTTPStatus(status).phrase
    assert "\n" not in told["detail"]
    return told["detail"]


def test_settings_are_the_options_of_wam_explain_with_its_defaults():
    options = {one.name: one for one in get_command(cli.app).commands["explain"].params}
    assert set(Settings.model_fields) == set(ExplainRequest.model_fields)
    assert set(Settings.model_fields) == set(options) - OF_THE_SHELL - {"help"}
    for name, field in Settings.model_fields.items():
        assert field.default == options[name].default, name


def test_models_are_those_of_the_catalogue(client):
    assert client.get("/models").json() == models.listed()


def test_a_picture_explained_gives_the_numbers_of_the_core(client, chelsea):
    asked = post(client, chelsea, method="smoothgrad", samples=6, seed=3, target="281")
    told = ended(client, asked)
    assert (told["state"], told["done"], told["total"], told["problem"]) == ("done", 6, 6, None)
    place = told["result"].removeprefix("/api/v1")
    manifest = client.get(place).json()
    assert manifest["input"]["name"] == "chelsea.png" and manifest["seed"] == 3
    got = client.get(place, params={"format": "npz"})
    assert got.headers["Content-Disposition"] == 'attachment; filename="attribution.npz"'
    net = models.load("efficientnet_lite0")
    wanted = explain(
        net, samples.load("chelsea"), 281, transform=DiscreteWaveletTransform("haar", 3, ndim=2),
        path=SmoothGrad(6, 0.25, 3),
    )  # fmt: skip
    with np.load(io.BytesIO(got.content), allow_pickle=False) as archive:
        for band, values in wanted.attribution.bands():
            assert np.array_equal(archive[f"attribution.{band}"], values[0].numpy())


def test_a_sound_and_a_volume_take_their_own_defaults(client):
    clip = sounds.written("WAV 16", sounds.tones(44_100, 2.0), 44_100)
    sound = ended(client, post(client, clip, "a.wav", method="gradient", start=0.5))
    assert sound["state"] == "done", sound
    manifest = client.get(sound["result"].removeprefix("/api/v1")).json()
    assert manifest["settings"]["wavelet"] == "db4" and manifest["input"]["modality"] == "sound"


def test_integrated_gradients_is_the_default_of_every_kind(client, chelsea):
    chair = volumes.npy(samples.load("chair").values[0])
    for data, name in ((chelsea, "a.png"), (chair, "a.npy")):
        told = ended(client, post(client, data, name, samples=4))
        manifest = client.get(told["result"].removeprefix("/api/v1")).json()
        assert manifest["settings"]["method"] == "integrated"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"samples": 0}, "settings.samples"),
        ({"samples": 201}, "settings.samples"),
        ({"colour": "red"}, "settings.colour"),
        ({"method": "magic"}, "settings.method"),
        ({"item": "3"}, "a part and a number are needed"),
        ({"method": "smoothgrad-integrated", "samples": 20, "steps": 20}, "400 passes"),
        ({"levels": 30}, "the maximum is 7"),
        ({"wavelet": "hat"}, "'hat' is unknown"),
        ({"model": "esc10"}, "chelsea.png is an image, and esc10 is a network for sounds"),
        ({"model": "local-dir:/etc"}, "not open to visitors"),
        ({"start": 1}, "the option start is for sounds"),
        ({"up": "y"}, "the option up is for volumes"),
        ({"item": "test:0"}, "it is a single image"),
    ],
)
def test_settings_that_do_not_fit_are_422(client, chelsea, settings, said):
    assert said in detail(post(client, chelsea, **settings), 422)


def test_what_is_no_form_no_json_or_no_file_is_refused(client, chelsea):
    assert "file" in detail(client.post("/explain"), 422)
    given = {"file": ("a.png", chelsea)}
    assert "settings" in detail(client.post("/explain", files=given, data={"settings": "x"}), 422)
    headers = {"Content-Type": "multipart/form-data; boundary=a"}
    detail(client.post("/explain", content=b"--b\r\n", headers=headers), 400)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_a_file_that_cannot_be_read_is_422_in_one_sentence(client, data):
    assert "a.png" in detail(post(client, data, "/etc/../a.png"), 422)


def test_a_class_that_is_not_there_ends_the_job_in_one_sentence(client, chelsea):
    answer = post(client, chelsea, target="unicorn", method="gradient")
    told = ended(client, answer)
    assert told["state"] == "failed" and "unicorn" in told["problem"] and told["result"] is None
    assert "unicorn" in detail(client.get(f"/results/{told['id']}"), 409)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_beyond_the_limit_is_413(monkeypatch, chunked):
    monkeypatch.setenv("WAM_LIMITS__FILE_BYTES", "1000")
    with TestClient(Starlette(routes=api.mounts(True)), "http://localhost/api/v1") as client:
        whole = client.build_request("POST", "/explain", files={"file": ("a", bytes(300_000))})
        headers = dict(whole.headers)
        if chunked:
            del headers["content-length"]
        content = whole.read()
        body = (content[i : i + 9999] for i in range(0, len(content), 9999)) if chunked else content
        said = detail(client.post("/explain", content=body, headers=headers), 413)
    assert "at most 1,000 bytes" in said


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "https://localhost:8501"},
        {"Origin": "null"},
    ],
)
def test_foreign_hosts_and_origins_are_403(client, chelsea, headers):
    assert post(client, chelsea, headers=headers).status_code == 403
    for path in ("/models", "/openapi.json", "/docs", "/jobs/a", "/nothing", "/../nothing"):
        detail(client.get(path, headers=headers), 403)


def test_pages_of_another_site_may_not_change_anything(client, chelsea):
    foreign = {"Sec-Fetch-Site": "cross-site"}
    detail(post(client, chelsea, headers=foreign), 403)
    detail(client.delete("/jobs/a", headers=foreign), 403)
    own = {"Origin": "http://localhost:8501", "Sec-Fetch-Site": "same-origin"}
    assert client.get("/models", headers=own).status_code == 200
    assert client.get("/models").headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_what_is_not_there_is_404_and_what_is_not_taken_405(client):
    for method, path in (
        ("GET", "/jobs/a"), ("DELETE", "/jobs/a"), ("GET", "/results/a"), ("GET", "/nothing"),
    ):  # fmt: skip
        detail(client.request(method, path), 404)
    assert "does not take PUT" in detail(client.put("/models"), 405)
    assert detail(client.get("http://localhost:8501/api/v2/models"), 404)


def test_where_it_is_off_there_is_nothing(chelsea):
    with TestClient(Starlette(routes=api.mounts(False)), "http://localhost/api/v1") as client:
        for path in ("/models", "/docs", "/openapi.json", "/jobs/a", ""):
            detail(client.get(path), 404)
        detail(post(client, chelsea), 404)


@pytest.mark.parametrize(
    ("hosts", "chosen", "on"),
    [
        (("127.0.0.1", "localhost", "::1"), None, True),
        (("0.0.0.0",), None, False),
        (("",), None, False),
        (("127.0.0.1", "example.org"), None, False),
        (("127.0.0.1", "*"), None, False),
        (("0.0.0.0",), True, True),
        (("127.0.0.1",), False, False),
    ],
)
def test_it_is_on_where_only_this_machine_is_listened_to(hosts, chosen, on):
    assert Server(api=chosen).api_on(*hosts) is on


def test_a_job_is_cancelled_within_a_step_and_forgotten(client, chelsea):
    answer = post(client, chelsea, samples=200)
    told = answer.json()
    deadline = time.monotonic() + 30
    while told["done"] == 0:
        assert time.monotonic() < deadline
        told = client.get(f"/jobs/{told['id']}").json()
    assert "no result yet" in detail(client.get(f"/results/{told['id']}"), 409)
    assert client.delete(f"/jobs/{told['id']}").status_code == 204
    began = time.monotonic()
    while runtime.scheduler().load().people:
        assert time.monotonic() - began < 5
        time.sleep(0.01)
    detail(client.get(f"/jobs/{told['id']}"), 404)
    detail(client.delete(f"/jobs/{told['id']}"), 404)


def test_a_newer_job_supersedes_the_same_clients_only(client, chelsea):
    mine, other = {"X-WAM-Client": "mine"}, {"X-WAM-Client": "other"}
    first = post(client, chelsea, headers=mine, samples=200)
    beside = post(client, chelsea, headers=other, method="gradient")
    second = post(client, chelsea, headers=mine, method="gradient")
    assert ended(client, first)["state"] == "cancelled"
    assert ended(client, second)["state"] == ended(client, beside)["state"] == "done"
    detail(post(client, chelsea, headers={"X-WAM-Client": "a b"}), 422)


def test_a_full_server_says_so_at_once(client, chelsea, monkeypatch):
    lanes = Scheduler(queue=1)
    monkeypatch.setattr(runtime, "scheduler", lambda: lanes)
    long = post(client, chelsea, headers={"X-WAM-Client": "one"}, samples=200).json()
    began = time.monotonic()
    refused = post(client, chelsea, headers={"X-WAM-Client": "two"})
    assert time.monotonic() - began < 1
    assert "you would be number 2" in detail(refused, 503)
    assert int(refused.headers["Retry-After"]) >= 1
    client.delete(f"/jobs/{long['id']}")
    lanes.close(10)


def test_a_failure_of_ours_tells_nothing_of_the_inside(client, chelsea, monkeypatch):
    def broken(*_):
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(work, "begin", broken)
    assert "secret" not in detail(post(client, chelsea), 500)


def test_the_page_asks_no_foreign_server(client):
    page = client.get("/docs")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "http://" not in page.text and "https://" not in page.text
    for file in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"/api/v1/docs-files/{file}" in page.text
        assert client.get(f"/docs-files/{file}").status_code == 200
    assert client.get("/openapi.json").json()["servers"] == [{"url": "/api/v1"}]


def test_every_route_says_what_it_does(client):
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method, told in methods.items():
            assert told["description"], (method, path)
            assert "403" in told["responses"], (method, path)
    assert inspect.getdoc(Settings)


def test_a_network_of_ones_own_is_sent_along(client, chelsea, tmp_path):
    import timm
    import torch

    torch.manual_seed(0)
    module = timm.create_model("test_resnet", num_classes=2)
    torch.save({"state_dict": module.state_dict()}, tmp_path / "mine.pth")
    weights = ("mine.pth", (tmp_path / "mine.pth").read_bytes())
    files = {"file": ("a.png", chelsea), "weights": weights, "labels": ("n.csv", b"0,cat\n1,dog")}
    chosen = {"model": "test_resnet", "method": "gradient", "target": "dog"}

    def asked(files, **settings):
        return client.post("/explain", files=files, data={"settings": json.dumps(settings)})

    told = ended(client, asked(files, **chosen))
    assert told["state"] == "done", told
    manifest = client.get(f"/results/{told['id']}").json()
    net = models.from_file(tmp_path / "mine.pth", "test_resnet", ["cat", "dog"])
    assert manifest["target"]["label"] == "dog"
    assert manifest["model"]["fingerprint"] == net.fingerprint
    assert "--weights mine.pth" in manifest["reproduce"]["command"]
    assert "model" in detail(asked(files), 422)
    assert "4 labels" in detail(asked(files | {"labels": ("n", b"a\nb\nc\nd")}, **chosen), 422)
    assert "labels" in detail(asked({"file": files["file"], "labels": files["labels"]}), 422)
    told = detail(asked(files | {"weights": ("x.pt", b"no weights")}, **chosen), 422)
    assert told.startswith("x.pt is no file of weights")
