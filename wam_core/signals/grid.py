"""What every volume has to be, whatever its file: finite numbers on three axes, not all the same."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError
from wam_core.signals.frame import Frame
from wam_core.signals.limits import Limits, size_text

Item = tuple[str, int]

# Beyond this, the squares of a volume no longer add up in single precision.
_LARGEST = 2.0**40
_KINDS = "buif"


@dataclass(frozen=True)
class Grid:
    """A volume as one of the readers gives it.

    Attributes:
        values: (a, b, c), real numbers in the file's own unit.
        frame: where the voxels lie.
        notes: one sentence for each conversion.
        series: how many volumes the file holds under each name; empty for a single one.
        item: which of them this is.
    """

    values: npt.NDArray[Any]
    frame: Frame = Frame()
    notes: tuple[str, ...] = ()
    series: tuple[Item, ...] = ()
    item: Item | None = None


def check_size(size: tuple[int, ...], name: str, limits: Limits) -> None:
    """Raise an InputError for more voxels than are taken, or none; to be asked before allocating."""
    if min(size) < 1:
        raise InputError(f"{name} has {size_text(size)} voxels, so it is empty")
    if math.prod(size) > limits.volume_voxels or max(size) > limits.volume_side:
        raise InputError(
            f"{name} has {size_text(size)} voxels, more than the "
            f"{limits.volume_voxels / 1e6:.3g} million and {limits.volume_side:,} a side that are "
            "accepted, so it has to be cropped or resampled"
        )


def check_type(dtype: np.dtype[Any], name: str) -> None:
    """Raise an InputError for anything but real numbers of up to 64 bits."""
    if dtype.hasobject:
        raise InputError(
            f"{name} holds pickled Python objects, which are never opened; "
            "arrays of numbers are accepted"
        )
    if dtype.fields is not None:
        raise InputError(
            f"each voxel of {name} holds several values ({', '.join(dtype.fields)}); "
            "one number a voxel is accepted"
        )
    if dtype.kind not in _KINDS or dtype.itemsize > 8 or dtype.shape:
        raise InputError(
            f"{name} holds values of type {dtype}; real numbers of up to 64 bits are accepted"
        )


def settled(values: npt.NDArray[Any], name: str) -> tuple[npt.NDArray[Any], tuple[str, ...]]:
    """The numbers as a signal keeps them, (1, a, b, c), and what to say about it.

    Two values become uint8, 0 empty and 1 filled; all others float32 in the file's own unit.

    Raises:
        InputError: values that are not finite or beyond ±2^40, or the same everywhere.
    """
    if values.dtype.kind == "f":
        wrong = values.size - int(np.count_nonzero(np.isfinite(values)))
        if wrong:
            raise InputError(
                f"{name} holds NaN or infinite values in {wrong:,} of its {values.size:,} voxels; "
                "finite numbers are accepted"
            )
    low, high = values.min().item(), values.max().item()
    if max(-float(low), float(high)) > _LARGEST:
        raise InputError(
            f"{name} holds values from {low:.3g} to {high:.3g}; "
            f"numbers between ±{_LARGEST:.2g} are accepted"
        )
    if low == high:
        what = "only zeros, so nothing is filled" if low == 0 else f"the same value, {low:.4g},"
        raise InputError(
            f"{name} holds {what} in its {size_text(values.shape)} voxels, "
            "and there is nothing to explain"
        )
    if values.dtype == bool:  # it says itself what it means
        return values.astype(np.uint8)[None], ()
    filled = values == high
    if int(np.count_nonzero(filled)) + int(np.count_nonzero(values == low)) == values.size:
        note = f"Only two values, {low:.4g} and {high:.4g}: taken as empty and filled."
        return np.ascontiguousarray(filled, np.uint8)[None], (note,)
    return np.ascontiguousarray(values, np.float32)[None], ()


def which(series: tuple[Item, ...], item: Item | None, name: str) -> Item:
    """The volume that is meant: ``item``, or the first of a test part, or the first of all.

    Raises:
        InputError: an item that the file does not hold.
    """
    if item is None:
        tests = [part for part, _ in series if part == "test"]
        return (tests[0] if tests else series[0][0], 0)
    part, number = item
    if not 0 <= number < dict(series).get(part, 0):
        held = ", ".join(f"{part} 0 to {count - 1:,}" for part, count in series)
        raise InputError(f"item {part} {number:,} of {name} was asked for; it holds {held}")
    return item
