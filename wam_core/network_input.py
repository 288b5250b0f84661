"""Where what a network receives lies in the file: the part of a sound, the grid in a volume."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from wam_core.classifier import Classifier
from wam_core.signals.frame import Frame
from wam_core.signals.signal import Signal


@runtime_checkable
class _Placed(Protocol):
    """A front end that takes volumes."""

    def placement(self, signal: Signal) -> npt.NDArray[np.float64]:
        """The index of a cell that the network receives → the index in the signal, 4 × 4."""

    def spacing(self, signal: Signal) -> tuple[float, float, float]:
        """From one such cell to the next along each axis."""


@dataclass(frozen=True, eq=False)
class NetworkGrid:
    """The network's grid.

    Attributes:
        matrix: 4 × 4, the index of one of its cells → an index in the signal's values.
        spacing: from one cell to the next along each axis, in ``unit``.
        unit: ``mm``; empty where only the ratios mean something.
        ends: what lies at the ends of its axes, as ``Frame.ends``.
    """

    matrix: npt.NDArray[np.float64]
    spacing: tuple[float, float, float]
    unit: str
    ends: tuple[tuple[str, str], ...]


def network_grid(classifier: Classifier, signal: Signal) -> NetworkGrid:
    """Where a network's grid lies; a front end that does not say it takes volumes as they are."""
    frame, frontend = signal.frame or Frame(), classifier.frontend
    if isinstance(frontend, _Placed):
        matrix, spacing = frontend.placement(signal), frontend.spacing(signal)
    else:
        matrix, spacing = np.eye(4), frame.spacing
    return NetworkGrid(matrix, spacing, frame.unit, frame.ends)


@runtime_checkable
class _Described(Protocol):
    """A front end that says what it does to a signal."""

    def describe(self, signal: Signal) -> str:
        """In words, without a full stop."""


def description(classifier: Classifier, signal: Signal) -> str:
    """What a front end does to a signal, in words; empty where it does not say."""
    frontend = classifier.frontend
    return frontend.describe(signal) if isinstance(frontend, _Described) else ""


@runtime_checkable
class _Windowed(Protocol):
    """A front end that takes a part of a long sound."""

    def window(self, signal: Signal) -> tuple[int, int]:
        """Its first sample, and the one after its last."""


def rate(classifier: Classifier) -> int:
    """Samples per second of what a network receives; 0 where its front end does not say."""
    return int(classifier.frontend.settings().get("rate", 0))


def received(classifier: Classifier, signal: Signal) -> tuple[int, int]:
    """Which samples of the whole file the network receives, from the first to before the last."""
    begin, frontend = signal.start or 0, classifier.frontend
    start, stop = (
        frontend.window(signal) if isinstance(frontend, _Windowed) else (0, signal.size[-1])
    )
    return begin + start, begin + stop
