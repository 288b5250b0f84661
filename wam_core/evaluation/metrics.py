"""The metrics of a study: which curves each needs, and what is read off them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wam_core.evaluation.curve import Curve, Curves
from wam_core.evaluation.readouts import (
    READINGS,
    area,
    faithfulness,
    half,
    highest,
    log_auc,
    necessary,
    sufficient,
)


@dataclass(frozen=True, eq=False)
class Measured:
    """What is known of one ranking of one input.

    Attributes:
        index: the explained class.
        p: its probability on the whole input.
        linear: curves over evenly spaced shares from 0 to 1.
        logarithmic: the insertion curve over shares from a thousandth to 1.
        lost: the deletion curve over the same.
        wrong: the class asked for in the wrong-class control, with its insertion curve.
        mu: the μ-fidelity.
        judged: the logarithmic insertion curve, judged by a second network.
    """

    index: int
    p: float
    linear: Curves | None = None
    logarithmic: Curve | None = None
    lost: Curve | None = None
    wrong: tuple[int, Curve] | None = None
    mu: float | None = None
    judged: Curve | None = None


Row = tuple[str, str, float]
"""Metric, reading (empty where there is one only), value."""


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        title: for a table.
        meaning: in one plain sentence.
        needs: the attribute of :class:`Measured` it is read from.
        higher: whether more is better; None where neither is.
        rows: the values, one per reading.
    """

    title: str
    meaning: str
    needs: str
    higher: bool | None
    rows: Callable[[Measured], list[tuple[str, float]]]


def _linear(m: Measured) -> Curves:
    assert m.linear is not None  # a study measures what its metrics need
    return m.linear


def _logarithmic(m: Measured) -> Curve:
    assert m.logarithmic is not None
    return m.logarithmic


def _lost(m: Measured) -> Curve:
    assert m.lost is not None
    return m.lost


def _each(value: Callable[[Measured, str], float]) -> Callable[[Measured], list[tuple[str, float]]]:
    return lambda m: [(reading, value(m, reading)) for reading in READINGS]


def _one(value: Callable[[Measured], float]) -> Callable[[Measured], list[tuple[str, float]]]:
    return lambda m: [("", value(m))]


def _wrong(m: Measured) -> float:
    assert m.wrong is not None
    index, curve = m.wrong
    return highest(curve, index)


def _judged(m: Measured) -> float:
    assert m.judged is not None
    return log_auc(m.judged, m.index)


def _mu(m: Measured) -> float:
    assert m.mu is not None
    return m.mu


METRICS: Mapping[str, Metric] = {
    "insertion": Metric(
        "Insertion",
        "How quickly the class appears as the strongest features are put in.",
        "linear",
        True,
        _each(lambda m, reading: area(_linear(m).insertion, m.index, reading)),
    ),
    "deletion": Metric(
        "Deletion",
        "How long the class stays as the strongest features are taken out; lower is better.",
        "linear",
        False,
        _each(lambda m, reading: area(_linear(m).deletion, m.index, reading)),
    ),
    "faithfulness": Metric(
        "Faithfulness",
        "Insertion minus deletion (eq. 4).",
        "linear",
        True,
        _each(lambda m, reading: faithfulness(_linear(m), m.index, reading)),
    ),
    "ff": Metric(
        "FF",
        "How far p falls without the better half of the features.",
        "linear",
        True,
        _one(lambda m: half(_linear(m), m.index)["ff"]),
    ),
    "fid-in": Metric(
        "Fid-In",
        "Share of inputs whose better half alone keeps the prediction.",
        "linear",
        True,
        _one(lambda m: half(_linear(m), m.index)["fid-in"]),
    ),
    "log-auc": Metric(
        "log-AUC",
        "How convincing the first thousandths and hundredths are; p counts up to p of the input.",
        "logarithmic",
        True,
        _one(lambda m: log_auc(_logarithmic(m), m.index, ceiling=m.p)),
    ),
    "sufficient": Metric(
        "Sufficient share",
        "The smallest share that alone has the prediction; lower is better.",
        "logarithmic",
        False,
        _one(lambda m: sufficient(_logarithmic(m), m.index)),
    ),
    "necessary": Metric(
        "Necessary share",
        "The smallest share without which the prediction changes; lower is better.",
        "lost",
        False,
        _one(lambda m: necessary(_lost(m), m.index)),
    ),
    "wrong-class": Metric(
        "Wrong class",
        "The highest p of a random wrong class when its ranking is asked for: near 0 is honest.",
        "wrong",
        False,
        _one(_wrong),
    ),
    "mu-fidelity": Metric(
        "μ-fidelity",
        "Rank correlation between what regions are said to be worth and what their loss costs.",
        "mu",
        True,
        _one(_mu),
    ),
    "second-network": Metric(
        "Second network",
        "log-AUC as another network sees it, which had no part in the ranking.",
        "judged",
        True,
        _one(_judged),
    ),
}
"""By the name that the command line takes."""


def rows(names: tuple[str, ...], measured: Measured) -> list[Row]:
    """All values of the named metrics."""
    return [
        (name, reading, value) for name in names for reading, value in METRICS[name].rows(measured)
    ]
