"""Meshes: OFF, STL, PLY, OBJ, GLB and glTF → corners and triangles, read by trimesh.

What a file claims is held against its size before trimesh sees it. trimesh gets the bytes alone,
without a resolver and without the lines that name materials, so that it has nothing to open.
"""

import io
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError
from wam_core.signals import ply
from wam_core.signals.limits import Limits, bytes_text
from wam_core.signals.text import plain_lines

Points = npt.NDArray[np.float64]
Triangles = npt.NDArray[np.int64]

_STL_BEGIN, _STL_ROW = 84, 50
_LONGEST_HEADER = 2**16
_OFF = re.compile(rb"\A(?:\s|#[^\n]*\n)*(?:ST|C|N)*OFF(?:\s|#[^\n]*\n)*(\d+)[ \t]+(\d+)")
_OFF_COUNTS = re.compile(rb"OFF\s*\d+\s+\d+", re.IGNORECASE)
_COMMENT = re.compile(rb"#[^\n]*")
_GLTF_OUTSIDE = re.compile(rb'"uri"\s*:\s*"(?!data:)')
_STL_EXTRAS = re.compile(rb"^[ \t]*(?:solid|endsolid|facet)\b.*$", re.MULTILINE | re.IGNORECASE)
_PLY_ELEMENTS = re.compile(rb"^[ \t]*element[ \t]+(\w+)[ \t]+(\d+)", re.MULTILINE)
_OBJ_LINES = re.compile(rb"^[ \t]*([vf])[ \t]+([^\r\n#]+)", re.MULTILINE)
_OBJ_BROKEN = re.compile(rb"\\\r?\n")
_OBJ_TEXTURE = re.compile(rb"/[^ \t]*")


def _no_faces() -> Triangles:
    return np.zeros((0, 3), np.int64)


@dataclass(frozen=True)
class Mesh:
    """A surface, or points alone.

    Attributes:
        corners: (n, 3), x, y and z in the file's own units.
        triangles: (m, 3), numbers of corners, in turning order; none for a cloud of points.
    """

    corners: Points
    triangles: Triangles = field(default_factory=_no_faces)


@dataclass(frozen=True)
class _Claimed:
    """What a file announces, and the bytes that trimesh is to read."""

    corners: int
    faces: int
    data: bytes


def check_counts(corners: int, faces: int, name: str, limits: Limits) -> None:
    """Raise an InputError for more corners or faces than are taken."""
    if corners > limits.mesh_vertices or faces > limits.mesh_faces:
        raise InputError(
            f"{name} has {corners:,} vertices and {faces:,} faces; at most "
            f"{limits.mesh_vertices:,} and {limits.mesh_faces:,} are accepted"
        )


def decode(data: bytes, form: str, name: str, limits: Limits) -> Mesh:
    """A mesh, or the points of a file without faces.

    Args:
        data: the whole file.
        form: OFF, STL, PLY, OBJ, GLB or glTF.
        name: for messages.
        limits: checked against what the file claims before it is read.

    Raises:
        InputError: more vertices or faces than are taken, or fewer than the file announces.
        Exception: of trimesh or NumPy, for what is damaged in other ways.
    """
    if form in ("GLB", "glTF"):
        return _scene(data, form, name, limits)
    if form in ("OFF", "OBJ") or (form == "STL" and not is_binary_stl(data)):
        data = plain_lines(data)
    claimed = {"OFF": _off, "STL": _stl, "PLY": _ply, "OBJ": _obj}[form](data, name, limits)
    try:
        mesh = _loaded(claimed.data, form)
    except ValueError as error:
        if "unexpected length" not in str(error):
            raise
        mesh = Mesh(*ply.mixed_faces(claimed.data, name, limits.mesh_faces))
    corners, faces = len(mesh.corners), len(mesh.triangles)
    check_counts(0, faces, name, limits)  # polygons have become triangles
    if corners < claimed.corners or faces < claimed.faces:
        _cut_short(claimed.corners, claimed.faces, f"{corners:,} and {faces:,} of them", name)
    highest, lowest = mesh.triangles.max(initial=0), mesh.triangles.min(initial=0)
    if faces and not 0 <= lowest <= highest < corners:
        raise InputError(
            f"a face of {name} names vertex {highest:,}, and it has {corners:,}; "
            "the file is damaged or incomplete"
        )
    return mesh


