"""A study's numbers as tables: means with intervals, the gain of each method over its control, files."""

import csv
import io
import math
import statistics
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError
from wam_core.evaluation.methods import METHODS
from wam_core.evaluation.metrics import METRICS
from wam_core.evaluation.study import SECONDS, Failure, Row

_DRAWS = 10_000


class Interval(NamedTuple):
    """A mean, and the ends of its interval; NaN where nothing was measured."""

    mean: float
    low: float
    high: float
    n: int


def bootstrap(
    values: npt.ArrayLike, *, level: float = 0.9, seed: int = 0, draws: int = _DRAWS
) -> Interval:
    """The mean over inputs with its percentile bootstrap interval (Efron 1979).

    For a gain, pass the differences input by input: pairs say more than two separate intervals.

    Args:
        values: one number per input; those that are not finite are left out.
        level: of the interval, 0 … 1.
        seed: of the draws.
        draws: how often the inputs are drawn again, with replacement.

    >>> bootstrap([1.0, 1.0, 1.0])
    Interval(mean=1.0, low=1.0, high=1.0, n=3)
    """
    x = np.asarray(values, dtype=np.float64)
    x = x[np.isfinite(x)]
    if not len(x):
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    draw = np.random.default_rng(seed)
    means = x[draw.integers(0, len(x), (draws, len(x)))].mean(1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(x.mean()), float(low), float(high), len(x))


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


SUMMARY = (
    "method", "metric", "reading", "mean", "low", "high", "n",
    "gain_over_control", "seconds_per_input", "gain_low", "gain_high",
)  # fmt: skip


def results_csv(rows: Iterable[Row], *, head: bool = True) -> str:
    """input, method, metric, reading, value; every digit of the value."""
    return _csv([Row._fields] if head else [], ((*row[:4], repr(row.value)) for row in rows))


def read_results(text: str) -> list[Row]:
    """What :func:`results_csv` wrote; a last line that was cut short is left out.

    Raises:
        InputError: other columns.
    """
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines.pop()
    table = csv.reader(lines)
    if next(table, None) != list(Row._fields):
        raise InputError(f"the results have other columns than {', '.join(Row._fields)}")
    return [
        Row(line[0], line[1], line[2], line[3], float(line[4]))
        for line in table
        if len(line) == len(Row._fields)
    ]


def complete(rows: Iterable[Row]) -> list[Row]:
    """The rows of the pairs of input and method that were finished: those with their seconds."""
    known = list(rows)
    finished = {(row.input, row.method) for row in known if row.metric == "seconds"}
    return [row for row in known if (row.input, row.method) in finished]


def in_order(rows: Iterable[Row], inputs: Sequence[str], methods: Sequence[str]) -> list[Row]:
    """The rows as a study in one go notes them, input by input; those of others come last."""
    first = {name: place for place, name in enumerate(inputs)}
    second = {name: place for place, name in enumerate(methods)}
    return sorted(
        rows,
        key=lambda row: (
            first.get(row.input, len(first)), second.get(row.method, len(second)),
        ),
    )  # fmt: skip


def summary_csv(lines: Iterable[Line]) -> str:
    """Means, intervals, gains over the control of the same domain, and seconds."""

    def numbers(line: Line) -> tuple[str, ...]:
        mean, gain = line.interval, line.gain
        over, low, high = ("", "", "") if gain is None else (gain.mean, gain.low, gain.high)
        values = (mean.mean, mean.low, mean.high, mean.n, over, line.seconds, low, high)
        return (
            line.method, line.metric, line.reading,
            *(v if isinstance(v, str) else f"{v:.6g}" for v in values),
        )  # fmt: skip

    return _csv([SUMMARY], map(numbers, lines))


def summary_md(lines: Sequence[Line], failures: Sequence[Failure] = (), about: str = "") -> str:
    """A table for each metric and reading, best first, in Markdown.

    Args:
        lines: of the summary.
        failures: inputs that were skipped; named below.
        about: a paragraph before the tables.
    """
    parts = ["# Evaluation", *([about] if about else [])]
    for metric, reading in dict.fromkeys((line.metric, line.reading) for line in lines):
        known = METRICS[metric]
        rows = [line for line in lines if (line.metric, line.reading) == (metric, reading)]
        rows.sort(key=lambda line: _finite(line.interval.mean), reverse=known.higher is not False)
        parts.append(f"## {known.title}{f', {reading}' if reading else ''}\n\n{known.meaning}")
        parts.append(
            "| method | mean | 90 % interval | gain over its control | inputs | s per input |\n"
            "|---|---|---|---|---|---|\n" + "\n".join(map(_row, rows))
        )
    if failures:
        parts.append(
            f"## Skipped ({len(failures)})\n\n"
            + "\n".join(f"- {_plain(f.input)}: {_plain(f.reason)}" for f in failures)
        )
    return "\n\n".join(parts) + "\n"


def _row(line: Line) -> str:
    known, mean = METHODS[line.method], line.interval
    name = (
        f"{known.title} (`{line.method}`)" if known.asks else f"*{known.title}* (`{line.method}`)"
    )
    return (
        f"| {_plain(name)} | {mean.mean:.3f} | {mean.low:.3f} – {mean.high:.3f} "
        f"| {gain_text(line.gain)} | {mean.n} | {line.seconds:.2f} |"
    )


def gain_text(gain: Interval | None) -> str:
    """A gain with its interval, and whether that leaves zero out.

    >>> gain_text(Interval(0.1, 0.05, 0.15, 20)), gain_text(Interval(0.01, -0.02, 0.04, 20))
    ('+0.100 [+0.050, +0.150]', '+0.010 [−0.020, +0.040], not told from 0')
    """
    if gain is None or gain.n == 0:
        return "–"
    text = f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]".replace("-", "−")
    return text if gain.low > 0 or gain.high < 0 else f"{text}, not told from 0"


def _finite(value: float) -> float:
    return value if math.isfinite(value) else -math.inf


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _csv(head: Iterable[Sequence[str]], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerows(head)
    table.writerows(rows)
    return out.getvalue()
