"""Kinds of input: what every screen, command, route and report asks of an image, a sound, a volume.

A kind is one object. Who holds a signal asks for its kind with :func:`of` and calls that, so nobody
else asks *which* kind it is; a kind that is added with :func:`register` appears everywhere.
"""

from collections.abc import Mapping
from importlib import import_module

import models
from app.kinds.base import Kind
from wam_core.errors import InputError
from wam_core.signals import Signal

__all__ = ["Kind", "all_kinds", "check_network", "check_options", "named", "of", "register"]

# Imported when a kind is first asked for: their modules import what draws them.
_BUILT_IN = ("app.kinds.image", "app.kinds.sound", "app.kinds.volume")
_registered: dict[str, Kind] = {}


def _kinds() -> dict[str, Kind]:
    built_in = [import_module(module).KIND for module in _BUILT_IN]
    return {kind.name: kind for kind in built_in} | _registered


def register(kind: Kind) -> None:
    """Add a kind of input; one of the same name is replaced."""
    _registered[kind.name] = kind


def all_kinds() -> tuple[Kind, ...]:
    """Every kind, in the order of menus.

    >>> [kind.name for kind in all_kinds()][:3]
    ['image', 'sound', 'volume']
    """
    return tuple(_kinds().values())


def named(name: str) -> Kind:
    """A kind by the name that stands in files and links.

    Raises:
        KeyError: there is none.
    """
    return _kinds()[name]


def of(signal: Signal) -> Kind:
    """The kind of a decoded input."""
    return named(signal.modality)


def check_options(signal: Signal, options: Mapping[str, object]) -> None:
    """Refuse an option of another kind of input; None counts as not given.

    Raises:
        InputError: names the first such option, and what the input is.
    """
    own = of(signal)
    for kind in all_kinds():
        for option in kind.options:
            if kind is not own and option not in own.options and options.get(option) is not None:
                raise InputError(
                    f"the option {option} is for {kind.plural}, and {signal.name} is {own.noun}"
                )


def check_network(model: str | None, signal: Signal, *, own: bool = False) -> None:
    """Refuse a network for another kind of input; before it is loaded, as that can take long.

    Args:
        model: its name, or the architecture of own weights; None takes the embedded one.
        signal: the input.
        own: whether its weights are the user's own.

    Raises:
        InputError: names what the network takes, or those there are for the input.
    """
    if model is None:
        return
    takes, kind = named(models.modality_of(model, own=own)), of(signal)
    if takes is kind:
        return
    given = f"{signal.name} is {kind.noun}"
    if model in models.names() or (own and model in (models.architectures(takes.name) or ())):
        raise InputError(f"{given}, and {model} is a network for {takes.plural}")
    known = models.architectures(kind.name) if own else models.names(kind.name)
    raise InputError(
        f"{given}, and {model!r} is none of the networks for {kind.plural}: {', '.join(known or ())}"
    )
