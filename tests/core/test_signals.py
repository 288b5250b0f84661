"""Pictures as people have them → RGB, or one sentence; what a file is that nobody can explain."""

import hashlib
import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from wam_core.errors import InputError
from wam_core.signals import Limits
from wam_core.signals.image import encode_png, to_pil
from wam_core.signals.intake import decode as read
from wam_core.signals.signal import Signal

HEIGHT, WIDTH = 20, 32


def gradient(mode="RGB"):
    """Red rises with the column, green with the row, blue is 64."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    rgb = np.stack([columns * 8, rows * 12, np.full_like(rows, 64)], axis=-1).astype(np.uint8)
    return Image.fromarray(rgb).convert(mode)


def saved(picture, form, **options):
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def heic(picture):
    out = io.BytesIO()
    pillow_heif.from_pillow(picture).save(out, quality=-1)
    return out.getvalue()


def pixels(signal):
    return signal.values.transpose(1, 2, 0)


def refusal(data, name="photo.png", limits=None):
    """The message, which must be one sentence without a path."""
    with pytest.raises(InputError) as caught:
        read(data, name, limits or Limits())
    message = str(caught.value)
    assert name in message
    assert "\n" not in message and ". " not in message and not message.endswith(".")
    assert "/tmp" not in message and "site-packages" not in message
    return message


@pytest.mark.parametrize(
    ("form", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 40),
        ("JPEG", {"quality": 98, "subsampling": 0}, 6),
        ("AVIF", {"quality": 100, "subsampling": "4:4:4"}, 6),
    ],
)
def test_a_format_is_decoded_whatever_its_name(form, options, tolerance):
    data = saved(gradient(), form, **options)
    signal = read(data, "holiday.xyz")
    assert signal.modality == "image" and signal.values.dtype == np.uint8
    assert signal.values.shape == (3, HEIGHT, WIDTH) and signal.size == (HEIGHT, WIDTH)
    assert not signal.values.flags.writeable
    assert signal.sha256 == hashlib.sha256(data).hexdigest()
    assert signal.notes == ()
    difference = np.abs(pixels(signal).astype(int) - np.asarray(gradient()).astype(int))
    assert difference.max() <= tolerance


def test_heic():
    big = gradient().resize((64, 64))
    signal = read(heic(big), "IMG_0001.HEIC")
    assert signal.values.shape == (3, 64, 64) and signal.notes == ()
    assert np.abs(pixels(signal).astype(int) - np.asarray(big).astype(int)).max() <= 12


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_exif_orientation_turns_the_picture_upright(form, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if form == "WEBP" else {"quality": 95}
    signal = read(saved(gradient(), form, exif=exif, **options), "p")
    expected = np.rot90(np.asarray(gradient()), {3: 2, 6: 3, 8: 1}[orientation])
    assert pixels(signal).shape == expected.shape
    assert np.abs(pixels(signal).astype(int) - expected.astype(int)).mean() < 5
    assert signal.notes == ("The picture was turned upright, as its camera recorded.",)


def test_cmyk():
    signal = read(saved(gradient("CMYK"), "JPEG", quality=98, subsampling=0), "print.jpg")
    assert signal.notes == ("CMYK inks were converted to RGB.",)
    assert np.abs(pixels(signal).astype(int) - np.asarray(gradient()).astype(int)).max() <= 8


def test_greyscale_and_one_bit():
    grey = read(saved(gradient("L"), "PNG"), "g.png")
    assert (grey.values == np.asarray(gradient("L"))).all()
    assert grey.notes == ("Greyscale was repeated in red, green and blue.",)
    bits = read(saved(gradient("1"), "PNG"), "b.png")
    assert (bits.values == np.asarray(gradient("1"), dtype=np.uint8) * 255).all()
    assert "One-bit black and white was widened to eight bits." in bits.notes


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_transparency_is_laid_over_white(form):
    picture = gradient("RGBA")
    alpha = Image.new("L", picture.size, 255)
    alpha.paste(0, (0, 0, 8, 8))
    alpha.paste(128, (8, 0, 16, 8))
    picture.putalpha(alpha)
    options = {"lossless": True, "exact": True} if form == "WEBP" else {}
    signal = read(saved(picture, form, **options), "logo")
    assert signal.notes == ("Transparent parts were laid over white.",)
    assert (signal.values[:, :8, :8] == 255).all()
    assert (pixels(signal)[8:] == np.asarray(gradient())[8:]).all()
    half = np.asarray(gradient())[:8, 8:16] * 0.5 + 127.5
    assert np.abs(pixels(signal)[:8, 8:16] - half).max() <= 2


def test_an_opaque_alpha_channel_changes_nothing():
    assert read(saved(gradient("RGBA"), "PNG"), "p").notes == ()


def test_palette_with_transparency():
    picture = Image.new("P", (4, 4), 1)
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putpixel((0, 0), 0)
    signal = read(saved(picture, "PNG", transparency=b"\x00\xff"), "p.png")
    assert pixels(signal)[0, 0].tolist() == [255, 255, 255]
    assert pixels(signal)[1, 1].tolist() == [0, 0, 255]
    assert len(signal.notes) == 2


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_divided_by_257(form):
    values = np.array([[0, 128, 129, 257], [32768, 65535, 65407, 65406]], dtype=np.uint16)
    signal = read(saved(Image.fromarray(values), form), "deep")
    assert signal.values[0].tolist() == [[0, 0, 1, 1], [128, 255, 255, 254]]
    assert "More than eight bits a channel were reduced to eight." in signal.notes


def png16(rgb):
    """Pillow writes no sixteen-bit colour, so the chunks are laid by hand."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in rgb)
    header = struct.pack(">IIBBBBB", rgb.shape[1], rgb.shape[0], 16, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_sixteen_bit_colour():
    rgb = np.asarray(gradient()).astype(np.uint16) * 257
    signal = read(png16(rgb), "deep.png")
    assert (pixels(signal) == np.asarray(gradient())).all()
    assert signal.notes == ("More than eight bits a channel were reduced to eight.",)


def test_floating_point_grey():
    values = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    signal = read(saved(Image.fromarray(values), "TIFF"), "f.tif")
    assert (signal.values[1].ravel() == np.arange(256)).all()
    values = values * 1000
    assert "from 0 to 1e+03" in refusal(saved(Image.fromarray(values), "TIFF"), "f.tif")
    values[3, 3] = np.nan
    assert "NaN" in refusal(saved(Image.fromarray(values), "TIFF"), "f.tif")


def test_whole_numbers_beyond_sixteen_bits_are_refused():
    values = np.array([[-5, 70000]], dtype=np.int32)
    assert "from -5 to 70000" in refusal(saved(Image.fromarray(values), "TIFF"), "f.tif")


@pytest.mark.parametrize("form", ["GIF", "TIFF", "PNG", "WEBP"])
def test_of_several_frames_the_first_is_used(form):
    black, white = (Image.new("RGB", (8, 8), colour) for colour in ("black", "white"))
    options = {"lossless": True} if form == "WEBP" else {}
    data = saved(black, form, save_all=True, append_images=[white], **options)
    signal = read(data, "frames")
    assert signal.values.max() == 0
    assert "The file holds several frames or pages: the first is used." in signal.notes


def test_an_embedded_profile_is_applied_and_srgb_costs_nothing():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = read(saved(gradient(), "PNG", icc_profile=srgb), "p.png")
    assert plain.notes == () and (pixels(plain) == np.asarray(gradient())).all()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    odd = read(saved(gradient(), "PNG", icc_profile=lab), "p.png")
    assert odd.notes == ("The embedded colour profile does not fit the picture and was ignored.",)
    broken = read(saved(gradient(), "PNG", icc_profile=b"nonsense"), "p.png")
    assert broken.notes == odd.notes and (pixels(broken) == np.asarray(gradient())).all()


def test_one_pixel():
    assert read(saved(Image.new("RGB", (1, 1), "red"), "PNG"), "dot").values.ravel().tolist() == [
        255, 0, 0,
    ]  # fmt: skip


# What is refused.


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b"%PDF-1.7\n...", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS"),
        (b"just some notes\n", "plain text"),
        (("x" + "é" * 3000).encode(), "plain text"),
        (b"<html><svg></svg></html>", "HTML"),
        (bytes(128) + b"DICM" + bytes(40), "a volume of another kind (DICOM)"),
        (b"8BPS\0\1" + bytes(50), "Photoshop"),
        (b"PK\3\4" + bytes(60), "ZIP"),
        (b"\x7fELF\2\1\1" + bytes(60), "ELF"),
        (bytes(range(1, 256)), "not recognised"),
        (b"RIFX\0\0\0\x24WAVEfmt " + bytes(40), "a sound of another kind (big-endian WAV)"),
        (b"OggS" + bytes(22) + b"\1\x50Speex   " + bytes(72), "OGG without Vorbis or Opus"),
        (b"MATLAB 5.0 MAT-file" + bytes(200), "a sound of another kind (MATLAB)"),
        (b"\0\0\3\xe8" + bytes(60), "not recognised"),
        (b"ID3\4\0\0\0\0\0\0MATLAB 5.0 MAT-file" + bytes(200), "a music tag (ID3)"),
    ],
)
def test_other_files_are_named(data, words):
    message = refusal(data)
    assert words in message and "PNG, JPEG" in message and "64 MiB" in message
    assert "WAV, FLAC" in message and "10 min and 8 channels" in message
    assert "NIfTI, NPY, NPZ" in message and "16.8 million voxels or 2 million vertices" in message


