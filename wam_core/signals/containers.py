"""What picture files say around their pixels: chunks of PNG, boxes of AVIF and HEIC, ends of JPEG."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from wam_core.signals import colour
from wam_core.signals.colour import Pixels, Space

_PNG_BEGIN = 8
_PIXEL_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_BOXES_WITHIN = 2**18
_JPEG_END = b"\xff\xd9"
# So much of a picture may be missing below, where a JPEG file ends without its end marker.
_MISSING = 1 / 8


def png_space(data: bytes) -> Space | None:
    """The colour space that cICP, else gAMA and cHRM declare, if neither iCCP nor sRGB do.

    That is the order of precedence of the PNG specification, third edition, 4.3.
    """
    found = {kind: body for kind, body, sound in png_chunks(data) if sound}
    if (coded := found.get(b"cICP")) is not None and len(coded) == 4:
        return colour.from_code_points(coded[0], coded[1])
    if b"iCCP" in found or b"sRGB" in found:
        return None
    gamma = places = None
    if len(found.get(b"gAMA", b"")) == 4:
        gamma = int.from_bytes(found[b"gAMA"], "big") / 100_000
    if len(found.get(b"cHRM", b"")) == 32:
        numbers = struct.unpack(">8I", found[b"cHRM"])
        if all(numbers):  # without zeros, which no colour has
            places = tuple(number / 100_000 for number in numbers)
    return colour.from_gamma(gamma, places)


def png_has_code_points(data: bytes) -> bool:
    """Whether a cICP chunk overrules the ICC profile."""
    return any(kind == b"cICP" and sound for kind, _, sound in png_chunks(data))


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    """Each chunk's name and body, and whether its checksum fits; pixels are left out."""
    at = _PNG_BEGIN
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        kind, end = data[at + 4 : at + 8], at + 12 + size
        if end > len(data):
            return
        if kind != b"IDAT":
            body = data[at + 8 : at + 8 + size]
            yield kind, body, zlib.crc32(kind + body) == int.from_bytes(data[end - 4 : end], "big")
        at = end


def bare_png(data: bytes) -> bytes:
    """The same picture without texts, times and other chunks that pixels do not need."""
    kept = bytearray(data[:_PNG_BEGIN])
    at = _PNG_BEGIN
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        kind, end = data[at + 4 : at + 8], at + 12 + size
        if kind in _PIXEL_CHUNKS and (size or kind not in (b"tRNS", b"PLTE")):
            kept += data[at:end]
        at = end
    return bytes(kept)


def closed_jpeg(data: bytes) -> bytes | None:
    """A JPEG file with the end marker that it lacks; None where it has one."""
    scan = data.rfind(b"\xff\xda")
    return None if scan < 0 or _JPEG_END in data[scan:] else data + _JPEG_END


def is_cut_short(pixels: Pixels) -> bool:
    """Whether more of a closed JPEG file is missing than a viewer would overlook.

    What is missing has the colour of the last block, row by row to the lower edge.
    """
    flat = (pixels == pixels[:, -1:]).all(axis=(1, 2))[::-1]
    missing = len(flat) if flat.all() else int(np.argmin(flat))
    return missing > _MISSING * len(flat)


def heif_space(data: bytes) -> Space | None:
    """The colour space of AVIF's and HEIC's nclx box; None where there is none, or sRGB."""
    at = data[:_BOXES_WITHIN].find(b"colrnclx")
    if at < 0 or at + 12 > len(data):
        return None
    primaries, transfer = struct.unpack_from(">HH", data, at + 8)
    return colour.from_code_points(primaries, transfer)


def heif_turns(data: bytes) -> bool:
    """Whether the file itself orders a turn or a mirror (irot, imir), which decoding carries out."""
    boxes = data[:_BOXES_WITHIN]
    at = boxes.find(b"irot")
    return (at > 0 and at + 4 < len(boxes) and boxes[at + 4] & 3 != 0) or boxes.find(b"imir") > 0
