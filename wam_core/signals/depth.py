"""Pixels of more than eight bits, of either sign or in floating point → eight bits."""

from typing import Any

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError
from wam_core.signals.colour import Pixels

STRETCHED = "stretched"
# Below this share of sixteen bits a picture looks black: cameras and microscopes store 12 in 16.
_DIM = 1 / 8


def eight_bits(
    values: npt.NDArray[Any],
    name: str,
    notes: list[str],
    clear: int | None = None,
    stretched: bool = False,
) -> Pixels:
    """Numbers as uint8 of the same shape.

    Whole numbers of sixteen bits are divided by 257 and rounded, floating point from 0 to 1 is
    multiplied by 255.

    Args:
        values: grey or colours.
        name: for messages.
        notes: a sentence is added for each conversion.
        clear: the value that is transparent, which becomes white.
        stretched: let the largest value be white instead.

    Raises:
        InputError: NaN, or values outside of these ranges.
    """
    if values.dtype.kind not in "buif":
        raise InputError(f"{name} holds {values.dtype} numbers; real numbers are accepted")
    if values.dtype.kind == "f":
        pixels = _from_float(values, name, notes)
    elif values.dtype in (np.uint8, np.bool_):
        pixels = values * np.uint8(255) if values.dtype == np.bool_ else values
    else:
        pixels = _from_whole(values.astype(np.int64), values.dtype.itemsize, name, notes, stretched)
    if clear is not None:
        pixels = np.where(values == clear, np.uint8(255), pixels)
        notes.append("Transparent parts were laid over white.")
    return pixels


def is_dim(values: npt.NDArray[Any]) -> bool:
    """Whether sixteen bits are stored and hardly used."""
    if values.dtype.kind not in "ui" or values.dtype.itemsize < 2:
        return False
    return bool(0 < values.max() < _DIM * 65535)


def _from_float(values: npt.NDArray[Any], name: str, notes: list[str]) -> Pixels:
    if not np.isfinite(values).all():
        raise InputError(f"{name} holds NaN or infinite values; finite numbers are accepted")
    low, high = float(values.min()), float(values.max())
    if low < 0 or high > 1:
        raise InputError(
            f"{name} holds floating-point values from {low:.3g} to {high:.3g}; "
            "for a picture, 0 (black) to 1 (white) is accepted"
        )
    notes.append("Floating-point values from 0 to 1 were multiplied by 255.")
    return np.asarray(np.rint(values.astype(np.float64) * 255), np.uint8)


def _from_whole(
    values: npt.NDArray[np.int64], width: int, name: str, notes: list[str], stretched: bool
) -> Pixels:
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65535:
        raise InputError(
            f"{name} holds whole numbers from {low} to {high}; "
            "for a picture, 0 to 65535 (sixteen bits) is accepted"
        )
    if width == 1:
        return values.astype(np.uint8)
    if width > 2:
        notes.append("Whole numbers were read as sixteen bits and reduced to eight.")
    if stretched and high:
        notes.append(f"Values from 0 to {high:,} were stretched to 0 to 255.")
        return np.asarray(np.rint(values * (255.0 / high)), np.uint8)
    if 0 < high < _DIM * 65535:
        notes.append(
            f"The picture uses {high / 655.35:.2g} % of its range of sixteen bits, so it is dark; "
            "it can be stretched."
        )
    return np.asarray((values + 128) // 257, np.uint8)  # 65535 = 255 × 257
