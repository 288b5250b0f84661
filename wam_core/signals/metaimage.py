"""NRRD and MetaImage in one file: a header of text, then numbers that may be packed."""

import bz2
import math
import re
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError
from wam_core.signals.grid import Grid, check_size
from wam_core.signals.limits import Limits, bytes_text, size_text

_HEADER_WITHIN = 2**16
_META = re.compile(rb"\A\s*(?:Comment\s*=[^\n]*\n\s*)?(?:ObjectType\s*=\s*Image|NDims\s*=)")
_BEST_RATIO = 1100  # of deflate
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SPACES = {
    "right-anterior-superior": (1.0, 1.0, 1.0), "ras": (1.0, 1.0, 1.0),
    "left-anterior-superior": (-1.0, 1.0, 1.0), "las": (-1.0, 1.0, 1.0),
    "left-posterior-superior": (-1.0, -1.0, 1.0), "lps": (-1.0, -1.0, 1.0),
}  # fmt: skip
# As teem and ITK write the types; "int" alone has 32 bits, "long" in MetaImage as well.
_NRRD_TYPES = {
    "signed char": "i1", "int8": "i1", "int8_t": "i1", "uchar": "u1", "unsigned char": "u1",
    "uint8": "u1", "uint8_t": "u1", "short": "i2", "short int": "i2", "signed short": "i2",
    "signed short int": "i2", "int16": "i2", "int16_t": "i2", "ushort": "u2",
    "unsigned short": "u2", "unsigned short int": "u2", "uint16": "u2", "uint16_t": "u2",
    "int": "i4", "signed int": "i4", "int32": "i4", "int32_t": "i4", "uint": "u4",
    "unsigned int": "u4", "uint32": "u4", "uint32_t": "u4", "longlong": "i8", "long long": "i8",
    "int64": "i8", "int64_t": "i8", "ulonglong": "u8", "unsigned long long": "u8",
    "uint64": "u8", "uint64_t": "u8", "float": "f4", "double": "f8",
}  # fmt: skip
_META_TYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2", "MET_INT": "i4",
    "MET_UINT": "u4", "MET_LONG": "i4", "MET_ULONG": "u4", "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8", "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip


@dataclass(frozen=True)
class _Header:
    """What both formats say before their numbers.

    Attributes:
        begin: where the numbers begin, in bytes.
        dtype: of one number.
        packing: raw, gzip, zlib, bzip2 or text.
        affine: 4 × 4, voxel indices of the file → mm, RAS+; None where it says nothing of it.
        spacing: along each axis, for a file without one.
    """

    begin: int
    dtype: np.dtype[Any]
    packing: str
    affine: npt.NDArray[np.float64] | None
    spacing: tuple[float, float, float]


def kind(data: bytes) -> str | None:
    """NRRD or MetaImage, by the first bytes."""
    if re.match(rb"NRRD000[1-5]\r?\n", data[:16]):
        return "NRRD"
    return "MetaImage" if _META.match(data[:512]) else None


def decode(data: bytes, name: str, limits: Limits) -> Grid:
    """One volume, in canonical orientation where the file says how it lies.

    Raises:
        InputError: the numbers are in another file; another rank, type or compression, too large,
            cut short.
    """
    from wam_core.signals.frame import Frame
    from wam_core.signals.orientation import canonical

    form = kind(data)
    fields, begin = _nrrd(data) if form == "NRRD" else _meta(data)
    outside = (
        fields.get("data file", fields.get("datafile"))
        if form == "NRRD"
        else _other_file(fields.get("elementdatafile", ""))
    )
    if outside is not None:
        raise InputError(
            f"the numbers of {name} are in a second file; a single .nrrd or .mha file that holds "
            "them itself is accepted"
        )
    sides = fields.get("sizes" if form == "NRRD" else "dimsize", "").split()
    if not sides or not all(side.isdigit() for side in sides):
        raise InputError(f"{name} is a damaged {form} file: its header names no sizes")
    size = tuple(int(side) for side in sides)
    match size:
        case (_, _, _):
            check_size(size, name, limits)
        case _:
            raise InputError(
                f"{name} has {len(size)} axes, {size_text(size)}; a volume of three is accepted"
            )
    if math.prod(size) > _BEST_RATIO * len(data):
        raise InputError(
            f"{name} claims {size_text(size)} voxels but has only {bytes_text(len(data))}, "
            "so it is cut short or damaged"
        )
    channels = fields.get("elementnumberofchannels", "1")
    if channels != "1":
        raise InputError(f"{name} holds {channels} values a voxel; one number a voxel is accepted")
    try:
        head = (_nrrd_header if form == "NRRD" else _meta_header)(fields, begin, name)
    except (ValueError, IndexError):
        raise InputError(f"{name} is a damaged {form} file: its header makes no sense") from None
    values = _numbers(data, head, size, name)
    if head.affine is None:
        note = "The file does not say which way its axes point."
        return Grid(values, Frame(head.spacing, "mm"), (note,))
    turned, frame, notes = canonical(values, head.affine)
    return Grid(turned, frame, notes)


