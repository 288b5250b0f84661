"""What the whole process shares: the scheduler, the networks, and the way to both."""

import atexit
import gc
import os
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import streamlit as st
import torch
from torch import Tensor

import models
from app.device import device
from models import samples
from wam_core import Classifier
from wam_core.errors import ModelError
from wam_core.scheduling import Scheduler

T = TypeVar("T")
_PATIENCE_S = 120.0


@st.cache_resource(show_spinner=False)
def scheduler() -> Scheduler:
    """The one lane that passes networks; it leaves a core to the pages.

    A lane on all cores waits at every operator for the core that draws a page: on 2 cores with a
    browser beside it, one explanation took 5–7 s on two threads and 2 s on one.
    """
    threads = max(1, (os.cpu_count() or 2) - 1)
    return Scheduler(on_start=lambda: torch.set_num_threads(threads))


@st.cache_resource(show_spinner="Loading the network …", max_entries=4)
def classifier(name: str) -> Classifier:
    """A network of the catalogue, or of timm or a hub by its name.

    Raises:
        ModelError: it cannot be had, or names a folder of this server.
    """
    if name.startswith("local-dir:") and os.environ.get("WAM_ALLOW_LOCAL_DIR") != "1":
        raise ModelError(
            "folders of the server are not open to visitors; its operator can set WAM_ALLOW_LOCAL_DIR=1"
        )
    net = models.load(name, device())
    _settle()
    return net


@st.cache_resource(show_spinner="Loading your network …", max_entries=2, scope="session")
def own_classifier(
    sha256: str, _weights: bytes, architecture: str, labels: tuple[str, ...] | None
) -> Classifier:
    """A visitor's own network; its file is on disk only while it is read.

    Raises:
        ModelError: the file does not fit the architecture or the labels; names the tensor.
    """
    with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
        file.write(_weights)
        file.flush()
        net = models.from_file(Path(file.name), architecture, labels, device())
    _settle()
    return net


@st.cache_resource(show_spinner=False)
def pace() -> dict[tuple[str, str], float]:
    """Seconds per pass as last seen, by fingerprint and device; for estimates only."""
    return {}


def ask(steps: Generator[None, None, T], owner: str) -> T:
    """A short job's result, in its turn on the lane."""
    return scheduler().submit(steps, owner=owner).result(_PATIENCE_S)


def predict_steps(net: Classifier, x: Tensor) -> Generator[None, None, Tensor]:
    """Class probabilities, as a job of one step; also notes how long a pass takes."""
    began = time.perf_counter()
    probabilities = net.predict(x)
    # a forward and input-backward pass costs about three forward passes
    pace().setdefault((net.fingerprint, str(x.device)), 3 * (time.perf_counter() - began))
    yield
    return probabilities


def warm_up() -> None:
    """Import what networks need, and pass the default one once; the result is dropped."""
    net = models.load(models.default("image"), device())
    net.predict(net.prepare(samples.load("chelsea")))
    _settle()


def _settle() -> None:
    """Take what is in memory now for permanent, so that looking for garbage skips it.

    Streamlit looks after every run of a page, and while a job runs there are two a second. With the
    libraries of the networks each search took half a second, in which no other thread could run
    Python: an explanation of 2 s took over a minute.
    """
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # else libraries report their objects as leaked at the end
