"""TIFF: which pages a file holds, and their numbers in the type that they are stored in.

tifffile reads the headers and lays out strips and tiles; they are unpacked here, each to no more
bytes than its page announces.
"""

import io
import logging
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# Fewer grey pages are a picture with its previews, masks or a scanned letter.
FEWEST = 4
_MOST_PAGES = 2048

_REDUCED, _MASK = 1, 4  # bits of NewSubfileType
_GREY = (0, 1)  # white or black is zero
_SENSOR = (32803, 34892)  # a colour filter array, or its linear values
_DNG_VERSION = 50706
_NONE, _LZW, _PACKBITS, _DEFLATE = 1, 5, 32773, (8, 32946)
_UNPACKED_HERE = (_NONE, _LZW, _PACKBITS, *_DEFLATE)
_NO_PREDICTOR, _FLOAT_PREDICTOR = 1, 3
_CHECKSUM = 64  # bytes that a packed strip may hold beyond its last number

# What tifffile remarks on damaged files is said in the sentence of the refusal.
logging.getLogger("tifffile").addHandler(logging.NullHandler())
logging.getLogger("tifffile").propagate = False


@dataclass(frozen=True)
class Contents:
    """What the headers of a TIFF file say.

    Attributes:
        what: ``stack`` for at least four equal grey pages, ``raw`` for the values of a camera's
            sensor, otherwise ``picture``.
        page: the first page that is no reduced picture and no mask; −1 where the page that is
            wanted stands among the SubIFDs of the first.
        count: pages that are no reduced pictures and no masks.
        size: of that page, rows and columns.
        dtype: of its numbers; None where TIFF has no such type.
        samples: numbers for each pixel.
        bits: of each number.
        packing: how it is compressed, by TIFF's number.
        white_is_zero: whether small numbers are bright.
        broken: whether the chain of pages leads out of the file.
    """

    what: str
    page: int
    count: int
    size: tuple[int, int]
    dtype: np.dtype[Any] | None
    samples: int
    bits: int
    packing: int
    white_is_zero: bool
    broken: bool

    @property
    def pillow_reads(self) -> bool:
        """Whether Pillow keeps all of the page: whole numbers without sign, of colours it knows."""
        return (
            self.page >= 0
            and self.dtype is not None
            and self.dtype.kind in "bu"
            and self.bits <= (8 if self.white_is_zero else 16)
            and self.samples <= 4
        )


def contents(data: bytes) -> Contents | None:
    """What a TIFF file holds; None where no page can be found.

    >>> contents(b"II*\\0" + bytes(40)) is None
    True
    """
    if data[:4] not in MAGIC or data[128:132] == b"DICM":
        return None
    try:
        with _opened(data) as file:
            return _contents(file, data)
    except (ValueError, IndexError, KeyError, TypeError, struct.error, OverflowError, OSError):
        return None  # damaged: what tifffile raises has no common type


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    import tifffile  # only who needs it waits for it

    with tifffile.TiffFile(io.BytesIO(data)) as file:
        yield file


def _contents(file: Any, data: bytes) -> Contents | None:
    pages, broken = _pages(file)
    if not pages:
        return None
    inner = [page for first in pages[:1] for page in first.pages or ()]
    sensor = any(page.photometric in _SENSOR for page in [*pages[:4], *inner])
    full = [at for at, page in enumerate(pages) if not page.subfiletype & (_REDUCED | _MASK)]
    if full:
        number, page = full[0], pages[full[0]]
    else:
        others = [page for page in inner if not page.subfiletype & (_REDUCED | _MASK)]
        number, page = (-1, others[0]) if others else (0, pages[0])
    what = "picture"
    if sensor or _DNG_VERSION in pages[0].tags or data[8:10] == b"CR":
        what = "raw"
    elif len(full) >= FEWEST and _is_stack([pages[at] for at in full]):
        what = "stack"
    return Contents(
        what,
        number,
        max(1, len(full)),
        (page.imagelength, page.imagewidth),
        None if page.dtype is None else np.dtype(page.dtype),
        page.samplesperpixel,
        _bits(page),
        int(page.compression),
        page.photometric == 0,
        broken,
    )


def _pages(file: Any) -> tuple[list[Any], bool]:
    """The chain of pages, and whether it leads out of the file."""
    pages: list[Any] = []
    try:
        for page in file.pages:
            pages.append(page)
            if len(pages) > _MOST_PAGES:
                return pages, False
    except (ValueError, IndexError, KeyError, TypeError, struct.error, OverflowError, OSError):
        return pages, True
    return pages, bool(pages) and _next_offset(file, pages[-1]) not in (
        0,
        *(page.offset for page in pages),
    )


