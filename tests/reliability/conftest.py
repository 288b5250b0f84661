"""What the rows of the scorecard share: a golden job, memory, a dashboard of one's own."""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import torch

import models
from benchmarks.visitor import Visitor
from models import samples
from tests.browser.serving import started
from wam_core import DiscreteWaveletTransform, SmoothGrad, explain_steps
from wam_core.scheduling import Scheduler

HAAR = DiscreteWaveletTransform("haar", 3, ndim=2)


def resident(pid: int | str = "self", what: str = "VmRSS") -> float:
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
    """A running one.

    Attributes:
        events: of its log so far, each with the time at which it came.
    """

    def __init__(self, url, process):
        self.url, self.process = url, process
        self.events: list[tuple[float, dict]] = []

    def follow(self):
        """Read its log until it ends."""
        with self.process.stderr as log:
            for line in log:
                now = time.monotonic()
                try:
                    self.events.append((now, json.loads(line)))
                except ValueError:  # not of ours
                    sys.stderr.write(line.decode(errors="replace"))

    def ended(self, state, since):
        """When jobs ended in a state, from some time on."""
        return [at for at, told in list(self.events)
                if at >= since and told["event"] == "job" and told["state"] == state]  # fmt: skip

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
def dashboard(disk: bool = True, **settings) -> Iterator[Dashboard]:
    """A server with settings of its own; one without a disk can write no file, nor its log."""
    environment = os.environ | {name: str(value) for name, value in settings.items()}
    with ExitStack() as stack:
        streams = {"stderr": subprocess.PIPE}
        if not disk:
            full = stack.enter_context(open("/dev/full", "wb"))
            streams = {"stdout": subprocess.DEVNULL, "stderr": full}
        limited = () if disk else ("sh", "-c", 'ulimit -f 0; exec "$@"', "sh")
        reader = None
        try:
            with started(
                "app.cli", "serve", port_option="--port", host="127.0.0.1",
                environment=environment, patience=180, within=limited, **streams,
            ) as (url, process):  # fmt: skip
                made = Dashboard(url, process)
                if disk:
                    reader = threading.Thread(target=made.follow)
                    reader.start()
                yield made
        finally:
            if reader is not None:
                reader.join()


@pytest.fixture(scope="session")
def served():
    with dashboard(STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL=1) as made:
        yield made


@pytest.fixture(scope="session")
def narrow(tmp_path_factory):
    """With little of everything: one person in line, few uploads, and a disk that is full."""
    with dashboard(
        disk=False, WAM_QUEUE=1, WAM_UPLOADS_MB=16, WAM_UPLOADS_TOTAL_MB=24,
        STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL=1,
        NUMBA_CACHE_DIR=tmp_path_factory.mktemp("numba"),  # where it would write what it compiled
    ) as made:  # fmt: skip
        yield made
