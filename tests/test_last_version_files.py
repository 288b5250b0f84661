"""Files that version 0.1 wrote are read: attributions, manifests, evaluations that were stopped."""

import json
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from app import cli
from tests import reference
from wam_core import WaveletAttribution
from wam_core.paths import settings

pytestmark = pytest.mark.slow

DATA = reference.VERSION_0_1
ATTRIBUTIONS: dict[str, Any] = json.loads((DATA / "attributions.json").read_text("utf-8"))
MANIFESTS = ("image", "sound", "sound-averaged", "volume")
EVALUATE = (
    "evaluate inputs --model digits3d --methods wam-sg,wam-ig,wam-path,control-z,random --steps 8 "
    "--metrics insertion,deletion,faithfulness,log-auc,sufficient --samples 3 --threads 1 "
    "--device cpu --out evaluation"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in; whatever sets a number of threads there, it is set back."""
    threads = torch.get_num_threads()
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_an_attribution_is_read(name: str, tmp_path: Path) -> None:
    saved, expected = arrays(DATA / name / "attribution.npz"), ATTRIBUTIONS[name]
    result = WaveletAttribution.load(DATA / name / "attribution.npz")
    meta = json.loads(str(saved.pop("meta")))
    batch = (slice(None),) if meta["batch"] > 1 else (None,)

    bands = dict(result.attribution.bands())
    assert {str(band): list(values.shape) for band, values in bands.items()} == expected["bands"]
    for band, values in bands.items():
        np.testing.assert_array_equal(values, saved[f"attribution.{band}"][batch])
    for band, values in result.coefficients.bands():
        before = saved[f"coefficients.{band}"][batch]
        np.testing.assert_allclose(values, before, rtol=1e-4, atol=1e-5 * np.abs(before).max())
    for member in ("input", "logits", "origin_logits", "representation"):
        if member in saved:
            np.testing.assert_array_equal(getattr(result, member), saved[member][batch])
        else:
            assert getattr(result, member) is None

    assert_tells(result.transform.settings, expected["transform"], "transform")
    assert_tells(settings(result.path), expected["path"], "path")
    asked = None if result.asked is None else settings(result.asked)
    assert_tells(asked, expected["asked"], "asked")
    # version 0.1 knew one meaning of outputs, and did not write it down
    wanted = [{**target, "output": "softmax"} for target in expected["targets"]]
    assert [asdict(target) for target in result.targets] == wanted
    assert asdict(result.provenance) == expected["provenance"]
    # nor did it say how many inputs there are
    said = repr(result).replace(f"a batch of {len(result)}, ", "").replace(", by ", " by ")
    assert said == expected["said"]
    assert result.scores.tolist() == pytest.approx(expected["scores"])
    for now, before in (
        (result.completeness_gap, expected["completeness_gap"]),
        (result.standard_error(), expected["relative_error"]),
    ):
        assert (None if now is None else now.tolist()) == (
            None if before is None else pytest.approx(before, rel=1e-3)
        )

    result.save(tmp_path / "again.npz")
    again = arrays(tmp_path / "again.npz")
    assert_tells(json.loads(str(again.pop("meta"))), meta, "")
    assert again.keys() == saved.keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", MANIFESTS)
def test_the_program_of_a_manifest_runs(name: str, folder: Path) -> None:
    brought(name, folder)
    with warnings.catch_warnings():  # it imports names of version 0.1
        warnings.simplefilter("ignore", DeprecationWarning)
        exec(manifest(name)["reproduce"]["python"], {})
    assert_same_numbers(folder / "attribution.npz", name)


@pytest.mark.slow
@pytest.mark.parametrize("name", MANIFESTS)
def test_the_command_of_a_manifest_runs(name: str, folder: Path) -> None:
    brought(name, folder)
    before = manifest(name)
    done = CliRunner().invoke(cli.app, [*words(before["reproduce"]["command"]), "--out", "out"])
    assert done.exit_code == 0, done.stderr
    assert_same_numbers(folder / "out" / "attribution.npz", name)
    now = json.loads((folder / "out" / "manifest.json").read_text("utf-8"))
    for told in (before, now):
        for moving in ("reproduce", "seconds", "versions"):
            del told[moving]
    assert_tells(now, before, "")


def test_an_evaluation_that_was_stopped_goes_on(folder: Path) -> None:
    lines = (DATA / "evaluation" / "results.csv").read_text("utf-8").splitlines(keepends=True)
    (folder / "inputs").mkdir()
    for file in (DATA / "inputs").glob("*.npz"):
        (folder / "inputs" / file.name).write_bytes(file.read_bytes())
    (folder / "evaluation").mkdir()
    (folder / "evaluation" / "plan.json").write_bytes(
        (DATA / "evaluation" / "plan.json").read_bytes()
    )
    kept = len(lines) // 2 + 4  # one input, and a method of the other that was not finished
    (folder / "evaluation" / "results.csv").write_text("".join(lines[:kept]) + "digit_8.npz,wam")
    done = CliRunner().invoke(cli.app, EVALUATE.split())
    assert done.exit_code == 0, done.stderr
    found = (folder / "evaluation" / "results.csv").read_text("utf-8").splitlines(keepends=True)
    assert found[: len(lines) // 2 + 1] == lines[: len(lines) // 2 + 1], "as they were"
    assert len(found) == len(lines)
    for now, before in zip(found[1:], lines[1:], strict=True):
        *about, value = now.strip().split(",")
        *expected, number = before.strip().split(",")
        assert about == expected
        if about[2] != "seconds":
            near = 0 if reference.is_bit_exact() else 1e-3
            assert float(value) == pytest.approx(float(number), rel=near, abs=0), about


def arrays(file: Path) -> dict[str, Any]:
    with np.load(file, allow_pickle=False) as archive:
        return dict(archive)


def manifest(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((DATA / name / "manifest.json").read_text("utf-8"))
    return told


def brought(name: str, folder: Path) -> None:
    """The file that was explained, where it was no sample."""
    file = DATA / "inputs" / manifest(name)["input"]["name"]
    if file.exists():
        (folder / file.name).write_bytes(file.read_bytes())


def words(command: str) -> list[str]:
    """The arguments of ``wam``, as a shell takes the command apart."""
    script = f'wam() {{ printf "%s\\0" "$@"; }}\n{command}'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split("\0")[:-1]


def assert_same_numbers(file: Path, name: str) -> None:
    """The numbers of the file that was saved; of the image, which is too large, the score alone."""
    result, told = WaveletAttribution.load(file), manifest(name)["target"]
    logit = float(result.logits[0, told["index"]])
    assert logit == (
        told["logit"] if reference.is_bit_exact() else pytest.approx(told["logit"], rel=1e-3)
    )
    if not (DATA / name / "attribution.npz").exists():
        return
    found, expected = arrays(file), arrays(DATA / name / "attribution.npz")
    assert found.keys() == expected.keys()
    for member in expected.keys() - {"meta"}:
        if reference.is_bit_exact():
            np.testing.assert_array_equal(found[member], expected[member], member)
        else:
            size = np.abs(expected[member]).sum()
            assert np.abs(found[member]).sum() == pytest.approx(size, rel=1e-2), member


def assert_tells(now: Any, before: Any, where: str) -> None:
    """That everything that version 0.1 wrote stands in what is written now."""
    if isinstance(before, dict):
        assert before.keys() <= now.keys(), where
        for key, value in before.items():
            assert_tells(now[key], value, f"{where}/{key}")
    elif isinstance(before, list):
        assert len(now) == len(before), where
        for place, pair in enumerate(zip(now, before, strict=True)):
            assert_tells(*pair, f"{where}/{place}")
    elif isinstance(before, float):
        assert now == pytest.approx(before, rel=1e-2, abs=1e-4), where
    else:
        assert now == before, where