def is_binary_stl(data: bytes) -> bool:
    """Whether a file without a signature is laid out as binary STL.

    Its header may hold any bytes, and a few bytes may follow. Where the announced number of
    triangles does not fit the length otherwise, or is 0, the first one has to look like a triangle:
    then it is such a file with a false number, or one that is cut short.
    """
    count = int.from_bytes(data[80:84], "little")
    over = len(data) - _STL_BEGIN - count * _STL_ROW
    if count and over == 0:
        return True
    if len(data) < _STL_BEGIN + _STL_ROW or not (_first_is_triangle(data)):
        return False
    if (count and 0 < over < _STL_ROW) or (not count and over % _STL_ROW == 0):
        return True
    head = data[:80].rstrip(b"\0 ")
    return bool(count) and head.isascii() and all(byte > 31 or byte in b"\t\r\n" for byte in head)


def _first_is_triangle(data: bytes) -> bool:
    """Whether the first row of binary STL holds a normal and corners that can be."""
    with np.errstate(invalid="ignore"):
        first = np.frombuffer(data, "<f4", 12, _STL_BEGIN).astype(np.float64)
    length = float(np.linalg.norm(first[:3]))
    plausible = bool(np.isfinite(first).all()) and float(np.abs(first).max()) < 1e9
    return plausible and bool(first[3:].any()) and (length == 0 or abs(length - 1) < 0.01)


def _loaded(data: bytes, form: str) -> Mesh:
    # it takes seconds to load, so only a mesh loads it
    from trimesh import Trimesh
    from trimesh.exchange.load import mesh_loaders

    load: Any = mesh_loaders[form.lower()]
    with warnings.catch_warnings():
        # NumPy warns of words among numbers and of numbers that are no index, and goes on
        warnings.filterwarnings("error", "string or file could not be read")
        warnings.simplefilter("error", RuntimeWarning)
        found = load(
            file_obj=io.BytesIO(data),
            file_type=form.lower(),
            resolver=None,
            skip_materials=True,
            fix_texture=False,
        )
    for part in found.get("geometry", {}).values():  # one at most: no names of parts are left
        found = part
    # polygons of one number of corners are cut into triangles here, others already were
    mesh = Trimesh(found.get("vertices"), found.get("faces"), process=False)
    return Mesh(
        np.asarray(mesh.vertices, np.float64).reshape(-1, 3),
        np.asarray(mesh.faces, np.int64).reshape(-1, 3),
    )


def _off(data: bytes, name: str, limits: Limits) -> _Claimed:
    """OFF, also with counts on its first line, as some files of ModelNet have it."""
    found = _OFF.match(data[:_LONGEST_HEADER])
    if not found:
        raise InputError(f"{name} is an OFF file without its numbers of vertices and faces")
    corners, faces = int(found[1]), int(found[2])
    check_counts(corners, faces, name, limits)
    _check_lines(data, corners, 0, name, limits)
    return _Claimed(corners, faces, _off_in_lines(data, corners, faces))


def _off_in_lines(data: bytes, corners: int, faces: int) -> bytes:
    """OFF with each face on one line; some programs break a face over several."""
    lines = [line for line in _COMMENT.sub(b"", data).splitlines() if line.strip()]
    # the counts stand on the first line or on the one below
    begin = 1 if _OFF_COUNTS.search(lines[0]) else 2
    joined: list[bytes] = []
    held: list[bytes] = []
    for line in lines[begin + corners :]:
        held += line.split()
        if held[0].isdigit() and len(held) > int(held[0]):
            joined.append(b" ".join(held))
            held = []
    head = b"OFF\n%d %d 0" % (corners, faces)
    return b"\n".join([head, *lines[begin : begin + corners], *joined])


