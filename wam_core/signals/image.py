"""Pictures: what they are, by their bytes; bytes → RGB on a grid, and back."""

import hashlib
import io
import re
import struct
import threading
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from wam_core.errors import InputError
from wam_core.signals import containers, tiff
from wam_core.signals.colour import Pixels
from wam_core.signals.grid import Item
from wam_core.signals.limits import Limits
from wam_core.signals.picture import Picture, most_text
from wam_core.signals.signal import IMAGE, Signal

ACCEPTED = "PNG, JPEG, WebP, TIFF, BMP, AVIF, HEIC, GIF, JPEG 2000, TGA, PPM and QOI pictures"

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"qoif", "QOI"),
    *((magic, "TIFF") for magic in tiff.MAGIC),
)
_PPM = re.compile(rb"P[1-6][\s#]|P[Ff]\s")
_TGA_END = b"TRUEVISION-XFILE.\0"
_TGA_KINDS = (1, 2, 3, 9, 10, 11)
_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"}

# Decoding collects Pillow's warnings, which Python can only do for the whole process; one picture
# at a time also bounds the memory (50 million pixels take 0.7 to 0.9 GB on their way to RGB).
_one_at_a_time = threading.Lock()


def kind(data: bytes) -> str | None:
    """The format of a picture, by its first bytes; None for anything else.

    >>> kind(b"GIF89a..."), kind(b"<svg ...")
    ('GIF', None)
    """
    if data[128:132] == b"DICM":  # its first 128 bytes may be anything, a TIFF header too
        return None
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if data[4:8] == b"ftyp":
        end = min(int.from_bytes(data[:4], "big"), 256)
        brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
        if brands & _AVIF_BRANDS:
            return "AVIF"
        if brands & _HEIC_BRANDS:
            return "HEIC"
    if _PPM.match(data):
        return "PPM"
    return "TGA" if _is_tga(data) else None


def _is_tga(data: bytes) -> bool:
    """TGA has no signature: a footer tells the newer kind, a plausible header the older."""
    if data.endswith(_TGA_END):
        return True
    if len(data) < 18 or data[1] > 1 or data[2] not in _TGA_KINDS:
        return False
    width, height = struct.unpack_from("<HH", data, 12)
    bits, mapped = data[16], data[2] in (1, 9)
    if not width or not height or bits not in (8, 16, 24, 32) or mapped != (data[1] == 1):
        return False
    first, count = struct.unpack_from("<HH", data, 3)
    depth_of_entry = data[7]
    if (mapped and not count) or (not mapped and (first or count or depth_of_entry)):
        return False
    begin = 18 + data[0] + int(count) * -(-depth_of_entry // 8)
    whole = begin + int(width) * int(height) * (bits // 8)
    return whole <= len(data) <= whole + 4096 if data[2] < 9 else begin < len(data)


def decode(data: bytes, name: str, limits: Limits, item: Item | None = None) -> Signal:
    """A picture as uint8 (3, height, width), sRGB, upright, over white.

    Each conversion adds one sentence to the notes. Sixteen-bit grey is divided by 257 and rounded;
    sixteen-bit colour keeps its high byte, as Pillow reads no more; floating point must lie in
    [0, 1] and is multiplied by 255. Broken texts in a PNG file and a missing end marker of a JPEG
    file are passed over, as browsers do.

    Args:
        data: the whole file.
        name: for display.
        limits: checked against the header before anything is allocated.
        item: which frame or page of several; or ``("stretched", 0)``, a dark picture of sixteen
            bits with its largest value as white.

    Raises:
        InputError: too many pixels (told from the header), damaged, cut short, of a kind of
            pixel that has no agreed meaning as RGB, or an item that is not there.
    """
    form = kind(data)
    if form is None:
        raise InputError(f"{name} is not a picture; {ACCEPTED} are accepted")
    picture = Picture(data, form, name, limits, item)
    with _one_at_a_time, warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        try:
            pixels = _repaired(picture)
        except InputError:
            raise
        except MemoryError:
            raise InputError(f"{name} needs more memory than this machine has left") from None
        except Image.DecompressionBombError:
            raise InputError(f"{name} declares more pixels than {most_text(limits)}") from None
        except Exception:
            # A decoder that is fed hostile or cut bytes can raise nearly anything, and what it
            # says ("broken data stream", "unpack requires …") helps nobody.
            raise InputError(
                f"{name} is a damaged, incomplete or unusual {form} file that cannot be decoded; "
                "saving it again as PNG or JPEG may help"
            ) from None
    notes = picture.notes + [
        f"While decoding: {remark}."
        for remark in dict.fromkeys(str(warning.message).strip().rstrip(".") for warning in remarks)
    ]
    return Signal(
        np.ascontiguousarray(pixels.transpose(2, 0, 1)),
        IMAGE,
        name,
        hashlib.sha256(data).hexdigest(),
        tuple(notes),
        series=picture.series,
        item=picture.chosen,
    )


def _repaired(picture: Picture) -> Pixels:
    """The pixels; of a file that is damaged where browsers do not mind, too."""
    try:
        return picture.pixels()
    except InputError:
        raise
    except Exception:
        if picture.form == "PNG":
            picture.restart(containers.bare_png(picture.data))
            pixels = picture.pixels()
            picture.notes.append("Broken texts or other data beside the pixels were passed over.")
            return pixels
        closed = containers.closed_jpeg(picture.data) if picture.form == "JPEG" else None
        if closed is None:
            raise
        picture.restart(closed)
        pixels = picture.pixels()
        if containers.is_cut_short(pixels):
            raise InputError(
                f"{picture.name} is a JPEG file that is cut short: its lower part is missing"
            ) from None
        picture.notes.append(
            "The file lacks its end marker: some of the lower edge may be missing."
        )
        return pixels


def to_pil(signal: Signal) -> Image.Image:
    """A picture as Pillow's, for transforms that are defined on it."""
    if signal.modality != IMAGE:
        raise InputError(f"{signal.name} is a {signal.modality}; an image is expected")
    return Image.fromarray(np.ascontiguousarray(signal.values.transpose(1, 2, 0)))


def encode_png(pixels: npt.NDArray[Any]) -> bytes:
    """The PNG file of uint8 pixels, (height, width) grey or (height, width, 3) RGB."""
    if pixels.dtype != np.uint8 or pixels.shape[2:] not in ((), (3,)) or pixels.ndim < 2:
        raise InputError(
            f"pixels of type {pixels.dtype} and shape {pixels.shape} were given; "
            "uint8 of (height, width) or (height, width, 3) is expected"
        )
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "PNG")
    return out.getvalue()


def encode_webp(pixels: npt.NDArray[Any], quality: int = 85) -> bytes:
    """A small WebP file of uint8 pixels, (height, width, 3) RGB or (height, width, 4) RGBA."""
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "WEBP", quality=quality)
    return out.getvalue()
