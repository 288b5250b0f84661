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
        values: shape (channel, *space), read-only; images are uint8 RGB, sounds float32 with full
            scale at ±1.
        modality: decides which networks can receive it.
        name: the file's name, for display only.
        sha256: of the file's bytes; of the values for a sample without a file.
        notes: one sentence for each conversion that decoding made.
        rate: samples per second of a sound; 0 for everything else.
        start: where an excerpt begins, in samples of the whole sound; None for the whole.
    """

    values: npt.NDArray[Any]
    modality: Modality
    name: str
    sha256: str
    notes: tuple[str, ...] = ()
    rate: int = 0
    start: int | None = None

    def __post_init__(self) -> None:
        self.values.setflags(write=False)

    @property
    def size(self) -> tuple[int, ...]:
        """The extent along each spatial axis, in array order (rows, columns for an image)."""
        return self.values.shape[1:]

    @property
    def seconds(self) -> float:
        """How long a sound lasts; 0 for everything else."""
        return self.size[-1] / self.rate if self.rate else 0.0

    @property
    def key(self) -> str:
        """A hex SHA-256 that tells excerpts of one file apart: what caches go by."""
        if self.start is None:
            return self.sha256
        place = f"{self.sha256} {self.start} {self.size[-1]}"
        return hashlib.sha256(place.encode()).hexdigest()

    @classmethod
    def from_values(
        cls, values: npt.NDArray[Any], modality: Modality, name: str, rate: int = 0
    ) -> "Signal":
        """A signal without a file; its hash covers shape, type, rate and numbers."""
        digest = hashlib.sha256(f"{values.shape}{values.dtype.str}{rate or ''}".encode())
        digest.update(np.ascontiguousarray(values).data)
        return cls(values, modality, name, digest.hexdigest(), rate=rate)
