"""Volumes brought to another grid, an axis at a time: averages over cells, or interpolation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.float32]

_SLAB = 32  # planes that are turned into float32 at once


def averaged(voxels: int, cells: int, start: int, step: float) -> Weights:
    """(cells, voxels): the share of each cell that each voxel covers; outside is empty.

    Args:
        voxels: that there are along the axis.
        cells: that are asked for.
        start: the cell on whose low edge the first voxel begins.
        step: voxels per cell.

    >>> averaged(4, 2, 0, 2.0)
    array([[0.5, 0.5, 0. , 0. ],
           [0. , 0. , 0.5, 0.5]], dtype=float32)
    """
    low = (np.arange(cells)[:, None] - start) * step
    voxel = np.arange(voxels)[None]
    shared = np.minimum(low + step, voxel + 1) - np.maximum(low, voxel)
    weights: Weights = (np.clip(shared, 0, None) / step).astype(np.float32)
    return weights


def interpolated(voxels: int, cells: int, start: int, step: float) -> Weights:
    """(cells, voxels): linear interpolation, as wide as a cell where cells are the larger ones.

    A cell whose centre lies outside is 0. The arguments are those of :func:`averaged`.

    >>> interpolated(3, 3, 0, 1.0)
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    centre = (np.arange(cells)[:, None] + 0.5 - start) * step
    away = np.abs(np.arange(voxels)[None] + 0.5 - centre)
    tent = np.clip(1 - away / max(step, 1.0), 0, None)
    tent[((centre < 0) | (centre > voxels))[:, 0]] = 0
    total = tent.sum(1, keepdims=True)
    weights: Weights = np.divide(tent, total, out=tent, where=total > 0).astype(np.float32)
    return weights


def resampled(values: npt.NDArray[Any], weights: Sequence[Weights]) -> npt.NDArray[np.float32]:
    """A volume (a, b, c) with the weights of each axis applied; memory for one slab at a time."""
    first, second, third = weights
    out = np.zeros((len(first), len(second), len(third)), np.float32)
    for at in range(0, len(values), _SLAB):
        slab = values[at : at + _SLAB].astype(np.float32) @ third.T
        slab = second @ slab
        out += np.tensordot(first[:, at : at + _SLAB], slab, axes=1)
    return out
