"""A kind of input added through the public registries alone appears everywhere, with no other change."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

import models
from app import api, cli, kinds
from app.screens import export_menu
from models import samples
from tests import toy_kind
from tests.app.pages import MAIN, mine, texts, until_quiet
from wam_core import WaveletAttribution
from wam_core.signals import intake, read

pytestmark = pytest.mark.slow

STEPS = np.linspace(-1, 1, 80, dtype=np.float32)
FILE = ("series\n" + "\n".join(map(str, STEPS.tolist()))).encode()


@pytest.fixture(autouse=True)
def series(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The kind, in registries that end with the test."""
    monkeypatch.setattr(kinds, "_registered", {})
    monkeypatch.setattr(models, "_catalogues", dict(models._catalogues))
    monkeypatch.setattr(samples, "_samples", dict(samples._samples))
    monkeypatch.setattr(intake, "_decoders", dict(intake._decoders))
    monkeypatch.setattr(intake, "_registered_in", {})
    toy_kind.add()
    module = importlib.import_module("tests.series_csv")
    importlib.reload(module)  # it registers when it is imported, which may have been before
    yield


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tide.csv"
    path.write_bytes(FILE)
    return path


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def test_its_files_are_decoded_in_the_process_that_decodes() -> None:
    signal = read(FILE, "tide.csv")
    assert signal.modality == "series" and np.array_equal(signal.values[0], STEPS)
    with pytest.raises(Exception, match="tide.csv holds something that is no number"):
        read(b"series\n1\ntwo", "tide.csv")
    with pytest.raises(Exception, match="and CSV series, in files of at most"):
        read(b"%PDF-1.7", "paper.pdf")


def test_the_command_predicts_explains_and_reports_it(file: Path, tmp_path: Path) -> None:
    done = run("predict", file, "--json")
    assert json.loads(done.stdout)["top"][0]["label"] == "rises", done.stderr
    out = tmp_path / "out"
    done = run("explain", file, "--out", out, "--report", "--device", "cpu")
    assert done.exit_code == 0, done.stderr
    assert {path.name for path in out.iterdir()} == {
        "attribution.npz", "manifest.json", "profile.csv", "map.txt", "report.html",
    }  # fmt: skip
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["input"]["modality"] == "series"
    result = WaveletAttribution.load(out / "attribution.npz")
    assert float(result.completeness_gap[0]) < 1e-4, "the network is linear"
    page = (out / "report.html").read_text("utf-8")
    assert "Where in the series" in page and "steps" in page
    assert "jumps" in page and "trends" in page


def test_what_is_of_another_kind_is_refused(file: Path) -> None:
    for option, owner in ((("--start", 1), "sounds"), (("--up", "y"), "volumes")):
        done = run("explain", file, *option)
        assert done.exit_code == 1
        assert f"is for {owner}, and tide.csv is a series" in done.stderr
    done = run("explain", file, "--model", "esc10")
    assert "tide.csv is a series, and esc10 is a network for sounds" in done.stderr


def test_the_list_of_networks_and_the_doctor_name_it() -> None:
    assert "slope" in run("models").stdout


def test_the_api_lists_and_explains_it() -> None:
    app = Starlette(routes=api.mounts(True))
    with TestClient(app, "http://localhost:8501/api/v1") as client:
        listed = {one["name"]: one for one in client.get("/models").json()}
        assert listed["slope"]["modality"] == "series"
        answer = client.post(
            "/explain", files={"file": ("tide.csv", FILE)}, data={"settings": "{}"}
        )
        assert answer.status_code == 202, answer.text
        where = answer.headers["Location"].removeprefix("/api/v1")
        while (status := client.get(where).json())["state"] in ("waiting", "running"):
            pass
        assert status["state"] == "done", status
        manifest = client.get(f"/results/{status['id']}").json()
        assert manifest["input"]["modality"] == "series"


def test_the_screen_explains_it_and_its_files_are_offered() -> None:
    app = AppTest.from_file(str(MAIN), default_timeout=120)
    app.query_params["modality"] = "Series"
    until_quiet(app)
    assert app.segmented_control(key="modality").options == ["Image", "Sound", "Volume", "Series"]
    explained = mine(app).explained["series"]
    assert explained.result.target.label == "rises"
    page = texts(app)
    assert "of the attribution for “rises”" in page.replace("\\", "") and "steps" in page
    assert {"Overview", "Contributions", "Faithfulness"} <= {tab.label for tab in app.tabs}
    measured = export_menu.Measured()
    report = export_menu.as_page(explained, measured, "a test")
    assert "Where in the series" in report
    assert b"map.txt" in export_menu.as_archive(explained, measured, "a test")
    app.session_state["series-tab"] = "Contributions"
    app.run()
    scales = " ".join(app.table[0].value["Scales"])
    assert "jumps" in scales and "trends" in scales
    app.session_state["series-tab"] = "Details"
    app.run()
    assert not app.exception
    assert "map.txt" in [button.key for button in app.get("download_button")]


def _compare() -> None:
    from app.screens import compare

    compare.screen()


def test_rankings_of_it_are_compared() -> None:
    app = AppTest.from_function(_compare, default_timeout=120)
    app.query_params["modality"] = "Series"
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    until_quiet(app)
    assert "not conclusive" in texts(app)
    assert len(app.get("plotly_chart")) >= 2


@pytest.mark.parametrize("lesson", ["wave", "bands", "where", "reading"])
def test_lessons_are_given_on_it(lesson: str) -> None:
    app = AppTest.from_function(_learn, default_timeout=120)
    app.query_params["modality"] = "Series"
    app.session_state["lesson"] = lesson
    until_quiet(app)
    assert not app.exception, [e.value for e in app.exception]


def _learn() -> None:
    from app.screens import learn

    learn.screen()
