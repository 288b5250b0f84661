"""``wam check``: its lines, its JSON and its exit status."""

import json

import pytest
import timm
import torch
from typer.testing import CliRunner

from app import cli

pytestmark = pytest.mark.slow


def run(*arguments):
    return CliRunner().invoke(cli.app, ["check", *map(str, arguments)])


def test_a_network_of_the_catalogue_is_fine():
    outcome = run("digits3d")
    assert outcome.exit_code == 0 and outcome.output.count("✓") == 7, outcome.output
    told = json.loads(run("digits3d", "--json").output)
    assert told["status"] == 0 and told["output"] == "softmax" and not told["passes_alone"]


def test_weights_that_were_never_trained_and_files_that_are_none(tmp_path):
    file = tmp_path / "mine.ckpt"
    state = timm.create_model("test_resnet", num_classes=1).state_dict()
    torch.save({"state_dict": {f"model.{key}": value for key, value in state.items()}}, file)
    outcome = run("test_resnet", "--weights", file)
    assert outcome.exit_code == 1, outcome.output
    assert "the prefix model. of its tensors was removed" in outcome.output
    assert "2 classes: one logit, two classes" in outcome.output
    assert "! weights: The weights look untrained" in outcome.output
    file.write_bytes(b"no weights")
    outcome = run("test_resnet", "--weights", file, "--json")
    assert outcome.exit_code == 2
    [line] = json.loads(outcome.output)["findings"]
    assert line["state"] == "failed" and line["text"].startswith("mine.ckpt is no file of weights")