def _next_offset(file: Any, page: Any) -> int:
    """Where the header of a page says that the next begins; −1 where it is cut off."""
    counting, entry, pointing = ("Q", 20, "Q") if file.is_bigtiff else ("H", 12, "I")
    handle = file.filehandle
    handle.seek(page.offset)
    try:
        (count,) = struct.unpack(file.byteorder + counting, handle.read(struct.calcsize(counting)))
        handle.seek(page.offset + struct.calcsize(counting) + count * entry)
        (at,) = struct.unpack(file.byteorder + pointing, handle.read(struct.calcsize(pointing)))
    except (struct.error, OverflowError, ValueError):
        return -1
    return int(at)


def _is_stack(pages: list[Any]) -> bool:
    kinds = {
        (page.shape, page.dtype, page.photometric, page.samplesperpixel, page.compression)
        for page in pages
    }
    first = pages[0]
    return len(kinds) == 1 and first.samplesperpixel == 1 and first.photometric in _GREY


def _bits(page: Any) -> int:
    bits = page.bitspersample
    return max(bits) if isinstance(bits, tuple) else int(bits)


@contextmanager
def reading(data: bytes, name: str, found: Contents) -> Iterator["Reader"]:
    """Read the pages of a file whose :func:`contents` are known.

    Raises:
        InputError: while reading, for a type or a compression without a reader, and for damage.
    """
    with _opened(data) as file:
        yield Reader(file, data, name, found)


