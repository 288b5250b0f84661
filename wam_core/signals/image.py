"""Pictures: bytes → RGB on a grid. The only file that knows Pillow."""

import hashlib
import io
import threading
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from wam_core.errors import InputError
from wam_core.signals.limits import Limits
from wam_core.signals.signal import IMAGE, Signal

ACCEPTED = "PNG, JPEG, WebP, TIFF, BMP, AVIF, HEIC and GIF pictures"

# The plug-ins are called directly: Image.open would try others, and it warns and raises by a
# process-wide limit of pixels instead of ours.
_PLUGINS: Mapping[str, type[ImageFile.ImageFile]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "GIF": GifImagePlugin.GifImageFile,
}
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
)
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
    return None


def decode(data: bytes, name: str, limits: Limits) -> Signal:
    """A picture as uint8 (3, height, width), sRGB, upright, over white.

    Each conversion adds one sentence to the notes. Of several frames or pages, the first is taken.
    Sixteen-bit grey is divided by 257 and rounded; sixteen-bit colour keeps its high byte, as
    Pillow reads no more; floating-point grey must lie in [0, 1] and is multiplied by 255.

    Raises:
        InputError: too many pixels (told from the header), damaged, cut short, or of a kind of
            pixel that has no agreed meaning as RGB.
    """
    form = kind(data)
    if form is None:
        raise InputError(f"{name} is not a picture; {ACCEPTED} are accepted")
    notes: list[str] = []
    with _one_at_a_time, warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        try:
            if form == "WebP":
                _check_size(_webp_size(data), name, limits)
            with _opened(form, data) as picture:
                _check_size(picture.size, name, limits)
                pixels = np.asarray(_upright_rgb(picture, form, name, notes))
        except InputError:
            raise
        except MemoryError:
            raise InputError(f"{name} needs more memory than this machine has left") from None
        except Image.DecompressionBombError:
            raise InputError(f"{name} declares more pixels than {_most(limits)}") from None
        except Exception:
            # A decoder that is fed hostile or cut bytes can raise nearly anything, and what it
            # says ("broken data stream", "unpack requires …") helps nobody.
            raise InputError(
                f"{name} is a damaged, incomplete or unusual {form} file that cannot be decoded; "
                "saving it again as PNG or JPEG may help"
            ) from None
    notes += [
        f"While decoding: {remark}."
        for remark in dict.fromkeys(str(warning.message).strip().rstrip(".") for warning in remarks)
    ]
    values = np.ascontiguousarray(pixels.transpose(2, 0, 1))
    return Signal(values, IMAGE, name, hashlib.sha256(data).hexdigest(), tuple(notes))


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


def _opened(form: str, data: bytes) -> ImageFile.ImageFile:
    """The header read, the pixels not yet."""
    if form == "HEIC":
        from pillow_heif.as_plugin import HeifImageFile  # loads libheif: only who needs it pays

        heif: ImageFile.ImageFile = HeifImageFile(io.BytesIO(data))  # type: ignore[no-untyped-call]  # theirs
        return heif
    return _PLUGINS[form](io.BytesIO(data))


def _webp_size(data: bytes) -> tuple[int, int]:
    """The canvas in a WebP header: its plug-in reserves the canvas at once, so it comes too late."""

    def number(start: int, count: int) -> int:
        return int.from_bytes(data[start : start + count], "little")

    match data[12:16]:
        case b"VP8X":
            return number(24, 3) + 1, number(27, 3) + 1
        case b"VP8L":
            bits = number(21, 4)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case _:
            return number(26, 2) & 0x3FFF, number(28, 2) & 0x3FFF


def _most(limits: Limits) -> str:
    return (
        f"the {limits.image_pixels / 1e6:g} million pixels and "
        f"{limits.image_side:,} a side that are accepted"
    )


def _check_size(size: tuple[int, int], name: str, limits: Limits) -> None:
    width, height = size
    if width * height > limits.image_pixels or max(size) > limits.image_side:
        raise InputError(f"{name} has {width:,} × {height:,} pixels, more than {_most(limits)}")


