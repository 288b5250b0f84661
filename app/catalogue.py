"""Which networks there are, and which of them fits a kind of input."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wam_core import Signal


def listed() -> list[dict[str, Any]]:
    """The catalogue, with whether each network can be loaded without any connection."""
    import models as catalogue

    return [
        {**asdict(catalogue.spec(name)), "available": catalogue.available(name)}
        for name in catalogue.names()
    ]


def check_kind(model: str | None, signal: "Signal", *, own: bool = False) -> None:
    """Raise an InputError where the network is one for another kind of input.

    Before it is loaded, as that can take long. Every name that is neither in the catalogue nor, for
    own weights, a layout for sounds or volumes is one for images.

    Args:
        model: its name, or the layout of own weights; None takes the embedded one.
        signal: the input.
        own: whether its weights are the user's own.
    """
    import models as catalogue
    from app import kinds
    from models import audio, volumes
    from wam_core.errors import InputError

    if model is None:
        return
    layouts = {"sound": audio.ARCHITECTURES, "volume": volumes.ARCHITECTURES}
    layout = [kind for kind, known in layouts.items() if own and model in known]
    takes = layout[0] if layout else catalogue.spec(model).modality
    if takes == signal.modality:
        return
    given = f"{signal.name} is {kinds.of(signal).noun}"
    if layout or model in catalogue.names():
        raise InputError(f"{given}, and {model} is a network for {takes}s")
    known = layouts[signal.modality] if own else catalogue.names(signal.modality)
    raise InputError(
        f"{given}, and {model!r} is none of the networks for {signal.modality}s: {', '.join(known)}"
    )
