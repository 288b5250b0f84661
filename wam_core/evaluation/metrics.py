"""The metrics of a ranking: what is read off its curves, by name, and which curve each needs.

Insertion and deletion have two readings in the literature: ``petsiuk``, the area under the
probability, and ``normalised``, its mean divided by its largest value, which is what the paper's
tables hold. They are never mixed here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from wam_core.errors import SettingsError
from wam_core.evaluation.curves import Curve, Curves

READINGS = ("petsiuk", "normalised")


def area(curve: Curve, index: int, reading: str = "petsiuk") -> float:
    """The area under the probability of a class; 0 … 1.

    Raises:
        SettingsError: an unknown reading, or shares that do not run from 0 to 1.
    """
    p = curve.of(index)
    if reading == "normalised":
        return float(p.mean() / p.max()) if p.max() > 0 else 0.0
    if reading != "petsiuk":
        raise SettingsError(f"reading {reading!r} is unknown; accepted: {', '.join(READINGS)}")
    if (curve.shares[0], curve.shares[-1]) != (0, 1):
        raise SettingsError("the area needs a curve over all shares from 0 to 1")
    return float(np.trapezoid(p, curve.shares))


def faithfulness(curves: Curves, index: int, reading: str = "petsiuk") -> float:
    """Insertion − deletion (eq. 4); −1 … 1, and 0 for an order that knows nothing."""
    return area(curves.insertion, index, reading) - area(curves.deletion, index, reading)


def log_auc(curve: Curve, index: int, *, ceiling: float | None = None) -> float:
    """The area under the probability over the logarithm of the share; 0 … 1.

    Sparse features give nearly all of the probability at a few per cent of them, which the linear
    area does not resolve. A part that is more convincing than the whole is not rewarded where ``ceiling`` is p(x).

    Raises:
        SettingsError: a share of 0, which has no logarithm.
    """
    if curve.shares[0] <= 0:
        raise SettingsError("log-AUC needs shares above 0")
    p = curve.of(index)
    if ceiling is not None:
        p = np.minimum(p, ceiling)
    places = np.log(curve.shares)
    return float(np.trapezoid(p, places) / (places[-1] - places[0]))


def first_place(curve: Curve, index: int, *, keeps: bool) -> int | None:
    """The first place of a curve where a class is the prediction, or is not; None where none is."""
    places = np.flatnonzero(((curve.best == index) == keeps).numpy())
    return int(places[0]) if len(places) else None


def sufficient(curve: Curve, index: int) -> float:
    """The smallest share whose insertion makes the class the prediction; 1 where none does."""
    place = first_place(curve, index, keeps=True)
    return 1.0 if place is None else float(curve.shares[place])


def necessary(curve: Curve, index: int) -> float:
    """The smallest share whose deletion takes the prediction away; 1 where none does."""
    place = first_place(curve, index, keeps=False)
    return 1.0 if place is None else float(curve.shares[place])


def highest(curve: Curve, index: int, below: float = 1.0) -> float:
    """The largest probability of a class at shares under ``below``.

    Of a ranking that was asked for a **wrong** class it should stay near 0: an order that can make
    a network see anything explains nothing.
    """
    return float(curve.of(index)[curve.shares < below].max(initial=0.0))


def half(curves: Curves, index: int) -> Mapping[str, float]:
    """What the better half of the features does, from a curve that has the share ½.

    ``ff``, the faithfulness of spectra: p(x) − p(x without the top half). ``fid-in``, input
    fidelity: 1 where the top half alone has the prediction of the whole, else 0.

    Raises:
        SettingsError: no such share.
    """
    at = np.flatnonzero(np.isclose(curves.insertion.shares, 0.5))
    if not len(at) or curves.deletion.shares[0] != 0:
        raise SettingsError(
            "a curve with the shares 0 and ½ is needed, such as any even number of steps"
        )
    p = curves.deletion.of(index)
    whole = int(curves.deletion.best[0])
    return {
        "ff": float(p[0] - p[at[0]]),
        "fid-in": float(int(curves.insertion.best[at[0]]) == whole),
    }


@dataclass(frozen=True, eq=False)
class Measurement:
    """What is known of one ranking of one input.

    Attributes:
        index: the explained class.
        p: its probability on the whole input.
        linear: curves over evenly spaced shares from 0 to 1.
        logarithmic: the insertion curve over shares from a thousandth to 1.
        lost: the deletion curve over the same.
        wrong: the class asked for in the wrong-class control, with its insertion curve.
        mu: the μ-fidelity.
        second: the logarithmic insertion curve, of a second network's probabilities.
        curves: over all shares at which the network was asked, both directions.
    """

    index: int
    p: float
    linear: Curves | None = None
    logarithmic: Curve | None = None
    lost: Curve | None = None
    wrong: tuple[int, Curve] | None = None
    mu: float | None = None
    second: Curve | None = None
    curves: Curves | None = None

    def curve(self, direction: str) -> Curve:
        """The curve over all shares at which the network was asked.

        Args:
            direction: ``insertion`` or ``deletion``.
        """
        assert self.curves is not None  # only a wrong-class control has none
        return self.curves.deletion if direction == "deletion" else self.curves.insertion


Row = tuple[str, str, float]
"""Metric, reading (empty where there is one only), value."""


@dataclass(frozen=True)
class Metric:
    """A metric.

    Attributes:
        title: for a table.
        meaning: in one plain sentence.
        needs: the attribute of :class:`Measurement` it is read from.
        higher: whether more is better; None where neither is.
        rows: the values, one per reading.
    """

    title: str
    meaning: str
    needs: str
    higher: bool | None
    rows: Callable[[Measurement], list[tuple[str, float]]]


def _linear(m: Measurement) -> Curves:
    assert m.linear is not None  # a study measures what its metrics need
    return m.linear


def _logarithmic(m: Measurement) -> Curve:
    assert m.logarithmic is not None
    return m.logarithmic


def _lost(m: Measurement) -> Curve:
    assert m.lost is not None
    return m.lost


def _each(
    value: Callable[[Measurement, str], float],
) -> Callable[[Measurement], list[tuple[str, float]]]:
    return lambda m: [(reading, value(m, reading)) for reading in READINGS]


def _one(value: Callable[[Measurement], float]) -> Callable[[Measurement], list[tuple[str, float]]]:
    return lambda m: [("", value(m))]


def _wrong(m: Measurement) -> float:
    assert m.wrong is not None
    index, curve = m.wrong
    return highest(curve, index)


def _second(m: Measurement) -> float:
    assert m.second is not None
    return log_auc(m.second, m.index)


def _mu(m: Measurement) -> float:
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
        "second",
        True,
        _one(_second),
    ),
}
"""By the name that the command line takes."""


def rows(names: tuple[str, ...], measurement: Measurement) -> list[Row]:
    """All values of the named metrics."""
    return [
        (name, reading, value)
        for name in names
        for reading, value in METRICS[name].rows(measurement)
    ]
