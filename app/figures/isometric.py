"""A volume in one still picture, from the front right: cubes, shaded, with marked voxels in colour."""

import numpy as np
import numpy.typing as npt

from wam_core.plot.colour import paint
from wam_core.plot.planes import Ends, directions

Volume = npt.NDArray[np.floating]
Picture = npt.NDArray[np.uint8]

TURNED, RAISED = 38.0, 26.0
"""Where it is seen from: degrees to the right of the front, and above it."""

_MOST = 64  # voxels along the longest side; of larger volumes every second is drawn, or fewer
_GREY = np.array([150, 153, 166], np.float32)
_LIGHT = np.array([-0.45, 0.6, 0.66]) / np.linalg.norm([-0.45, 0.6, 0.66])
_FIT = 0.97


def picture(
    values: Volume,
    level: float,
    ends: Ends = (),
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0),
    side: int = 420,
    marked: Volume | None = None,
) -> Picture:
    """The object and marked voxels, uint8 RGBA (side, side, 4); clear where nothing is.

    There is no perspective. Marked voxels are seen through the object.

    Args:
        values: (a, b, c).
        level: at least this belongs to the object.
        ends: what lies at the ends of the axes, for which way is up and which is the front.
        spacing: from one voxel to the next along each axis.
        side: in pixels.
        marked: 0 … 1 where a voxel is marked, NaN elsewhere; of the same shape.
    """
    stride = -(-max(values.shape) // _MOST)
    few = (slice(None, None, stride),) * 3
    towards = directions(ends)
    order = [each.axis for each in towards]
    turned = (slice(None, None, each.sign) for each in towards)
    place = tuple(turned)
    cell = np.array([spacing[axis] for axis in order]) * stride

    def laid(volume: Volume) -> Volume:
        return np.asarray(volume[few].transpose(order)[place])

    solid = _drawn(laid(values) >= level, None, cell, side)
    if marked is None:
        return solid
    spots = laid(marked)
    over = _drawn(np.isfinite(spots), spots, cell, side)
    return np.where(over[..., 3:] > 0, over, solid)


def _drawn(
    inside: npt.NDArray[np.bool_],
    strength: Volume | None,
    cell: npt.NDArray[np.floating],
    side: int,
) -> Picture:
    """Cubes painted from the back to the front; axes run to the right, to the back and up."""
    turn, rise = np.radians(TURNED), np.radians(RAISED)
    right = np.array([np.cos(turn), np.sin(turn), 0.0])
    up = np.array([-np.sin(turn) * np.sin(rise), np.cos(turn) * np.sin(rise), np.cos(rise)])
    near = np.array([np.sin(turn) * np.cos(rise), -np.cos(turn) * np.cos(rise), np.sin(rise)])
    extent = np.array(inside.shape) * cell
    scale = _FIT * side / np.linalg.norm(extent)
    # from the far to the near end of every axis: what comes later covers what came before
    flips = tuple(slice(None, None, -1 if part < 0 else 1) for part in near)
    voxels = np.argwhere(_open(inside[flips]))
    for axis, part in enumerate(near):
        if part < 0:
            voxels[:, axis] = inside.shape[axis] - 1 - voxels[:, axis]
    at = (voxels - (np.array(inside.shape) - 1) / 2) * cell * scale
    across, down = side / 2 + at @ right, side / 2 - at @ up
    reach = int(np.ceil(scale * np.linalg.norm(cell) / 2)) + 1
    offsets = np.arange(-reach, reach + 1)
    x, y = (part.ravel() for part in np.meshgrid(offsets, offsets))
    image = np.zeros((side, side, 4), np.uint8)
    inks = (
        np.full((len(voxels), 3), _GREY) if strength is None else _inks(strength[tuple(voxels.T)])
    )
    columns, rows = np.rint(across).astype(int), np.rint(down).astype(int)
    shades, covered = _cube(
        x, y, np.stack([right, -up]), near, np.stack([right, up, near]), cell * scale
    )
    x, y, shades = x[covered], y[covered], shades[covered]
    i, j = rows[:, None] + y, columns[:, None] + x
    within = (i >= 0) & (i < side) & (j >= 0) & (j < side)
    colours = np.rint(inks[:, None] * shades[None, :, None]).astype(np.uint8)
    image[i[within], j[within], :3] = colours[within]
    image[i[within], j[within], 3] = 255
    return image


def _open(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The voxels with no neighbour after them along one axis or more: no others can be seen."""
    hidden = inside.copy()
    for axis in range(3):
        hidden &= np.roll(np.pad(inside, [(0, int(k == axis)) for k in range(3)]), -1, axis)[
            tuple(slice(0, extent) for extent in inside.shape)
        ]
    return inside & ~hidden


def _cube(
    x: npt.NDArray[np.integer],
    y: npt.NDArray[np.integer],
    screen: npt.NDArray[np.floating],
    near: npt.NDArray[np.floating],
    view: npt.NDArray[np.floating],
    cell: npt.NDArray[np.floating],
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.bool_]]:
    """How light one cube is at pixels about its middle, and which of them it covers."""
    shades, covered = np.zeros(len(x)), np.zeros(len(x), bool)
    for axis in range(3):
        normal = np.zeros(3)
        normal[axis] = np.sign(near[axis])
        middle = screen @ (normal * cell / 2)
        others = [other for other in range(3) if other != axis]
        sides = screen[:, others] * cell[others]
        inside = np.abs(np.linalg.solve(sides, np.stack([x, y]) - middle[:, None])).max(0) <= 0.56
        light = 0.58 + 0.42 * max(0.0, float(view @ normal @ _LIGHT))
        shades[inside & ~covered] = light
        covered |= inside
    return shades, covered


def _inks(strength: Volume) -> npt.NDArray[np.floating]:
    return paint(strength, 1.0).astype(np.float32)
