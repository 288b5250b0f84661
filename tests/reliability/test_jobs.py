"""Rows 24 to 27, 30, 32 and 36: lanes that die, memory that ends, jobs that are cancelled or mixed."""

import ast
import random
import threading
import time

import pytest
import torch
from torch import nn

from tests.browser.serving import ROOT
from wam_core import (
    Classifier,
    DiscreteWaveletTransform,
    Gradient,
    IntegratedGradients,
    SmoothGrad,
    explain,
    explain_steps,
)
from wam_core.errors import LaneError, MemoryShortageError, ModelError
from wam_core.pixel_attribution import attribute_steps
from wam_core.scheduling import Scheduler
from wam_core.steps import run_to_end

from .conftest import golden_steps, same

SMALL = DiscreteWaveletTransform("haar", 2, ndim=2)


class Passes:
    """Of a network and all its copies: the k-th from now on fails, or all of too large a batch."""

    def __init__(self):
        self.room, self.done, self.at, self.failed, self.error = 64, 0, 0, 0, None

    def __deepcopy__(self, _):
        return self

    def fail_at(self, number, error):
        self.done, self.failed, self.at, self.error = 0, 0, number, error

    def one(self, size):
        self.done += 1
        if self.done == self.at or size > self.room:
            self.failed += 1
            (self.error or cuda_full)()


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
        self.passes = Passes()

    def forward(self, x):
        self.passes.one(len(x))
        return self.head(self.features(x).mean((2, 3)))


@pytest.fixture
def net():
    return Classifier(Net(), ndim=2, quick=False, name="net")


def photo(seed):
    return torch.rand((1, 3, 24, 24), generator=torch.Generator().manual_seed(seed))


PATHS = (Gradient(), SmoothGrad(5, spread=0.2, seed=3), IntegratedGradients(5))
MAPS = ("gradcam", "guided-backprop")
MEASURED_25 = "same result to 1e-5, or a refusal where there is no smaller batch; next job bitwise"


def golden_small(net):
    return explain_steps(net, photo(1), 0, transform=SMALL, path=Gradient())


@pytest.fixture(scope="module")
def lane():
    made = Scheduler(lanes=2, on_start=lambda: torch.set_num_threads(1))
    yield made
    made.close(10)


def hooks(module):
    return sum(
        len(m._forward_hooks) + len(m._backward_hooks) + len(m._forward_pre_hooks)
        for m in module.modules()
    )


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_row_24_a_lane_dies(golden, record_property):
    lanes = Scheduler(lanes=2, on_start=lambda: torch.set_num_threads(1))
    threads = set(lanes._lanes)

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
    for ended in threads:  # by its error or by closing, and tells of it within this test
        ended.join(10)
    golden()
    record_property(
        "measured", f"3 of 3 waiting jobs kept, {time.monotonic() - began:.1f} s in all"
    )


def cuda_full():
    raise torch.OutOfMemoryError("CUDA out of memory")


def cpu_full():
    torch.empty(2**60, dtype=torch.uint8)  # the allocator's own refusal


@pytest.mark.parametrize("quick", [False, True], ids=["as-given", "twin"])
@pytest.mark.parametrize("full", [cuda_full, cpu_full])
@pytest.mark.parametrize(
    "path", [SmoothGrad(10), IntegratedGradients(10)], ids=["smoothgrad", "integrated"]
)
@pytest.mark.parametrize("step", range(1, 6))
def test_row_25_out_of_memory_at_step_k(step, path, full, quick, lane, record_property):
    """On a lane, at the k-th pass of a network that nobody has passed; the next job is another's."""
    whole, net = (Classifier(Net(), ndim=2, quick=quick, name="net") for _ in range(2))

    def job(net, owner):
        steps = explain_steps(net, photo(0), 0, transform=SMALL, path=path, micro_batch=2)
        return lane.submit(steps, owner=owner, uses={net.fingerprint})

    reference = job(whole, "first").result(30)
    net.module.passes.fail_at(step, full)
    try:
        found = job(net, "second").result(30)
    except MemoryShortageError as error:
        # what has no smaller batch: f(x), after a twin was made and compared; f of the path's origin
        alone = (4 if quick else 1) + (path.origin(photo(0), photo(0)) is not None)
        assert step <= alone
        assert "net does not fit the memory of cpu" in str(error) and "\n" not in str(error)
    else:
        for (_, a), (_, b) in zip(
            found.attribution.bands(), reference.attribution.bands(), strict=True
        ):
            torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
    assert net.module.passes.failed == 1, "it did run out"
    assert hooks(net.module) == 0
    again = job(net, "third").result(30)
    assert same(again, reference)
    assert again.provenance.layout == reference.provenance.layout
    record_property("measured", MEASURED_25)


@pytest.mark.parametrize("room", [1, 2, 3])
def test_row_25_a_device_with_room_for_few(room, net, lane, record_property):
    """It runs out again and again until the batch is small enough; or none is."""

    def steps():
        path = SmoothGrad(10)
        return explain_steps(net, photo(0), 0, transform=SMALL, path=path, micro_batch=5)

    reference = lane.submit(steps(), owner="first").result(30)
    net.module.passes.room = room
    found = lane.submit(steps(), owner="second").result(30)
    for (_, a), (_, b) in zip(
        found.attribution.bands(), reference.attribution.bands(), strict=True
    ):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
    net.module.passes.room = 0
    with pytest.raises(MemoryShortageError, match="1 input at a time"):
        lane.submit(steps(), owner="third").result(30)
    net.module.passes.room = 64
    assert same(lane.submit(steps(), owner="fourth").result(30), reference)
    record_property("measured", MEASURED_25)


@pytest.mark.parametrize("step", range(1, 6))
@pytest.mark.parametrize("method", ["gradcam", "guided-backprop", "smoothgrad"])
def test_row_25_out_of_memory_in_a_map(method, step, net, lane, record_property):
    """Captum's methods have no smaller batch: a refusal, and nothing left of their hooks."""

    def job(owner):
        return lane.submit(attribute_steps(method, net, photo(1), 0), owner=owner)

    reference = job("first").result(30)
    before = lane.submit(golden_small(net), owner="a").result(30)
    net.module.passes.fail_at(step, cuda_full)
    try:
        found = job("second").result(30)
    except MemoryShortageError as error:
        assert "\n" not in str(error)
    else:
        assert net.module.passes.failed == 0, "the method has fewer passes"
        assert torch.equal(found, reference)
    net.module.passes.fail_at(0, cuda_full)
    assert hooks(net.module) == 0
    assert torch.equal(job("third").result(30), reference)
    assert same(lane.submit(golden_small(net), owner="b").result(30), before)
    record_property("measured", MEASURED_25)


@pytest.mark.parametrize("method", MAPS)
def test_row_26_an_exception_inside_a_hooked_method(net, method, record_property):
    reference = run_to_end(attribute_steps(method, net, photo(1), 0))
    before = explain(net, photo(1), 0, transform=SMALL, path=Gradient())

    def broken():
        raise RuntimeError("broken")

    net.module.passes.fail_at(2, broken)
    with pytest.raises(RuntimeError, match="broken"):
        run_to_end(attribute_steps(method, net, photo(1), 0))
    assert hooks(net.module) == 0
    assert torch.equal(run_to_end(attribute_steps(method, net, photo(1), 0)), reference)
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
        run_to_end(steps)
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
