"""A set of inputs × methods × metrics, as steps: measured input by input, so it can be taken up again.

Each pair of input and method goes through :mod:`wam_core.evaluation.pipeline`. :func:`files` and
:data:`LABELS` make a folder of files the inputs of a study.
"""

import math
import random
import re
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from wam_core.classifier import Classifier
from wam_core.errors import InputError, SettingsError, WamError
from wam_core.evaluation.controls import wrong_class
from wam_core.evaluation.curves import Score, clipped
from wam_core.evaluation.fidelity import SUBSETS, mu_fidelity
from wam_core.evaluation.methods import METHODS, Settings, method, question
from wam_core.evaluation.metrics import METRICS, Measurement, rows
from wam_core.evaluation.mixtures import with_noise
from wam_core.evaluation.pipeline import PASS, Grid, insertion, measure
from wam_core.signals.signal import Signal
from wam_core.steps import map_steps, timed


@dataclass(frozen=True)
class Item:
    """One input of a study.

    Attributes:
        name: of the input, unique in the study.
        read: gives the input; called when its turn comes, so that one is in memory at a time.
        label: the class to explain; None takes the network's prediction.
    """

    name: str
    read: Callable[[], Signal | Tensor]
    label: int | None = None


SECONDS = "seconds"
"""The metric under which the time of each ranking with its curves is noted."""


class Row(NamedTuple):
    """One number: what ``results.csv`` holds."""

    input: str
    method: str
    metric: str
    reading: str
    value: float


class Failure(NamedTuple):
    """An input that could not be measured, and why; the others go on."""

    input: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        methods, metrics: names of :data:`METHODS` and :data:`METRICS`.
        settings: shared by all methods.
        steps: of the linear curves; even, so that the half is on the grid.
        points: of the logarithmic curves.
        transfer_score: turns an input of the network into the second network's probabilities.
        seed: of the wrong classes, of the subsets of μ-fidelity and of the noise.
        noise: the signal-to-noise ratio, in dB, of white noise added to what the network receives;
            none where None.

    Raises:
        SettingsError: an unknown name, no method or metric, odd steps, or a second network wanted
            and not given.
    """

    methods: tuple[str, ...]
    metrics: tuple[str, ...] = ("insertion", "deletion", "faithfulness", "log-auc", "sufficient")
    settings: Settings = field(default_factory=Settings)
    steps: int = 64
    points: int = 25
    transfer_score: Score | None = None
    seed: int = 0
    noise: float | None = None

    def __post_init__(self) -> None:
        for name in self.methods:
            method(name)
        for name in self.metrics:
            if name not in METRICS:
                raise SettingsError(f"metric {name!r} is unknown; accepted: {', '.join(METRICS)}")
        if not self.methods or not self.metrics:
            raise SettingsError("at least one method and one metric are needed")
        Grid(self.steps, self.points)  # the same ranges
        if self.transfer_score is None and "second-network" in self.metrics:
            raise SettingsError("second-network needs a second network")

    @property
    def grid(self) -> Grid:
        """The shares at which the network is asked."""
        return Grid(self.steps, self.points)

    @property
    def needs(self) -> frozenset[str]:
        """The attributes of :class:`Measurement` that its metrics are read from."""
        return frozenset(METRICS[name].needs for name in self.metrics)

    def passes(self) -> int:
        """Passes of the network per input, forward ones counted as a third; for estimates."""
        needed = {what: what in self.needs for what in ("linear", "lost", "wrong", "second", "mu")}
        curves = (
            2 * needed["linear"] * (self.steps + 1)
            + (2 * needed["lost"] or "logarithmic" in self.needs) * self.points
            + (needed["wrong"] + needed["second"]) * self.points
            + needed["mu"] * SUBSETS
        )
        passes = sum(METHODS[name].passes(self.settings.samples) for name in self.methods)
        passes *= 1 + needed["wrong"]
        return passes + math.ceil(curves * len(self.methods) / PASS)


@dataclass(frozen=True)
class Progress:
    """Where a study is.

    Attributes:
        done, total: inputs times methods.
        input, method: that are being measured.
        rows: everything measured so far; the same list, growing.
        failures: inputs that were skipped.
    """

    done: int
    total: int
    input: str
    method: str
    rows: Sequence[Row]
    failures: Sequence[Failure]


def _standing(here: Progress, step: object) -> Progress:
    """A step within a pair of input and method brings no new row."""
    return here


@dataclass(frozen=True)
class Results:
    """All that was measured."""

    rows: tuple[Row, ...]
    failures: tuple[Failure, ...]


def study(
    classifier: Classifier,
    items: Iterable[Item],
    plan: Plan,
    *,
    done: Collection[tuple[str, str]] = (),
) -> Generator[Progress, None, Results]:
    """Measure every method on every input, as a generator of steps.

    Inputs that cannot be read or measured are named, skipped and counted. Closing the generator loses
    only the pair of input and method that was under way.

    Args:
        classifier: the network.
        items: the inputs.
        plan: what is measured.
        done: pairs of input and method that are measured already, to be left out.
    """
    waiting = list(items)
    total = len(waiting) * len(plan.methods)
    found: list[Row] = []
    failures: list[Failure] = []
    finished = 0
    for item in waiting:
        todo = [name for name in plan.methods if (item.name, name) not in done]
        finished += len(plan.methods) - len(todo)
        if not todo:
            continue
        try:
            asked = _asked(classifier, item, plan)
        except WamError as error:
            failures.append(Failure(item.name, str(error)))
            finished += len(todo)
            continue
        for name in todo:
            here = Progress(finished, total, item.name, name, found, failures)
            try:
                measured, spent = yield from map_steps(
                    timed(_measure(classifier, asked, name, plan)), partial(_standing, here)
                )
            except WamError as error:
                failures.append(Failure(item.name, f"{name}: {error}"))
                finished += 1
                continue
            found += [Row(item.name, name, *row) for row in rows(plan.metrics, measured)]
            found.append(Row(item.name, name, SECONDS, "", spent))
            finished += 1
            yield Progress(finished, total, item.name, name, found, failures)
    return Results(tuple(found), tuple(failures))


@dataclass(frozen=True)
class _Asked:
    """An input as the methods are asked about it."""

    x: Tensor
    index: int
    p: float
    wrong: int


def _asked(classifier: Classifier, item: Item, plan: Plan) -> _Asked:
    x = classifier.prepare(item.read())
    if plan.noise is not None:
        x = with_noise(x, plan.noise, plan.seed).sum
    probabilities = clipped(classifier)(x)[0]
    index = int(probabilities.argmax()) if item.label is None else item.label
    return _Asked(
        x, index, float(probabilities[index]), wrong_class(item.name, index, probabilities)
    )


def _measure(
    classifier: Classifier, asked: _Asked, name: str, plan: Plan
) -> Generator[Any, None, Measurement]:
    """The curves that the plan's metrics are read from."""
    domain = method(name).domain(plan.settings)
    strengths: dict[int, Tensor] = {}
    for index in (asked.index, asked.wrong) if "wrong" in plan.needs else (asked.index,):
        about = question(name, classifier, asked.x, index, plan.settings)
        strengths[index] = yield from method(name).steps(about)
    about, strength = replace(about, index=asked.index), strengths[asked.index]
    found: dict[str, Any] = {}
    measurement = yield from measure(
        about, domain, strength, plan.grid, needs=plan.needs, p=asked.p
    )
    if "wrong" in plan.needs:
        curve = yield from insertion(about, domain, strengths[asked.wrong], plan.grid)
        found["wrong"] = (asked.wrong, curve)
    if "second" in plan.needs:
        found["second"] = yield from insertion(
            about, domain, strength, plan.grid, plan.transfer_score
        )
    if "mu" in plan.needs:
        found["mu"] = yield from mu_fidelity(
            clipped(about.classifier), about.x, domain, strength, asked.index, seed=plan.seed
        )
    return replace(measurement, **found)


