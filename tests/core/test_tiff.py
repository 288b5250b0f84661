"""TIFF pages in every type, order, predictor and compression; what is a preview, and what is raw."""

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image
from volumes import tiff

from wam_core.errors import InputError
from wam_core.signals import tiff as reader
from wam_core.signals.intake import decode as read

RANDOM = np.random.default_rng(5)


def first_page(data):
    found = reader.contents(data)
    with reader.reading(data, "page.tif", found) as file:
        return file.numbers(found.page)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f2", "f4", "f8"])
@pytest.mark.parametrize(
    "options",
    [{}, {"tile": (16, 16)}, {"rowsperstrip": 5}, {"compression": "zlib", "predictor": False}],
    ids=str,
)
def test_numbers_keep_their_type(dtype, order, options):
    values = (RANDOM.random((19, 33)) * 100).astype(dtype)
    data = tiff(values, byteorder=order, photometric="minisblack", **options)
    page = first_page(data)
    assert page.dtype == np.dtype(dtype) and (page == values).all()


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i4"])
def test_lzw_with_and_without_predictor(dtype):
    """Written by libtiff for eight bits; its packing knows nothing of types."""
    values = (RANDOM.random((19, 32)) * 100).astype(dtype)
    plain = tiff(values, photometric="minisblack")
    row = Image.fromarray(values.view(np.uint8))
    out = io.BytesIO()
    row.save(out, "TIFF", compression="tiff_lzw")
    with tifffile.TiffFile(io.BytesIO(out.getvalue())) as packed:
        page = packed.pages[0]
        strips = [
            out.getvalue()[at : at + length]
            for at, length in zip(page.dataoffsets, page.databytecounts, strict=True)
        ]
    if len(strips) == 1:
        assert reader._lzw(strips[0], values.nbytes) == values.tobytes()
    assert (first_page(plain) == values).all()


@pytest.mark.parametrize("shape", [(12, 9), (12, 9, 3)])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_the_floating_point_predictor(shape, dtype, order):
    """Packed here as Technical Note 3 says, into a file whose header announces it."""
    values = RANDOM.random(shape).astype(dtype)
    samples = shape[2] if len(shape) > 2 else 1
    big = values.reshape(shape[0], -1).astype(np.dtype(dtype).newbyteorder(">"))
    planes = big.view(np.uint8).reshape(shape[0], -1, big.itemsize).transpose(0, 2, 1)
    rows = planes.reshape(shape[0], -1, samples)
    packed = np.diff(rows, axis=1, prepend=np.zeros_like(rows[:, :1])).astype(np.uint8)
    photometric = "rgb" if samples == 3 else "minisblack"
    data = bytearray(
        tiff(values, byteorder=order, photometric=photometric, extratags=[(316, 3, 1, 3, True)])
    )
    tag = data.index(struct.pack(f"{order}HHI", 316, 3, 1))  # tifffile writes no Predictor itself
    data[tag : tag + 2] = struct.pack(f"{order}H", 317)
    with tifffile.TiffFile(io.BytesIO(bytes(data))) as file:
        at = file.pages[0].dataoffsets[0]
    data[at : at + values.nbytes] = packed.tobytes()
    assert (first_page(bytes(data)) == values).all()


def test_a_preview_is_never_read_for_the_picture():
    small = np.full((8, 8, 3), 7, np.uint8)
    large = np.full((32, 40, 3), 9, np.uint8)
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as writer:
        writer.write(small, photometric="rgb", subfiletype=1)
        writer.write(large, photometric="rgb")
    signal = read(out.getvalue(), "p.tif")
    assert signal.size == (32, 40) and (signal.values == 9).all()
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as writer:
        writer.write(small, photometric="rgb", subfiletype=1, subifds=1)
        writer.write(large, photometric="rgb")
    inner = read(out.getvalue(), "p.tif")
    assert inner.size == (32, 40) and (inner.values == 9).all()


@pytest.mark.parametrize("bits", ["u1", "u2"])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_white_is_zero_is_inverted_for_every_compression(bits, compression):
    most = np.iinfo(bits).max
    values = np.linspace(0, most, 64).astype(bits).reshape(8, 8)
    data = tiff(values, photometric="miniswhite", compression=compression)
    signal = read(data, "scan.tif")
    expected = 255 - (values.astype(int) + (128 if bits == "u2" else 0)) // (
        257 if bits == "u2" else 1
    )
    assert (signal.values == expected).all()


def test_a_page_that_unpacks_to_more_is_refused():
    data = bytearray(tiff(np.zeros((64, 64), np.float32), compression="zlib"))
    with tifffile.TiffFile(io.BytesIO(bytes(data))) as file:
        tag = file.pages[0].tags[257]
        strips = file.pages[0].tags[278]
    for entry in (tag, strips):
        data[entry.valueoffset : entry.valueoffset + 2] = (8).to_bytes(2, "little")
    with pytest.raises(InputError, match="more than its header declares"):
        read(bytes(data), "bomb.tif")


def test_pages_are_chosen():
    pages = [Image.new("RGB", (8, 8), (level, 0, 0)) for level in (10, 20, 30)]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    first = read(out.getvalue(), "p.tif")
    assert first.series == (("frame", 3),) and first.item == ("frame", 0)
    third = read(out.getvalue(), "p.tif", item=("frame", 2))
    assert third.values[0].max() == 30 and third.key != first.key
    with pytest.raises(InputError, match="frame 3 of p.tif was asked for"):
        read(out.getvalue(), "p.tif", item=("frame", 3))
