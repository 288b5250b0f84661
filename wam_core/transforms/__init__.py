"""The transforms by name: how a signal is taken apart into bands.

A new one is a file in this folder and a line in this one (docs/how-to-add-a-transform.md).
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from wam_core.errors import SettingsError
from wam_core.transforms.base import Transform
from wam_core.transforms.dwt import BOUNDARIES, WAVELETS, DiscreteWaveletTransform

__all__ = [
    "BOUNDARIES",
    "DEFAULT",
    "WAVELETS",
    "Transform",
    "build",
    "from_settings",
    "names",
    "parameters",
    "register",
    "unregister",
]

DEFAULT = DiscreteWaveletTransform.name
"""The transform that is taken where nobody chose."""

T = TypeVar("T", bound=type[Transform])
_CLASSES: dict[str, type[Transform]] = {}


def register(transform: T) -> T:
    """Offer a transform by its name, in every front end; also as a decorator of the class.

    Raises:
        ValueError: another class has that name.
    """
    known = _CLASSES.setdefault(transform.name, transform)
    if known is not transform:
        raise ValueError(f"the transform {transform.name!r} is {known.__qualname__} already")
    return transform


def unregister(name: str) -> None:
    """Take a transform out again, as a test does with its own."""
    del _CLASSES[name]


def names() -> tuple[str, ...]:
    """Every registered transform, the default first."""
    return tuple(_CLASSES)


def parameters(name: str) -> tuple[str, ...]:
    """The settings that a transform takes.

    Raises:
        SettingsError: no such transform.

    >>> parameters("dwt")
    ('wavelet', 'levels', 'ndim', 'boundary')
    """
    return tuple(field.name for field in fields(_named(name)))  # type: ignore[arg-type]  # a dataclass


def build(name: str = DEFAULT, **settings: Any) -> Transform:
    """A transform by its name; settings that are None take its own defaults.

    Raises:
        SettingsError: no such transform, a setting it does not take, or a value it does not accept.

    >>> build("dwt", ndim=1, wavelet="db4", levels=2)
    DiscreteWaveletTransform(wavelet='db4', levels=2, ndim=1, boundary='reflect')
    """
    given = {setting: value for setting, value in settings.items() if value is not None}
    accepted = parameters(name)
    if unknown := [setting for setting in given if setting not in accepted]:
        raise SettingsError(
            f"the transform {name} takes no {unknown[0]}; it takes {', '.join(accepted)}"
        )
    return _named(name)(**given)


def from_settings(values: Mapping[str, Any]) -> Transform:
    """The transform whose ``settings`` these are; those of version 0.1 hold no name and are ``dwt``.

    >>> from_settings({"wavelet": "haar", "levels": 1, "ndim": 1, "boundary": "zero"}).name
    'dwt'
    """
    return build(values.get("name", DEFAULT), **{k: v for k, v in values.items() if k != "name"})


def _named(name: str) -> type[Transform]:
    if name not in _CLASSES:
        raise SettingsError(f"transform {name!r} is unknown; accepted: {', '.join(_CLASSES)}")
    return _CLASSES[name]


register(DiscreteWaveletTransform)
