"""The type checker that pytest's jaxtyping plugin puts on every function of ours: arrays only.

beartype alone would also refuse an int where a float is meant, a BytesIO as IO[bytes], and the
wrong words that tests hand in on purpose, before our own errors are reached. Those are mypy's
business; what mypy cannot see is the shapes.
"""

from collections.abc import Callable
from typing import Any

from beartype import beartype


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Check the annotations in which jaxtyping's arrays occur; jaxtyping passes a stand-in here."""
    function.__annotations__ = {
        name: hint for name, hint in function.__annotations__.items() if "jaxtyping" in repr(hint)
    }
    return beartype(function)
