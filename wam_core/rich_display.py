"""How a value finds the function that a notebook shows it with.

A notebook asks the value itself (``_repr_html_``), but what draws it is far above its class and
takes long to import. So that function is registered by the name of the class, and imported when it
is first called.
"""

from collections.abc import Callable
from typing import Any

_VIEWS: dict[str, Callable[[Any], str]] = {}
_FIGURES: dict[str, Callable[[Any], Any]] = {}


def register(type_name: str, view: Callable[[Any], str]) -> None:
    """Show values of a class, and of those below it, by what ``view`` returns: a piece of HTML.

    >>> register("Answer", lambda value: f"<b>{value}</b>")
    >>> class Answer(int):
    ...     _repr_html_ = html
    >>> Answer(42)._repr_html_()
    '<b>42</b>'
    """
    _VIEWS[type_name] = view


def register_figure(type_name: str, draw: Callable[[Any], Any]) -> None:
    """Draw values of a class, and of those below it, by ``draw``."""
    _FIGURES[type_name] = draw


def figure(value: Any) -> Any:
    """The figure of a value.

    Raises:
        TypeError: no function is registered for its class.
    """
    for known in type(value).__mro__:
        if (draw := _FIGURES.get(known.__name__)) is not None:
            return draw(value)
    raise TypeError(f"nothing draws a {type(value).__name__}")


def html(value: Any) -> str | None:
    """The HTML of a value; None where no function is registered, and a notebook shows its repr."""
    for known in type(value).__mro__:
        if (view := _VIEWS.get(known.__name__)) is not None:
            return view(value)
    return None