_PREFIX = re.compile(r"([0-9]+)_")


def files(source: Path, limit: int | None = None, seed: int = 0) -> list[Path]:
    """The files of a folder and of the folders in it, by name; as many in drawn order where limited.

    The first files of a drawn order are themselves a fair draw: a run that is stopped has a table,
    and one with a larger limit holds the smaller one's inputs.

    Hidden files and tables that a run has left there are passed over.

    Raises:
        InputError: no folder, or nothing in it.
    """
    if not source.is_dir():
        raise InputError(f"{source} is not a folder; a folder of files to explain is expected")
    found = sorted(
        file
        for file in source.rglob("*")
        if file.is_file()
        and file.suffix not in (".csv", ".md", ".json", ".txt")
        and not any(part.startswith(".") for part in file.relative_to(source).parts)
    )
    if not found:
        raise InputError(f"{source} holds no files to explain")
    if limit is not None and limit < len(found):
        random.Random(seed).shuffle(found)
        return found[:limit]
    return found


def _prefix(file: Path, classifier: Classifier) -> int:
    number = _PREFIX.match(file.name)
    if number is None:
        raise InputError(
            f"{file.name} does not begin with the number of a class and _, as --labels prefix wants"
        )
    return int(number[1])


def _folder(file: Path, classifier: Classifier) -> int:
    return classifier.index(file.parent.name.replace("_", " "))


def _predicted(file: Path, classifier: Classifier) -> None:
    return None


LABELS: Mapping[str, Callable[[Path, Classifier], int | None]] = {
    "predicted": _predicted,
    "prefix": _prefix,
    "folder": _folder,
}
"""From a file to the class that is explained, None being the prediction; may raise InputError."""
