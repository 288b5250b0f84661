"""A decoded input, before any network has touched it."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from wam_core.signals.frame import Frame

Modality = str
"""The name of a kind of input: one of these, or of a kind that was registered."""

IMAGE: Final = "image"
SOUND: Final = "sound"
VOLUME: Final = "volume"


def noun(modality: Modality) -> str:
    """A kind of input with its article.

    >>> noun("image"), noun("sound")
    ('an image', 'a sound')
    """
    return f"{'an' if modality[0] in 'aeiou' else 'a'} {modality}"


@dataclass(frozen=True, eq=False)
class Signal:
    """What a file holds: numbers on a grid, and where they came from.

    Attributes:
        values: shape (channel, *space), read-only; images are uint8 RGB, sounds float32 with full
            scale at ±1, volumes uint8 0/1 where they say what is filled and float32 otherwise.
        modality: decides which networks can receive it.
        name: the file's name, for display only.
        sha256: of the file's bytes; of the values for a sample without a file.
        notes: one sentence for each conversion that decoding made.
        rate: samples per second of a sound; 0 for everything else.
        start: where an excerpt begins, in samples of the whole sound; None for the whole.
        frame: where the voxels of a volume lie; None for everything else.
        series: for a file that holds several volumes, how many there are under each name.
        item: which of them this is, as a name of ``series`` and a number from 0.
        edits: what was done to a volume at its owner's wish, such as filling a shell.
    """

    values: npt.NDArray[Any]
    modality: Modality
    name: str
    sha256: str
    notes: tuple[str, ...] = ()
    rate: int = 0
    start: int | None = None
    frame: Frame | None = None
    series: tuple[tuple[str, int], ...] = ()
    item: tuple[str, int] | None = None
    edits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.values.setflags(write=False)

    @property
    def size(self) -> tuple[int, ...]:
        """The extent along each spatial axis, in array order (rows, columns for an image)."""
        return self.values.shape[1:]

    @property
    def full_scale(self) -> float:
        """The number in ``values`` that stands for 1: 255 in a picture."""
        return 255.0 if self.modality == IMAGE else 1.0

    @property
    def holds_several(self) -> bool:
        """Whether its file holds other signals too."""
        return sum(count for _, count in self.series) > 1

    @property
    def seconds(self) -> float:
        """How long a sound lasts; 0 for everything else."""
        return self.size[-1] / self.rate if self.rate else 0.0

    @property
    def key(self) -> str:
        """A hex SHA-256 that tells apart what came from one file: what caches go by."""
        if self.start is None and self.item is None and not self.edits:
            return self.sha256
        description = f"{self.sha256} {self.start} {self.size[-1]} {self.item} {self.edits}"
        return hashlib.sha256(description.encode()).hexdigest()

    @classmethod
    def from_values(
        cls, values: npt.NDArray[Any], modality: Modality, name: str, rate: int = 0
    ) -> "Signal":
        """A signal without a file; its hash covers shape, type, rate and numbers."""
        digest = hashlib.sha256(f"{values.shape}{values.dtype.str}{rate or ''}".encode())
        digest.update(np.ascontiguousarray(values).data)
        return cls(values, modality, name, digest.hexdigest(), rate=rate)
