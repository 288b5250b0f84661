"""Links that version 0.1 offered open the page that they were made on."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.links import opened, shared
from tests.app.pages import mine, run, texts, until_quiet
from tests.reference import VERSION_0_1
from wam_core.paths import settings

LINKS: dict[str, dict[str, Any]] = json.loads((VERSION_0_1 / "links.json").read_text("utf-8"))
EXPLAINED = [name for name, link in LINKS.items() if "result" in link]
OWN = [name for name, link in LINKS.items() if "files" in link]
VIEWED = {
    ("explain", "Image", "sign"),
    ("explain", "Image", "colours"),
    ("explain", "Volume", "sign"),
    ("explain", "Volume", "volume-tab"),
    ("explain", "Volume", "scene-voxels"),
    ("compare", "Image", "compare-scale"),
    ("compare", "Image", "compare-over"),
}
"""Screen, kind and control of what is chosen in the main picture now, by the browser."""
GONE = {"volume-tab": ["3-D"], "panes": ["3"]}
"""A tab that is part of the main picture now; what is the default now."""

pytestmark = pytest.mark.slow


def page(name: str) -> None:
    import importlib

    importlib.import_module(f"app.screens.{name}").screen()


def visit(link: dict[str, Any]) -> AppTest:
    app = AppTest.from_function(page, default_timeout=90, args=(link["screen"],))
    return run(opened(app, link["query"]))


def now(named: dict[str, Any]) -> dict[str, Any]:
    """The same by the names of today: the class was chosen for each network and input apart."""
    return {"class" if key.startswith("class/") else key: value for key, value in named.items()}


def assert_restored(app: AppTest, link: dict[str, Any], **added: list[str]) -> None:
    assert not app.error, [error.value for error in app.error]
    (kind,) = link["query"].get("modality", ["Image"])
    for key, value in now(link["values"]).items():
        if (link["screen"], kind, key) not in VIEWED:
            assert app.session_state[key] == value, key
    kept = {name: said for name, said in now(link["query"]).items() if GONE.get(name) != said}
    assert shared(app) == kept | added


@pytest.mark.parametrize("name", [name for name in LINKS if name not in {*EXPLAINED, *OWN}])
def test_a_link_restores_the_controls(name: str) -> None:
    assert_restored(visit(LINKS[name]), LINKS[name])


@pytest.mark.parametrize("kind", EXPLAINED)
def test_a_link_explains_the_same(kind: str) -> None:
    link, expected = LINKS[kind], LINKS[kind]["result"]
    app = until_quiet(visit(link))
    # the variant that was the default for images then, known by its settings
    added = {"method": ["SmoothGrad"]} if "samples" in link["query"] else {}
    assert_restored(app, link, **added)
    result = mine(app).explained[kind].result
    assert expected["transform"].items() <= result.transform.settings.items()
    assert settings(result.path) == expected["path"]
    # version 0.1 knew one meaning of outputs, and did not write it down
    assert asdict(result.target) == {**expected["target"], "output": "softmax"}
    assert float(result.scores[0]) == pytest.approx(expected["score"], rel=1e-3)
    source = result.provenance
    for name in ("model", "fingerprint", "input_sha256", "micro_batch"):
        assert getattr(source, name) == expected[name], name


@pytest.mark.parametrize("name", OWN)
def test_a_link_asks_for_its_files(name: str) -> None:
    link = LINKS[name]
    app = visit(link)
    for place, files in link["files"].items():
        assert "This link is about" in texts(app)
        given = [(file, (VERSION_0_1 / "inputs" / file).read_bytes(), "") for file in files]
        uploader = app.file_uploader(key=place)
        uploader.set_value(given if uploader.proto.multiple_files else given[0])  # type: ignore[arg-type]
        run(app)
    until_quiet(app)
    assert "This link is about" not in texts(app)
    assert_restored(app, link)
