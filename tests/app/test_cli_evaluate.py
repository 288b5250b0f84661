"""`wam evaluate`: tables, a file that is broken, and a run that was stopped."""

import csv
import fcntl
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app import cli
from models import samples
from wam_core.signals.image import to_pil

pytestmark = pytest.mark.slow

METHODS = "wam-gradient,control-z,random"
QUICK = ["--methods", METHODS, "--steps", "4", "--samples", "2", "--device", "cpu"]


@pytest.fixture(scope="module")
def photographs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    for index, name in ((282, "chelsea"), (967, "coffee")):
        to_pil(samples.load(name)).resize((240, 240)).save(folder / f"{index:04d}_{name}.jpg")
    whole = (folder / "0967_coffee.jpg").read_bytes()
    (folder / "0001_cut.jpg").write_bytes(whole[: len(whole) // 3])
    return folder


def run(*arguments):
    return CliRunner().invoke(cli.app, ["evaluate", *map(str, arguments)])


def table(file: Path):
    return list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))


@pytest.fixture(scope="module")
def evaluated(photographs, tmp_path_factory):
    out = tmp_path_factory.mktemp("evaluated")
    answer = run(photographs, *QUICK, "--labels", "prefix", "--out", out)
    assert answer.exit_code == 0, answer.output
    return out, answer


def test_results_hold_every_number_and_the_summary_its_mean(evaluated):
    out, _ = evaluated
    results, summary = table(out / "results.csv"), table(out / "summary.csv")
    assert list(results[0]) == ["input", "method", "metric", "reading", "value"]
    assert list(summary[0])[:9] == [
        "method", "metric", "reading", "mean", "low", "high", "n",
        "gain_over_control", "seconds_per_input",
    ]  # fmt: skip
    assert {row["method"] for row in results} == set(METHODS.split(","))
    line = next(
        row for row in summary
        if (row["method"], row["metric"], row["reading"])
        == ("wam-gradient", "faithfulness", "normalised")
    )  # fmt: skip
    values, controls = (
        [
            float(row["value"]) for row in results
            if (row["method"], row["metric"], row["reading"])
            == (name, "faithfulness", "normalised")
        ]
        for name in ("wam-gradient", "control-z")
    )  # fmt: skip
    assert len(values) == int(line["n"]) == 2
    assert float(line["mean"]) == pytest.approx(np.mean(values), rel=1e-5)
    assert float(line["gain_over_control"]) == pytest.approx(
        np.mean(values) - np.mean(controls), rel=1e-4, abs=1e-7
    )
    assert float(line["seconds_per_input"]) > 0


def test_a_broken_file_is_named_skipped_and_counted(evaluated):
    out, answer = evaluated
    assert "2 inputs measured, 1 skipped" in answer.output
    assert "skipped 0001_cut.jpg: 0001_cut.jpg is a JPEG file that is cut short" in answer.output
    assert "0001_cut.jpg" in (out / "summary.md").read_text(encoding="utf-8")


def test_the_prefix_is_the_class_that_is_explained(photographs, tmp_path):
    """Egyptian cat is 285: other numbers for chelsea than its file name's tiger cat."""
    folder = tmp_path / "in"
    folder.mkdir()
    data = (photographs / "0282_chelsea.jpg").read_bytes()
    for name in ("0282_chelsea.jpg", "0285_chelsea.jpg"):
        (folder / name).write_bytes(data)
    answer = run(folder, *QUICK, "--labels", "prefix", "--out", tmp_path / "out")
    assert answer.exit_code == 0, answer.output
    whole = {
        row["input"]: float(row["value"])
        for row in table(tmp_path / "out" / "results.csv")
        if (row["method"], row["metric"], row["reading"]) == ("random", "insertion", "petsiuk")
    }
    assert whole["0282_chelsea.jpg"] != whole["0285_chelsea.jpg"]


def test_the_same_command_goes_on_where_it_was_stopped(evaluated, photographs, tmp_path):
    out, _ = evaluated
    again = tmp_path / "again"
    again.mkdir()
    for name in ("plan.json", "results.csv"):
        (again / name).write_bytes((out / name).read_bytes())
    lines = (again / "results.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (again / "results.csv").write_text("".join(lines[:14]) + lines[14][:9], encoding="utf-8")
    kept = {line for line in lines[1:14] if "seconds" in line}
    answer = run(photographs, *QUICK, "--labels", "prefix", "--out", again)
    assert answer.exit_code == 0, answer.output
    numbers = [
        sorted(
            tuple(row.values())
            for row in table(where / "results.csv")
            if row["metric"] != "seconds"
        )
        for where in (out, again)
    ]
    assert numbers[0] == numbers[1]
    assert kept and kept <= set((again / "results.csv").read_text().splitlines(keepends=True))


def test_another_plan_does_not_mix_with_it(evaluated, photographs):
    out, _ = evaluated
    answer = run(photographs, *QUICK, "--labels", "predicted", "--out", out)
    assert answer.exit_code == 1
    assert "results of another network or other settings" in answer.output


def test_two_runs_do_not_write_to_one_folder(evaluated, photographs):
    out, _ = evaluated
    before = (out / "results.csv").read_bytes()
    with (out / ".running").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = run(photographs, *QUICK, "--labels", "prefix", "--out", out)
    assert answer.exit_code == 1 and "another run is writing to" in answer.output
    assert (out / "results.csv").read_bytes() == before


def test_an_interrupted_run_leaves_its_tables(photographs, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    data = (photographs / "0967_coffee.jpg").read_bytes()
    for number in range(200):
        (folder / f"{number:03d}.jpg").write_bytes(data)
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "evaluate", str(folder), *QUICK, "--out", str(out)],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        # a shell's background job ignores Ctrl-C, and so would its children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    deadline = time.monotonic() + 120
    results = out / "results.csv"
    while not (results.exists() and "seconds" in results.read_text(encoding="utf-8")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.2)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "the same command goes on from here" in errors
    measured = {row["input"] for row in table(results)}
    assert 0 < len(measured) < 200
    assert table(out / "summary.csv")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--methods", "lime"], "'lime' is unknown; accepted: wam-gradient"),
        (["--metrics", "beauty"], "'beauty' is unknown; accepted: insertion"),
        (["--steps", "5"], "steps is 5; an even number"),
        (["--labels", "folder"], "has no class named"),
    ],
)
def test_what_cannot_be_measured_is_said(photographs, tmp_path, arguments, said):
    answer = run(photographs, *QUICK, *arguments, "--out", tmp_path / "out")
    assert answer.exit_code == 1
    assert said in answer.output
    assert answer.output.count("\n") == 1


def test_a_folder_is_expected(tmp_path):
    (tmp_path / "empty").mkdir()
    for source, said in ((tmp_path / "none", "is not a folder"), (tmp_path / "empty", "no files")):
        answer = run(source, "--out", tmp_path / "out")
        assert (answer.exit_code, said in answer.output) == (1, True)


def test_the_plan_is_written_down(evaluated):
    plan = json.loads((evaluated[0] / "plan.json").read_text(encoding="utf-8"))
    assert plan["model"] == "efficientnet_lite0" and len(plan["fingerprint"]) == 64
    assert plan["settings"]["transform"]["levels"] == 3
