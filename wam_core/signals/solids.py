"""Objects as occupancy grids: made from meshes and points, filled, and turned upright."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from wam_core.errors import InputError
from wam_core.signals import surface
from wam_core.signals.frame import Frame
from wam_core.signals.grid import Grid
from wam_core.signals.limits import Limits
from wam_core.signals.meshes import Mesh
from wam_core.signals.points import cells_for
from wam_core.signals.signal import VOLUME, Signal
from wam_core.signals.surface import Placing, Voxels

Up = Literal["x", "y", "z"]

ENDS = (("left", "right"), ("front", "back"), ("bottom", "top"))
"""Axis 0 is x, axis 1 is y, and axis 2 is z, upwards."""

# For each axis of the upright grid: the axis it comes from, and whether it runs the other way.
# All three are rotations, so that nothing is mirrored.
_TURNS: dict[str, tuple[tuple[int, bool], ...]] = {
    "x": ((2, True), (1, False), (0, False)),
    "y": ((0, False), (2, True), (1, False)),
    "z": ((0, False), (1, False), (2, False)),
}
_FILLED, _HOLLOWED = "filled", "hollowed"
_UP = "up "
# Beyond this, the bodies of a mesh are filled together: each takes as long as the whole.
_MOST_BODIES = 100


def voxelised(mesh: Mesh, name: str, limits: Limits) -> Grid:
    """A mesh as the voxels its surface runs through, filled where it is watertight; points as theirs.

    Voxels are cubes; the grid has an empty voxel at either end.

    Raises:
        InputError: no vertices, no extent, coordinates that are not finite, faces that name
            vertices which are not there.
    """
    if not len(mesh.corners):
        raise InputError(f"{name} has no vertices, so there is nothing to fill voxels with")
    if len(mesh.triangles):
        # corners in use alone decide the extent; others may lie anywhere
        used = np.zeros(len(mesh.corners), bool)
        used[mesh.triangles] = True
        placing = Placing.around(mesh.corners[used], limits.mesh_cells, name)
        voxels, closed = surface.shell(mesh.corners, mesh.triangles, placing, name, limits)
        if closed:
            voxels, cavities = _solid(mesh, voxels, placing, name, limits)
            how = "The mesh is watertight: what it encloses is filled" + (
                f", and {cavities:,} of its surfaces face inwards and stay empty."
                if cavities
                else "."
            )
        else:
            how = (
                "The mesh is not watertight: its surface is kept as a shell, and filling reaches "
                "what the voxels enclose."
            )
        what = f"{len(mesh.triangles):,} triangles"
    else:
        if len(mesh.corners) > 1:
            Placing.around(mesh.corners, limits.mesh_cells, name)  # finite, before distances
        cells = cells_for(mesh.corners, limits)
        placing = Placing.around(mesh.corners, cells, name)
        voxels = placing.marked(placing.inside(mesh.corners))
        what = f"{len(mesh.corners):,} points"
        how = (
            "The voxels are as large as neighbouring points are apart, and no finer than a mesh's."
        )
    size = " × ".join(map(str, placing.size))
    made = f"{what} became {size} voxels, each {placing.pitch:.3g} of the file's units wide."
    return Grid(voxels.astype(bool), Frame(ends=ENDS), (f"{made[0].upper()}{made[1:]}", how))


def _solid(
    mesh: Mesh, voxels: Voxels, placing: Placing, name: str, limits: Limits
) -> tuple[Voxels, int]:
    """A watertight mesh filled, and how many cavities it has.

    The largest body tells which way faces look outwards. A body whose faces look the other way
    bounds a cavity; bodies inside of one are smaller and filled after it.
    """
    bodies = surface.parts(mesh.corners, mesh.triangles)
    outwards = np.sign(bodies[0][1])
    cavities = sum(np.sign(volume) == -outwards for _, volume in bodies)
    if not cavities or not outwards or len(bodies) > _MOST_BODIES:
        return _enclosed(voxels), 0
    solid = np.zeros_like(voxels)
    for triangles, volume in bodies:
        shell, _ = surface.shell(mesh.corners, triangles, placing, name, limits)
        whole = _enclosed(shell)
        if np.sign(volume) == -outwards:
            solid[(whole > 0) & (shell == 0)] = 0
        else:
            solid |= whole
    return solid, int(cavities)


def filled(signal: Signal) -> Signal:
    """The same object with all the space that its voxels enclose; a filled one stays as it is.

    Raises:
        InputError: no volume of two values, empty and filled.
    """
    _check(signal)
    if signal.values.dtype != np.uint8:
        raise InputError(
            f"{signal.name} holds more than two values; only a grid of empty and filled voxels "
            "can be filled"
        )
    if _FILLED in signal.edits:
        return signal
    values = _enclosed(signal.values[0])[None]
    more = int(values.sum()) - int(signal.values.sum())
    note = (
        f"Filled: {more:,} voxels more, which the others enclose."
        if more
        else "Filling changed nothing: the voxels enclose no space."
    )
    return replace(
        signal, values=values, notes=(*signal.notes, note), edits=(*signal.edits, _FILLED)
    )


def hollowed(signal: Signal) -> Signal:
    """The same object as a shell one voxel thick: of what is filled, what touches the outside.

    Raises:
        InputError: no volume of two values, empty and filled.
    """
    _check(signal)
    if signal.values.dtype != np.uint8:
        raise InputError(
            f"{signal.name} holds more than two values; only a grid of empty and filled voxels "
            "can be hollowed"
        )
    if _HOLLOWED in signal.edits:
        return signal
    solid = signal.values[0].astype(bool)
    within = ndimage.binary_erosion(solid, np.ones((3, 3, 3)))
    values = (solid & ~within).astype(np.uint8)[None]
    less = int(within.sum())
    note = (
        f"Hollowed: without the {less:,} voxels that others surround."
        if less
        else "Hollowing changed nothing: no voxel is surrounded by others."
    )
    return replace(
        signal, values=values, notes=(*signal.notes, note), edits=(*signal.edits, _HOLLOWED)
    )


def upright(signal: Signal, up: Up) -> Signal:
    """The same object with an axis of its file pointing up, along axis 2; nothing is mirrored.

    Args:
        up: the axis of the file, whatever the signal was turned to before.

    Raises:
        InputError: no volume, one that knows where it lies in a body, or another axis.
    """
    _check(signal)
    if up not in _TURNS:
        raise InputError(f"the axis {up!r} was to point up; x, y or z is expected")
    if signal.frame is not None and signal.frame.affine is not None:
        raise InputError(f"{signal.name} says itself which way is up, so it is not turned")
    before = next((edit[len(_UP) :] for edit in signal.edits if edit.startswith(_UP)), "z")
    if before == up:
        return signal
    frame = signal.frame or Frame()
    values, spacing = signal.values[0], frame.spacing
    values, spacing = _turned(*_turned_back(values, spacing, before), up)
    edits = tuple(edit for edit in signal.edits if not edit.startswith(_UP))
    notes = tuple(note for note in signal.notes if not note.startswith("Turned so that "))
    if up != "z":
        edits += (f"{_UP}{up}",)
        notes += (f"Turned so that the file's {up} axis points up.",)
    return replace(
        signal,
        values=np.ascontiguousarray(values)[None],
        frame=replace(frame, spacing=spacing, ends=ENDS),
        edits=edits,
        notes=notes,
    )


def _enclosed(voxels: Voxels) -> Voxels:
    """The same voxels and all the empty ones that cannot be reached from outside, through faces."""
    solid: Voxels = ndimage.binary_fill_holes(voxels).astype(np.uint8)
    return solid


Spacing = tuple[float, float, float]


def _turned(
    values: npt.NDArray[Any], spacing: Spacing, up: str
) -> tuple[npt.NDArray[Any], Spacing]:
    (a, _), (b, _), (c, _) = _TURNS[up]
    backwards = tuple(axis for axis, (_, flip) in enumerate(_TURNS[up]) if flip)
    turned = np.flip(values.transpose(a, b, c), backwards)
    return turned, (spacing[a], spacing[b], spacing[c])


def _turned_back(
    values: npt.NDArray[Any], spacing: Spacing, up: str
) -> tuple[npt.NDArray[Any], Spacing]:
    backwards = tuple(axis for axis, (_, flip) in enumerate(_TURNS[up]) if flip)
    order = [source for source, _ in _TURNS[up]]
    a, b, c = (order.index(axis) for axis in range(3))
    turned = np.flip(values, backwards).transpose(a, b, c)
    return turned, (spacing[a], spacing[b], spacing[c])


def _check(signal: Signal) -> None:
    if signal.modality != VOLUME:
        raise InputError(f"{signal.name} is a {signal.modality}; a volume is expected")
