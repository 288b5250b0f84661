"""The pixels of one picture file: opened, chosen among frames, upright, over white, in sRGB."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    ImageOps,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    QoiImagePlugin,
    TgaImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from wam_core.errors import InputError
from wam_core.signals import bitmap, colour, containers, depth, tiff
from wam_core.signals.colour import Pixels
from wam_core.signals.grid import Item, which
from wam_core.signals.limits import Limits
from wam_core.signals.signal import IMAGE

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
    "JPEG 2000": Jpeg2KImagePlugin.Jpeg2KImageFile,
    "TGA": TgaImagePlugin.TgaImageFile,
    "PPM": PpmImagePlugin.PpmImageFile,
    "QOI": QoiImagePlugin.QoiImageFile,
}
_FRAME = "frame"
_ORIENTATION, _PROFILE = 0x0112, 34675
_TURNED = "The picture was turned upright, as its camera recorded."
_TURNS: Mapping[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


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


def most_text(limits: Limits) -> str:
    """The largest picture that is accepted, in words."""
    return (
        f"the {limits.image_pixels / 1e6:g} million pixels and "
        f"{limits.image_side:,} a side that are accepted"
    )


def _check_size(size: tuple[int, int], name: str, limits: Limits) -> None:
    width, height = size
    if width * height > limits.image_pixels or max(size) > limits.image_side:
        raise InputError(f"{name} has {width:,} × {height:,} pixels, more than {most_text(limits)}")


class Picture:
    """One file on its way to pixels, with the notes that it gathers."""

    def __init__(
        self, data: bytes, form: str, name: str, limits: Limits, item: Item | None
    ) -> None:
        self.data, self.form, self.name, self.limits, self.item = data, form, name, limits, item
        self.restart(data)

    def restart(self, data: bytes) -> None:
        """Begin again with other bytes."""
        self.data = data
        self.notes: list[str] = []
        self.series: tuple[Item, ...] = ()
        self.chosen: Item | None = None

    def pixels(self) -> Pixels:
        """(rows, columns, 3), sRGB."""
        if self.form == "WebP":
            _check_size(_webp_size(self.data), self.name, self.limits)
        if self.form == "BMP" and bitmap.has_fields(self.data):
            _check_size(bitmap.size(self.data), self.name, self.limits)
            self._choose(1)
            return self._in_srgb(_over_white(bitmap.decode(self.data), self.notes), None)
        found = tiff.contents(self.data) if self.form == "TIFF" else None
        if found is not None:
            if found.what == "raw":
                raise InputError(
                    f"{self.name} is a camera's raw file, whose sensor values are not developed "
                    "here; exporting it as TIFF or JPEG from the camera's program helps"
                )
            _check_size(found.size[::-1], self.name, self.limits)
            self._choose(found.count)
            if not found.pillow_reads:
                return self._numbers(found)
        with _opened(self.form, self.data) as picture:
            _check_size(picture.size, self.name, self.limits)
            if found is None:
                self._choose(getattr(picture, "n_frames", 1))
                picture.seek(self.chosen[1] if self.chosen else 0)
            else:
                picture.seek(self._page(found))
            return self._by_pillow(picture)

    def _choose(self, count: int) -> None:
        """Which of several frames or pages."""
        if count > 1:
            self.series = ((_FRAME, count),)
            self.chosen = which(self.series, self.item, self.name)
            if not self.chosen[1]:
                self.notes.append("The file holds several frames or pages: the first is used.")
            else:
                self.notes.append(
                    f"Of {count:,} frames or pages, number {self.chosen[1]:,} is used."
                )
        elif self.item is not None and self.item != (depth.STRETCHED, 0):
            raise InputError(
                f"item {self.item[0]} {self.item[1]} of {self.name} was asked for; "
                f"it is a single {IMAGE}"
            )

    def _page(self, found: tiff.Contents) -> int:
        """The page of a TIFF file that is chosen, of those that are no previews."""
        if self.chosen is None or not self.chosen[1]:
            return found.page
        with tiff.reading(self.data, self.name, found) as file:
            return file.full_pages()[self.chosen[1]]

    def _numbers(self, found: tiff.Contents) -> Pixels:
        """A TIFF page that Pillow would read in part or not at all."""
        with tiff.reading(self.data, self.name, found) as file:
            values = file.numbers(self._page(found))
            turn, profile = file.tag(_ORIENTATION, 1), file.tag(_PROFILE, None)
        if values.ndim == 3 and values.shape[2] not in (1, 3):
            raise InputError(
                f"{self.name} holds {tiff.values_text(found)}; a picture of one (grey) or three "
                "(red, green, blue) is accepted"
            )
        grey = self._in_eight_bits(values.squeeze(-1) if values.shape[2:] == (1,) else values, None)
        if found.white_is_zero and found.samples == 1:
            grey = 255 - grey
        picture = Image.fromarray(grey)
        if turn in _TURNS:
            self.notes.append(_TURNED)
            picture = picture.transpose(_TURNS[turn])
        return self._in_srgb(picture, profile)

    def _in_eight_bits(self, values: npt.NDArray[Any], clear: int | None) -> Pixels:
        """Deep numbers as they are, or stretched where that is asked for."""
        if depth.is_dim(values) and not self.series:
            self.series = (("as stored", 1), (depth.STRETCHED, 1))
            self.chosen = which(self.series, self.item, self.name)
        elif self.item == (depth.STRETCHED, 0):
            raise InputError(f"{self.name} cannot be stretched: it is no dark picture of 16 bits")
        stretched = self.chosen == (depth.STRETCHED, 0)
        return depth.eight_bits(values, self.name, self.notes, clear, stretched)

    def _by_pillow(self, picture: ImageFile.ImageFile) -> Pixels:
        # Both before load(), which forgets the raw mode, and the orientation of a TIFF that it turns.
        bits = _bits(picture, self.form)
        if bits > 8:
            self.notes.append("More than eight bits a channel were reduced to eight.")
        orientation = picture.getexif().get(_ORIENTATION, 1)
        if self.form == "HEIC":  # what EXIF says does not count there
            turned = containers.heif_turns(self.data)
        else:
            orientation = picture.info.get("original_orientation") or orientation
            turned = orientation in range(2, 9)
        if turned:
            self.notes.append(_TURNED)
        picture.load()
        profile = picture.info.get("icc_profile")
        clear = picture.info.get("transparency")
        if self.form == "PNG" and picture.mode == "L" and isinstance(clear, int):
            # the file counts in its own bits, which Pillow has widened to eight
            own = self.data[24]
            picture.info["transparency"] = clear * 255 // (2**own - 1) if own < 8 else clear
        upright = ImageOps.exif_transpose(picture)
        if upright.mode.startswith("I") or upright.mode == "F":
            values = np.asarray(upright)
            flat = Image.fromarray(
                self._in_eight_bits(values, clear if isinstance(clear, int) else None)
            )
        else:
            if self.item == (depth.STRETCHED, 0):
                self._in_eight_bits(np.zeros(1, np.uint8), None)
            flat = _over_white(upright, self.notes)
        return self._in_srgb(flat, profile)

    def _in_srgb(self, picture: Image.Image, profile: bytes | None) -> Pixels:
        """RGB in the sRGB colour space, by what the file declares."""
        if picture.mode == "L":
            self.notes.append("Greyscale was repeated in red, green and blue.")
        if picture.mode == "CMYK":
            self.notes.append("CMYK inks were converted to RGB.")
        space = None
        if self.form == "PNG":
            space = containers.png_space(self.data)
            if containers.png_has_code_points(self.data):
                profile = None
        elif self.form in ("AVIF", "HEIC") and not profile:
            space = containers.heif_space(self.data)
        note = None
        if profile:
            picture, note = colour.by_profile(picture, profile)
        pixels: Pixels = np.asarray(picture.convert("RGB"))
        if space is not None:
            pixels, note = colour.to_srgb(pixels, space)
        if note:
            self.notes.append(note)
        return pixels


def _bits(picture: ImageFile.ImageFile, form: str) -> int:
    """Bits a channel, where more than eight can be told from the header."""
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        return max(picture.tag_v2.get(258, (8,))) if picture.mode not in ("F", "I") else 8
    if picture.mode == "I;16":
        return 16
    if isinstance(picture, PngImagePlugin.PngImageFile):
        return 16 if any("16" in str(tile.args) for tile in picture.tile) else 8
    return int(picture.info.get("bit_depth", 8)) if form == "HEIC" else 8


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
