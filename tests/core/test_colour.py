"""Declared colour spaces by their meaning, and pictures in less common forms."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from wam_core.errors import InputError
from wam_core.signals import colour, containers
from wam_core.signals.intake import decode as read

GREYS = np.repeat(np.arange(0, 256, 5, dtype=np.uint8), 3).reshape(1, -1, 3)
HUES = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [90, 120, 40]]], np.uint8)


def png(pixels, *chunks):
    """A PNG file with more chunks before its pixels."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    data = out.getvalue()
    more = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return data[:33] + more + data[33:]


def gamma(value):
    return b"gAMA", struct.pack(">I", round(value * 100_000))


def primaries(*places):
    return b"cHRM", struct.pack(">8I", *(round(place * 100_000) for place in places))


SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
P3 = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)


def pixels(data):
    return read(data, "p.png").values.transpose(1, 2, 0).astype(int)


def test_what_is_srgb_changes_nothing():
    for chunks in (
        [gamma(0.45455)],
        [gamma(0.45455), primaries(*SRGB)],
        [(b"cICP", bytes([1, 13, 0, 1]))],
        [(b"cICP", bytes([1, 1, 0, 1])), gamma(1)],  # it comes before gAMA
        [(b"sRGB", b"\0"), gamma(1)],
    ):
        signal = read(png(HUES, *chunks), "p.png")
        assert signal.notes == () and (signal.values.transpose(1, 2, 0) == HUES).all()


def test_gamma_by_its_formula():
    found = pixels(png(GREYS, gamma(1 / 1.8)))
    light = (GREYS / 255) ** 1.8
    expected = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(found - 255 * expected).max() <= 0.51


def test_primaries_are_those_of_a_profile_made_of_them():
    """Display P3 by cICP and by cHRM, against a converter of our own in double precision."""
    by_points, by_places = (
        pixels(png(HUES, chunk)) for chunk in ((b"cICP", bytes([12, 13, 0, 1])), primaries(*P3))
    )
    assert (by_points == by_places).all()
    # CSS Color 4 gives this matrix for linear Display P3 → linear sRGB
    matrix = np.array(
        [
            [1.2249401762805598, -0.22494017628055996, 0],
            [-0.04205695470968816, 1.042056954709688, 0],
            [-0.019637554590334432, -0.07863604555063188, 1.0982736001409663],
        ]
    )
    light = np.where(
        HUES / 255 <= 0.04045, HUES / 255 / 12.92, ((HUES / 255 + 0.055) / 1.055) ** 2.4
    )
    light = np.clip(light @ matrix.T, 0, 1)
    expected = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(by_points - 255 * expected).max() <= 1


def test_hdr_has_its_white_at_203_candelas():
    pq = colour.from_code_points(9, 16)
    # ST 2084: 203 cd/m² have the code 0.5807
    assert pq.linear(np.array([0.0, 0.58068888, 1.0])) == pytest.approx(
        [0, 1, 10000 / 203], abs=1e-4
    )
    hlg = colour.from_code_points(9, 18)
    # BT.2408: 75 % of HLG is 203 cd/m² on a display of 1,000
    assert hlg.linear(np.array([0.0, 0.75, 1.0])) == pytest.approx([0, 1, 1000 / 203], abs=5e-3)
    ramp = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, 256, 3)
    for space in (pq, hlg):
        mapped, note = colour.to_srgb(ramp, space)
        assert "203 cd/m²" in note and mapped[0, -1].tolist() == [255, 255, 255]
        assert (np.diff(mapped[0, :, 0].astype(int)) >= 0).all()
        assert (mapped[..., 0] == mapped[..., 1]).all()
    # what is darker than three quarters of white keeps its light
    dark, _ = colour.to_srgb(ramp[:, :130], pq)
    light = pq.linear(np.arange(130) / 255)
    kept = light < 0.75
    expected = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(dark[0, kept, 0] - 255 * expected[kept]).max() <= 1


def test_avif_says_its_space_in_nclx():
    out = io.BytesIO()
    Image.fromarray(np.repeat(HUES, 16, axis=0).repeat(16, axis=1)).save(
        out, "AVIF", quality=100, subsampling="4:4:4"
    )
    data = bytearray(out.getvalue())
    at = data.index(b"colrnclx") + 8
    assert containers.heif_space(bytes(data)) is None
    plain = read(bytes(data), "p.avif").values
    data[at : at + 4] = struct.pack(">HH", 12, 13)
    signal = read(bytes(data), "p.avif")
    assert "Display P3" in signal.notes[0]
    assert signal.values[0, 8, 24].item() == 0 and signal.values[1, 8, 24].item() == 255
    assert (signal.values != plain).any()


