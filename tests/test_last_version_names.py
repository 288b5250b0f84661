"""What version 0.1 offered to programs is still there: names, options, routes and settings."""

import inspect
import json
from typing import Any

import pytest
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient
from typer.main import get_command

import wam_core
from app import api, cli
from tests.reference import VERSION_0_1
from wam_core import Classifier, DiscreteWaveletTransform, Progress, SmoothGrad, explain
from wam_core.targets import LogProbability

INTERFACES: dict[str, Any] = json.loads((VERSION_0_1 / "interfaces.json").read_text("utf-8"))
RENAMED = {"Pyramid": "Bands", "WaveletTransform": "DiscreteWaveletTransform"}
MEMBERS = {
    "Classifier": {"show": "denormalize", "judge": "scores_of", "demand": "require_finite"},
    "Progress": {"doubt": "standard_error"},
    "WaveletAttribution": {"doubt": "standard_error"},
}


@pytest.mark.parametrize("name", RENAMED)
def test_a_name_of_version_0_1_warns_of_its_new_one(name: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"wam_core.{name} is now wam_core.{RENAMED[name]}"):
        found = getattr(wam_core, name)
    assert found is getattr(wam_core, RENAMED[name])
    assert name not in dir(wam_core)


def test_the_module_of_log_p_warns_of_its_new_name() -> None:
    with pytest.warns(DeprecationWarning, match=r"wam_core\.target is now wam_core\.targets"):
        exec("from wam_core.target import LogProbability", found := {})
    assert found["LogProbability"] is LogProbability


def test_a_member_of_version_0_1_warns_of_its_new_name() -> None:
    progress: list[Progress] = []
    module = torch.nn.Sequential(torch.nn.Conv1d(1, 2, 3), torch.nn.Flatten())
    net = Classifier(module, ndim=1)
    result = explain(
        net,
        torch.linspace(0, 1, 16).square()[None, None],
        transform=DiscreteWaveletTransform("haar", 2, 1),
        path=SmoothGrad(4),
        on_step=progress.append,
    )
    for one in (net, progress[-1], result):
        for old, new in MEMBERS[name := type(one).__name__].items():
            with pytest.warns(DeprecationWarning, match=f"^{name}.{old} is now {name}.{new}$"):
                assert getattr(one, old) == getattr(one, new)
        with pytest.raises(AttributeError, match=f"'{name}' object has no attribute 'nothing'"):
            one.nothing  # noqa: B018


@pytest.mark.parametrize("name", INTERFACES["names"])
def test_a_public_name_takes_what_it_took(name: str) -> None:
    before = INTERFACES["names"][name]["parameters"]
    if before is not None and name != "Progress":  # which nobody but the engine makes
        now = inspect.signature(getattr(wam_core, RENAMED.get(name, name))).parameters
        assert list(now)[: len(before)] == before


@pytest.mark.parametrize("name", [n for n, told in INTERFACES["names"].items() if told["members"]])
def test_a_public_class_has_what_it_had(name: str) -> None:
    public = getattr(wam_core, RENAMED.get(name, name))
    fields = {field for base in public.__mro__ for field in getattr(base, "__annotations__", ())}
    members = {*dir(public), *fields, *MEMBERS.get(name, ())}
    assert set(INTERFACES["names"][name]["members"]) <= members


@pytest.mark.parametrize("command", INTERFACES["commands"])
def test_a_command_takes_what_it_took(command: str) -> None:
    now = get_command(cli.app).commands[command]  # type: ignore[attr-defined]
    options = {
        option: parameter.default
        for parameter in now.params
        for option in (
            [*parameter.opts, *parameter.secondary_opts]
            if parameter.param_type_name == "option"
            else [parameter.name]
        )
    }
    for option, default in INTERFACES["commands"][command].items():
        assert option in options
        assert options[option] == default or str(options[option]) == default, option


def test_the_api_takes_and_answers_what_it_did() -> None:
    with TestClient(Starlette(routes=api.mounts(True)), "http://localhost:8501/api/v1") as client:
        described = client.get("/openapi.json").json()
    for path, methods in INTERFACES["routes"].items():
        for method, before in methods.items():
            now = described["paths"][path][method]
            assert set(before["answers"]) <= set(now["responses"]), path
            assert set(before["parameters"]) <= {p["name"] for p in now.get("parameters", [])}, path
    for name, before in INTERFACES["schemas"].items():
        now = described["components"]["schemas"][name]
        assert now.get("required", []) == before["required"], name
        for field, taken in before["fields"].items():
            parts = now["properties"][field].get("anyOf", [now["properties"][field]])
            assert now["properties"][field].get("default") == taken["default"], field
            assert set(taken["types"]) <= {part.get("type") for part in parts}, field
            choices = {choice for part in parts for choice in part.get("enum", [])}
            assert set(taken["choices"]) <= choices, field
