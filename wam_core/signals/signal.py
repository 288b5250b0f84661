"""A decoded input, before any network has touched it."""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Modality = Literal["image", "sound", "volume"]


@dataclass(frozen=True, eq=False)
class Signal:
    """What a file holds: numbers on a grid, and where they came from.

    Attributes:
        values: shape (channel, *space), read-only; images are uint8 RGB.
        modality: decides which networks can receive it.
        name: the file's name, for display only.
        sha256: of the file's bytes; of the values for a sample without a file.
        notes: one sentence for each conversion that decoding made.
    """

    values: npt.NDArray[Any]
    modality: Modality
    name: str
    sha256: str
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.values.setflags(write=False)

    @property
    def size(self) -> tuple[int, ...]:
        """The extent along each spatial axis, in array order (rows, columns for an image)."""
        return self.values.shape[1:]

    @classmethod
    def from_values(cls, values: npt.NDArray[Any], modality: Modality, name: str) -> "Signal":
        """A signal without a file; its hash covers shape, type and numbers."""
        digest = hashlib.sha256(f"{values.shape}{values.dtype.str}".encode())
        digest.update(np.ascontiguousarray(values).data)
        return cls(values, modality, name, digest.hexdigest())
