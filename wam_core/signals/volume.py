"""Volumes: bytes → numbers on three axes, from grids, meshes and clouds of points."""

import hashlib
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError
from wam_core.signals import arrays, clouds, meshes, metaimage, mgh, nifti, points, stack
from wam_core.signals.grid import Grid, Item, settled, which
from wam_core.signals.limits import Limits, size_text
from wam_core.signals.meshes import Mesh, check_counts
from wam_core.signals.signal import VOLUME, Signal
from wam_core.signals.solids import voxelised
from wam_core.signals.text import plain_lines
from wam_core.signals.unzipped import Unzipped

ACCEPTED = (
    "NIfTI, NPY, NPZ, NRRD, MetaImage and MGH volumes and TIFF stacks, OFF, STL, PLY, OBJ and GLB "
    "meshes, and PLY, XYZ, CSV, PCD, LAS, KITTI, NPY and NPZ points"
)

_NIFTI = {344: (b"n+1\0", b"ni1\0"), 4: (b"n+2\0", b"ni2\0")}
_SERIES: Mapping[str, Callable[[bytes, str, Limits, Item | None], Grid | npt.NDArray[Any]]] = {
    "NIfTI": nifti.decode,
    "MGH": mgh.decode,
    "NPY": arrays.decode_npy,
    "NPZ": arrays.decode_npz,
}
_SINGLE: Mapping[str, Callable[[bytes, str, Limits], Grid]] = {
    "TIFF": stack.decode,
    "NRRD": metaimage.decode,
    "MetaImage": metaimage.decode,
}
# What stands at the beginning of the lines of an OBJ file.
_OBJ_WORDS = {b"v", b"vn", b"vt", b"vp", b"f", b"l", b"p", b"o", b"g", b"s", b"mtllib", b"usemtl"}

_OBJ_CORNER = re.compile(rb"\s*v(?:\s+[-+]?[\d.]+(?:[eE][-+]?\d+)?){3}")
_COMMENTS = re.compile(rb"^[ \t]*#[^\n]*", re.MULTILINE)
_TEXT_SEEN = 2**16
_MOST_COLUMNS = 6
_NAN = ("NaN as 0", "NaN as minimum")

# One volume at a time bounds the memory: at most about 1 GB on the way.
_one_at_a_time = threading.Lock()


def accepted(limits: Limits) -> str:
    """What may come in, for the end of a sentence."""
    return (
        f"{ACCEPTED} of at most {limits.volume_voxels / 1e6:.3g} million voxels "
        f"or {limits.mesh_vertices / 1e6:g} million vertices"
    )


def kind(data: bytes) -> str | None:
    """The format of a volume, a mesh or a cloud, by its bytes; None for anything else.

    A TIFF file is one where it holds a stack of pages; otherwise it is a picture.

    >>> kind(b"\\x93NUMPY\\1\\0..."), kind(b"OFF\\n8 6 0\\n"), kind(b"GIF89a...")
    ('NPY', 'OFF', None)
    """
    head = Unzipped(data).read(348)
    if any(head[at : at + 4] in magic for at, magic in _NIFTI.items()):
        return "NIfTI"
    if mgh.is_mgh(head):
        return "MGH"
    if data[:6] == b"\x93NUMPY":
        return "NPY"
    # The first member of a zip archive is named from byte 30 on, its length is at byte 26.
    if data[:4] == b"PK\3\4" and data[30 : 30 + int.from_bytes(data[26:28], "little")].endswith(
        b".npy"
    ):
        return "NPZ"
    if form := metaimage.kind(data):
        return form
    if data[:4] in (b"ply\n", b"ply\r"):
        return "PLY"
    if stack.is_stack(data):
        return "TIFF"
    if data[:4] == b"glTF":
        return "GLB"
    if data[:1] == b"{" and b'"asset"' in data and b'"meshes"' in data:
        return "glTF"
    if form := clouds.kind(data):
        return form
    return _text(data) or ("STL" if meshes.is_binary_stl(data) else None)


