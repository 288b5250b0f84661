"""Numbers as Plotly sends them to a browser."""

import base64
from typing import Any

import numpy as np
import numpy.typing as npt

_SHORT = {"float32": "f4", "uint16": "u2", "uint32": "u4"}


def typed(values: npt.NDArray[Any]) -> dict[str, str] | list[Any]:
    """A line of numbers as bytes in base64, what Plotly itself makes of it in the end.

    Given an array, it asks twice what kind of library that may come from: in a scene of 29 meshes
    of seven arrays that took as long as all surfaces.

    >>> typed(np.array([1, 2], np.uint16))
    {'dtype': 'u2', 'bdata': 'AQACAA=='}
    """
    if not values.size:
        return []
    line = np.ascontiguousarray(values)
    return {"dtype": _SHORT[line.dtype.name], "bdata": base64.b64encode(line).decode("ascii")}
