"""Numbers read off perturbation curves; each is named, and so is its reading.

Insertion and deletion have two readings in the literature: ``petsiuk``, the area under the
probability, and ``normalised``, its mean divided by its largest value, which is what the paper's
tables hold. They are never mixed here.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from wam_core.errors import SettingsError
from wam_core.evaluation.curve import Curve, Curves

READINGS = ("petsiuk", "normalised")

Values = npt.NDArray[np.float64]


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

    Sparse features have told nearly everything at a few per cent, where the linear area sees
    nothing. A part that is more convincing than the whole is not rewarded where ``ceiling`` is p(x).

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


def sufficient(curve: Curve, index: int) -> float:
    """The smallest share whose insertion makes the class the prediction; 1 where none does."""
    named = np.flatnonzero((curve.best == index).numpy())
    return float(curve.shares[named[0]]) if len(named) else 1.0


def necessary(curve: Curve, index: int) -> float:
    """The smallest share whose deletion takes the prediction away; 1 where none does."""
    lost = np.flatnonzero((curve.best != index).numpy())
    return float(curve.shares[lost[0]]) if len(lost) else 1.0


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
