"""Sounds that are not compressed, or by the tables of A-law and µ-law: WAV and AIFF, both ways.

Read here and not by libsndfile, whose parser of these headers leads to a dozen old compressions:
that is where it has been attacked, and plain numbers need no decoder.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from wam_core.errors import InputError

_INTEGER, _FLOAT, _EXTENSIBLE = 0x0001, 0x0003, 0xFFFE
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_WAV_TAGS = {
    0x0002: "Microsoft ADPCM",
    0x0011: "IMA ADPCM",
    0x0031: "GSM 6.10",
    0x0050: "MPEG audio",
    0x0055: "MP3",
}
_LAWS = {0x0006: "A-law", 0x0007: "µ-law"}
_AIFC_LAWS = {b"alaw": "A-law", b"ALAW": "A-law", b"ulaw": "µ-law", b"ULAW": "µ-law"}
_AIFC: dict[bytes, tuple[str, bool]] = {
    b"NONE": (">", False),
    b"raw ": (">", False),
    b"in24": (">", False),
    b"in32": (">", False),
    b"twos": (">", False),
    b"sowt": ("<", False),
    b"fl32": (">", True),
    b"FL32": (">", True),
    b"fl64": (">", True),
    b"FL64": (">", True),
}
# What a program writes that does not know the length yet and cannot go back.
_OPEN_ENDED_FROM = 0x7FFFF000


@dataclass(frozen=True)
class Header:
    """What stands before the samples.

    Attributes:
        rate: samples per second.
        channels: as declared.
        frames: samples per channel that are really there.
        begin: where they begin, in bytes.
        width: bytes per sample.
        order: ``<`` or ``>``, as in numpy.
        floating: floating-point samples; else whole numbers.
        unsigned: whole numbers with silence in the middle, as WAV's single bytes are.
        cut: fewer samples are there than the header announces.
        law: A-law or µ-law (ITU-T G.711), one byte a sample; empty for plain numbers.
    """

    rate: int
    channels: int
    frames: int
    begin: int
    width: int
    order: str
    floating: bool
    unsigned: bool
    cut: bool
    law: str = ""


def header(data: bytes, name: str) -> Header:
    """The header of a WAV or AIFF file.

    Raises:
        InputError: compressed, or without a part that has to be there.
    """
    return _wav(data, name) if data[:4] == b"RIFF" else _aiff(data, name)


def samples(data: bytes, head: Header) -> npt.NDArray[np.float32]:
    """The samples, (channel, sample), full scale at ±1; whole numbers are divided by 2^(bits − 1)."""
    count = head.frames * head.channels
    raw = np.frombuffer(data, np.uint8, count * head.width, head.begin)
    numbers: npt.NDArray[np.generic]
    if head.law:
        numbers, scale = _law_table(head.law)[raw], 2.0**-15
    elif head.floating:
        numbers, scale = raw.view(f"{head.order}f{head.width}"), 1.0
    elif head.width == 3:
        padded = np.zeros((count, 4), np.uint8)
        padded[:, slice(1, 4) if head.order == "<" else slice(0, 3)] = raw.reshape(count, 3)
        numbers, scale = padded.view(f"{head.order}i4").ravel(), 2.0**-31
    elif head.unsigned:
        numbers, scale = raw.astype(np.int16) - 128, 2.0**-7
    else:
        numbers, scale = raw.view(f"{head.order}i{head.width}"), 2.0 ** (1 - 8 * head.width)
    # A double beyond float32 becomes infinite; the check of levels names it.
    with np.errstate(over="ignore"):
        values = numbers.reshape(head.frames, head.channels).T.astype(np.float32, order="C")
    values *= np.float32(scale)
    return values


def _law_table(law: str) -> npt.NDArray[np.int32]:
    """The sixteen-bit value of each byte, by ITU-T G.711."""
    code = np.arange(256)
    code = code ^ 0x55 if law == "A-law" else ~code & 0xFF
    exponent, mantissa = code >> 4 & 7, code & 15
    if law == "A-law":
        size = np.where(
            exponent > 0,
            ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0),
            (mantissa << 4) + 8,
        )
        return np.where(code & 0x80, size, -size).astype(np.int32)
    size = (((mantissa << 3) + 0x84) << exponent) - 0x84
    return np.where(code & 0x80, -size, size).astype(np.int32)


def encode_wav(
    values: npt.NDArray[np.floating],
    rate: int,
    *,
    depth: Literal[16, 32] = 16,
    nonce: str = "",
) -> bytes:
    """The WAV file of a sound; nothing is scaled, so several files keep their relative loudness.

    Args:
        values: (channel, sample), full scale at ±1.
        rate: samples per second.
        depth: 16 for whole numbers, which every player knows, or 32 for floating point, exact.
        nonce: a comment near the head of the file: equal sounds become different files.

    Raises:
        InputError: not of that shape, not finite, or beyond ±1 at 16 bits.
    """
    if values.ndim != 2 or not 0 < len(values) <= 0xFF or not np.isfinite(values).all():
        raise InputError(
            f"a sound of shape {values.shape} was given; finite values of shape "
            "(channel, sample) are expected"
        )
    if not 0 < rate <= 10**6:
        raise InputError(
            f"a rate of {rate} was given; 1 to 1,000,000 samples a second are accepted"
        )
    peak = float(np.abs(values).max(initial=0.0))
    if depth == 16:
        if peak > 1:
            raise InputError(
                f"the sound reaches {peak:.4g} times full scale, and 16 bits hold at most 1; "
                "lower it by one gain for all parts, or take 32 bits"
            )
        body = np.clip(np.rint(values.T * 32768.0), -32768, 32767).astype("<i2").tobytes()
    else:
        body = values.T.astype("<f4").tobytes()
    channels, width = len(values), depth // 8
    tag = _INTEGER if depth == 16 else _FLOAT
    form = struct.pack(
        "<HHIIHHH", tag, channels, rate, rate * channels * width, channels * width, depth, 0
    )
    chunks = _chunk(b"fmt ", form)
    if nonce:
        chunks += _chunk(b"LIST", b"INFO" + _chunk(b"ICMT", nonce.encode() + b"\0"))
    if depth == 32:
        chunks += _chunk(b"fact", struct.pack("<I", values.shape[1]))
    chunks += _chunk(b"data", body)
    return _chunk(b"RIFF", b"WAVE" + chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _chunks(data: bytes, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk's name, where its body begins and how long it claims to be."""
    at = 12
    while at + 8 <= len(data):
        (size,) = struct.unpack_from(f"{order}I", data, at + 4)
        yield data[at : at + 4], at + 8, size
        at += 8 + size + size % 2