def test_a_profile_is_srgb_by_what_it_does():
    """Adobe RGB under the title of sRGB, and sRGB's own numbers under another."""
    srgb = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    out = io.BytesIO()
    renamed = bytes(srgb).replace("sRGB".encode("utf-16-be"), "Kept".encode("utf-16-be"))
    Image.fromarray(HUES).save(out, "PNG", icc_profile=renamed)
    signal = read(out.getvalue(), "p.png")
    assert signal.notes == () and (signal.values.transpose(1, 2, 0) == HUES).all()
    swapped = bytearray(srgb)  # red and green change places; the title stays
    red, green = swapped.index(b"rXYZ"), swapped.index(b"gXYZ")
    swapped[red : red + 1], swapped[green : green + 1] = b"g", b"r"
    out = io.BytesIO()
    Image.fromarray(HUES).save(out, "PNG", icc_profile=bytes(swapped))
    signal = read(out.getvalue(), "p.png")
    assert "to sRGB" in signal.notes[0]
    assert signal.values[:, 0, 0].argmax() == 1


def bmp(bits, masks, values, alpha=False):
    """Two rows, the last one first, as Windows writes them; with a header of version 3."""
    rows, columns = values.shape
    body = b""
    for row in values[::-1]:
        line = row.astype(f"<u{bits // 8}").tobytes()
        body += line + bytes(-len(line) % 4)
    info = struct.pack("<IiiHHIIiiII", 56, columns, rows, 1, bits, 3, len(body), 0, 0, 0, 0)
    info += struct.pack("<4I", *masks)
    begin = 14 + len(info)
    return b"BM" + struct.pack("<IHHI", begin + len(body), 0, 0, begin) + info + body


@pytest.mark.parametrize(
    ("bits", "masks"),
    [
        (16, (0xF800, 0x07E0, 0x001F, 0)),
        (16, (0x7C00, 0x03E0, 0x001F, 0)),
        (16, (0x0F00, 0x00F0, 0x000F, 0)),
        (32, (0x000000FF, 0x0000FF00, 0x00FF0000, 0)),
        (32, (0x3FF00000, 0x000FFC00, 0x000003FF, 0)),
    ],
)
def test_bit_fields_of_bmp(bits, masks):
    red, green, blue, _ = masks
    values = np.array([[red, green, blue], [0, red | green | blue, red | blue]], np.uint64)
    found = pixels(bmp(bits, masks, values))
    assert found.tolist() == [
        [[255, 0, 0], [0, 255, 0], [0, 0, 255]],
        [[0, 0, 0], [255, 255, 255], [255, 0, 255]],
    ]


def test_one_bit_of_alpha_in_bmp():
    masks = (0x7C00, 0x03E0, 0x001F, 0x8000)
    half = pixels(bmp(16, masks, np.array([[0x8000, 0x0000]])))
    assert half.tolist() == [[[0, 0, 0], [255, 255, 255]]]
    unused = pixels(bmp(16, masks, np.array([[0x7C00, 0x0000]])))
    assert unused.tolist() == [[[255, 0, 0], [0, 0, 0]]]


@pytest.mark.parametrize("form", ["TGA", "PPM", "JPEG2000", "QOI"])
def test_less_common_formats(form):
    noise = np.random.default_rng(2).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(
        out, form, **({"irreversible": False} if form == "JPEG2000" else {})
    )
    assert (pixels(out.getvalue()) == noise).all()


def test_a_jpeg_file_that_lacks_its_end_and_one_that_lacks_a_half():
    noise = np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "JPEG", quality=90)
    whole = pixels(out.getvalue())
    signal = read(out.getvalue()[:-2], "p.jpg")
    assert (signal.values.transpose(1, 2, 0) == whole).all() and "end marker" in signal.notes[0]
    with pytest.raises(InputError, match="cut short"):
        read(out.getvalue()[: len(out.getvalue()) // 2], "p.jpg")


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_a_transparent_grey_of_few_bits(bits):
    levels = 2**bits
    rows = np.arange(levels, dtype=np.uint8).repeat(8 // bits)[None].repeat(2, axis=0)
    packed = b"".join(
        b"\0" + np.packbits(
            np.unpackbits(row[:, None], axis=1)[:, 8 - bits :].ravel()
        ).tobytes()
        for row in rows
    )  # fmt: skip

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    data = b"\x89PNG\r\n\x1a\n" + chunk(
        b"IHDR", struct.pack(">IIBBBBB", rows.shape[1], 2, bits, 0, 0, 0, 0)
    )
    data += chunk(b"tRNS", struct.pack(">H", 1)) + chunk(b"IDAT", zlib.compress(packed))
    data += chunk(b"IEND", b"")
    expected = np.where(rows == 1, 255, rows.astype(int) * 255 // (levels - 1))
    assert (pixels(data)[..., 0] == expected).all()