def _scene(data: bytes, form: str, name: str, limits: Limits) -> Mesh:
    """GLB, or glTF that holds its numbers itself: all its parts where its nodes place them.

    Raises:
        InputError: numbers in other files, which are never opened; no triangles; too many.
    """
    from trimesh import load_scene

    if form == "glTF" and _GLTF_OUTSIDE.search(data):
        raise InputError(
            f"the numbers of {name} are in a second file; a single .glb file is accepted"
        )
    scene = load_scene(io.BytesIO(data), file_type=form.lower(), resolver=None, skip_materials=True)
    mesh = scene.to_mesh()
    if not len(mesh.faces):
        raise InputError(f"{name} holds no triangles")
    check_counts(len(mesh.vertices), len(mesh.faces), name, limits)
    return Mesh(np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64))


def _stl(data: bytes, name: str, limits: Limits) -> _Claimed:
    """STL, binary or as text; text becomes one part without names and normals."""
    if is_binary_stl(data):
        count = int.from_bytes(data[80:84], "little") or (len(data) - _STL_BEGIN) // _STL_ROW
        data = data[:80] + count.to_bytes(4, "little") + data[84:]
        end = _STL_BEGIN + count * _STL_ROW
        if len(data) < end:
            raise InputError(
                f"{name} claims {count:,} triangles, {bytes_text(count * _STL_ROW)}, "
                f"but has only {bytes_text(len(data))}, so it is cut short or damaged"
            )
        check_counts(0, count, name, limits)
        return _Claimed(3 * count, count, data[:end])
    if b"endsolid" not in data[-4096:].lower():
        raise InputError(f"{name} is an STL file without its end, so it is cut short")
    faces = data.lower().count(b"vertex") // 3
    check_counts(0, faces, name, limits)
    return _Claimed(0, 0, b"solid\n" + _STL_EXTRAS.sub(b"", data) + b"\nendsolid\n")


def _ply(data: bytes, name: str, limits: Limits) -> _Claimed:
    """PLY, as text or binary, by the element lines of its header."""
    head, end, body = data[:_LONGEST_HEADER].partition(b"end_header")
    counts = {what: int(count) for what, count in _PLY_ELEMENTS.findall(head)}
    if not end or not counts:
        raise InputError(f"{name} is a damaged or incomplete PLY file: its header makes no sense")
    corners, faces = counts.get(b"vertex", 0), counts.get(b"face", 0)
    check_counts(corners, faces, name, limits)
    if b"format ascii" in head:
        _check_lines(data, corners, faces, name, limits)
    elif corners + faces > len(data):
        _cut_short(corners, faces, bytes_text(len(data)), name)
    # trimesh makes a path of edges and leaves the faces out
    head = head.replace(b"element edge", b"element line")
    return _Claimed(corners, faces, head + data[len(head) :])


def _obj(data: bytes, name: str, limits: Limits) -> _Claimed:
    """OBJ: its ``v`` and ``f`` lines; materials, textures, normals and parts are left out."""
    _check_lines(data, 0, 0, name, limits)
    lines = _OBJ_LINES.findall(_OBJ_BROKEN.sub(b" ", data))
    kinds = b"".join(kind for kind, _ in lines)
    corners, faces = kinds.count(b"v"), kinds.count(b"f")
    check_counts(corners, faces, name, limits)
    if b"fv" in kinds and any(kind == b"f" and b"-" in rest for kind, rest in lines):
        raise InputError(
            f"{name} counts vertices back from faces in its midst; one with all its vertices "
            "before its faces, or with plain numbers, is accepted"
        )
    bare = [
        kind + b" " + (_OBJ_TEXTURE.sub(b"", rest) if kind == b"f" else rest)
        for kind, rest in lines
    ]
    return _Claimed(0, 0, b"\n".join(bare))


def _check_lines(data: bytes, corners: int, faces: int, name: str, limits: Limits) -> None:
    lines = max(data.count(b"\n"), data.count(b"\r")) + 1
    if lines > limits.mesh_vertices + limits.mesh_faces:
        raise InputError(
            f"{name} has {lines:,} lines; "
            f"at most {limits.mesh_vertices + limits.mesh_faces:,} are accepted"
        )
    if lines < corners + faces:
        _cut_short(corners, faces, f"{lines:,} lines", name)


def _cut_short(corners: int, faces: int, found: str, name: str) -> None:
    raise InputError(
        f"{name} announces {corners:,} vertices and {faces:,} faces and has {found}, "
        "so it is cut short"
    )