def _wav(data: bytes, name: str) -> Header:
    form: tuple[int, int, int, int, int] | None = None
    for kind, begin, size in _chunks(data, "<"):
        if kind == b"fmt " and form is None:
            if size < 16 or begin + size > len(data):
                break
            tag, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", data, begin)
            if tag == _EXTENSIBLE and data[begin + 26 : begin + min(size, 40)] == _GUID_TAIL:
                (tag,) = struct.unpack_from("<H", data, begin + 24)
            form = tag, channels, rate, block, bits
        elif kind == b"data" and form is not None:
            tag, channels, rate, block, bits = form
            if tag not in (_INTEGER, _FLOAT, *_LAWS):
                how = _WAV_TAGS.get(tag, f"format {tag:#06x}")
                raise InputError(
                    f"{name} is a WAV file compressed as {how}; PCM, floating-point, A-law and µ-law WAV are "
                    "accepted, so it has to be saved again as one of these"
                )
            width = block // channels if channels else 0
            _check_samples(name, "WAV", tag == _FLOAT, width, bits, block == width * channels)
            there = len(data) - begin
            is_open = not size or size >= _OPEN_ENDED_FROM
            count = there if is_open else min(size, there)
            return Header(
                rate,
                channels,
                count // block,
                begin,
                width,
                "<",
                floating=tag == _FLOAT,
                unsigned=width == 1,
                cut=not is_open and size > there,
                law=_LAWS.get(tag, ""),
            )
    raise InputError(
        f"{name} is a damaged or incomplete WAV file: its header or its sound is missing"
    )


def _aiff(data: bytes, name: str) -> Header:
    common: tuple[int, int, int, int, bytes] | None = None
    sound: tuple[int, int] | None = None
    for kind, begin, size in _chunks(data, ">"):
        if kind == b"COMM" and begin + min(size, 22) <= len(data) and size >= 18:
            channels, frames, bits = struct.unpack_from(">HIH", data, begin)
            codec = data[begin + 18 : begin + 22] if data[8:12] == b"AIFC" else b"NONE"
            common = channels, frames, bits, _extended(data[begin + 8 : begin + 18]), codec
        elif kind == b"SSND" and begin + 8 <= len(data):
            (offset,) = struct.unpack_from(">I", data, begin)
            sound = begin + 8 + offset, size - 8 - offset
    if common is None or sound is None:
        raise InputError(
            f"{name} is a damaged or incomplete AIFF file: its header or its sound is missing"
        )
    channels, frames, bits, rate, codec = common
    law = _AIFC_LAWS.get(codec, "")
    if codec not in _AIFC and not law:
        how = codec.decode("latin-1").strip() if codec.strip().isalnum() else codec.hex()
        raise InputError(
            f"{name} is an AIFF file compressed as {how!r}; PCM, floating-point, A-law and µ-law AIFF are "
            "accepted, so it has to be saved again as one of these"
        )
    order, floating = _AIFC.get(codec, (">", False))
    if law:
        bits = 8  # of what is stored; some programs write the sixteen that it stands for
    width = -(-bits // 8)
    _check_samples(name, "AIFF", floating, width, bits, channels > 0)
    begin, size = sound
    whole = max(0, min(size, len(data) - begin)) // (width * channels)
    return Header(
        rate,
        channels,
        min(frames, whole),
        begin,
        width,
        order,
        floating=floating,
        unsigned=codec == b"raw " and width == 1,
        law=law,
        cut=frames > whole,
    )


def _check_samples(name: str, form: str, floating: bool, width: int, bits: int, fits: bool) -> None:
    if not fits or width not in ((4, 8) if floating else (1, 2, 3, 4)) or -(-bits // 8) != width:
        raise InputError(
            f"the samples in {name} have {bits} bits in {width} bytes; whole numbers of 8 to 32 "
            f"bits and floating point of 32 or 64 are accepted in {form} files"
        )


def _extended(number: bytes) -> int:
    """AIFF's sampling rate, a floating-point number of 80 bits, to a whole number; 0 for nonsense."""
    exponent = (int.from_bytes(number[:2], "big") & 0x7FFF) - 16383 - 63
    rate = math.ldexp(int.from_bytes(number[2:], "big"), min(exponent, 0))
    return round(rate) if exponent <= 0 else 0
