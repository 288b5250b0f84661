"""What is done for a program: read its file, find its network, and explain on a lane."""

import io
from collections.abc import Generator

import models
from app import reproduction, runtime
from app.api.jobs import Answer, Begun, Job
from app.api.settings import Settings
from app.request import method, names
from app.request.inputs import excerpt, only_for, shaped
from app.request.networks import check_kind
from app.server import server
from app.session import MOST_STEPS
from wam_core import Classifier, DiscreteWaveletTransform, Signal, explain_steps, export
from wam_core.engine import Progress
from wam_core.errors import SettingsError
from wam_core.path import Path
from wam_core.signals import read
from wam_core.steps import map_steps


def begin(data: bytes, name: str, asked: Settings, person: str) -> Begun:
    """Read a file and put its explanation in line; the person's earlier one is superseded.

    Args:
        data: the file.
        name: what it is called.
        asked: what is wanted.
        person: who asks, for the turns on the lanes.

    Raises:
        BusyError: no room, told before the file is looked at.
        InputError, SettingsError, ModelError: what cannot be.
    """
    runtime.scheduler().check_room(person)
    item = None if asked.item is None else names.parsed_item(asked.item)
    signal = read(data, name, server().limits, item)
    only_for("sound", signal, start=asked.start)
    signal = shaped(signal, asked.solid, asked.up)
    check_kind(asked.model, signal)
    net = runtime.network(asked.model or models.default(signal.modality))
    signal = excerpt(signal, net, asked.start)
    transform = method.transform(signal, net, asked.wavelet, asked.levels, asked.padding)
    path = method.variant(
        signal, transform, asked.method, asked.samples, asked.steps, asked.spread, asked.baseline, asked.rule,
        asked.grading, asked.seed, asked.tolerance,
    )  # fmt: skip
    if path.length > MOST_STEPS:
        raise SettingsError(
            f"samples × steps are {path.length} passes; at most {MOST_STEPS} are accepted"
        )
    transform.check(net.prepare(signal).shape[2:])
    ticket = runtime.scheduler().submit(
        _steps(net, signal, asked, transform, path),
        owner=f"{person}/explain",
        uses={net.fingerprint},
    )
    return Begun(ticket, path.length)


def ahead(job: Job) -> int:
    """How many other people's jobs share the lanes with this one."""
    return 0 if job.finished else runtime.scheduler().position(job.begun.ticket)


def _steps(
    net: Classifier,
    signal: Signal,
    asked: Settings,
    transform: DiscreteWaveletTransform,
    path: Path,
) -> Generator[int, None, Answer]:
    """The explanation; yields passes done. All that asks the network is in here, on the lane."""
    wanted = method.wanted(asked.target, asked.against, net, signal)
    steps = explain_steps(
        net, signal, wanted, transform=transform, path=path, micro_batch=asked.micro_batch
    )
    result = yield from map_steps(steps, _done)
    made = reproduction.both(result, net, signal, reproduction.Origin())
    manifest = export.manifest(result, net, signal, reproduce=made)
    numbers = io.BytesIO()
    result.save(numbers)
    return Answer(manifest, numbers.getvalue())


def _done(step: Progress) -> int:
    # the step itself would keep its tensors for as long as the job is known
    return step.done
