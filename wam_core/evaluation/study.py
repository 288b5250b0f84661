"""A set of inputs × methods × metrics, as steps: measured input by input, so it can be taken up again."""

import math
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from wam_core.classifier import Classifier
from wam_core.errors import SettingsError, WamError
from wam_core.evaluation.curve import (
    Curve,
    Score,
    clipped,
    insert,
    linear,
    logarithmic,
    perturb,
)
from wam_core.evaluation.fidelity import SUBSETS, mu_fidelity
from wam_core.evaluation.methods import METHODS, Settings, method, question
from wam_core.evaluation.metrics import METRICS, Measured, rows
from wam_core.mixtures import with_noise
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
        judge: turns an input of the network into the second network's probabilities.
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
    judge: Score | None = None
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
        if self.steps < 2 or self.steps % 2:
            raise SettingsError(f"steps is {self.steps}; an even number of at least 2 is needed")
        if self.judge is None and "second-network" in self.metrics:
            raise SettingsError("second-network needs a second network")

    def needs(self, what: str) -> bool:
        """Whether a metric is read from that attribute of :class:`Measured`."""
        return any(METRICS[name].needs == what for name in self.metrics)

    def passes(self) -> int:
        """Passes of the network per input, forward ones counted as a third; for estimates."""
        curves = (
            2 * self.needs("linear") * (self.steps + 1)
            + (2 * self.needs("lost") or self.needs("logarithmic")) * self.points
            + (self.needs("wrong") + self.needs("judged")) * self.points
            + self.needs("mu") * SUBSETS
        )
        asking = sum(METHODS[name].passes(self.settings.samples) for name in self.methods)
        asking *= 1 + self.needs("wrong")
        return asking + math.ceil(curves * len(self.methods) / 3)


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

    Inputs that cannot be read or judged are named, skipped and counted. Closing the generator loses
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


def wrong_class(name: str, index: int, probabilities: Tensor) -> int:
    """A wrong class, drawn by the input's name: not the explained one, nor the prediction."""
    barred = {index, int(probabilities.argmax())}
    free = [c for c in range(len(probabilities)) if c not in barred] or [
        c for c in range(len(probabilities)) if c != index
    ]
    draw = torch.Generator().manual_seed(sum(name.encode()))
    return free[int(torch.randint(len(free), (1,), generator=draw))]


def _measure(
    classifier: Classifier, asked: _Asked, name: str, plan: Plan
) -> Generator[Any, None, Measured]:
    """The curves that the plan's metrics are read from."""
    domain = method(name).domain(plan.settings)
    strengths: dict[int, Tensor] = {}
    wanted = [asked.index, *([asked.wrong] if plan.needs("wrong") else [])]
    for index in wanted:
        about = question(name, classifier, asked.x, index, plan.settings)
        strengths[index] = yield from method(name).steps(about)
    score = clipped(about.classifier)

    def inserted(index: int, shares: Any, judge: Score) -> Generator[Any, None, Curve]:
        return insert(judge, about.x, domain, strengths[index], shares, origin=about.origin)

    grid = logarithmic(plan.points)
    found: dict[str, Any] = {}
    # What lies on both grids is asked once, and what nobody reads is not asked.
    both = {"linear": linear(plan.steps), "lost": grid}
    both = {needed: shares for needed, shares in both.items() if plan.needs(needed)}
    if both:
        curves = yield from perturb(
            score,
            about.x,
            domain,
            strengths[asked.index],
            reduce(np.union1d, both.values()),
            origin=about.origin,
        )
        found = {needed: curves.at(shares) for needed, shares in both.items()}
    if plan.needs("lost"):
        found["logarithmic"], found["lost"] = found["lost"].insertion, found["lost"].deletion
    elif plan.needs("logarithmic"):
        found["logarithmic"] = yield from inserted(asked.index, grid, score)
    if plan.needs("wrong"):
        found["wrong"] = (asked.wrong, (yield from inserted(asked.wrong, grid, score)))
    if plan.needs("judged"):
        assert plan.judge is not None  # the plan saw to it
        found["judged"] = yield from inserted(asked.index, grid, plan.judge)
    if plan.needs("mu"):
        found["mu"] = yield from mu_fidelity(
            score, about.x, domain, strengths[asked.index], asked.index, seed=plan.seed
        )
    return Measured(asked.index, asked.p, **found)
