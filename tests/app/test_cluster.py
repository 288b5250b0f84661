"""Studies on a Ray cluster: the numbers of the local engine, also after a worker was killed."""

import gc
import os
import re
import signal
import sys
import time
import warnings
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import models
from app import cli
from app.cluster.machines import ClusterError, joined, need_ray
from app.cluster.studies import Network, WorkerSetup, study_on_cluster
from app.cluster.worker_pool import LOST, MOST_IN_A_CHUNK, spread
from models import digits
from wam_core import DiscreteWaveletTransform
from wam_core.errors import ModelError, SettingsError
from wam_core.evaluation.methods import Settings
from wam_core.evaluation.study import SECONDS, Item, Plan, study
from wam_core.signals import read
from wam_core.steps import run_to_end

pytestmark = pytest.mark.slow

METHODS = ("wam-ig", "control-z", "random")
METRICS = ("insertion", "log-auc")
INPUTS = 6
SETTINGS = Settings(DiscreteWaveletTransform("haar", 2, 3), samples=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Digits, and a file that is none."""
    where = tmp_path_factory.mktemp("digits")
    images, _ = digits.pictures()
    for number in range(INPUTS):
        np.save(where / f"{number}.npy", digits.grow(images[number]).astype(np.float32))
    (where / "2-cut.npy").write_bytes((where / "2.npy").read_bytes()[:5000])
    return where


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def without_seconds(rows):
    return [row for row in rows if row.metric != SECONDS]


def descendants() -> dict[int, str]:
    """Processes below this one, and what they call themselves."""
    parents, names = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parents[int(entry.name)] = int(
                (entry / "stat").read_text().rpartition(")")[2].split()[1]
            )
            names[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has ended meanwhile
            continue
    below, found = {os.getpid()}, {}
    while more := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= more
        found |= {pid: names.get(pid, "") for pid in more}
    return found


def gone(pid: int) -> bool:
    """Whether a process has ended; it may still be in the table until somebody looks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def ended(pids, patience: float = 20.0) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if all(map(gone, pids)):
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def ray():
    """Ray; what it leaves of the processes that it has ended is cleared away without its warnings."""
    if find_spec("ray") is None:
        pytest.skip("Ray is not installed")
    yield need_ray()  # before anything else imports it, which would leave a token in the home folder
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "subprocess .* is still running", ResourceWarning)
        gc.collect()


@pytest.mark.slow
def test_a_study_is_complete_and_the_same_after_a_worker_was_killed(folder, ray):
    net = models.load("digits3d")
    plan = Plan(METHODS, METRICS, SETTINGS, steps=4, points=5)
    items = [
        Item(file.name, partial(read, file.read_bytes(), file.name))
        for file in sorted(folder.iterdir())
    ]
    done = {("1.npy", "random"), *((items[0].name, method) for method in METHODS)}
    here = run_to_end(study(net, items, plan, done=done))
    steps = study_on_cluster(
        Network("digits3d", net.fingerprint), items, plan, done=done, on="cpu", workers=2
    )
    before = descendants()
    seen = [next(steps)]
    below = descendants()
    workers = [pid for pid, name in below.items() if name.startswith("ray::Worker")]
    assert len(workers) == 2
    os.kill(workers[0], signal.SIGKILL)
    there = run_to_end(steps, seen.append)
    assert without_seconds(there.rows) == without_seconds(here.rows)
    assert there.failures == here.failures and len(here.failures) == 1
    assert {row[:4] for row in there.rows} == {row[:4] for row in here.rows}
    assert seen[-1].done == seen[-1].total == len(items) * len(METHODS)
    assert [step.done for step in seen] == sorted({step.done for step in seen})
    assert ended((below | descendants()).keys() - before.keys())


def run(folder, out, *more):
    asked = ["--model", "digits3d", "--methods", ",".join(METHODS), "--metrics", ",".join(METRICS)]
    asked += ["--steps", "4", "--samples", "3", "--device", "cpu", "--threads", "1"]
    return CliRunner().invoke(cli.app, ["evaluate", str(folder), *asked, "--out", str(out), *more])


def without_seconds_of(out: Path):
    """Both tables, without the numbers that differ from run to run."""
    results = (out / "results.csv").read_text(encoding="utf-8").splitlines()
    summary = (out / "summary.csv").read_text(encoding="utf-8").splitlines()
    place = summary[0].split(",").index("seconds_per_input")
    return (
        [line for line in results if f",{SECONDS}," not in line],
        [line.split(",")[:place] + line.split(",")[place + 1 :] for line in summary],
    )


