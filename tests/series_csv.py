"""The decoder of a kind of input that only tests know: a column of numbers under the word ``series``.

It is loaded in the process that decodes, and so imports nothing but ``wam_core.signals``.
"""

import hashlib

import numpy as np

from wam_core.errors import InputError
from wam_core.signals.intake import Decoder, register
from wam_core.signals.limits import Limits
from wam_core.signals.signal import Signal

HEAD = b"series\n"


def decode(data: bytes, name: str, limits: Limits) -> Signal:
    """A number a line."""
    try:
        values = np.array(data[len(HEAD) :].split(), np.float32)
    except ValueError:
        raise InputError(f"{name} holds something that is no number") from None
    if not values.size:
        raise InputError(f"{name} holds no numbers")
    return Signal(values[None], "series", name, hashlib.sha256(data).hexdigest())


register(Decoder("series", lambda data: data.startswith(HEAD), lambda limits: "CSV series", decode))
