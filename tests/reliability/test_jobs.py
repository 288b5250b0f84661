"""Rows 24 to 27, 30, 32 and 36: lanes that die, memory that ends, jobs that are cancelled or mixed."""

import ast
import random
import threading
import time

import pytest
import torch
from torch import nn

from wam_core import (
    Classifier,
    Gradient,
    IntegratedGradients,
    SmoothGrad,
    WaveletTransform,
    explain,
    explain_steps,
)
from wam_core.baselines import attribute_steps
from wam_core.errors import MemoryShortageError, ModelError
from wam_core.scheduling import LaneError, Scheduler

from .conftest import ROOT, golden_steps, same

SMALL = WaveletTransform("haar", 2, ndim=2)


class Net(nn.Module):
    """With everything that other people's jobs could disturb: statistics, dropout, hooks, in-place."""

    def __init__(self):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.features = nn.Sequential(
                nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.Conv2d(8, 8, 3),
                nn.ReLU(), nn.Dropout(0.5),
            )  # fmt: skip
            self.head = nn.Linear(8, 5)
        self.calls, self.fail = 0, {}

    def forward(self, x):
        self.calls += 1
        if self.calls in self.fail:
            raise self.fail[self.calls]
        return self.head(self.features(x).mean((2, 3)))


@pytest.fixture
def net():
    return Classifier(Net(), ndim=2, quick=False, name="net")


def photo(seed):
    return torch.rand((1, 3, 24, 24), generator=torch.Generator().manual_seed(seed))


PATHS = (Gradient(), SmoothGrad(5, spread=0.2, seed=3), IntegratedGradients(5))
MAPS = ("gradcam", "guided-backprop")


def hooks(module):
    return sum(
        len(m._forward_hooks) + len(m._backward_hooks) + len(m._forward_pre_hooks)
        for m in module.modules()
    )


def drained(steps):
    while True:
        try:
            next(steps)
        except StopIteration as finished:
            return finished.value


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_row_24_a_lane_dies(golden, record_property):
    lanes = Scheduler(lanes=2, on_start=lambda: torch.set_num_threads(1))

    def deadly():
        yield
        raise SystemExit

    waiting = [lanes.submit(golden_steps(golden.net), owner=str(n)) for n in range(3)]
    began = time.monotonic()
    with pytest.raises(LaneError):
        lanes.submit(deadly(), owner="deadly").result(20)
    results = [ticket.result(60) for ticket in waiting]
    assert same(results[0], results[1]) and same(results[0], results[2])
    assert lanes.load().lanes == 2
    lanes.close(10)
    golden()
    record_property(
        "measured", f"3 of 3 waiting jobs kept, {time.monotonic() - began:.1f} s in all"
    )


@pytest.mark.parametrize("step", range(1, 6))
def test_row_25_out_of_memory_at_step_k(net, step, record_property):
    reference = explain(net, photo(0), 0, transform=SMALL, path=SmoothGrad(10), micro_batch=4)
    net.module.calls = 0
    net.module.fail = {step: torch.OutOfMemoryError("CUDA out of memory")}
    try:
        found = explain(net, photo(0), 0, transform=SMALL, path=SmoothGrad(10), micro_batch=4)
    except (MemoryShortageError, RuntimeError) as error:
        # the one pass for f(x), which has no smaller batch
        assert step == 1 and "memory" in str(error)
    else:
        for (_, a), (_, b) in zip(
            found.attribution.bands(), reference.attribution.bands(), strict=True
        ):
            torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
    net.module.fail = {}
    again = explain(net, photo(0), 0, transform=SMALL, path=SmoothGrad(10), micro_batch=4)
    assert same(again, reference)
    record_property("measured", "same result to 1e-5; step 1 is a refusal")


@pytest.mark.parametrize("method", MAPS)
def test_row_26_an_exception_inside_a_hooked_method(net, method, record_property):
    reference = drained(attribute_steps(method, net, photo(1), 0))
    before = explain(net, photo(1), 0, transform=SMALL, path=Gradient())
    net.module.fail = {net.module.calls + 2: RuntimeError("broken")}
    with pytest.raises(RuntimeError, match="broken"):
        drained(attribute_steps(method, net, photo(1), 0))
    net.module.fail = {}
    assert hooks(net.module) == 0
    assert torch.equal(drained(attribute_steps(method, net, photo(1), 0)), reference)
    assert same(explain(net, photo(1), 0, transform=SMALL, path=Gradient()), before)
    record_property("measured", "0 hooks, next job bitwise")