@pytest.mark.slow
def test_an_interrupted_run_is_taken_up_by_the_other_engine(folder, tmp_path, monkeypatch, ray):
    whole = tmp_path / "whole"
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "ray", None)  # importing it would fail
        answer = run(folder, whole)
    assert answer.exit_code == 0, answer.output
    rest = tmp_path / "rest"
    rest.mkdir()
    lines = (whole / "results.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    later = [line for line in lines[1:] if line.startswith("4.npy")]
    kept = [*lines[:8], *later[: len(later) - 2], *lines[8:10]]  # as a second worker left it
    (rest / "results.csv").write_text("".join(kept), encoding="utf-8")
    (rest / "plan.json").write_bytes((whole / "plan.json").read_bytes())
    answer = run(folder, rest, "--engine", "ray", "--workers", "2")
    assert answer.exit_code == 0, answer.output
    assert "6 inputs measured, 1 skipped" in answer.output
    assert "skipped 2-cut.npy: 2-cut.npy is" in answer.output
    assert without_seconds_of(rest) == without_seconds_of(whole)
    seconds = [line for line in kept if f",{SECONDS}," in line]
    assert seconds and set(seconds) <= set((rest / "results.csv").read_text().splitlines(True))


def test_without_ray_a_sentence_says_what_to_install(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    answer = run(folder, tmp_path, "--engine", "ray")
    assert answer.exit_code == 1 and answer.output.count("\n") == 1
    assert "not installed: pip install '.[ray]'" in answer.output


@pytest.mark.parametrize("option", [["--address", "auto"], ["--workers", "2"]])
def test_options_of_a_cluster_are_refused_without_one(folder, tmp_path, option):
    answer = run(folder, tmp_path, *option)
    assert answer.exit_code == 2 and "belong to --engine ray" in answer.output


@pytest.mark.parametrize("address", ["127.0.0.1:1", "here", "ray://127.0.0.1:1"])
def test_an_address_without_a_cluster_is_named(address, ray):
    with pytest.raises(ClusterError, match=re.escape(address)), joined(address, 1):
        pytest.fail("nobody listens there")


def measuring(fingerprint: str, **other) -> WorkerSetup:
    plan = {"methods": METHODS, "metrics": METRICS, "settings": SETTINGS}
    given = {"device": "cpu", "threads": 1, "version": torch.__version__} | other
    return WorkerSetup(Network("digits3d", fingerprint), None, plan, **given)


def test_a_worker_refuses_another_network_and_another_pytorch():
    with pytest.raises(ModelError, match="not the same network on .* and 000000000000 is expected"):
        measuring("0" * 64)()
    with pytest.raises(SettingsError, match=r"has PyTorch .*, and 1\.0 is expected"):
        measuring(models.load("digits3d").fingerprint, version="1.0")()


def test_own_weights_travel_as_bytes():
    weights = Path(models.__file__).parent / "weights" / "digits3d.safetensors"
    own = models.from_file(weights, "cnn3d_small", [str(n) for n in range(10)])
    there = Network("cnn3d_small", own.fingerprint, weights.read_bytes(), own.labels).load("cpu")
    assert there.labels == own.labels


class GoneError(Exception):
    """What Ray raises where an actor has ended."""


class CallError(Exception):
    """What Ray raises where a call has failed."""

    def __init__(self, cause):
        self.cause = cause


class OneByOne:
    """Stands in for Ray: every worker in this process, one call after another."""

    exceptions = SimpleNamespace(RayActorError=GoneError, RayTaskError=CallError)

    def __init__(self):
        self.hired, self.killed, self.chunks = 0, 0, []

    def remote(self, cls):
        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=partial(self.hire, cls)))

    def hire(self, cls, start):
        self.hired += 1
        worker = cls(start)

        def work(given):
            self.chunks.append(list(given))
            results = worker.work(given)
            return iter(lambda: partial(next, results), None)

        streamed = SimpleNamespace(remote=work)
        return SimpleNamespace(
            start=SimpleNamespace(remote=lambda: worker.start),
            work=SimpleNamespace(options=lambda **_: streamed),
        )

    def wait(self, pending, timeout):
        return pending[:1], pending[1:]

    def get(self, call):
        try:
            return call()
        except (GoneError, StopIteration):
            raise
        except Exception as error:
            raise CallError(error) from error

    def kill(self, actor):
        self.killed += 1


def spreading(ray, work, tasks, size=2):
    return dict(spread(ray, lambda: work, tasks, size=size, share={}))


def test_a_task_that_ends_its_workers_is_given_up_and_the_others_are_done():
    def work(number):
        if number == 3:
            raise GoneError
        return number**2

    ray = OneByOne()
    found = spreading(ray, work, {str(n): lambda n=n: n for n in range(20)})
    assert found.pop("3") is LOST
    assert found == {str(n): n**2 for n in range(20) if n != 3}
    assert sum(3 in chunk for chunk in ray.chunks) == 3
    assert ray.killed == ray.hired == 2 + 3  # none is left


def test_chunks_are_bounded_and_small_at_the_end():
    ray = OneByOne()
    spreading(ray, lambda number: number, {str(n): lambda n=n: n for n in range(100)})
    sizes = list(map(len, ray.chunks))
    assert sizes[0] == MOST_IN_A_CHUNK and sizes[-1] == 1
    assert sizes == sorted(sizes, reverse=True) and sum(sizes) == 100


def test_what_a_worker_says_at_its_start_is_raised_here():
    def start():
        raise ModelError("another network")

    ray = OneByOne()
    with pytest.raises(ModelError, match="another network"):
        dict(spread(ray, start, {"a": lambda: 1}, size=1, share={}))
    assert ray.killed == ray.hired == 1


def test_workers_that_never_start_end_the_study():
    def start():
        raise GoneError("no module named app")

    ray = OneByOne()
    with pytest.raises(ClusterError, match="end before they start: no module named app"):
        dict(spread(ray, start, {str(n): lambda: 1 for n in range(5)}, size=2, share={}))
    assert ray.killed == ray.hired == 4
