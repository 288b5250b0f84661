"""Clouds of points of laser scanners: PCD, LAS and KITTI's .bin → x, y and z."""

import re
import struct

import numpy as np

from wam_core.errors import InputError
from wam_core.signals.limits import Limits
from wam_core.signals.meshes import Mesh, check_counts

_PCD = re.compile(rb"\A(?:#[^\n]*\n|\s)*VERSION\s+\.?\d|\A#\s*\.PCD", re.IGNORECASE)
_PCD_HEADER_WITHIN = 2**14
_PCD_KINDS = {"F": "f", "I": "i", "U": "u"}
_LAZ = 0x80  # the bit of the point format that LASzip sets
_KITTI_ROW = 16
_KITTI_SEEN = 512
_KITTI_REACH = 250.0  # metres, farther than the scanner sees


def kind(data: bytes) -> str | None:
    """PCD, LAS or KITTI, by the bytes.

    KITTI's files have no signature: rows of four numbers in single precision, a place within the
    reach of the scanner and a reflectance from 0 to 1.
    """
    if _PCD.match(data[:4096]):
        return "PCD"
    if data[:4] == b"LASF":
        return "LAS"
    return "KITTI" if _is_kitti(data) else None


def decode(data: bytes, form: str, name: str, limits: Limits) -> Mesh:
    """The points of a file, in its own units.

    Raises:
        InputError: more points than are taken, fewer than the file announces, or a compression
            without a reader.
    """
    if form == "PCD":
        return _pcd(data, name, limits)
    if form == "LAS":
        return _las(data, name, limits)
    check_counts(len(data) // _KITTI_ROW, 0, name, limits)
    return Mesh(np.frombuffer(data, "<f4").reshape(-1, 4)[:, :3].astype(np.float64))


def _is_kitti(data: bytes) -> bool:
    if len(data) < 64 * _KITTI_ROW or len(data) % _KITTI_ROW:
        return False
    rows = np.frombuffer(data, "<f4", 4 * min(_KITTI_SEEN, len(data) // _KITTI_ROW)).reshape(-1, 4)
    if not np.isfinite(rows).all():
        return False
    places, reflectance = rows[:, :3], rows[:, 3]
    return bool(
        (np.abs(places) < _KITTI_REACH).all()
        and (np.abs(places[places != 0]) > 1e-4).all()  # whole numbers seen as floats are tiny
        and (reflectance >= 0).all()
        and (reflectance <= 1).all()
        and np.ptp(places, axis=0).min() > 0.1
    )


def _las(data: bytes, name: str, limits: Limits) -> Mesh:
    """LAS 1.0 to 1.4: every point format begins with x, y and z as whole numbers to be scaled."""
    if len(data) < 227:
        raise InputError(f"{name} is cut short: its LAS header is not complete")
    begin, _, form, row, count = struct.unpack_from("<IIBHI", data, 96)
    if data[25] >= 4 and len(data) >= 375 and not count:
        (count,) = struct.unpack_from("<Q", data, 247)
    if form & _LAZ:
        raise InputError(
            f"{name} is a compressed LAS file (LAZ), which is not read; saving it as LAS helps"
        )
    check_counts(count, 0, name, limits)
    if row < 12 or begin + count * row > len(data):
        raise InputError(f"{name} announces {count:,} points and is cut short")
    scale = np.array(struct.unpack_from("<3d", data, 131))
    offset = np.array(struct.unpack_from("<3d", data, 155))
    rows = np.frombuffer(data, np.uint8, count * row, begin).reshape(count, row)
    whole = np.ascontiguousarray(rows[:, :12]).view("<i4")
    return Mesh(whole * scale + offset)


def _pcd(data: bytes, name: str, limits: Limits) -> Mesh:
    """PCD 0.7 of the Point Cloud Library, as text, binary and compressed binary."""
    end = re.search(rb"^DATA\s+(\w+)[^\n]*\n", data[:_PCD_HEADER_WITHIN], re.MULTILINE)
    if end is None:
        raise InputError(f"{name} is a PCD file whose header has no DATA line")
    lines = (line.split() for line in data[: end.start()].decode("latin-1").splitlines())
    head = {words[0].upper(): words[1:] for words in lines if words}
    try:
        count = int((head.get("POINTS") or head["WIDTH"])[0])
        fields, kinds = head["FIELDS"], head["TYPE"]
        sizes = [int(size) for size in head["SIZE"]]
        each = [int(number) for number in head.get("COUNT", ["1"] * len(fields))]
        row = np.dtype(
            [
                (f"{at}", f"<{_PCD_KINDS[kind]}{size}", (number,))
                for at, (kind, size, number) in enumerate(zip(kinds, sizes, each, strict=True))
            ]
        )
        axes = [fields.index(axis) for axis in "xyz"]
    except (KeyError, ValueError, IndexError, TypeError):
        raise InputError(f"{name} is a PCD file whose header names no points x, y, z") from None
    check_counts(count, 0, name, limits)
    how, body = end[1].lower(), data[end.end() :]
    if how == b"ascii":
        columns = [sum(each[:axis]) for axis in axes]
        table = np.loadtxt(
            body.splitlines(), np.float64, usecols=columns, ndmin=2, max_rows=count, comments=None
        )
        points = table
    else:
        if how == b"binary_compressed":
            body = _lzf(body, count * row.itemsize, name)
            ends = np.cumsum([0, *(row[f"{at}"].itemsize * count for at in range(len(fields)))])
            columns_of = [
                np.frombuffer(body[ends[axis] : ends[axis + 1]], row[f"{axis}"].base)
                for axis in axes
            ]
            points = np.stack(columns_of, axis=1).astype(np.float64)
        elif count * row.itemsize > len(body):
            raise InputError(f"{name} announces {count:,} points and is cut short")
        else:
            rows = np.frombuffer(body, row, count)
            points = np.concatenate([rows[f"{axis}"] for axis in axes], axis=1).astype(np.float64)
    if len(points) < count:
        raise InputError(f"{name} announces {count:,} points and has {len(points):,}")
    return Mesh(points[np.isfinite(points).all(axis=1)])  # no echo is NaN in this format


def _lzf(body: bytes, size: int, name: str) -> bytes:
    """What LibLZF packed: runs of literals, and copies of what came before."""
    packed, whole = struct.unpack_from("<II", body)
    if whole != size or 8 + packed > len(body):
        raise InputError(f"{name} is cut short: its compressed points are not all there")
    out = bytearray()
    at, end = 8, 8 + packed
    while at < end and len(out) < size:
        control = body[at]
        at += 1
        if control < 32:
            out += body[at : at + control + 1]
            at += control + 1
            continue
        length = control >> 5
        if length == 7:
            length += body[at]
            at += 1
        start = len(out) - ((control & 31) << 8 | body[at]) - 1
        at += 1
        if start < 0:
            raise InputError(f"{name} is damaged: its compressed points make no sense")
        for step in range(length + 2):  # it may overlap with what it writes
            out.append(out[start + step])
    return bytes(out[:size])
