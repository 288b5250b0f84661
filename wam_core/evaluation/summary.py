"""A study's numbers as a table: means with intervals, and the gain of each method over its control."""

import statistics
from collections.abc import Iterable
from typing import NamedTuple

from wam_core.evaluation.interval import Interval, bootstrap
from wam_core.evaluation.methods import METHODS
from wam_core.evaluation.metrics import METRICS
from wam_core.evaluation.study import SECONDS, Row


class Line(NamedTuple):
    """One method in one metric: what ``summary.csv`` holds.

    Attributes:
        interval: of the mean over inputs.
        gain: over the control of the method's own domain, input by input; None for a control, or
            where the control was not measured. Positive is better, whatever the metric.
        seconds: per input.
    """

    method: str
    metric: str
    reading: str
    interval: Interval
    gain: Interval | None
    seconds: float


def summary(rows: Iterable[Row], *, level: float = 0.9) -> list[Line]:
    """Means over inputs with bootstrap intervals, in the order in which rows first came."""
    values: dict[tuple[str, str, str], dict[str, float]] = {}
    seconds: dict[str, list[float]] = {}
    for row in rows:
        if row.metric == SECONDS:
            seconds.setdefault(row.method, []).append(row.value)
            continue
        values.setdefault((row.method, row.metric, row.reading), {})[row.input] = row.value
    lines = []
    for (name, metric, reading), by_input in values.items():
        control = values.get((METHODS[name].control, metric, reading))
        gain = None
        if control is not None:
            sign = -1 if METRICS[metric].higher is False else 1
            both = by_input.keys() & control.keys()
            gain = bootstrap([sign * (by_input[i] - control[i]) for i in sorted(both)], level=level)
        interval = bootstrap(list(by_input.values()), level=level)
        spent = statistics.mean(seconds.get(name, [float("nan")]))
        lines.append(Line(name, metric, reading, interval, gain, spent))
    return lines
