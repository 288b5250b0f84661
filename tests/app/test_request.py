"""One request: what it accepts, what it builds, and that every other description agrees with it."""

from typing import get_args

import pytest
from pydantic import ValidationError
from typer.main import get_command

from app import cli, request
from app.request import ExplainRequest, class_text, sentence
from wam_core import DiscreteWaveletTransform, explain, explain_module, export
from wam_core.defaults import DEFAULTS, MOST_COPIES, POINTS
from wam_core.errors import SettingsError
from wam_core.paths import IntegratedGradients, settings
from wam_core.quadrature import BASELINES, MOST_GRADING, RULES
from wam_core.transforms.dwt import BOUNDARIES

IMAGE = DEFAULTS["image"]
TRANSFORM = DiscreteWaveletTransform("db2", 2, 2, "zero")
CHOSEN = {
    "gradient": {},
    "smoothgrad": {"samples": 3, "tolerance": 0.5, "spread": 0.1, "seed": 1},
    "smoothgrad-magnitude": {"samples": 3, "spread": 0.0, "seed": 2},
    "integrated": {"steps": 4, "baseline": "mean", "rule": "trapezoid", "grading": 2.0, "seed": 3},
    "smoothgrad-integrated": {"samples": 2, "steps": 4, "baseline": "noise", "seed": 4},
    "path-signed": {"steps": 5},
}


def test_the_choices_are_those_of_the_core():
    assert set(get_args(request.Method)) == set(CHOSEN)
    assert get_args(request.Padding) == BOUNDARIES
    assert get_args(request.Baseline) == tuple(BASELINES)
    assert get_args(request.Rule) == RULES
    assert ExplainRequest(grading=MOST_GRADING).grading == MOST_GRADING
    with pytest.raises(ValidationError):
        ExplainRequest(grading=MOST_GRADING + 1)


@pytest.mark.parametrize("method", CHOSEN)
def test_a_path_gives_back_the_request_that_it_was_built_from(method):
    asked = ExplainRequest(method=method, micro_batch=2, **CHOSEN[method])
    path = asked.build_path(IMAGE, TRANSFORM)
    again = ExplainRequest.of(TRANSFORM, path, micro_batch=2)
    assert settings(again.build_path(IMAGE, TRANSFORM)) == settings(path)
    words = dict(again.options())
    assert words["--method"] == method
    assert (words["--wavelet"], words["--levels"], words["--padding"]) == ("db2", "2", "zero")
    for name, value in CHOSEN[method].items():
        assert getattr(again, name) == value
        assert words[request.option_name(name)] == str(value)


@pytest.mark.parametrize("method", CHOSEN)
def test_the_options_of_a_request_are_taken_by_the_command(method):
    words = list(ExplainRequest(method=method, **CHOSEN[method]).options())
    accepted = {
        name for one in get_command(cli.app).commands["explain"].params for name in one.opts
    }
    assert {name for name, _ in words} <= accepted


def test_what_is_left_out_is_as_the_core_has_it():
    smooth = ExplainRequest(method="smoothgrad").build_path(IMAGE, TRANSFORM)
    assert (smooth.samples, smooth.spread) == (POINTS, IMAGE.spread)
    until = ExplainRequest(method="smoothgrad", tolerance=0.3).build_path(IMAGE, TRANSFORM)
    assert until.samples == MOST_COPIES
    sound = ExplainRequest(samples=7).build_path(DEFAULTS["sound"], TRANSFORM)
    assert isinstance(sound, IntegratedGradients)
    assert (sound.steps, sound.grading) == (7, DEFAULTS["sound"].grading)


@pytest.mark.parametrize("kind", DEFAULTS)
def test_integrated_gradients_is_the_default_of_request_and_module(kind):
    import torch

    usual, module = DEFAULTS[kind], torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 2))
    asked = ExplainRequest().build_path(usual, TRANSFORM)
    assert settings(asked) == settings(IntegratedGradients(POINTS, grading=usual.grading))
    path = explain_module(module, torch.ones(1, 1, 8, 8)).path
    assert settings(path) == settings(IntegratedGradients(POINTS))


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"steps": 0}, "the option steps is 0; input should be greater than or equal to 1"),
        ({"start": float("nan")}, "the option start is nan; input should be a finite number"),
        ({"item": "3"}, "item is '3'; a part and a number are needed: test:3"),
    ],
)
def test_a_value_out_of_bounds_is_one_sentence(values, problem):
    with pytest.raises(ValidationError) as refused:
        ExplainRequest(**values)
    assert sentence(refused.value) == problem


def test_what_no_request_can_name_is_refused():
    import torch

    with pytest.raises(SettingsError, match="no baseline that is given in numbers"):
        ExplainRequest.of(TRANSFORM, IntegratedGradients(3, torch.zeros(1)))
    with pytest.raises(SettingsError, match="transform 'radon' is unknown"):
        ExplainRequest(transform="radon").build_transform(IMAGE, None, None)
    with pytest.raises(SettingsError, match="tolerance is for smoothgrad"):
        ExplainRequest(method="gradient", tolerance=0.1).build_path(IMAGE, TRANSFORM)


@pytest.mark.parametrize("method", ["gradient", "smoothgrad", "integrated"])
def test_a_manifest_calls_its_settings_as_the_request_does(method):
    from models import load, samples

    net, signal = load("digits3d"), samples.load("digit_3")
    asked = ExplainRequest(method=method, levels=1, padding="symmetric", **CHOSEN[method])
    transform = asked.build_transform(DEFAULTS["volume"], signal, net)
    path = asked.build_path(DEFAULTS["volume"], transform)
    result = explain(net, signal, transform=transform, path=path, micro_batch=2)
    written = export.manifest(result, net, signal)
    again = ExplainRequest.of(result.transform, result.asked or result.path, micro_batch=2)
    named = written["settings"] | ({} if written["seed"] is None else {"seed": written["seed"]})
    named |= written.get("asked", {})
    for name in again.model_fields_set & named.keys():
        assert named[name] == getattr(again, name), name
    # of a path inside another one, and of a variant of SmoothGrad, which is in the method's name
    apart = {"along", "aggregate", "until", "kind"}
    assert set(named) - apart <= set(ExplainRequest.model_fields)


def test_a_number_is_an_index_unless_a_label_is_exactly_that():
    class Labelled:
        labels = ("7", "cat")

    def target(text):
        return ExplainRequest(target=text).build_target(Labelled, None)

    assert target("1") == 1
    assert target("7") == "7"
    assert target("cat") == "cat"
    assert target("auto") is None
    assert (class_text(1, Labelled), class_text(7, Labelled)) == ("1", "+7")
    assert target(class_text(7, Labelled)) == 7
