"""What is done for a program: read its file, find its network, and explain on a lane."""

import io
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import models
from app import kinds, reproduction, runtime
from app.jobs import Job, Store
from app.request import MOST_PASSES, ExplainRequest
from app.server import server
from models import class_names
from wam_core import Classifier, Signal, explain_steps, export
from wam_core.engine import Progress
from wam_core.errors import SettingsError
from wam_core.path import Path
from wam_core.signals import read
from wam_core.steps import map_steps
from wam_core.transforms import Transform


@dataclass(frozen=True, eq=False)
class Answer:
    """A finished explanation: its manifest, and the bytes of ``attribution.npz``."""

    manifest: dict[str, Any]
    npz: bytes


def store(
    most: int, budget: int, keep_s: float, clock: Callable[[], float] = time.monotonic
) -> Store[Job[Answer]]:
    """What programs may ask about; see :class:`Store`. A job on its way is not forgotten."""
    return Store(most, budget, keep_s, _bytes_of, lambda job: not job.has_ended, clock)


def _bytes_of(job: Job[Answer]) -> int:
    job.collect()
    return 0 if job.result is None else len(job.result.npz)


@dataclass(frozen=True)
class OwnNetwork:
    """The files of a program's own network, by name and content."""

    weights: tuple[str, bytes]
    labels: tuple[str, bytes] | None = None

    def load(self, architecture: str) -> Classifier:
        """The network; its files are on disk only while they are read.

        Raises:
            ModelError: the weights do not fit the architecture, or the labels the weights.
        """
        labels = None if self.labels is None else class_names.parsed(*self.labels)
        name, data = self.weights
        return runtime.own_network(data, architecture, labels, name)


def begin(
    data: bytes,
    name: str,
    request: ExplainRequest,
    person: str,
    own: OwnNetwork | None = None,
) -> Job[Answer]:
    """Read a file and put its explanation in line; the person's earlier one is superseded.

    Args:
        data: the file.
        name: what it is called.
        request: what is wanted.
        person: who asks, for the turns on the lanes.
        own: weights for the architecture that ``request.model`` names; None for a network by name.

    Raises:
        BusyError: no room, which is known before the file is looked at.
        InputError, SettingsError, ModelError: what cannot be.
    """
    runtime.scheduler().check_room(person)
    signal = read(data, name, server().limits, request.item_index)
    kind, options = kinds.of(signal), request.model_dump()
    kinds.check_options(signal, options)
    signal = kind.prepare(signal, options)
    if own is not None and request.model is None:
        raise SettingsError("weights need the setting model, the name of their architecture")
    kinds.check_network(request.model, signal, own=own is not None)
    name = request.model or models.default(signal.modality)
    net = (runtime.network(name) if own is None else own.load(name)).with_output(request.output)
    signal = kind.excerpt(signal, net, options)
    transform = request.build_transform(kind.defaults, signal, net)
    path = request.build_path(kind.defaults, transform)
    if path.length > MOST_PASSES:
        raise SettingsError(
            f"samples × steps are {path.length} passes; at most {MOST_PASSES} are accepted"
        )
    transform.check(net.prepare(signal).shape[2:])
    job = Job[Answer](f"{person}/explain")
    steps = _steps(net, signal, request, transform, path, own)
    job.submit(runtime.scheduler(), steps, path, uses={net.module_fingerprint})
    return job


def ahead(job: Job[Answer]) -> int:
    """How many other people's jobs share the lanes with this one."""
    if job.ticket is None or job.has_ended:
        return 0
    return runtime.scheduler().position(job.ticket)


def passes(job: Job[Answer]) -> int:
    """How many passes of the network it takes."""
    path: Path = job.request
    return path.length


def _steps(
    net: Classifier,
    signal: Signal,
    request: ExplainRequest,
    transform: Transform,
    path: Path,
    own: OwnNetwork | None,
) -> Generator[int, None, Answer]:
    """The explanation; yields passes done. All that asks the network is in here, on the lane."""
    target = request.build_target(net, signal)
    steps = explain_steps(
        net, signal, target, transform=transform, path=path, micro_batch=request.micro_batch
    )
    result = yield from map_steps(steps, _done)
    origin = reproduction.Origin()
    if own is not None and request.model is not None:
        labels = None if own.labels is None else own.labels[0]
        files = reproduction.Own(own.weights[0], request.model, labels)
        origin = reproduction.Origin(own=files)
    programs = reproduction.both(result, net, signal, origin)
    manifest = export.manifest(result, net, signal, reproduce=programs)
    numbers = io.BytesIO()
    result.save(numbers)
    return Answer(manifest, numbers.getvalue())


def _done(step: Progress) -> int:
    # the step itself would keep its tensors for as long as the job is known
    return step.done
