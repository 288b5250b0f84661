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
    from wam_core.errors import InputError

    if model is None:
        return
    takes, kind = kinds.named(catalogue.modality_of(model, own=own)), kinds.of(signal)
    if takes is kind:
        return
    given = f"{signal.name} is {kind.noun}"
    if model in catalogue.names() or (own and model in (catalogue.architectures(takes.name) or ())):
        raise InputError(f"{given}, and {model} is a network for {takes.plural}")
    known = catalogue.architectures(kind.name) if own else catalogue.names(kind.name)
    raise InputError(
        f"{given}, and {model!r} is none of the networks for {kind.plural}: {', '.join(known or ())}"
    )