def _numbers(data: bytes, head: _Header, size: tuple[int, ...], name: str) -> npt.NDArray[Any]:
    """The voxels (a, b, c); no more is unpacked than the header announces."""
    wanted = math.prod(size) * head.dtype.itemsize
    body = data[head.begin :]
    if head.packing == "text":
        values = np.array(body.split()[: math.prod(size)], np.float64)
        if len(values) == math.prod(size):
            return values.astype(head.dtype).reshape(size, order="F")
        body = b""
    elif head.packing in ("gzip", "zlib"):
        unpacker = zlib.decompressobj(wbits=47)  # either wrapping
        body = unpacker.decompress(body, wanted)
    elif head.packing == "bzip2":
        body = bz2.BZ2Decompressor().decompress(body, wanted)
    if len(body) < wanted:
        raise InputError(f"{name} is cut short: it ends before its {size_text(size)} voxels do")
    return np.frombuffer(body[:wanted], head.dtype).reshape(size, order="F")


def _nrrd_header(fields: dict[str, str], begin: int, name: str) -> _Header:
    kind = fields.get("type", "").lower()
    packing = {"raw": "raw", "gz": "gzip", "gzip": "gzip", "bz2": "bzip2", "bzip2": "bzip2"} | {
        word: "text" for word in ("txt", "text", "ascii")
    }
    how = fields.get("encoding", "").lower()
    if kind not in _NRRD_TYPES or how not in packing or fields.get("line skip", "0") != "0":
        raise InputError(
            f"{name} is an NRRD file with {kind or 'no'} numbers encoded as {how or 'nothing'}; "
            "whole numbers and floating point, as raw, gzip, bzip2 or text, are accepted"
        )
    skip = int(fields.get("byte skip", "0"))
    if skip < 0:
        raise InputError(f"{name} is an NRRD file with a byte skip of {skip}; 0 is accepted")
    order = ">" if fields.get("endian", "little").lower() == "big" else "<"
    spacings = [float(step) for step in fields.get("spacings", "1 1 1").split()]
    steps = [step if 0 < step < math.inf else 1.0 for step in spacings]
    affine = None
    space = fields.get("space", "").lower()
    if space in _SPACES and (directions := _vectors(fields.get("space directions", ""))):
        affine = np.eye(4)
        affine[:3, :3] = np.array(directions).reshape(3, 3).T
        origin = _vectors(fields.get("space origin", ""))
        affine[:3, 3] = origin[0] if origin else (0.0, 0.0, 0.0)
        affine = np.diag([*_SPACES[space], 1.0]) @ affine
    dtype = np.dtype(order + _NRRD_TYPES[kind])
    return _Header(begin + skip, dtype, packing[how], affine, (steps[0], steps[1], steps[2]))


def _meta_header(fields: dict[str, str], begin: int, name: str) -> _Header:
    kind = fields.get("elementtype", "").upper()
    if kind not in _META_TYPES or fields.get("binarydata", "True").lower() != "true":
        raise InputError(
            f"{name} is a MetaImage file with {kind or 'unnamed'} numbers; binary whole numbers and "
            "floating point are accepted"
        )
    big = fields.get("binarydatabyteordermsb", fields.get("elementbyteordermsb", "False"))
    steps = [float(step) for step in fields.get("elementspacing", "1 1 1").split()]
    turns = fields.get("transformmatrix", fields.get("rotation", "1 0 0 0 1 0 0 0 1"))
    places = fields.get("offset", fields.get("position", fields.get("origin", "0 0 0")))
    affine = np.eye(4)
    # each row of the matrix is the direction of one axis of the file
    directions = np.array(turns.split(), np.float64).reshape(3, 3).T
    affine[:3, :3] = directions * np.array(steps[:3])
    affine[:3, 3] = np.array(places.split(), np.float64)
    packing = "zlib" if fields.get("compresseddata", "False").lower() == "true" else "raw"
    dtype = np.dtype((">" if big.lower() == "true" else "<") + _META_TYPES[kind])
    return _Header(begin, dtype, packing, _LPS_TO_RAS @ affine, (steps[0], steps[1], steps[2]))


def _vectors(text: str) -> list[tuple[float, ...]]:
    """``(1,0,0) (0,1,0)`` as numbers."""
    return [
        tuple(float(number) for number in inside.split(","))
        for inside in re.findall(r"\(([^)]*)\)", text)
    ]


def _nrrd(data: bytes) -> tuple[dict[str, str], int]:
    """The fields before the first empty line, and where that ends."""
    end = re.search(rb"\r?\n\r?\n", data[:_HEADER_WITHIN])
    stop, begin = (end.start(), end.end()) if end else (_HEADER_WITHIN, len(data))
    lines = data[:stop].decode("latin-1").splitlines()[1:]
    pairs = (line.partition(": ") for line in lines if not line.startswith("#"))
    return {key.strip().lower(): value.strip() for key, _, value in pairs if value}, begin


def _meta(data: bytes) -> tuple[dict[str, str], int]:
    """The fields up to ElementDataFile, which is the last, and where they end."""
    fields, at = {}, 0
    while at < min(len(data), _HEADER_WITHIN):
        end = data.find(b"\n", at)
        line = data[at : end if end >= 0 else len(data)]
        key, sign, value = line.decode("latin-1").partition("=")
        if not sign:
            break
        at = end + 1 if end >= 0 else len(data)
        fields[key.strip().lower()] = value.strip()
        if key.strip().lower() == "elementdatafile":
            break
    return fields, at


def _other_file(place: str) -> str | None:
    return None if place.upper() == "LOCAL" else place
