"""PLY: as text or binary, with faces or as points alone."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError
from wam_core.signals.limits import Limits
from wam_core.signals.meshes import Mesh, check_counts, counted, fan, fans, numbers
from wam_core.signals.surface import Triangles

_TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4",
    "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
    "float": "f4", "double": "f8", "float32": "f4", "float64": "f8",
}  # fmt: skip
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_LISTS = ("vertex_indices", "vertex_index")
_LONGEST_HEADER = 2**16


@dataclass(frozen=True)
class _Property:
    name: str
    kind: str
    counter: str = ""  # the type of the number before a list


@dataclass(frozen=True)
class _Element:
    name: str
    count: int
    properties: tuple[_Property, ...]

    def row(self, order: str) -> np.dtype[Any]:
        """One row of a binary file, of an element without lists."""
        return np.dtype([(one.name, order + one.kind) for one in self.properties])

    @property
    def listed(self) -> bool:
        return any(one.counter for one in self.properties)


def ply(data: bytes, name: str, limits: Limits) -> Mesh:
    """The ``vertex`` and ``face`` elements of a PLY file; all others are passed over.

    Raises:
        InputError: more vertices or faces than are taken, cut short, or without places.
    """
    order, elements, begin = _header(data, name)
    counts = {element.name: element.count for element in elements}
    check_counts(counts.get("vertex", 0), counts.get("face", 0), name, limits)
    body = memoryview(data)[begin:]
    corners, triangles = np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    lines = bytes(body).splitlines() if not order else []
    at, wanted = 0, {"vertex", "face"} & counts.keys()
    for element in elements:
        if not wanted:
            break
        wanted.discard(element.name)
        if not order:
            rows, at = lines[at : at + element.count], at + element.count
            _check_rows(len(rows), element, name)
            if element.name == "vertex":
                corners = numbers(rows, _columns(element, name))
            elif element.name == "face":
                triangles = counted(_from_list(rows, element))
        elif not element.listed:
            row = element.row(order)
            _check_rows((len(body) - at) // max(row.itemsize, 1), element, name)
            if element.name == "vertex":
                _columns(element, name)
                table = np.frombuffer(body, row, element.count, at)
                corners = np.stack([table[axis].astype(np.float64) for axis in "xyz"], axis=1)
            at += element.count * row.itemsize
        else:
            found, at = _polygons(body, at, element, order, name)
            triangles = found if element.name == "face" else triangles
    return Mesh(corners, triangles)


def _header(data: bytes, name: str) -> tuple[str, list[_Element], int]:
    """The order of bytes (empty for text), the elements, and where their rows begin."""
    end = data.find(b"end_header", 0, _LONGEST_HEADER)
    stop = data.find(b"\n", end, end + 16) + 1 if end > 0 else 0
    elements: list[_Element] = []
    order = None
    try:
        for line in data[: max(end, 0)].decode("latin-1").splitlines():
            match line.split():
                case ["format", form, *_]:
                    order = _ORDERS[form]
                case ["element", what, count] if int(count) >= 0:
                    elements.append(_Element(what, int(count), ()))
                case ["property", "list", counter, kind, what]:
                    _add(elements, _Property(what, _TYPES[kind], _TYPES[counter]))
                case ["property", kind, what]:
                    _add(elements, _Property(what, _TYPES[kind]))
        sound = bool(stop) and order is not None and bool(elements)
    except (KeyError, ValueError, IndexError):
        sound = False
    if not sound or order is None:
        raise InputError(f"{name} is a damaged or incomplete PLY file: its header makes no sense")
    return order, elements, stop


def _add(elements: list[_Element], one: _Property) -> None:
    last = elements[-1]
    elements[-1] = _Element(last.name, last.count, (*last.properties, one))


def _columns(element: _Element, name: str) -> tuple[int, ...]:
    names = [one.name for one in element.properties]
    if element.listed or not {"x", "y", "z"} <= set(names):
        raise InputError(f"the vertices of {name} have no x, y and z; {', '.join(names)} are given")
    return tuple(names.index(axis) for axis in "xyz")


def _check_rows(there: int, element: _Element, name: str) -> None:
    if there < element.count:
        raise InputError(
            f"{name} announces {element.count:,} rows of {element.name} and has {there:,}, "
            "so it is cut short or damaged"
        )


def _from_list(rows: list[bytes], element: _Element) -> list[bytes]:
    """The rows from the list of corners on."""
    before = 0
    for one in element.properties:
        if one.counter:
            break
        before += 1
    return [row.split(None, before)[-1] for row in rows] if before else rows


def _polygons(
    body: memoryview, at: int, element: _Element, order: str, name: str
) -> tuple[Triangles, int]:
    """The faces of a binary file, as triangles, and where they end."""
    if not element.count:
        return np.zeros((0, 3), np.int64), at
    sides = _first_sides(body, at, element, order)
    row = np.dtype(
        [
            part
            for one in element.properties
            for part in (
                [(f"{one.name} sides", order + one.counter), (one.name, order + one.kind, (sides,))]
                if one.counter
                else [(one.name, order + one.kind)]
            )
        ]
    )
    listed = [one for one in element.properties if one.counter]
    corners = next((one for one in listed if one.name in _LISTS), listed[0])
    if len(listed) == 1 and (len(body) - at) // row.itemsize >= element.count:
        table = np.frombuffer(body, row, element.count, at)
        if (table[f"{corners.name} sides"] == sides).all():
            return fan(table[corners.name].astype(np.int64)), at + element.count * row.itemsize
    return _walked(body, at, element, corners, order, name)


def _first_sides(body: memoryview, at: int, element: _Element, order: str) -> int:
    for one in element.properties:
        if one.counter:
            return max(0, min(_number(body, at, order, one.counter), 8))
        at += np.dtype(one.kind).itemsize
    return 0


def _walked(
    body: memoryview, at: int, element: _Element, corners: _Property, order: str, name: str
) -> tuple[Triangles, int]:
    """Row by row: polygons of different numbers of corners."""
    found: list[list[int]] = []
    for done in range(element.count):
        for one in element.properties:
            width, count = np.dtype(one.kind).itemsize, 1
            if one.counter:
                if at >= len(body):
                    _check_rows(done, element, name)
                count = _number(body, at, order, one.counter)
                at += np.dtype(one.counter).itemsize
            if count < 0 or at + count * width > len(body):
                _check_rows(done, element, name)
            if one is corners:
                values: npt.NDArray[Any] = np.frombuffer(body, order + one.kind, count, at)
                found.append([int(value) for value in values])
            at += count * width
    return fans(found), at


def _number(body: memoryview, at: int, order: str, kind: str) -> int:
    code = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I"}[kind]
    (value,) = struct.unpack_from(order + code, body, at)
    return int(value)
