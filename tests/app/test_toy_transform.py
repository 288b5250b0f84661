"""A transform that is registered, and no more, is in command, API, screens, files and reports."""

import io
import json
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

import models
from app import api, cli, report, reproduction
from app.kinds import of
from app.report import ReportInput
from app.reproduction import Origin
from models import samples
from tests.app.pages import MAIN, mine, texts, until_quiet
from tests.app.test_api import ended, post
from tests.toy_transform import BlockCosine, registered
from wam_core import Gradient, WaveletAttribution, explain, export
from wam_core.signals.image import encode_png

pytestmark = pytest.mark.slow
CASES = {"image": ("efficientnet_lite0", "coffee"), "sound": ("esc10", "clock_tick"),
         "volume": ("modelnet10", "table")}  # fmt: skip
NAME = BlockCosine.name


@pytest.fixture(autouse=True)
def toy() -> Iterator[None]:
    with registered():
        yield


@pytest.mark.parametrize("kind", CASES)
def test_files_and_reports_are_made(kind: str) -> None:
    model, sample = CASES[kind]
    net, signal = models.load(model), samples.load(sample)
    result = explain(net, signal, transform=BlockCosine(2, net.ndim), path=Gradient())
    parts = of(signal).split(result, net)
    files = export.contents(
        result, net, signal, parts=parts, reproduce=reproduction.both(result, net, signal, Origin())
    )
    again = WaveletAttribution.load(io.BytesIO(files["attribution.npz"]))
    assert again.transform == result.transform
    for band, values in result.attribution.bands():
        assert torch.equal(again.attribution[band], values)
    manifest = json.loads(files["manifest.json"])
    assert manifest["settings"]["transform"] == NAME and manifest["settings"]["levels"] == 2
    assert f"--transform {NAME}" in manifest["reproduce"]["command"]
    assert "from tests.toy_transform import BlockCosine" in manifest["reproduce"]["python"]
    rows = files["profile.csv"].decode().splitlines()
    assert len(rows) == 1 + 4**net.ndim
    assert of(signal).exports(result, net, signal) is not None
    page = report.html(ReportInput(result, net, signal, "Net", Origin(), parts))
    assert NAME in page


def test_the_command_takes_it(tmp_path) -> None:
    done = CliRunner().invoke(
        cli.app,
        ["explain", "sample:coffee", "--transform", NAME, "--method", "gradient", "--out", str(tmp_path)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert f"{NAME} · 2 levels" in done.output
    (npz,) = tmp_path.rglob("attribution.npz")
    assert WaveletAttribution.load(npz).transform == BlockCosine(2, 2)


def test_studies_take_it(tmp_path) -> None:
    picture = np.ascontiguousarray(samples.load("coffee").values.transpose(1, 2, 0))
    (tmp_path / "0967_coffee.png").write_bytes(encode_png(picture))
    done = CliRunner().invoke(
        cli.app,
        ["evaluate", str(tmp_path), "--transform", NAME, "--methods", "wam-gradient,control-z,wam-path",
         "--steps", "4", "--samples", "2", "--device", "cpu", "--out", str(tmp_path / "out")],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert f"{NAME} with 2 levels" in (tmp_path / "out" / "summary.md").read_text()
    plan = json.loads((tmp_path / "out" / "plan.json").read_text())
    assert plan["settings"]["transform"] == BlockCosine(2, 2).settings


def test_the_api_takes_it() -> None:
    picture = encode_png(np.ascontiguousarray(samples.load("coffee").values.transpose(1, 2, 0)))
    with TestClient(Starlette(routes=api.mounts(True)), "http://localhost:8501/api/v1") as client:
        told = ended(client, post(client, picture, transform=NAME, method="gradient", levels=1))
        assert told["state"] == "done", told
        manifest = client.get(told["result"].removeprefix("/api/v1")).json()
        assert manifest["settings"]["transform"] == NAME
        refused = post(client, picture, transform=NAME, wavelet="db4")
        assert refused.status_code == 422 and "takes no wavelet" in refused.text


def test_the_screen_offers_it_and_draws_its_bands() -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=90)
    app.query_params["method"] = "Gradient"
    until_quiet(app)
    chooser = next(box for box in app.selectbox if box.label == "Transform")
    assert chooser.options == ["dwt", NAME]
    chooser.set_value(NAME)
    until_quiet(app)
    assert not [box for box in app.selectbox if box.label in ("Wavelet", "Padding")]
    for tab in ("Bands", "Levels", "Reconstruct", "Details"):
        app.session_state["tab"] = tab
        until_quiet(app)
        assert not app.exception
    assert mine(app).explained["image"].result.transform == BlockCosine(2, 2)
    assert NAME in texts(app) or any(NAME in str(table.value) for table in app.table)
