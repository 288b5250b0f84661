"""What the whole process shares: the scheduler, the networks, and the way to both."""

import atexit
import gc
import tempfile
import time
from collections.abc import Collection, Generator
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st
import torch
from streamlit.runtime.scriptrunner import get_script_run_ctx
from torch import Tensor

import models
from app.model_cache import ModelCache
from app.server import device, log_event, server
from app.session import session
from models import samples
from wam_core import Classifier
from wam_core.errors import BusyError, MemoryShortageError, ModelError
from wam_core.memory import NO_ROOM, ran_out
from wam_core.scheduling import Scheduler, Ticket

T = TypeVar("T")
_PATIENCE_S = 120.0
_GOODBYE_S = 5.0
_STARTED = time.monotonic()


def scheduler() -> Scheduler:
    """The lanes that pass networks. When the visitor who asks leaves, their jobs go with them."""
    if get_script_run_ctx(suppress_warning=True) is not None:
        _attend(session().id)
    return _scheduler()


@st.cache_resource(show_spinner=False)
def _scheduler() -> Scheduler:
    """Lanes as the operator set them; two of one thread on two cores.

    A lane on all cores waits at every operator for the core that draws a page: on 2 cores with a
    browser beside it, one explanation took 5–7 s on two threads and 2 s on one.
    """
    lanes, threads = server().lanes_on(device())
    made = Scheduler(server().queue, lambda: torch.set_num_threads(threads), lanes, _log_job)
    atexit.register(made.close, _GOODBYE_S)  # a lane in the middle of a step would crash the end
    return made


def _log_job(job: Ticket[Any]) -> None:
    now = time.monotonic()
    began = job.began or now
    log_event(
        "job", state=str(job.state), failure=job.failure, waited=began - job.asked, took=now - began
    )


@st.cache_resource(
    show_spinner=False, scope="session", on_release=lambda person: _scheduler().leave(person)
)
def _attend(person: str) -> str:
    """Released by Streamlit when the browser's connection ends."""
    return person


@st.cache_resource(show_spinner=False)
def model_cache() -> ModelCache:
    """The networks in memory."""

    def load(name: str) -> Classifier:
        began = time.monotonic()
        net = models.load(name, device())
        _settle()
        log_event("network loaded", took=time.monotonic() - began)
        return net

    return ModelCache(server().networks_mb * 2**20, load, _empty)


def classifier(name: str) -> Classifier:
    """:func:`network`, with a word on the screen while it is loaded."""
    if model_cache().has(name):
        return network(name)
    with st.spinner("Loading the network …"):
        return network(name)


def network(name: str) -> Classifier:
    """A network of the catalogue, or of timm or a hub by its name.

    Raises:
        ModelError: it cannot be had, or names a folder of this server.
    """
    if name.startswith("local-dir:") and not server().allow_local_dir:
        raise ModelError(
            "folders of the server are not open to visitors; its operator can set WAM_ALLOW_LOCAL_DIR=1"
        )
    return model_cache().take(name)


@st.cache_resource(show_spinner="Loading your network …", max_entries=4, scope="session")
def own_classifier(
    sha256: str, _weights: bytes, architecture: str, labels: tuple[str, ...] | None, name: str
) -> Classifier:
    """:func:`own_network`, kept for the visitor's session.

    Raises:
        ModelError: as there.
    """
    return own_network(_weights, architecture, labels, name)


def own_network(
    weights: bytes, architecture: str, labels: tuple[str, ...] | None, name: str
) -> Classifier:
    """A visitor's own network; its file is on disk only while it is read.

    Args:
        weights: the file.
        architecture: what it belongs to.
        labels: one per class; None where none were given.
        name: of the file, for the network and for messages.

    Raises:
        ModelError: the file does not fit the architecture or the labels; names the tensor.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, Path(name).name)
            file.write_bytes(weights)
            net = models.from_file(file, architecture, labels, device())
    except OSError:  # its text may name folders of the server
        raise ModelError(
            "the server has no room for these weights just now; try again later"
        ) from None
    _settle()
    return net


@st.cache_resource(show_spinner=False)
def pace() -> dict[tuple[str, str], float]:
    """Seconds per pass, by fingerprint and device; for estimates only."""
    return {}


def note_pass(fingerprint: str, device: object, seconds: float) -> None:
    """Remember the quickest so far: a crowded moment makes the others slower."""
    known = (fingerprint, str(device))
    pace()[known] = min(seconds, pace().get(known, seconds))


def pass_seconds(net: Classifier) -> float:
    """Of one pass forward and back, as far as is known; a guess for a network that has not been passed."""
    return pace().get((net.fingerprint, str(net.device)), 0.1)


def ask(steps: Generator[None, None, T], owner: str, uses: Collection[str] | None = None) -> T:
    """A short job's result, in its turn on the lanes; ``uses`` as :meth:`Scheduler.submit` has it.

    Raises:
        BusyError: no room, or no turn within two minutes.
        MemoryShortageError: the device has too little memory.
        Exception: whatever the job raised.
    """
    ticket = scheduler().submit(steps, owner=owner, uses=uses)
    try:
        return ticket.result(_PATIENCE_S)
    except TimeoutError:
        ticket.cancel()
        raise BusyError(
            f"the server has not come to this within {_PATIENCE_S:.0f} s; try again later"
        ) from None
    except Exception as error:
        if ran_out(error):
            raise MemoryShortageError(NO_ROOM) from None
        raise


def predict_steps(net: Classifier, x: Tensor) -> Generator[None, None, Tensor]:
    """Class probabilities, as a job of one step; also notes how long a pass takes."""
    if (net.fingerprint, str(x.device)) not in pace():
        net.predict(x)  # the first pass also makes the quicker copy, which would be counted
    began = time.perf_counter()
    probabilities = net.predict(x)
    # a forward and input-backward pass costs about three forward passes
    note_pass(net.fingerprint, x.device, 3 * (time.perf_counter() - began))
    yield
    return probabilities


def uptime() -> float:
    """Seconds since this process began to serve."""
    return time.monotonic() - _STARTED


def warm_up() -> None:
    """Take the default networks off the disk, and pass the first one once; its result is dropped.

    Whoever comes then, by a page or as a program, finds them loaded.
    """
    for nth, modality in enumerate(models.modalities()):
        net = model_cache().take(models.default(modality))
        if not nth:
            net.predict(net.prepare(samples.load(samples.names(modality)[0])))
    _settle()


def _empty() -> None:
    """Give the memory of networks that left back to the device."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _settle() -> None:
    """Take what is in memory now for permanent, so that looking for garbage skips it.

    Streamlit looks after every run of a page, and while a job runs there are two a second. With the
    libraries of the networks each search took half a second, in which no other thread could run
    Python: an explanation of 2 s took over a minute.
    """
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # else libraries report their objects as leaked at the end