def test_a_picture_has_no_items():
    with pytest.raises(InputError, match="item test 3 of p was asked for; it is a single image"):
        read(saved(gradient(), "PNG"), "p", item=("test", 3))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "AVIF", "GIF", "HEIC"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_a_file_cut_short_is_refused(form, share):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    data = heic(picture) if form == "HEIC" else saved(picture, form)
    refusal(data[: max(30, int(len(data) * share))], "cut")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "AVIF", "GIF", "HEIC"])
def test_damage_gives_a_picture_or_a_sentence(form):
    data = heic(gradient()) if form == "HEIC" else saved(gradient(), form)
    generator = np.random.default_rng(1)
    for _ in range(60):
        broken = bytearray(data)
        for at in generator.integers(12, len(data), 3):
            broken[at] = generator.integers(256)
        try:
            assert read(bytes(broken), "damaged").values.dtype == np.uint8
        except InputError as error:
            assert "\n" not in str(error)


def test_limits_are_told_from_length_and_header():
    data = saved(gradient(), "PNG")
    assert f"{len(data):,} bytes" in refusal(data, limits=Limits(file_bytes=50))
    assert "32 × 20 pixels" in refusal(data, limits=Limits(image_pixels=639))
    assert "31 a side" in refusal(data, limits=Limits(image_side=31))
    assert read(data, "p", Limits(len(data), 640, 32)).size == (HEIGHT, WIDTH)