def decode(data: bytes, name: str, limits: Limits, item: Item | None = None) -> Signal:
    """A volume as (1, a, b, c): uint8 0/1 where it holds two values, otherwise float32.

    Meshes and points are put on a grid of cubes; each conversion adds one sentence to the notes.

    Args:
        data: the whole file.
        name: for display.
        limits: checked against the header before anything is allocated.
        item: which volume of a file that holds several.

    Raises:
        InputError: too large, damaged, of another rank, without anything to see, with values that
            are no finite real numbers, or an item that is not there.
    """
    form = kind(data)
    if form is None:
        raise InputError(f"{name} is not a volume; {accepted(limits)} are accepted")
    with _one_at_a_time:
        try:
            filled_in = item is not None and item[0] in _NAN
            grid = _without_nan(
                _grid(data, form, name, limits, None if filled_in else item), item, name
            )
            values, notes = settled(grid.values, name)
        except InputError:
            raise
        except MemoryError:
            raise InputError(f"{name} needs more memory than this machine has left") from None
        except Exception:
            # What NumPy or nibabel say of hostile or cut bytes helps nobody.
            raise InputError(
                f"{name} is a damaged, incomplete or unusual {form} file that cannot be decoded; "
                f"saving it again may help"
            ) from None
    return Signal(
        values,
        VOLUME,
        name,
        hashlib.sha256(data).hexdigest(),
        (*grid.notes, *notes),
        frame=grid.frame,
        series=grid.series,
        item=grid.item,
    )


def _grid(data: bytes, form: str, name: str, limits: Limits, item: Item | None) -> Grid:
    if form in _SERIES:
        found = _SERIES[form](data, name, limits, item)
        return found if isinstance(found, Grid) else _cloud(found, name, limits)
    if item is not None:
        raise InputError(f"item {item[0]} {item[1]} of {name} was asked for; it holds one volume")
    if form in _SINGLE:
        return _SINGLE[form](data, name, limits)
    if form == "XYZ":
        return voxelised(points.xyz(data, name, limits), name, limits)
    if form in ("PCD", "LAS", "KITTI"):
        return voxelised(clouds.decode(data, form, name, limits), name, limits)
    return voxelised(meshes.decode(data, form, name, limits), name, limits)


def _without_nan(grid: Grid, item: Item | None, name: str) -> Grid:
    """The same volume with its NaN as 0, or as its minimum where that is the item asked for.

    Masks of the head and maps of statistics are stored like this. A volume without any, with
    infinite values or of a series stays as it is.
    """
    if grid.values.dtype.kind != "f" or grid.series:
        return grid
    empty = np.isnan(grid.values)
    count = int(np.count_nonzero(empty))
    if not count or count == grid.values.size:
        return grid
    series = tuple((part, 1) for part in _NAN)
    chosen = which(series, item, name)
    value = 0.0 if chosen[0] == _NAN[0] else float(np.nanmin(grid.values))
    note = (
        f"NaN in {count:,} of {grid.values.size:,} voxels was read as {value:.4g}; "
        f"the items are {_NAN[0]} and {_NAN[1]}."
    )
    return replace(
        grid,
        values=np.where(empty, value, grid.values),
        notes=(*grid.notes, note),
        series=series,
        item=chosen,
    )


def _cloud(table: npt.NDArray[Any], name: str, limits: Limits) -> Grid:
    """An array of two axes, which can only be points: x, y and z, and perhaps more of each."""
    rows, columns = table.shape
    if not 3 <= columns <= _MOST_COLUMNS or rows <= columns:
        raise InputError(
            f"{name} has two axes, {size_text(table.shape)}; volumes (a, b, c), series of them "
            f"(n, a, b, c) and points (n, 3 to {_MOST_COLUMNS}) are accepted"
        )
    check_counts(rows, 0, name, limits)
    grid = voxelised(Mesh(table[:, :3].astype(np.float64)), name, limits)
    if columns > 3:
        note = f"Of {columns} columns, the first three were read as x, y and z."
        grid = replace(grid, notes=(note, *grid.notes))
    return grid


def _text(data: bytes) -> str | None:
    """Meshes and points that are written as text, by how it begins."""
    start = data[:4096]
    if b"\0" in start[80:]:  # a binary STL file may begin with words
        return None
    text = _COMMENTS.sub(b"", plain_lines(data[:_TEXT_SEEN]))
    lines = [line for line in text.splitlines() if line.strip()]
    words = [line.split(None, 1)[0].lower() for line in lines[:-1] or lines]
    if not words:
        return None
    if lines[0].lstrip()[:5].upper().startswith((b"OFF", b"COFF", b"NOFF", b"STOFF", b"CNOFF")):
        return "OFF"
    if words[0] == b"solid" and (b"facet" in text or b"endsolid" in text):
        return None if meshes.is_binary_stl(data) else "STL"
    corners = sum(_OBJ_CORNER.match(line) is not None for line in lines)
    # other words may stand between them, as the format has many and programs add their own
    known = sum(word in _OBJ_WORDS for word in words)
    if corners >= 3 and 2 * known > len(words) and all(word[:1].isalpha() for word in words):
        return "OBJ"
    return "XYZ" if points.is_xyz(data) else None
