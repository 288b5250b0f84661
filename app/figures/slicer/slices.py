"""A volume and its attribution as the browser receives them: few enough voxels, few enough bits."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from app.figures.slicer.heat import Heat

Floats = npt.NDArray[np.floating]
Shape = tuple[int, int, int]
Window = tuple[float, float]

MOST = 128
"""How many voxels per side the browser gets."""

_HOUNSFIELD = {
    "Soft tissue": (-160.0, 240.0),
    "Bone": (-500.0, 1300.0),
    "Lung": (-1350.0, 150.0),
}


@dataclass(frozen=True, eq=False)
class Slices:
    """What the slice viewer shows.

    Attributes:
        values: (a, b, c), finite, in ``unit``.
        heat: its attribution, of the same size.
        window: (low, high): what is black and what is white at first. None for an occupancy grid,
            which needs no window.
        presets: other windows by name; :func:`windows` makes the usual ones.
        unit: of ``values``, such as HU; may be empty.
        quantity: what ``values`` is; by default occupancy or intensity, as ``window`` says.
        spacing: from one voxel to the next along each axis, in ``spacing_unit``.
        spacing_unit: ``mm``; empty where only the ratios mean something.
        ends: what lies at the low and high end of each axis, as in a frame; () where not known.
        spatial: whether a scene in three dimensions is drawn as well.
        alt: its key numbers in words, for those who do not see it.

    Raises:
        ValueError: shapes that do not fit, a spacing that is not positive, numbers that are not.
    """

    values: Floats
    heat: Heat | None = None
    window: Window | None = None
    presets: Mapping[str, Window] = field(default_factory=lambda: MappingProxyType({}))
    unit: str = ""
    quantity: str = ""
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)
    spacing_unit: str = ""
    ends: tuple[tuple[str, str], ...] = ()
    spatial: bool = False
    alt: str = ""

    def __post_init__(self) -> None:
        if self.values.ndim != 3 or not self.values.size:
            raise ValueError(f"values has the shape {self.values.shape}; (a, b, c) is needed")
        if self.heat is not None and tuple(self.heat.size) != self.values.shape:
            raise ValueError(
                f"heat has the size {self.heat.size}; that of values, {self.values.shape}, is needed"
            )
        if not np.isfinite(np.sum(self.values, dtype=np.float64)):
            raise ValueError("values holds values that are not finite; numbers are needed")
        if not min(self.spacing) > 0:
            raise ValueError(f"spacing is {self.spacing}; it has to be above 0 along each axis")
        if self.ends and len(self.ends) != 3:
            raise ValueError(f"ends has {len(self.ends)} pairs; 3 or none are needed")

    @property
    def factors(self) -> Shape:
        """How many voxels along each axis become one for the browser."""
        a, b, c = (math.ceil(n / MOST) for n in self.values.shape)
        return a, b, c


def windows(values: Floats, unit: str = "") -> dict[str, Window]:
    """The usual windows of a volume by name, widest first; those of a CT where the unit is HU.

    >>> windows(np.arange(101.0).reshape(1, 1, 101))
    {'Full range': (0.0, 100.0), '1–99 %': (1.0, 99.0)}
    """
    low, high = np.percentile(values, [1, 99])
    found = {"Full range": (float(values.min()), float(values.max()))}
    if low < high:
        found["1–99 %"] = (float(low), float(high))
    return found | (_HOUNSFIELD if unit == "HU" else {})


def encoded(values: Floats) -> tuple[npt.NDArray[np.unsignedinteger[Any]], float, float]:
    """Integer codes of values, with ``low`` and ``step``: value = low + code · step.

    Eight bits where they hold every value, as for occupancy and photographs; else sixteen, as a
    narrow window of a CT would have but a few greys left of 256.
    """
    wide = np.ascontiguousarray(values, np.float64)
    low, high = float(wide.min()), float(wide.max())
    kinds: tuple[type[np.unsignedinteger[Any]], ...] = (np.uint8, np.uint16)
    for kind in kinds:
        step = (high - low) / np.iinfo(kind).max or 1.0
        codes = np.rint((wide - low) / step).astype(kind)
        if np.abs(low + codes * step - wide).max() <= 1e-6 * (high - low):
            break
    return codes, low, step
