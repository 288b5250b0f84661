"""What the rows of the scorecard share: a golden job, memory, a dashboard of one's own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

import models
from benchmarks.visitor import Visitor
from models import samples
from wam_core import SmoothGrad, WaveletTransform, explain_steps
from wam_core.scheduling import Scheduler

ROOT = Path(__file__).parents[2]
HAAR = WaveletTransform("haar", 3, ndim=2)


def resident(pid="self", what="VmRSS"):
    """MiB of a process."""
    line = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if what in line
    )
    return int(line.split()[1]) / 1024


class Memory:
    """How far this process grows from now on."""

    def __init__(self):
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew
        self.before = resident()

    @property
    def grown(self):
        return resident(what="VmHWM") - self.before


@pytest.fixture
def memory():
    return Memory()


def golden_steps(net):
    return explain_steps(
        net, samples.load("chelsea"), 281, transform=HAAR, path=SmoothGrad(6, spread=0.25, seed=0)
    )


def same(one, other):
    """Bitwise."""
    pairs = zip(one.attribution.bands(), other.attribution.bands(), strict=True)
    return all(torch.equal(a, b) for (_, a), (_, b) in pairs)


@pytest.fixture(scope="session")
def golden():
    """An explanation made alone; the lanes and the network that give it again."""
    net = models.load("efficientnet_lite0")
    lanes = Scheduler(lanes=2, on_start=lambda: torch.set_num_threads(1))
    reference = lanes.submit(golden_steps(net), owner="first").result(60)

    def check():
        again = lanes.submit(golden_steps(net), owner="second", uses={net.fingerprint}).result(60)
        assert same(again, reference), "another session's result changed"

    check.net = net
    yield check
    lanes.close(10)


@pytest.fixture
def alive(golden):
    """Another session's job gives the same bits after what the test did."""
    yield
    golden()


class Dashboard:
    def __init__(self, url, process):
        self.url, self.process = url, process

    @property
    def healthy(self):
        with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5) as answer:
            return answer.status == 200

    def visit(self, query="", page=""):
        return Visitor(self.url, query, page)

    def load(self, observer):
        """(at work, waiting), as the About screen says."""
        observer.rerun()
        observer.until(lambda v: not v.running and "at work" in v.texts(), 20)
        words = observer.texts().replace("\\", "")
        at_work, _, rest = words.partition(" at work, ")
        return int(at_work.split("*")[-1]), int(rest.split(" waiting")[0])


@contextmanager
def dashboard(**settings) -> Iterator[Dashboard]:
    """A server of this test alone, with settings of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", str(port)],
        cwd=ROOT,
        env=os.environ | {name: str(value) for name, value in settings.items()},
        stdout=subprocess.DEVNULL,
    )
    served = Dashboard(f"http://127.0.0.1:{port}", process)
    try:
        deadline = time.monotonic() + 90
        while True:
            try:
                assert served.healthy
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.2)
        yield served
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


@pytest.fixture(scope="session")
def served():
    with dashboard(STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL=1) as made:
        yield made
