"""Which network, and what it says."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.inputs import KINDS
from app.device import device

if TYPE_CHECKING:
    from wam_core import Classifier, Signal


def check_kind(model: str | None, weights: Path | None, signal: "Signal") -> None:
    """Raise an InputError where the network is one for another kind of input.

    Before it is loaded, as that can take long. Every name that is neither in the catalogue nor, for
    own weights, a layout for sounds or volumes is one for images.
    """
    import models as catalogue
    from models import audio, volumes
    from wam_core.errors import InputError

    if model is None:
        return
    layouts = {"sound": audio.ARCHITECTURES, "volume": volumes.ARCHITECTURES}
    own = [kind for kind, known in layouts.items() if weights is not None and model in known]
    takes = own[0] if own else catalogue.spec(model).modality
    if takes == signal.modality:
        return
    given = f"{signal.name} is {KINDS[signal.modality]}"
    if own or model in catalogue.names():
        raise InputError(f"{given}, and {model} is a network for {takes}s")
    known = layouts[signal.modality] if weights is not None else catalogue.names(signal.modality)
    raise InputError(
        f"{given}, and {model!r} is none of the networks for {signal.modality}s: {', '.join(known)}"
    )


def network(
    model: str | None, weights: Path | None, labels: Path | None, on: str, signal: "Signal"
) -> "Classifier":
    """The network that was asked for, or the embedded one for this kind of input."""
    import models as catalogue

    if weights is not None and model is not None:
        return catalogue.from_file(weights, model, labels, device(on))
    return catalogue.load(model or catalogue.default(signal.modality), device(on))


def title(classifier: "Classifier") -> str:
    """Its name for people: that of the catalogue, else its own."""
    import models as catalogue

    known = classifier.name in catalogue.names()
    return catalogue.spec(classifier.name).title if known else classifier.name


def judged(classifier: "Classifier", signal: "Signal") -> list[dict[str, Any]]:
    """The five most probable classes."""
    return classifier.top(classifier.predict(classifier.prepare(signal))[0])