@dataclass(frozen=True)
class Reader:
    """An open file."""

    file: Any
    data: bytes
    name: str
    found: Contents

    @property
    def description(self) -> str:
        """The text of the first page's ImageDescription."""
        return str(self.file.pages[0].tags.valueof(270, default=""))

    def tag(self, number: int, default: Any) -> Any:
        """A tag of the first page."""
        return self.file.pages[0].tags.valueof(number, default=default)

    def full_pages(self) -> list[int]:
        """The numbers of the pages that are no reduced pictures and no masks."""
        pages, _ = _pages(self.file)
        return [at for at, page in enumerate(pages) if not page.subfiletype & (_REDUCED | _MASK)]

    def numbers(self, at: int) -> npt.NDArray[Any]:
        """Page ``at`` as (row, column) or (row, column, sample), in the type of the file."""
        if at < 0:
            (page,) = [one for one in self.file.pages[0].pages if not one.subfiletype & _REDUCED][
                :1
            ]
        else:
            page = self.file.pages[at]
        if page.dtype is None:
            raise InputError(
                f"{self.name} is a TIFF file with {_bits(page)} bits a number of an unknown type; "
                "whole numbers and floating point of 8 to 64 bits are accepted"
            )
        if page.compression not in _UNPACKED_HERE:
            if at >= 0 and np.dtype(page.dtype).kind in "bu" and _bits(page) <= 8:
                return self._by_pillow(at)
            raise InputError(
                f"{self.name} is a TIFF file with {page.dtype} numbers compressed as "
                f"{getattr(page.compression, 'name', page.compression)}; none, LZW, Deflate and "
                "PackBits are accepted for them"
            )
        values = self._unpacked(page)
        if page.planarconfig == 2 and page.samplesperpixel > 1:
            values = np.moveaxis(values, 0, -1)
        return values

    def _by_pillow(self, at: int) -> npt.NDArray[Any]:
        """JPEG, fax and the like by libtiff, which writes no more than a page is large."""
        from PIL import TiffImagePlugin

        with TiffImagePlugin.TiffImageFile(io.BytesIO(self.data)) as picture:
            picture.seek(at)
            return np.array(picture)

    def _unpacked(self, page: Any) -> npt.NDArray[Any]:
        packing, predictor = int(page.compression), int(page.predictor)
        # from here on tifffile is to lay out what is unpacked already
        page.compression = _NONE
        if predictor == _FLOAT_PREDICTOR:
            page.predictor = _NO_PREDICTOR
        values = np.zeros(page.shaped, page.dtype)
        width = page.tilewidth if page.is_tiled else page.imagewidth
        contiguous = page.samplesperpixel if page.planarconfig == 1 else 1
        row = -(-width * contiguous * _bits(page) // 8)
        for index, (at, length) in enumerate(
            zip(page.dataoffsets, page.databytecounts, strict=True)
        ):
            rows = self._rows(page, index)
            size = row * rows * (page.tiledepth if page.is_tiled else 1)
            raw = self._bytes(at, length, packing, size)
            if predictor == _FLOAT_PREDICTOR:
                raw = _float_unpredicted(
                    raw, row, contiguous, np.dtype(page.dtype), self.file.byteorder
                )
            segment, (plane, depth, top, left, _), shape = page.decode(raw, index)
            place = values[
                plane,
                depth : depth + shape[0],
                top : top + shape[1],
                left : left + shape[2],
            ]
            # tiles reach beyond the edges
            place[...] = segment[tuple(slice(side) for side in place.shape)]
        return values.reshape(page.shape)

    @staticmethod
    def _rows(page: Any, index: int) -> int:
        """How many rows a strip or tile holds; the last strip may hold fewer."""
        if page.is_tiled:
            return int(page.tilelength)
        each = min(int(page.rowsperstrip), page.imagelength)
        strips = -(-page.imagelength // each)
        return int(min(each, page.imagelength - index % strips * each))

    def _bytes(self, at: int, length: int, packing: int, size: int) -> bytes:
        """One strip or tile, unpacked to exactly ``size`` bytes."""
        packed = self.data[at : at + length]
        raw, more = packed, False
        if packing == _LZW:
            raw = _lzw(packed, size)
        elif packing == _PACKBITS:
            raw, more = _packbits(packed, size)
        elif packing in _DEFLATE:
            unpacker = zlib.decompressobj()
            raw = unpacker.decompress(packed, size + _CHECKSUM)
            more = bool(unpacker.unconsumed_tail)
        if more or (packing != _NONE and len(raw) > size + _CHECKSUM):
            raise InputError(f"a page of {self.name} unpacks to more than its header declares")
        if len(raw) < size:
            raise InputError(
                f"{self.name} is a TIFF file that is cut short: not all of a page is there"
            )
        return raw[:size]


def _lzw(packed: bytes, size: int) -> bytes:
    """LZW by libtiff, which is given the strip as a page of ``size`` bytes in one row."""
    from PIL import TiffImagePlugin

    entries = (
        (256, 4, size), (257, 4, 1), (258, 3, 8), (259, 3, _LZW), (262, 3, 1),
        (273, 4, 8), (277, 3, 1), (278, 4, 1), (279, 4, len(packed)),
    )  # fmt: skip
    directory = struct.pack("<H", len(entries))
    for tag, kind, value in entries:
        directory += struct.pack("<HHII", tag, kind, 1, value)
    begin = 8 + len(packed) + len(packed) % 2
    page = b"II*\0" + struct.pack("<I", begin) + packed + bytes(len(packed) % 2)
    page += directory + bytes(4)
    with TiffImagePlugin.TiffImageFile(io.BytesIO(page)) as picture:
        return picture.tobytes()


def _packbits(packed: bytes, size: int) -> tuple[bytes, bool]:
    """Runs and literals, up to ``size`` bytes; and whether there were more."""
    out = bytearray()
    at = 0
    while at + 1 < len(packed) and len(out) < size:
        head = packed[at]
        if head < 128:
            out += packed[at + 1 : at + 2 + head]
            at += 2 + head
        elif head > 128:
            out += packed[at + 1 : at + 2] * (257 - head)
            at += 2
        else:
            at += 1
    return bytes(out), len(out) > size


def _float_unpredicted(
    raw: bytes, row: int, samples: int, dtype: np.dtype[Any], order: Literal["<", ">"]
) -> bytes:
    """Undo Adobe's floating-point predictor (TIFF Technical Note 3).

    The bytes of a row are stored by significance, the most significant of all numbers first, and as
    differences to the same sample of the pixel before.
    """
    rows = np.frombuffer(raw, np.uint8).reshape(-1, row // samples, samples)
    summed = np.cumsum(rows, axis=1, dtype=np.uint8).reshape(len(rows), dtype.itemsize, -1)
    numbers = np.ascontiguousarray(summed.transpose(0, 2, 1)).view(dtype.newbyteorder(">"))
    return numbers.astype(dtype.newbyteorder(order)).tobytes()


def values_text(found: Contents) -> str:
    """What a page holds, for a sentence.

    >>> values_text(Contents("picture", 0, 1, (2, 3), np.dtype("u1"), 5, 8, 1, False, False))
    '5 bands of uint8 numbers'
    """
    kind = "unknown" if found.dtype is None else found.dtype.name
    return f"{found.samples} bands of {kind} numbers" if found.samples > 1 else f"{kind} numbers"