def resized_header(form, side):
    """A small file whose header declares side × side pixels."""
    data = bytearray(saved(gradient(), form, **({"lossless": True} if form == "WEBP" else {})))
    if form == "PNG":
        data[16:24] = struct.pack(">II", side, side)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    elif form == "BMP":
        data[18:26] = struct.pack("<ii", side, side)
    elif form == "GIF":
        data[6:10] = struct.pack("<HH", side, side)
    elif form == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", side, side)
    elif form == "WEBP":
        data[21:25] = struct.pack("<I", (side - 1) | (side - 1) << 14 | data[24] & 0xF0)
    return bytes(data)


@pytest.mark.parametrize("form", ["PNG", "BMP", "GIF", "JPEG", "WEBP"])
def test_bombs_are_refused_from_the_header(form):
    side = 16_000 if form == "WEBP" else 60_000
    message = refusal(resized_header(form, side), "bomb")
    assert f"{side:,} × {side:,}" in message and "50 million" in message


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("/home/me/secret/cat.png", "cat.png"),
        ("C:\\Users\\me\\cat.png", "cat.png"),
        ("a\nb\x1b[31m.png", "ab[31m.png"),
        ("", "the file"),
        ("x" * 300, "x" * 79 + "…"),
    ],
)
def test_names_are_for_display(name, shown):
    assert read(saved(gradient(), "PNG"), name).name == shown
    with pytest.raises(InputError) as caught:
        read(b"", name)
    assert str(caught.value).startswith(f"{shown} is empty")


# The way back.


def test_to_pil_and_encode_png():
    signal = read(saved(gradient(), "PNG"), "p")
    assert (np.asarray(to_pil(signal)) == np.asarray(gradient())).all()
    again = read(encode_png(np.ascontiguousarray(pixels(signal))), "p")
    assert (again.values == signal.values).all()
    grey = np.asarray(gradient("L"))
    assert (read(encode_png(grey), "p").values == grey).all()
    with pytest.raises(InputError, match="float64"):
        encode_png(np.zeros((4, 4)))
    with pytest.raises(InputError, match="sound"):
        to_pil(Signal.from_values(np.zeros((1, 9)), "sound", "hum"))
