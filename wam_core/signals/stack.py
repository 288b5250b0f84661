"""TIFF stacks: grey pages of one size, one above the other."""

import io
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError
from wam_core.signals.frame import Frame
from wam_core.signals.grid import Grid, check_size
from wam_core.signals.limits import Limits

# Fewer grey pages are a picture with its previews, masks or a scanned letter.
_FEWEST = 4
_WIDTH, _HEIGHT, _BITS, _PACKING, _MEANING, _SAMPLES, _SUBFILE = 256, 257, 258, 259, 262, 277, 254
_DEFAULTS: Mapping[int, int] = {_BITS: 1, _PACKING: 1, _SAMPLES: 1, _SUBFILE: 0, _MEANING: 1}
_WIDTHS = {1: 1, 3: 2, 4: 4, 16: 8}  # of BYTE, SHORT, LONG and LONG8, in bytes
_GREY = (0, 1)  # white or black is zero
_NONE, _LZW, _PACKBITS, _DEFLATE = 1, 5, 32773, (8, 32946)
_MM = {"mm": 1.0, "micron": 1e-3, "um": 1e-3, "µm": 1e-3, "\\u00b5m": 1e-3, "nm": 1e-6, "cm": 10.0}


@dataclass(frozen=True)
class Pages:
    """What the chain of headers in a TIFF file says.

    Attributes:
        size: pages, rows, columns.
        packing: how the numbers are compressed, by TIFF's own number.
        broken: whether the chain leads out of the file.
    """

    size: tuple[int, int, int]
    packing: int
    broken: bool = False


def pages(data: bytes, most: int = 2048) -> Pages | None:
    """The stack in a TIFF file; None for a picture, for pages that differ, and for damage.

    >>> pages(b"II*\\0" + bytes(40)) is None
    True
    """
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return None
    tags: list[dict[int, int]] = []
    broken = False
    try:
        tags.extend(_chain(data, order, most))
    except (struct.error, KeyError, OverflowError):
        broken = True
    if len(tags) < _FEWEST or len({tuple(sorted(page.items())) for page in tags}) > 1:
        return None
    page = {**_DEFAULTS, **tags[0]}
    grey = page[_SAMPLES] == 1 and page[_MEANING] in _GREY and not page[_SUBFILE] & 1
    if not grey or _WIDTH not in page or _HEIGHT not in page:
        return None
    return Pages((len(tags), page[_HEIGHT], page[_WIDTH]), page[_PACKING], broken)


def decode(data: bytes, name: str, limits: Limits) -> Grid:
    """A stack as (page, row, column), in the values of the file.

    The distances that ImageJ notes are kept.

    Raises:
        InputError: too large (by the headers), damaged, or of several channels.
    """
    import tifffile  # only who needs it waits for it

    found = pages(data, limits.volume_side + 1)
    if found is None:
        raise InputError(f"{name} is no stack of at least {_FEWEST} equal grey pages")
    check_size(found.size, name, limits)
    if found.broken:
        raise InputError(f"{name} is cut short: not all of its pages are there")
    note = f"A TIFF file with {found.size[0]:,} grey pages of one size: read as a volume."
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        first = file.pages.first
        described = str(first.tags.valueof(270, default=""))
        _check_channels(described, name)
        frame = _frame(described, first, found.size)
        if found.packing in (_NONE, _PACKBITS, *_DEFLATE):
            layers = [
                _page(file.pages[number], data, found, name) for number in range(found.size[0])
            ]
        else:
            layers = _by_pillow(data, found, name)
    return Grid(np.stack(layers), frame, (note,))


def _chain(data: bytes, order: str, most: int) -> Iterator[dict[int, int]]:
    """Each page's tags that matter here, of at most ``most`` pages."""
    big = data[2:4] in (b"+\0", b"\0+")
    if big:
        (at,) = struct.unpack_from(f"{order}Q", data, 8)
        counting, width, entry = f"{order}Q", 8, 20
    else:
        (at,) = struct.unpack_from(f"{order}I", data, 4)
        counting, width, entry = f"{order}H", 4, 12
    seen: set[int] = set()
    while at and at not in seen and len(seen) < most:
        seen.add(at)
        (count,) = struct.unpack_from(counting, data, at)
        begin = at + struct.calcsize(counting)
        if begin + count * entry > len(data):
            raise struct.error("a page's header ends outside the file")
        tags = {}
        for place in range(begin, begin + count * entry, entry):
            tag, kind = struct.unpack_from(f"{order}HH", data, place)
            (amount,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", data, place + 4)
            if tag in (_WIDTH, _HEIGHT, *_DEFAULTS) and amount == 1:
                value = data[place + entry - width :][: _WIDTHS[kind]]
                tags[tag] = int.from_bytes(value, "little" if order == "<" else "big")
        yield tags
        (at,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", data, begin + count * entry)


def _page(page: Any, data: bytes, found: Pages, name: str) -> npt.NDArray[Any]:
    """One page by tifffile, whose inflating knows no bound: that is tried first, with one."""
    if found.packing in _DEFLATE:
        most = 2 * (page.nbytes + 2**16)  # tiles reach beyond the edges
        for at, length in zip(page.dataoffsets, page.databytecounts, strict=True):
            packed = zlib.decompressobj()
            packed.decompress(data[at : at + length], most)
            if packed.unconsumed_tail:
                raise InputError(f"a page of {name} unpacks to more than its header declares")
    layer: npt.NDArray[Any] = page.asarray(maxworkers=1)
    return _checked(layer, found, name)


def _by_pillow(data: bytes, found: Pages, name: str) -> list[npt.NDArray[Any]]:
    """LZW, JPEG and the like by libtiff, which writes no more than a page is large."""
    from PIL import TiffImagePlugin

    layers = []
    with TiffImagePlugin.TiffImageFile(io.BytesIO(data)) as picture:
        for number in range(found.size[0]):
            picture.seek(number)
            layers.append(_checked(np.array(picture), found, name))
    return layers


def _checked(layer: npt.NDArray[Any], found: Pages, name: str) -> npt.NDArray[Any]:
    if layer.shape != found.size[1:] or layer.dtype != np.dtype(layer.dtype.type):
        raise InputError(f"the pages of {name} are not of one size and kind")
    return layer


def _check_channels(described: str, name: str) -> None:
    """ImageJ lays channels and moments between the slices."""
    for what in ("channels", "frames"):
        tagged = re.search(rf"^{what}=(\d+)", described, re.MULTILINE)
        if described.startswith("ImageJ=") and tagged and int(tagged[1]) > 1:
            raise InputError(
                f"{name} holds {tagged[1]} {what} in one stack; one is accepted, "
                "which ImageJ saves after Image > Duplicate"
            )


def _frame(described: str, page: Any, size: tuple[int, int, int]) -> Frame:
    """The distances, where ImageJ noted that between pages."""
    fields = dict(line.split("=", 1) for line in described.splitlines() if "=" in line)
    if "ImageJ" not in fields:
        return Frame()
    steps = [_number(fields.get("spacing", "1"))]
    for tag in (283, 282):  # rows, columns: pixels for each unit
        over, under = page.tags.valueof(tag, default=(1, 1))
        steps.append(under / over if over and under else 1.0)
    scale = _MM.get(fields.get("unit", ""), 0.0)
    depth, height, width = (step * (scale or 1.0) for step in steps)
    return Frame((depth, height, width), "mm" if scale else "")


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 1.0
    return value if 0 < value < float("inf") else 1.0