def test_row_27_cancelling_at_every_step(net, record_property):
    path = SmoothGrad(6, seed=1)
    reference = explain(net, photo(2), 0, transform=SMALL, path=path, micro_batch=1)
    for stop in range(7):
        steps = explain_steps(net, photo(2), 0, transform=SMALL, path=path, micro_batch=1)
        for _ in range(stop):
            next(steps)
        steps.close()
        assert hooks(net.module) == 0
    again = explain(net, photo(2), 0, transform=SMALL, path=path, micro_batch=1)
    assert same(again, reference)
    record_property("measured", "7 of 7 places, next job bitwise")


@pytest.mark.slow
def test_row_30_mixed_sessions_over_one_model(net, record_property):
    """200 jobs of 8 people and 5 methods on 2 lanes, against one after the other."""
    jobs = [(person, number) for number in range(25) for person in range(8)]

    def steps(person, number):
        x, kind = photo(100 * person + number), (person + number) % 5
        if kind < 3:
            return explain_steps(net, x, number % 5, transform=SMALL, path=PATHS[kind])
        return attribute_steps(MAPS[kind - 3], net, x, number % 5)

    def bits(found):
        bands = (
            [found]
            if isinstance(found, torch.Tensor)
            else [b for _, b in found.attribution.bands()]
        )
        return [band.numpy().tobytes() for band in bands]

    def run(lanes, at_once):
        scheduler = Scheduler(queue=64, lanes=lanes, on_start=lambda: torch.set_num_threads(1))
        try:
            tickets = {}
            for person, number in jobs:
                tickets[person, number] = scheduler.submit(
                    steps(person, number), owner=f"{person}/{number}", uses={net.fingerprint}
                )
                if not at_once:
                    tickets[person, number].result(30)
            return {job: bits(ticket.result(60)) for job, ticket in tickets.items()}
        finally:
            scheduler.close(10)

    serial, mixed = run(1, at_once=False), run(2, at_once=True)
    wrong = sum(serial[job] != mixed[job] for job in jobs)
    assert wrong == 0 and len(mixed) == 200
    record_property("measured", f"{wrong} of {len(mixed)} differ")


def test_row_32_other_threads_switch_or_seed(net, record_property):
    path = SmoothGrad(8, seed=5)
    reference = explain(net, photo(3), 0, transform=SMALL, path=path)
    stop = threading.Event()

    def seeding():
        while not stop.is_set():
            torch.manual_seed(random.randrange(2**31))
            torch.rand(1)

    thread = threading.Thread(target=seeding)
    thread.start()
    try:
        for _ in range(5):
            assert same(explain(net, photo(3), 0, transform=SMALL, path=path), reference)
    finally:
        stop.set()
        thread.join()
    steps = explain_steps(net, photo(3), 0, transform=SMALL, path=path, micro_batch=1)
    next(steps)
    net.module.train()
    with pytest.raises(ModelError, match="switched to training"):
        drained(steps)
    net.module.eval()
    assert same(explain(net, photo(3), 0, transform=SMALL, path=path), reference)
    record_property("measured", "seeds without effect, train() detected")


def test_row_36_clocks_that_jump(monkeypatch, record_property):
    """Nothing that is timed here asks for the time of day."""
    found = []
    for folder in ("app", "wam_core", "models"):
        for file in (ROOT / folder).rglob("*.py"):
            if "training" not in file.parts:
                found += [f"{file}:{n.lineno}" for n in ast.walk(ast.parse(file.read_text()))
                          if isinstance(n, ast.Call) and ast.unparse(n.func) in ("time.time", "time")]  # fmt: skip
    assert found == []
    monkeypatch.setattr(time, "time", lambda: -1e9)
    lanes = Scheduler()

    def job():
        yield
        return 1

    assert lanes.submit(job(), owner="a").result(5) == 1
    lanes.close(5)
    record_property("measured", "0 uses of the time of day")
