"""What may be asked of an explanation, by name: for the shell and the API alike.

Spelt out, as the core that knows the choices takes seconds to import; a test holds them equal to it.
What is not here has a default that depends on the kind of input (``wam_core.defaults``).
"""

from typing import Literal

Method = Literal[
    "gradient",
    "smoothgrad",
    "integrated",
    "path-signed",
    "smoothgrad-magnitude",
    "smoothgrad-integrated",
]
Padding = Literal["reflect", "symmetric", "zero", "periodic", "constant"]
Baseline = Literal["zero", "black", "mean", "blur", "noise"]
Rule = Literal["gauss-legendre", "trapezoid"]
Solid = Literal["shell", "filled"]
Up = Literal["x", "y", "z"]

BASELINE: Baseline = "zero"
RULE: Rule = "gauss-legendre"
TARGET = "auto"
SEED = 42


def parsed_item(text: str) -> tuple[str, int]:
    """Which volume of a file that holds several.

    Raises:
        ValueError: says what is needed.

    >>> parsed_item("test:3")
    ('test', 3)
    """
    part, _, number = text.rpartition(":")
    if not part or not number.isdecimal():
        raise ValueError(f"item is {text!r}; a part and a number are needed: test:3")
    return part, int(number)
