"""Windows bitmaps whose pixels are bit fields, with the masks that their header names."""

import struct

import numpy as np
import numpy.typing as npt
from PIL import Image

_FIELDS = (3, 6)  # BI_BITFIELDS, BI_ALPHABITFIELDS
_INFO, _WITH_ALPHA = 40, 56


def has_fields(data: bytes) -> bool:
    """Whether a BMP file is of this kind."""
    (header,) = struct.unpack_from("<I", data, 14)
    if header < _INFO or len(data) < 70:
        return False
    bits, how = struct.unpack_from("<HI", data, 28)
    return bits in (16, 32) and how in _FIELDS


def size(data: bytes) -> tuple[int, int]:
    """Width and height."""
    width, height = struct.unpack_from("<ii", data, 18)
    return width, abs(height)


def decode(data: bytes) -> Image.Image:
    """The picture as RGB, or RGBA where it has an alpha field that is not zero everywhere.

    Raises:
        ValueError: masks that are no fields, or fewer pixels than the header announces.
    """
    (begin,) = struct.unpack_from("<I", data, 10)
    header, _, height, _, bits, how = struct.unpack_from("<IiiHHI", data, 14)
    width, rows = size(data)
    masks = list(struct.unpack_from("<4I", data, 54))
    if header < _WITH_ALPHA and how == _FIELDS[0]:
        masks[3] = 0
    stride = (width * bits + 31) // 32 * 4
    raw = np.frombuffer(data, np.uint8, stride * rows, begin).reshape(rows, stride)
    pixels = raw[:, : width * bits // 8].copy().view(f"<u{bits // 8}").astype(np.uint32)
    if height > 0:  # the last row comes first
        pixels = pixels[::-1]
    channels = [_field(pixels, mask) for mask in masks]
    if not masks[3] or not channels[3].any():  # some programs leave it empty
        channels = channels[:3]
    return Image.fromarray(np.stack(channels, axis=-1))


def _field(pixels: npt.NDArray[np.uint32], mask: int) -> npt.NDArray[np.uint8]:
    """One channel, its largest value as 255."""
    if not mask:
        return np.zeros(pixels.shape, np.uint8)
    low = (mask & -mask).bit_length() - 1
    most = mask >> low
    if most & (most + 1):
        raise ValueError(f"the mask {mask:#x} has gaps")
    values = (pixels & np.uint32(mask)) >> np.uint32(low)
    return np.asarray(np.rint(values * (255.0 / most)), np.uint8)
