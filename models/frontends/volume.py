"""A volume → what a network receives: cropped, scaled by its true aspect, in the network's size."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from models.frontends.placing import Counts, Placing, Three, bounds
from models.frontends.resampling import averaged, interpolated, resampled
from wam_core.errors import InputError, ModelError
from wam_core.signals import VOLUME, Signal
from wam_core.signals.limits import size_text
from wam_core.signals.signal import noun

_LONGEST_SIDE = 512
_Array = npt.NDArray[Any]


@dataclass(frozen=True)
class VolumeFrontend:
    """Objects by what they fill, or scans by how bright they are; never turned.

    *occupancy*: what is filled (of an intensity volume: what lies above half of its range) is
    cropped, scaled so that its longest side is ``extent`` cells, and put into the middle of
    ``size``. A cell is filled where a large enough share of it is: half, or less where cells are
    larger than voxels, so that a wall one voxel thick never disappears. A volume that has the
    network's size already passes as it is.

    *intensity*: the whole volume in ``size``, by its true aspect with 0 around or, with
    ``stretch``, each axis for itself; scaled to 0 … 1. Whole numbers from 0 to 255 are divided by
    255, everything else by its own range.

    Attributes:
        size: what the network receives, in cells.
        kind: ``occupancy`` or ``intensity``.
        extent: the longest side of an object, in cells; of no use to intensities.
        channels: how often the volume is repeated.
        stretch: whether the proportions of a scan are given up.

    >>> ball = Signal.from_values(np.ones((1, 5, 5, 5), np.uint8), "volume", "ball")
    >>> int(VolumeFrontend((30, 30, 30), extent=24).prepare(ball).sum())
    13824
    """

    size: tuple[int, int, int]
    kind: Literal["occupancy", "intensity"] = "occupancy"
    extent: int = 0
    channels: int = 1
    stretch: bool = False

    def __post_init__(self) -> None:
        """Raise a ModelError for a grid that no volume could be put on."""
        if len(self.size) != 3 or not all(0 < side <= _LONGEST_SIDE for side in self.size):
            raise ModelError(
                f"the network takes {self.size} cells; three sides of 1 to {_LONGEST_SIDE} "
                "are accepted"
            )
        if self.kind == "occupancy" and not 0 < self.extent <= min(self.size):
            raise ModelError(
                f"the network takes objects of {self.extent} cells in {size_text(self.size)}; "
                f"1 to {min(self.size)} are accepted"
            )
        if self.channels < 1:
            raise ModelError(f"the network takes {self.channels} channels; at least 1 is accepted")

    valid: ClassVar[tuple[float, float]] = (0.0, 1.0)

    @property
    def ndim(self) -> int:
        """Three."""
        return 3

    def prepare(self, signal: Signal) -> Float[Tensor, "1 c d h w"]:
        """The volume on the network's grid, 0 (empty, dark) to 1 (filled, bright).

        Raises:
            InputError: not a volume, or one with nothing in it.
        """
        grid = self._occupied(signal) if self.kind == "occupancy" else self._graded(signal)
        x = torch.from_numpy(np.array(grid, np.float32))
        return x.expand(1, self.channels, *self.size).clone()

    def denormalize(self, x: Float[Tensor, "b c d h w"]) -> Float[Tensor, "b c d h w"]:
        """The volume as it is: 0 is empty or dark, 1 filled or bright."""
        return x

    def normalize(self, values: Float[Tensor, "b c d h w"]) -> Float[Tensor, "b c d h w"]:
        """The volume as it is."""
        return values

    def settings(self) -> Mapping[str, Any]:
        """Every field, as JSON values."""
        fields = asdict(self)
        # "kind" tells front ends apart; which of the two this one is has a name of its own
        return {**fields, "kind": VOLUME, "of": fields["kind"], "size": list(self.size)}

    def placement(self, signal: Signal) -> npt.NDArray[np.float64]:
        """4 × 4: the centre of a cell that the network receives → its indices in the signal.

        Both count from 0 at the centre of the first cell and voxel; homogeneous coordinates.

        Raises:
            InputError: not a volume, or one with nothing in it.
        """
        return self._placing(signal, self._filled(signal)).matrix

    def spacing(self, signal: Signal) -> Three:
        """The size of a cell that the network receives, in the unit of the signal's frame.

        Raises:
            InputError: not a volume, or one with nothing in it.
        """
        return self._placing(signal, self._filled(signal)).cell

    def describe(self, signal: Signal) -> str:
        """What becomes of a volume, in one sentence without a full stop."""
        filled = self._filled(signal)
        placing = self._placing(signal, filled)
        size = signal.size
        parts = [f"{size_text(size)} voxels"]
        spacing = _spacing(signal)
        if max(spacing) > 1.001 * min(spacing) and signal.frame is not None:
            unit = signal.frame.voxel or " × ".join(f"{step:.3g}" for step in spacing)
            parts[0] += f" of {unit}"
        if filled is None:
            parts.append(_scaling(signal.values)[2])
            if self._asis(signal):
                return ", ".join((*parts, "in their own size"))
            if self.stretch:
                return ", ".join((*parts, f"resampled to {size_text(self.size)}"))
            longest = max(map(round, np.divide(placing.taken, placing.step)))
            return ", ".join((*parts, f"scaled to {longest} cells, in {size_text(self.size)}"))
        if signal.values.dtype != np.uint8:
            parts.append(f"filled above {_half(signal.values):.4g}, half of the range")
        if self._asis(signal):
            return ", ".join((*parts, "as they are"))
        if placing.taken != size:
            parts.append(f"cropped to {size_text(placing.taken)}")
        return ", ".join((*parts, f"scaled to {self.extent} cells, in {size_text(self.size)}"))

    def _occupied(self, signal: Signal) -> _Array:
        filled = self._filled(signal)
        assert filled is not None
        placing = self._placing(signal, filled)
        if self._asis(signal):
            return filled
        cut = filled[tuple(map(slice, placing.low, placing.high))]
        share = resampled(cut, placing.weights(self.size, averaged))
        # A wall of one voxel that lies astride two cells fills this share of each.
        astride = min(_spacing(signal)) / (2 * max(placing.cell))
        grid: _Array = share >= min(0.5, astride) - 1e-5
        return grid

    def _graded(self, signal: Signal) -> _Array:
        placing = self._placing(signal, self._filled(signal))
        low, high, _ = _scaling(signal.values)
        values: _Array = signal.values[0].astype(np.float32)
        values = (values - np.float32(low)) / np.float32(high - low)
        if self._asis(signal):
            return values
        return resampled(values, placing.weights(self.size, interpolated))

    def _asis(self, signal: Signal) -> bool:
        """Whether the signal has the network's size and proportions already."""
        spacing = _spacing(signal)
        return signal.size == self.size and (self.stretch or max(spacing) <= 1.001 * min(spacing))

    def _placing(self, signal: Signal, filled: _Array | None) -> Placing:
        spacing = _spacing(signal)
        voxels: Counts = (signal.size[0], signal.size[1], signal.size[2])
        if self._asis(signal):
            return Placing((0, 0, 0), voxels, (0, 0, 0), (1.0, 1.0, 1.0), spacing)
        low, high = ((0, 0, 0), voxels) if filled is None else bounds(filled)
        sides = [(b - a) * gap for a, b, gap in zip(low, high, spacing, strict=True)]
        each = [side / cells for side, cells in zip(sides, self.size, strict=True)]
        cell: Three = (each[0], each[1], each[2])
        if filled is not None:
            cell = (max(sides) / self.extent,) * 3
        elif not self.stretch:
            cell = (max(each),) * 3
        return Placing.centred(low, high, spacing, cell, self.size)

    def _filled(self, signal: Signal) -> _Array | None:
        """What is filled (d, h, w), for a network that asks for it."""
        if signal.modality != VOLUME:
            raise InputError(f"{signal.name} is {noun(signal.modality)}; a volume is expected")
        values = signal.values[0]
        if self.kind == "intensity":
            if (low := values.min()) == values.max():
                raise InputError(f"{signal.name} has the same value ({low:g}) everywhere")
            return None
        filled: _Array = values > (0 if values.dtype == np.uint8 else _half(signal.values))
        if not filled.any():
            raise InputError(f"{signal.name} is empty: none of its voxels is filled")
        return filled


def _spacing(signal: Signal) -> Three:
    return (1.0, 1.0, 1.0) if signal.frame is None else signal.frame.spacing


def _half(values: _Array) -> float:
    """The middle of the range."""
    return (float(values.min()) + float(values.max())) / 2


def _scaling(values: _Array) -> tuple[float, float, str]:
    """What becomes 0, what becomes 1, and that in words."""
    low, high = float(values.min()), float(values.max())
    if values.dtype == np.uint8 and high <= 1:
        return 0.0, 1.0, "0 and 1 as they are"
    if low >= 0 and 1 < high <= 255 and bool((values == np.rint(values)).all()):
        return 0.0, 255.0, "divided by 255"
    return low, high, f"{low:.4g} … {high:.4g} brought to 0 … 1"
