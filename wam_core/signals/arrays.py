"""NumPy's files: NPY and NPZ, with the header read here and never a pickle."""

import ast
import io
import math
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError
from wam_core.signals.grid import Grid, Item, check_size, check_type, which
from wam_core.signals.limits import Limits, bytes_text, size_text

Source = io.BufferedIOBase | IO[bytes]

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000  # as in NumPy
_CHUNK = 2**20
_PARTS = re.compile(r"^x[_-]|[_-](images|volumes|data|x)$", re.IGNORECASE)
_SPLIT = re.compile(r"^(x[_-])?(train|val|valid|validation|test)\b|_images$", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """What stands before the numbers of an NPY file.

    Attributes:
        dtype: of one number.
        fortran: whether the first index runs fastest.
        shape: of the array.
    """

    dtype: np.dtype[Any]
    fortran: bool
    shape: tuple[int, ...]


@dataclass(frozen=True)
class _Layout:
    """How an array is read as volumes: how many, and the sides of each."""

    count: int
    size: tuple[int, int, int]


def header(file: Source, name: str) -> Header:
    """The header of an NPY file, which is then read up to its numbers.

    Raises:
        InputError: damaged, or with values that are no real numbers (pickles are never opened).
    """
    start = file.read(8)
    if len(start) == 8 and start[:6] == _MAGIC and start[6] in (1, 2, 3):
        width = 2 if start[6] == 1 else 4
        length = int.from_bytes(file.read(width), "little")
        if length <= _LONGEST_HEADER:
            try:
                fields = ast.literal_eval(file.read(length).decode("latin-1").strip())
                shape, fortran = fields["shape"], fields["fortran_order"]
                dtype = np.dtype(fields["descr"])
                sound = isinstance(shape, tuple) and isinstance(fortran, bool)
            except (ValueError, TypeError, KeyError, SyntaxError, AttributeError, RecursionError):
                sound = False
            if sound and all(type(side) is int and side >= 0 for side in shape):
                check_type(dtype, name)
                return Header(dtype, fortran, shape)
    raise InputError(f"{name} is a damaged or incomplete NPY file: its header makes no sense")


def decode_npy(
    data: bytes, name: str, limits: Limits, item: Item | None = None
) -> Grid | npt.NDArray[Any]:
    """A volume; or, where the array has two axes, its numbers as they are: points perhaps."""
    file = io.BytesIO(data)
    head = header(file, name)
    match head.shape:
        case (rows, columns):
            if rows * columns * head.dtype.itemsize > len(data):
                raise _cut_short(name, head)
            return _numbers(file, head, name)
    layout = _layout(head, name)
    series = (("volume", layout.count),)
    chosen = which(series, item, name)
    values = _one(file, head, layout, chosen[1], name, limits)
    return _grid(values, series, chosen)


def decode_npz(
    data: bytes, name: str, limits: Limits, item: Item | None = None
) -> Grid | npt.NDArray[Any]:
    """One volume of an NPZ file; or, where it holds none, its only table: points perhaps.

    The arrays with three axes, or four for a series, are what can be chosen from; labels and the
    like are passed over. ``train_images`` and ``x_train`` are called "train".

    Raises:
        InputError: too many members or too good a compression (told from the directory), no
            volume among them, pickles, damaged.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        _check_directory(members, len(data), name, limits)
        layouts: dict[str, tuple[zipfile.ZipInfo, Header, _Layout]] = {}
        shapes: dict[str, tuple[int, ...]] = {}
        tables: list[zipfile.ZipInfo] = []
        for member in members:
            key = member.filename.removesuffix(".npy")
            try:
                with archive.open(member) as file:
                    head = header(file, f"{key} in {name}")
            except InputError:
                if len(members) == 1:
                    raise
                continue  # labels as text, for instance
            shapes[key] = head.shape
            match head.shape:
                case (_, _) if not _SPLIT.search(key):
                    tables.append(member)
            if 3 <= len(head.shape) <= 5 and not (len(head.shape) < 4 and _SPLIT.search(key)):
                part = _PARTS.sub("", key)
                layout = _layout(head, f"{key} in {name}")
                layouts[key if part in layouts or not part else part] = member, head, layout
        if not layouts and len(tables) == 1:
            with archive.open(tables[0]) as file:
                return _numbers(file, header(file, name), name)
        if not layouts:
            raise _no_volume(name, shapes)
        series = tuple((part, layout.count) for part, (_, _, layout) in layouts.items())
        chosen = which(series, item, name)
        member, head, layout = layouts[chosen[0]]
        with archive.open(member) as file:
            header(file, name)
            values = _one(file, head, layout, chosen[1], name, limits)
    return _grid(values, series, chosen)


def _grid(values: npt.NDArray[Any], series: tuple[Item, ...], chosen: Item) -> Grid:
    total = sum(count for _, count in series)
    if total < 2:
        return Grid(values)
    return Grid(values, notes=(f"The file holds {total:,} volumes.",), series=series, item=chosen)


def _check_directory(
    members: list[zipfile.ZipInfo], length: int, name: str, limits: Limits
) -> None:
    if len(members) > limits.npz_members:
        raise InputError(
            f"{name} holds {len(members):,} arrays; at most {limits.npz_members} are accepted"
        )
    for member in members:
        if not member.filename.endswith(".npy") or member.flag_bits & 1:
            raise InputError(
                f"{name} holds other things than arrays, or encrypted ones; NPZ is accepted"
            )
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError(
                f"{name} is compressed in another way than NumPy does; saving it again may help"
            )
    total = sum(member.file_size for member in members)
    if total > limits.file_bytes and total > limits.npz_ratio * length:
        raise InputError(
            f"{name} would grow from {bytes_text(length)} to {bytes_text(total)}; "
            f"up to {limits.npz_ratio} times its size is accepted"
        )


def _layout(head: Header, name: str) -> _Layout:
    match head.shape:
        case (a, b, 3 | 4) | (3, a, b) if head.dtype == np.uint8 and min(a, b) > 4:
            raise InputError(
                f"{name} has the shape {size_text(head.shape)} of whole numbers from 0 to 255, "
                "which reads as colours; a picture saved as PNG is accepted"
            )
        case (a, b, c):
            return _Layout(1, (a, b, c))
        case (a, b, c, 3 | 4) if head.dtype == np.uint8 and min(a, b, c) > 4:
            raise InputError(
                f"{name} has the shape {size_text(head.shape)}, which reads as colours; "
                "one number a voxel is accepted"
            )
        case (a, b, c, 1) | (1, a, b, c):
            return _Layout(1, (a, b, c))
        case (n, a, b, c) | (n, 1, a, b, c) | (n, a, b, c, 1) if n:
            return _Layout(n, (a, b, c))
    raise InputError(
        f"{name} has {len(head.shape)} axes, {size_text(head.shape) or 'a single number'}; volumes "
        "(a, b, c), series of them (n, a, b, c) and points (n, 3) are accepted"
    )


def _one(
    file: Source, head: Header, layout: _Layout, number: int, name: str, limits: Limits
) -> npt.NDArray[Any]:
    """Volume ``number``; of a long series no more is unpacked than leads there."""
    check_size(layout.size, name, limits)
    bytes_each = math.prod(layout.size) * head.dtype.itemsize
    if head.fortran and layout.count > 1:
        if layout.count * bytes_each > 8 * limits.volume_voxels:
            raise InputError(
                f"{name} is a series of {layout.count:,} volumes in Fortran order; "
                "a long one is accepted in C order, as NumPy saves it by default"
            )
        whole = _numbers(file, head, name).reshape(layout.count, *layout.size, order="F")
        return np.ascontiguousarray(whole[number])
    if (number + 1) * bytes_each > limits.inflated_bytes:
        raise InputError(
            f"volume {number:,} of {name} begins after {bytes_text(number * bytes_each)} of others; "
            f"the first {bytes_text(limits.inflated_bytes)} are read"
        )
    _skip(file, number * bytes_each)
    one = Header(head.dtype, head.fortran, layout.size)
    return _numbers(file, one, name)


def _skip(file: Source, count: int) -> None:
    while count > 0 and (passed := len(file.read(min(count, _CHUNK)))):
        count -= passed


def _numbers(file: Source, head: Header, name: str) -> npt.NDArray[Any]:
    wanted = math.prod(head.shape) * head.dtype.itemsize
    raw = file.read(wanted)
    if len(raw) < wanted:
        raise _cut_short(name, head)
    return np.frombuffer(raw, head.dtype).reshape(head.shape, order="F" if head.fortran else "C")


def _cut_short(name: str, head: Header) -> InputError:
    return InputError(
        f"{name} is cut short: its header announces {size_text(head.shape)} numbers of "
        f"{head.dtype.itemsize} bytes, and fewer are there"
    )


def _no_volume(name: str, shapes: Mapping[str, tuple[int, ...]]) -> InputError:
    held = ", ".join(f"{key} ({size_text(shape) or 'one number'})" for key, shape in shapes.items())
    return InputError(
        f"{name} holds no volume but {held or 'nothing that can be read'}; arrays with three axes, "
        "or four for a series, are accepted"
    )
