"""Which network, and what it says."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.device import device

if TYPE_CHECKING:
    from wam_core import Classifier, Signal


def network(
    model: str | None, weights: Path | None, labels: Path | None, on: str, signal: "Signal"
) -> "Classifier":
    """The network that was asked for, or the embedded one for this kind of input."""
    import models as catalogue

    if weights is not None and model is not None:
        return catalogue.from_file(weights, model, labels, device(on))
    return catalogue.load(model or catalogue.default(signal.modality), device(on))


def judged(classifier: "Classifier", signal: "Signal") -> list[dict[str, Any]]:
    """The five most probable classes."""
    return classifier.top(classifier.predict(classifier.prepare(signal))[0])