def _upright_rgb(
    picture: ImageFile.ImageFile, form: str, name: str, notes: list[str]
) -> Image.Image:
    if getattr(picture, "is_animated", False):
        notes.append("The file holds several frames or pages: the first is used.")
    # Both before load(), which forgets the raw mode, and the orientation of a TIFF that it turns.
    if _bits(picture, form) > 8:
        notes.append("More than eight bits a channel were reduced to eight.")
    orientation = picture.getexif().get(0x0112, 1)
    orientation = picture.info.get("original_orientation") or orientation
    if orientation in range(2, 9):
        notes.append("The picture was turned upright, as its camera recorded.")
    picture.load()
    profile = picture.info.get("icc_profile")
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I") or upright.mode == "F":
        flat: Image.Image = _deep_grey(upright, name, notes)
    else:
        flat = _over_white(upright, notes)
    return _srgb(flat, profile, notes)


def _bits(picture: ImageFile.ImageFile, form: str) -> int:
    """Bits a channel, where more than eight can be told from the header."""
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        return max(picture.tag_v2.get(258, (8,))) if picture.mode not in ("F", "I") else 8
    if picture.mode == "I;16":
        return 16
    if isinstance(picture, PngImagePlugin.PngImageFile):
        return 16 if any("16" in str(tile.args) for tile in picture.tile) else 8
    return int(picture.info.get("bit_depth", 8)) if form == "HEIC" else 8


def _deep_grey(picture: Image.Image, name: str, notes: list[str]) -> Image.Image:
    """Grey of 16, 32 or floating-point bits → 8."""
    values: npt.NDArray[Any] = np.asarray(picture)
    clear = picture.info.get("transparency")
    if picture.mode == "F":
        if not np.isfinite(values).all():
            raise InputError(f"{name} holds NaN or infinite values; finite numbers are accepted")
        low, high = float(values.min()), float(values.max())
        if low < 0 or high > 1:
            raise InputError(
                f"{name} holds floating-point values from {low:.3g} to {high:.3g}; "
                "for a picture, 0 (black) to 1 (white) is accepted"
            )
        notes.append("Floating-point values from 0 to 1 were multiplied by 255.")
        grey = np.rint(values * 255)
    else:
        values = values.astype(np.int64)
        low, high = int(values.min()), int(values.max())
        if low < 0 or high > 65535:
            raise InputError(
                f"{name} holds whole numbers from {low} to {high}; "
                "for a picture, 0 to 65535 (sixteen bits) is accepted"
            )
        if picture.mode == "I":
            notes.append("Whole numbers were read as sixteen bits and reduced to eight.")
        grey = (values + 128) // 257  # 65535 = 255 × 257
    if isinstance(clear, int):
        grey = np.where(values == clear, 255, grey)
        notes.append("Transparent parts were laid over white.")
    return Image.fromarray(grey.astype(np.uint8))


def _over_white(picture: Image.Image, notes: list[str]) -> Image.Image:
    """Palettes expanded, transparency laid over white; L, RGB and CMYK stay as they are."""
    if picture.mode in ("P", "PA"):
        notes.append("Palette colours were expanded to RGB.")
    if picture.has_transparency_data:
        layered = picture.convert("RGBA")
        alpha = layered.getchannel("A")
        if alpha.getextrema() != (255, 255):
            notes.append("Transparent parts were laid over white.")
        white = Image.new("RGB", layered.size, "white")
        white.paste(layered, mask=alpha)
        return white
    if picture.mode == "1":
        notes.append("One-bit black and white was widened to eight bits.")
        return picture.convert("L")
    return picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")


def _srgb(picture: Image.Image, profile: bytes | None, notes: list[str]) -> Image.Image:
    """RGB in the sRGB colour space, by the embedded profile where there is one."""
    if picture.mode == "L":
        notes.append("Greyscale was repeated in red, green and blue.")
    if picture.mode == "CMYK":
        notes.append("CMYK inks were converted to RGB.")
    if profile:
        try:
            described = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            title = ImageCms.getProfileDescription(described).strip()
            # Networks were trained on pixels taken as sRGB; the identity would cost a rounding.
            if "srgb" not in title.casefold():
                target = ImageCms.createProfile("sRGB")
                converted = ImageCms.profileToProfile(picture, described, target, outputMode="RGB")
                if converted is not None:
                    notes.append(f"Colours were converted from {title or 'a profile'} to sRGB.")
                    return converted
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            notes.append("The embedded colour profile does not fit the picture and was ignored.")
    return picture.convert("RGB")
