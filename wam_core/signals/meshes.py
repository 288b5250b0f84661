"""Meshes: OFF, STL, PLY and OBJ → corners and triangles.

Read here, by NumPy: nothing that a file names (a material, a texture) is ever opened, counts are
checked before anything is made of them, and polygons may be of any number of corners.
"""

import io
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError
from wam_core.signals.limits import Limits, bytes_text
from wam_core.signals.surface import Points, Triangles

_TRIANGLE = np.dtype(
    [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")]
)  # of a binary STL file, 50 bytes
_STL_BEGIN = 84
_MOST_SIDES = 8  # of polygons that are read as one table
_OFF = re.compile(rb"\A\s*(?:ST)?(?:C)?(?:N)?OFF(?P<rest>.*)\Z", re.DOTALL)
_COMMENT = re.compile(rb"#[^\n\r]*")
_CORNER = re.compile(rb"vertex[ \t]+(\S+)[ \t]+(\S+)[ \t]+(\S+)", re.IGNORECASE)


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


def check_counts(corners: int, faces: int, name: str, limits: Limits) -> None:
    """Raise an InputError for more corners or faces than are taken."""
    if corners > limits.mesh_vertices or faces > limits.mesh_faces:
        raise InputError(
            f"{name} has {corners:,} vertices and {faces:,} faces; at most "
            f"{limits.mesh_vertices:,} and {limits.mesh_faces:,} are accepted"
        )


def check_corners(mesh: Mesh, name: str) -> Mesh:
    """The same mesh; an InputError for faces that name corners which are not there."""
    faces, corners = mesh.triangles, mesh.corners
    if faces.size and not 0 <= faces.min() <= faces.max() < len(corners):
        raise InputError(
            f"a face of {name} names vertex {faces.max():,}, and it has {len(corners):,}; "
            "the file is damaged or incomplete"
        )
    return mesh


def numbers(lines: list[bytes], columns: tuple[int, ...]) -> Points:
    """Some columns of rows of numbers, (row, column)."""
    if not lines:
        return np.zeros((0, len(columns)))
    table = io.BytesIO(b"\n".join(lines))
    found: Points = np.loadtxt(table, np.float64, usecols=columns, ndmin=2, comments=None)
    return found


def fans(polygons: list[list[int]]) -> Triangles:
    """Polygons cut into triangles from their first corner."""
    cut = [
        (polygon[0], polygon[at], polygon[at + 1])
        for polygon in polygons
        for at in range(1, len(polygon) - 1)
    ]
    return np.array(cut, np.int64).reshape(-1, 3)


def fan(polygons: npt.NDArray[Any]) -> Triangles:
    """The same for polygons of one number of corners, (polygon, corner)."""
    sides = polygons.shape[1]
    parts = [polygons[:, [0, at, at + 1]] for at in range(1, sides - 1)]
    return np.concatenate(parts).astype(np.int64) if parts else _no_faces()


def counted(lines: list[bytes]) -> Triangles:
    """Faces as OFF and PLY write them: the number of corners, the corners, perhaps colours."""
    if not lines:
        return _no_faces()
    sides = int(lines[0].split(None, 1)[0])
    if 2 < sides <= _MOST_SIDES:
        try:
            rows = numbers(lines, tuple(range(sides + 1)))
        except ValueError:  # rows of unequal length
            rows = np.zeros((1, 1))
        if (rows[:, 0] == sides).all():
            return fan(rows[:, 1:])
    split = [
        [int(word) for word in line.split()[: 1 + int(line.split(None, 1)[0])]] for line in lines
    ]
    if any(len(row) != row[0] + 1 for row in split):
        raise ValueError("a face is shorter than it says")
    return fans([row[1:] for row in split])


def off(data: bytes, name: str, limits: Limits) -> Mesh:
    """OFF, also with counts on its first line, as some files of ModelNet have it."""
    found = _OFF.match(_COMMENT.sub(b"", data))
    lines = [line for line in found["rest"].splitlines() if line.strip()] if found else []
    if not lines:
        raise InputError(f"{name} is an OFF file without numbers")
    corners, faces = (int(word) for word in lines[0].split()[:2])
    check_counts(corners, faces, name, limits)
    if min(corners, faces) < 0 or len(lines) < 1 + corners + faces:
        raise InputError(
            f"{name} announces {corners:,} vertices and {faces:,} faces and has "
            f"{len(lines) - 1:,} lines, so it is cut short"
        )
    return Mesh(
        numbers(lines[1 : 1 + corners], (0, 1, 2)),
        counted(lines[1 + corners : 1 + corners + faces]),
    )


def is_binary_stl(data: bytes) -> bool:
    """Whether a file without a signature is laid out as binary STL.

    Where the announced number of triangles does not fit the length, the first one has to look like
    a triangle: then it is such a file with a false number, or one that is cut short.
    """
    if len(data) < _STL_BEGIN:
        return False
    count = int.from_bytes(data[80:84], "little")
    if len(data) == _STL_BEGIN + count * _TRIANGLE.itemsize and count:
        return True
    head = data[:80].rstrip(b"\0 ")
    if not count or len(data) < _STL_BEGIN + _TRIANGLE.itemsize or not head.isascii():
        return False
    if any(byte < 32 and byte not in b"\t\r\n" for byte in head):
        return False
    first = np.frombuffer(data, "<f4", 12, _STL_BEGIN)
    with np.errstate(over="ignore", invalid="ignore"):
        length = float(np.linalg.norm(first[:3].astype(np.float64)))
    plausible = bool(np.isfinite(first).all()) and float(np.abs(first).max()) < 1e9
    return plausible and bool(first[3:].any()) and (length == 0 or abs(length - 1) < 0.01)


def stl(data: bytes, name: str, limits: Limits) -> Mesh:
    """STL, binary or as text."""
    if is_binary_stl(data):
        count = int.from_bytes(data[80:84], "little")
        if len(data) < _STL_BEGIN + count * _TRIANGLE.itemsize:
            raise InputError(
                f"{name} claims {count:,} triangles, {bytes_text(count * _TRIANGLE.itemsize)}, "
                f"but has only {bytes_text(len(data))}, so it is cut short or damaged"
            )
        check_counts(0, count, name, limits)
        corners = np.frombuffer(data, _TRIANGLE, count, _STL_BEGIN)["corners"].reshape(-1, 3)
    else:
        if b"endsolid" not in data[-4096:].lower():
            raise InputError(f"{name} is an STL file without its end, so it is cut short")
        found = _CORNER.findall(data)
        check_counts(0, len(found) // 3, name, limits)
        corners = np.array(found, np.bytes_).reshape(-1, 3).astype(np.float64)
        if len(corners) % 3:
            raise InputError(f"{name} is a damaged STL file: a facet lacks a vertex")
    return Mesh(corners.astype(np.float64), np.arange(len(corners), dtype=np.int64).reshape(-1, 3))


_OBJ_CORNERS = re.compile(rb"^[ \t]*v[ \t]+([^\r\n]+)", re.MULTILINE)
_OBJ_FACES = re.compile(rb"^[ \t]*f[ \t]+([^\r\n]+)", re.MULTILINE)
_OBJ_BOTH = re.compile(rb"^[ \t]*([vf])[ \t]+([^\r\n]+)", re.MULTILINE)
_AFTER_SLASH = re.compile(rb"/[^ \t\n]*")


def obj(data: bytes, name: str, limits: Limits) -> Mesh:
    """OBJ: its ``v`` and ``f`` lines; materials, textures, normals and curves are passed over."""
    text = _COMMENT.sub(b"", data.replace(b"\\\r\n", b" ").replace(b"\\\n", b" "))
    corner_lines, face_lines = _OBJ_CORNERS.findall(text), _OBJ_FACES.findall(text)
    check_counts(len(corner_lines), len(face_lines), name, limits)
    corners = numbers(corner_lines, (0, 1, 2))
    if not face_lines:
        return Mesh(corners)
    bare = _AFTER_SLASH.sub(b"", b"\n".join(face_lines)).split(b"\n")
    sides = len(bare[0].split())
    if sides <= _MOST_SIDES and all(len(line.split()) == sides for line in bare):
        rows = numbers(bare, tuple(range(sides)))
        if rows.min() > 0:
            return Mesh(corners, fan(rows - 1))
    return Mesh(corners, fans(_relative(text)))


def _relative(text: bytes) -> list[list[int]]:
    """Polygons of any number of corners; a negative number counts back from the line it is on."""
    before, polygons = 0, []
    for kind, line in _OBJ_BOTH.findall(text):
        if kind == b"v":
            before += 1
        else:
            corners = [int(word.partition(b"/")[0]) for word in line.split()]
            polygons.append([at - 1 if at > 0 else before + at for at in corners])
    return polygons
