"""A study on a Ray cluster: the same rows as :func:`wam_core.evaluation.study.study` gives here.

Inputs travel as they are packed, so no disk needs to be shared; networks are loaded on the spot and
have to be the same, by their fingerprints. Threads change a pass's last bits, so each worker uses
as many as this process does.
"""

import os
import socket
import tempfile
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch

import models
from app.cluster.machines import ClusterError, joined, room, share
from app.cluster.worker_pool import LOST, spread
from app.server import device
from wam_core import Classifier
from wam_core.errors import ModelError, SettingsError
from wam_core.evaluation.curves import transfer_score
from wam_core.evaluation.report import in_order
from wam_core.evaluation.study import Failure, Item, Plan, Progress, Results, Row, study
from wam_core.steps import run_to_end

Task = tuple[Item, Collection[tuple[str, str]]]
"""An input, and which pairs of it and a method are done."""


@dataclass(frozen=True)
class Network:
    """A network as another machine can have it.

    Attributes:
        name: of the catalogue, of timm or a hub; of the architecture where there are weights.
        fingerprint: of what has to come up there.
        weights: a file of weights, as bytes.
        labels: with weights: the names of the classes.
    """

    name: str
    fingerprint: str
    weights: bytes | None = None
    labels: tuple[str, ...] | None = None

    def load(self, on: str) -> Classifier:
        """The network.

        Raises:
            ModelError: it cannot be had, or is another one than on the machine that asked.
        """
        net = self._loaded(on)
        if net.fingerprint != self.fingerprint:
            raise ModelError(
                f"{self.name} is not the same network on {socket.gethostname()}: its fingerprint "
                f"begins with {net.fingerprint[:12]}, and {self.fingerprint[:12]} is expected; "
                "every machine needs the same versions and the same weights"
            )
        return net

    def _loaded(self, on: str) -> Classifier:
        if self.weights is None:
            return models.load(self.name, on)
        with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
            file.write(self.weights)
            file.flush()
            return models.from_file(Path(file.name), self.name, self.labels, on)


@dataclass(frozen=True)
class WorkerSetup:
    """What a worker is started with.

    Attributes:
        network, second_model: as in the plan, to be loaded there.
        plan: the fields of the plan, without its transfer score.
        device: ``cpu`` or ``cuda``.
        threads: of PyTorch.
        version: of PyTorch.
    """

    network: Network
    second_model: Network | None
    plan: Mapping[str, Any]
    device: str
    threads: int
    version: str

    def __call__(self) -> Callable[[Task], Results]:
        """Load the networks; what is returned measures an input.

        Raises:
            SettingsError, ModelError: another PyTorch, device or network than was asked for.
        """
        if torch.__version__ != self.version:
            raise SettingsError(
                f"{socket.gethostname()} has PyTorch {torch.__version__}, and {self.version} is "
                "expected; with another one the results would not be the same"
            )
        torch.set_num_threads(self.threads)
        on = device(self.device)
        net = self.network.load(on)
        second = self.second_model
        score = None if second is None else transfer_score(second.load(on), net)
        plan = Plan(**self.plan, transfer_score=score)
        return lambda task: run_to_end(study(net, [task[0]], plan, done=task[1]))


def study_on_cluster(
    network: Network,
    items: Sequence[Item],
    plan: Plan,
    *,
    second_model: Network | None = None,
    done: Collection[tuple[str, str]] = (),
    packed: Callable[[Item], Item] = lambda item: item,
    on: str = "auto",
    address: str | None = None,
    workers: int | None = None,
) -> Generator[Progress, None, Results]:
    """Measure every method on every input, yielding after each input; rows in the inputs' order at the end.

    Closing the generator loses the inputs that were under way.

    Args:
        network: the network.
        items: the inputs.
        plan: what is measured.
        second_model: the plan's second network, if it has one.
        done: pairs of input and method that are measured already, to be left out.
        packed: makes an input ready to travel: what it reads has to come along.
        on: ``cpu``, ``cuda`` or ``auto``: GPUs where the cluster has any. All workers of a study run
            on the same kind.
        address: see :func:`app.cluster.machines.joined`.
        workers: at most so many; as many as there is room for where None.

    Raises:
        ClusterError: none to be reached, or no room in it for a worker.
        SettingsError, ModelError: a machine that has another PyTorch or network.
    """
    threads = torch.get_num_threads()
    cores = max(len(os.sched_getaffinity(0)), threads * (workers or 1))
    here = {field.name: getattr(plan, field.name) for field in fields(plan)}
    here.pop("transfer_score")
    left = {
        item.name: todo
        for item in items
        if (todo := [name for name in plan.methods if (item.name, name) not in done])
    }
    total = len(items) * len(plan.methods)
    rows, failures = list[Row](), list[Failure]()

    def task(item: Item) -> Task:
        return packed(item), [
            (item.name, name) for name in plan.methods if (item.name, name) in done
        ]

    tasks = {item.name: (lambda item=item: task(item)) for item in items if item.name in left}
    if not tasks:
        return Results((), ())
    with joined(address, cores) as ray:
        if on == "auto":
            on = "cuda" if room(ray, "cuda", threads) else "cpu"
        found = room(ray, on, threads)
        if not found:
            what = f"{threads} cores for the threads" if on == "cpu" else "a GPU"
            raise ClusterError(f"no machine of the cluster has {what} of a worker")
        start = WorkerSetup(network, second_model, here, on, threads, torch.__version__)
        for name, result in spread(
            ray, start, tasks, size=min(found, workers or found), share=share(on, threads)
        ):
            if result is LOST:
                failures.append(Failure(name, "each worker that measured it came to its end"))
            else:
                rows += result.rows
                failures += result.failures
            last = left.pop(name)[-1]
            finished = total - sum(map(len, left.values()))
            yield Progress(finished, total, name, last, rows, failures)
    names = [item.name for item in items]
    place = {name: number for number, name in enumerate(names)}
    failures.sort(key=lambda failure: place[failure.input])
    return Results(tuple(in_order(rows, names, plan.methods)), tuple(failures))
