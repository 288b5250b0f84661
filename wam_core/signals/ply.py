"""Binary PLY files whose faces differ in their number of corners, which trimesh does not read."""

import re

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2",
    "ushort": "u2", "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_LIST = re.compile(r"list (\w+) (\w+) (vertex_ind\w+)")


def mixed_faces(
    data: bytes, name: str, most: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Corners (n, 3) and triangles (m, 3); a face of more corners is cut as a fan.

    Args:
        data: the whole file.
        name: for messages.
        most: triangles, above which the file is refused.

    Raises:
        InputError: cut short, other elements before the faces, too many triangles.
    """
    head, _, _ = data.partition(b"end_header")
    begin = data.index(b"\n", len(head)) + 1
    order = ">" if b"binary_big_endian" in head else "<"
    elements = re.findall(
        r"element (\w+) (\d+)\n((?:(?!element ).*\n?)*)", head.decode("latin-1").replace("\r", "")
    )
    corners = np.zeros((0, 3))
    for element, count, body in elements:
        properties = re.findall(r"property (.+)", body)
        if element == "vertex":
            fields = [line.split() for line in properties]
            row = np.dtype([(field, order + _TYPES[kind]) for kind, field in fields])
            if begin + row.itemsize * int(count) > len(data):
                raise InputError(f"{name} is cut short: not all of its {count} vertices are there")
            table = np.frombuffer(data, row, int(count), begin)
            corners = np.stack([table[axis].astype(np.float64) for axis in "xyz"], axis=1)
            begin += row.itemsize * int(count)
        elif element == "face":
            return corners, _fans(data, begin, int(count), properties, order, name, most)
    raise InputError(f"{name} is a PLY file without faces")


def _fans(
    data: bytes, at: int, count: int, properties: list[str], order: str, name: str, most: int
) -> npt.NDArray[np.int64]:
    """The faces one by one, as the length of each stands at its beginning."""
    (listed,) = [found for line in properties if (found := _LIST.fullmatch(line.strip()))]
    place = properties.index(listed[0])
    sizes = [line.split() for line in properties]
    if any(words[0] == "list" for words in sizes[:place] + sizes[place + 1 :]):
        raise InputError(f"{name} is a PLY file with several lists a face; one is accepted")
    before = sum(np.dtype(_TYPES[words[0]]).itemsize for words in sizes[:place])
    after = sum(np.dtype(_TYPES[words[0]]).itemsize for words in sizes[place + 1 :])
    counting, index = np.dtype(order + _TYPES[listed[1]]), np.dtype(order + _TYPES[listed[2]])
    triangles: list[npt.NDArray[np.int64]] = []
    total = 0
    for _ in range(count):
        at += before
        if at + counting.itemsize > len(data):
            raise InputError(f"{name} is cut short: not all of its {count:,} faces are there")
        corners = int(np.frombuffer(data, counting, 1, at)[0])
        at += counting.itemsize
        if corners < 0 or at + corners * index.itemsize > len(data):
            raise InputError(f"{name} is cut short: not all of its {count:,} faces are there")
        face = np.frombuffer(data, index, corners, at).astype(np.int64)
        at += corners * index.itemsize + after
        if corners > 2:
            rest = np.stack([face[1:-1], face[2:]], axis=1)
            triangles.append(np.column_stack([np.full(len(rest), face[0]), rest]))
            total += len(rest)
        if total > most:
            raise InputError(f"{name} has more than {most:,} triangles, which are accepted")
    return np.concatenate(triangles) if triangles else np.zeros((0, 3), np.int64)
