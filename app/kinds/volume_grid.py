"""Where a volume's result lies, and what of it is drawn: grids, views, units."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import streamlit as st
from torch import Tensor

from app.figures import orthographic
from app.figures.units import Voxels
from app.kinds.received import axis_ends, volume_voxels
from app.session import Explained
from wam_core import Signal, export
from wam_core.bands import Layout
from wam_core.network_input import description
from wam_core.plot.colour import grey
from wam_core.plot.planes import planes
from wam_core.signals.limits import size_text

Grid = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]
Ends = tuple[tuple[str, str], ...]

EMPTY_TO_FULL = (0.0, 1.0)


@dataclass(frozen=True)
class GridInfo:
    """The grid that a network receives.

    Attributes:
        spacing: from one voxel of it to the next along each axis, in ``unit``.
        unit: ``mm``; empty where only the ratios mean something.
        ends: what lies at the low and at the high end of each axis; () where that is not known.
        made: in words, how the grid came about.
        solid: whether it holds nothing but 0 and 1.
    """

    spacing: tuple[float, float, float]
    unit: str
    ends: Ends
    made: str
    solid: bool

    def units(self, layout: Layout) -> Voxels:
        """The names of its bands."""
        return Voxels(layout, self.spacing, self.unit, self.ends)


def grid_info(explained: Explained) -> GridInfo:
    """The grid that was explained; worked out once, as a scan may be large."""
    return _grid_info(explained.key, explained)


@st.cache_data(scope="session", max_entries=4, show_spinner=False)
def _grid_info(key: str, _explained: Explained) -> GridInfo:
    signal, net = _explained.subject.signal, _explained.subject.net
    x = _explained.result.input
    return GridInfo(
        spacing=export.network_grid(net, signal).spacing,
        unit=signal.frame.unit if signal.frame else "",
        ends=axis_ends(signal),
        made=description(net, signal),
        solid=bool(((x == 0) | (x == 1)).all()),
    )


def original(signal: Signal) -> tuple[Picture, str]:
    """What was uploaded, seen through from three sides; and its name and size in words."""
    voxel = f" of {signal.frame.voxel}" if signal.frame and signal.frame.voxel else ""
    return _original(signal.key, signal), f"{signal.name}, {size_text(signal.size)} voxels{voxel}"


@st.cache_data(scope="session", max_entries=4, show_spinner=False)
def _original(key: str, _signal: Signal) -> Picture:
    spacing = _signal.frame.spacing if _signal.frame else (1.0, 1.0, 1.0)
    values = _signal.values[0].astype(np.float32)
    return orthographic.picture(values, planes(axis_ends(_signal)), spacing=spacing)


def through(explained: Explained, x: Tensor, side: int = 360) -> Picture:
    """Something of the network's size, seen through from three sides; as bright as the input."""
    here, whole = grid_info(explained), grid(explained, explained.result.input)
    brightest = max(float(orthographic.density(whole, axis).max()) for axis in range(3))
    paint = partial(grey, limits=(0.0, brightest))
    return orthographic.picture(
        grid(explained, x), planes(here.ends), paint, spacing=here.spacing, side=side
    )


def seen_through(ends: Ends) -> str:
    """What the three views in one picture are."""
    return "seen through: " + ", ".join(plane.title for plane in planes(ends)).lower()


def grid(explained: Explained, x: Tensor) -> Grid:
    """What the network receives (or would), as :func:`app.kinds.received.volume_voxels`."""
    return volume_voxels(explained.subject.net, x)
