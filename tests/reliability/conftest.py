"""What the rows of the scorecard share: a golden job, memory, a dashboard of one's own."""

import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

import models
from benchmarks.visitor import Visitor
from models import samples
from tests.browser.serving import started
from wam_core import SmoothGrad, WaveletTransform, explain_steps
from wam_core.scheduling import Scheduler

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
    environment = os.environ | {name: str(value) for name, value in settings.items()}
    with started(
        "app.cli",
        "serve",
        port_option="--port",
        host="127.0.0.1",
        environment=environment,
        patience=90,
    ) as (url, process):
        yield Dashboard(url, process)


@pytest.fixture(scope="session")
def served():
    with dashboard(STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL=1) as made:
        yield made
