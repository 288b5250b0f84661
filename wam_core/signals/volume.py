"""Volumes: bytes → numbers on three axes, from grids, meshes and clouds of points."""

import hashlib
import threading
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError
from wam_core.signals import arrays, meshes, metaimage, nifti, points, stack
from wam_core.signals.grid import Grid, Item, settled
from wam_core.signals.limits import Limits, size_text
from wam_core.signals.meshes import Mesh, check_counts
from wam_core.signals.signal import VOLUME, Signal
from wam_core.signals.solids import voxelised

ACCEPTED = (
    "NIfTI, NPY, NPZ, NRRD and MetaImage volumes and TIFF stacks, OFF, STL, PLY and OBJ meshes, "
    "and PLY, XYZ and NPY points"
)

_NIFTI = {344: (b"n+1\0", b"ni1\0"), 4: (b"n+2\0", b"ni2\0")}
_SERIES: Mapping[str, Callable[[bytes, str, Limits, Item | None], Grid | npt.NDArray[Any]]] = {
    "NIfTI": nifti.decode,
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
    head = _inflated(data) if data[:2] == b"\x1f\x8b" else data[:348]
    if any(head[at : at + 4] in magic for at, magic in _NIFTI.items()):
        return "NIfTI"
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
            grid = _grid(data, form, name, limits, item)
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
    return voxelised(meshes.decode(data, form, name, limits), name, limits)


def _cloud(table: npt.NDArray[Any], name: str, limits: Limits) -> Grid:
    """An array of two axes, which can only be points."""
    rows, columns = table.shape
    if columns != 3:
        raise InputError(
            f"{name} has two axes, {size_text(table.shape)}; volumes (a, b, c), series of them "
            "(n, a, b, c) and points (n, 3) are accepted"
        )
    check_counts(rows, 0, name, limits)
    return voxelised(Mesh(table.astype(np.float64)), name, limits)


def _inflated(data: bytes) -> bytes:
    """The first bytes inside gzip, however large the rest claims to be."""
    try:
        return zlib.decompressobj(wbits=31).decompress(data[:4096], 348)
    except zlib.error:
        return b""


def _text(data: bytes) -> str | None:
    """Meshes and points that are written as text, by how it begins."""
    start = data[:4096]
    if b"\0" in start[80:]:  # a binary STL file may begin with words
        return None
    lines = [line for line in start.splitlines() if line.strip() and not line.startswith(b"#")]
    words = [line.split(None, 1)[0].lower() for line in lines[:-1] or lines]
    if not words:
        return None
    if lines[0].lstrip()[:5].upper().startswith((b"OFF", b"COFF", b"NOFF", b"STOFF", b"CNOFF")):
        return "OFF"
    if words[0] == b"solid" and (b"facet" in start or b"endsolid" in start):
        return None if meshes.is_binary_stl(data) else "STL"
    if b"v" in words and set(words) <= _OBJ_WORDS:
        return "OBJ"
    return "XYZ" if points.is_xyz(data) else None
