"""Grids of numbers as people have them → volumes with their frame, or one sentence."""

import bz2
import gzip
import hashlib
import io
import pickle
import struct
import time
import tracemalloc
import zipfile
import zlib

import nibabel as nib
import numpy as np
import pytest
from PIL import Image
from volumes import NOISE, OBLIQUE, PAGES, nifti, npy, npz, tiff, tiff_by_pillow

from wam_core.errors import InputError
from wam_core.signals import Limits
from wam_core.signals.intake import decode as read
from wam_core.signals.nifti import encode_nifti
from wam_core.signals.orientation import as_stored
from wam_core.signals.volume import kind


def refusal(data, name="scan", limits=None, item=None):
    """The message, which must be one sentence without a path."""
    with pytest.raises(InputError) as caught:
        read(data, name, limits or Limits(), item)
    message = str(caught.value)
    assert name in message
    assert "\n" not in message and ". " not in message and not message.endswith(".")
    assert "/tmp" not in message and "site-packages" not in message
    return message


# NumPy's files.


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2", "u1", ">i2", "<u8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_keeps_its_values_and_axes(dtype, order):
    values = np.arange(4 * 5 * 6).reshape(4, 5, 6).astype(dtype, order=order)
    data = npy(values)
    signal = read(data, "grid.xyz")
    assert kind(data) == "NPY" and signal.modality == "volume"
    assert signal.size == (4, 5, 6) and signal.values.dtype == np.float32
    assert (signal.values[0] == values.astype(np.float32)).all()
    assert signal.notes == () and signal.series == () and signal.item is None
    assert signal.frame.ends == () and signal.frame.unit == "" and signal.frame.isotropic
    assert not signal.values.flags.writeable and signal.values.flags.c_contiguous
    assert signal.sha256 == signal.key == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("values", [(0, 1), (0, 255), (-3.5, 2.25), (7, 9)])
def test_two_values_say_what_is_filled(values):
    pattern = NOISE > 0.5
    signal = read(npy(np.where(pattern, values[1], values[0])), "grid")
    assert signal.values.dtype == np.uint8 and (signal.values[0] == pattern).all()
    (note,) = signal.notes
    assert note == f"Only two values, {values[0]} and {values[1]}: taken as empty and filled."
    assert read(npy(pattern), "grid").notes == ()


def test_a_series_gives_the_volume_that_was_asked_for():
    series = np.arange(3 * 4 * 5 * 6).reshape(3, 4, 5, 6)
    for data in (npy(series), npy(np.asfortranarray(series)), npy(series[:, None])):
        first, last = read(data, "s"), read(data, "s", item=("volume", 2))
        assert first.series == (("volume", 3),) and first.item == ("volume", 0)
        assert (first.values[0] == series[0]).all() and (last.values[0] == series[2]).all()
        assert first.sha256 == last.sha256 and first.key != last.key
        assert first.notes == ("The file holds 3 volumes.",)
        message = refusal(data, item=("volume", 3))
        assert "item volume 3 of scan was asked for; it holds volume 0 to 2" in message
        refusal(data, item=("test", 0))
    single = read(npy(series[:1]), "s")
    assert single.series == () and single.item is None and (single.values[0] == series[0]).all()


def test_the_test_part_of_an_npz_comes_first():
    grids = np.random.default_rng(0).integers(0, 256, (4, 6, 6, 6), dtype=np.uint8)
    medmnist = npz(
        train_images=grids,
        train_labels=np.zeros((4, 1), np.uint8),
        val_images=grids[:2],
        test_images=grids[1:3],
        test_labels=np.zeros((2, 1), np.uint8),
    )
    signal = read(medmnist, "organ.npz")
    assert signal.series == (("train", 4), ("val", 2), ("test", 2)) and signal.item == ("test", 0)
    assert (signal.values[0] == grids[1]).all()
    assert (read(medmnist, "o", item=("train", 3)).values[0] == grids[3]).all()
    named = npz(x_train=grids, x_test=grids[2:], y_test=np.arange(2), labels=np.array(["a", "b"]))
    assert read(named, "n").series == (("train", 4), ("test", 2))
    several = npz(ct=grids[0], mask=grids[1] > 100)
    assert read(several, "n").series == (("ct", 1), ("mask", 1))
    assert read(several, "n", item=("mask", 0)).values.dtype == np.uint8
    assert read(npz(volume=grids[0]), "n").series == ()


def test_modelnet_is_a_series_of_filled_objects(shared_data):
    data = (shared_data / "volumes" / "modelnet10_30.npz").read_bytes()
    signal = read(data, "modelnet10_30.npz")
    assert signal.series == (("train", 3991), ("test", 454)) and signal.size == (30, 30, 30)
    expected = np.load(io.BytesIO(data))
    assert (signal.values[0] == expected["x_test"][0]).all()
    last = read(data, "m", item=("train", 3990))
    assert (last.values[0] == expected["x_train"][-1]).all() and last.values.dtype == np.uint8


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (npy(np.zeros((3, 4, 5))), "only zeros, so nothing is filled in its 3 × 4 × 5 voxels"),
        (npy(np.full((3, 4, 5), 7)), "the same value, 7,"),
        (npy(np.ones((1, 1, 1))), "the same value, 1, in its 1 × 1 × 1 voxels"),
        (npy(np.zeros((0, 4, 5))), "so it is empty"),
        (npy(np.zeros((0, 4, 5, 6))), "4 axes"),
        (npy(NOISE * np.nan), "NaN or infinite values in"),
        (npy(np.where(NOISE > 0.9, np.inf, NOISE)), "NaN or infinite values in"),
        (npy(NOISE * np.float32(1e38)), "numbers between ±1.1e+12 are accepted"),
        (npy(NOISE.astype(float) * 1e300), "numbers between ±1.1e+12 are accepted"),
        (npy(NOISE + 1j), "values of type complex64; real numbers"),
        (npy(np.zeros((3, 4, 5), "f4,f4")), "each voxel of scan holds several values (f0, f1)"),
        (npy(np.full((3, 4, 5), "a")), "values of type <U1"),
        (npy(np.zeros((3, 4, 5), "M8[s]")), "values of type datetime64[s]"),
        (npy(np.array([{}, None], object)), "pickled Python objects, which are never opened"),
        (npz(a=np.array([{}, None], object)), "pickled Python objects, which are never opened"),
        (npy(np.float64(3)), "0 axes, a single number"),
        (npy(np.arange(9)), "1 axes"),
        (npy(np.zeros((8, 9))), "scan has two axes, 8 × 9; volumes (a, b, c)"),
        (npy(np.zeros((2, 3, 4, 5, 6))), "5 axes"),
        (npy(np.zeros((8, 9, 10, 3), np.uint8)), "reads as colours"),
        (npz(train_images=np.zeros((9, 8, 8)), train_labels=np.arange(9)), "holds no volume but"),
        (npz(labels=np.arange(9), names=np.array(["a"])), "holds no volume but labels (9)"),
        (pickle.dumps(NOISE), "pickled Python objects, which are never opened"),
    ],
)  # fmt: skip
def test_what_cannot_be_explained_is_named(data, words):
    assert words in refusal(data)


def test_axes_of_one_voxel_are_kept():
    values = np.arange(8.0).reshape(1, 8, 1)
    assert (read(npy(values), "line").values[0] == values).all()


def lying(shape, descr="'<f8'", extra=b"", version=1, order="False"):
    """An NPY file whose header says what it likes."""
    header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".encode() + b"\n"
    size = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + size + header + extra


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (lying("(200, 200, 200)", extra=bytes(100)), "cut short: its header announces 200 × 200"),
        (lying("(2000, 2000, 1000)"), "more than the 16.8 million and 1,024 a side"),
        (lying("(1025, 2, 2)"), "1,024 a side"),
        (lying("(10**9, 10**9, 10**9)"), "its header makes no sense"),
        (lying("(1000000000, 1000000000, 1000000000)"), "more than the 16.8 million"),
        (lying("(1000000000, 20, 20, 20)"), "cut short"),
        (lying("(1000000000, 3)"), "cut short"),
        (lying("(4, 4, 4)", order="True", extra=bytes(9)), "cut short"),
        (lying("(-4, 4, 4)"), "makes no sense"),
        (lying("(True, 4, 4)"), "makes no sense"),
        (lying("'abc'"), "makes no sense"),
        (lying("(4, 4, 4)", descr="'|O'", extra=bytes(512)), "pickled"),
        (lying("(4, 4, 4)", descr="__import__('os').abort()"), "makes no sense"),
        (lying("(" * 3000), "makes no sense"),
        (lying("(4, 4, 4)", version=3, extra=bytes(512)), "only zeros"),
        (b"\x93NUMPY\1\0\xff\xff{" + b" " * 70_000, "makes no sense"),
        (b"\x93NUMPY\7\0\0\0", "makes no sense"),
    ],
)  # fmt: skip
def test_lying_headers_are_refused_before_anything_is_allocated(data, words):
    tracemalloc.start()
    try:
        assert words in refusal(data)
        assert tracemalloc.get_traced_memory()[1] < 2**23
    finally:
        tracemalloc.stop()


def test_an_npz_bomb_is_refused_from_its_directory():
    bomb = npz(volume=np.zeros((64, 128, 128, 128), np.uint8), x=np.zeros(2**26, np.uint8))
    assert len(bomb) < 2**18
    start = time.monotonic()
    assert "would grow from" in refusal(bomb) and time.monotonic() - start < 0.5
    many = npz(**{f"a{number}": NOISE for number in range(17)})
    assert "17 arrays; at most 16" in refusal(many)
    sparse = np.zeros((100, 100, 100), np.uint8)
    sparse[40:60, 40:60, 40:60] = 1
    assert read(npz(volume=sparse), "sparse").values.sum() == 8000  # packed 800 times, and harmless


def test_an_npz_with_other_things_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.npy", npy(NOISE))
        archive.writestr("run.exe", b"MZ")
    assert "other things than arrays" in refusal(out.getvalue())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.npy", npy(NOISE))
    assert "another way than NumPy" in refusal(out.getvalue())


# NIfTI.


AXCODES = ["RAS", "LPS", "PIR", "SAL", "ILP"]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("codes", AXCODES)
def test_nifti_comes_in_canonical_orientation(codes, packed):
    ornt = nib.orientations.ornt_transform(
        nib.orientations.axcodes2ornt("RAS"), nib.orientations.axcodes2ornt(codes)
    )
    canonical = nib.Nifti1Image(NOISE, np.diag([1.5, 2, 2.5, 1]))
    picture = canonical.as_reoriented(ornt)
    assert "".join(nib.aff2axcodes(picture.affine)) == codes
    data = picture.to_bytes()
    signal = read(gzip.compress(data) if packed else data, "scan.nii")
    assert (signal.values[0] == NOISE).all()
    assert signal.frame.spacing == (1.5, 2, 2.5) and signal.frame.unit == "mm"
    assert signal.frame.ends == (("L", "R"), ("P", "A"), ("I", "S"))
    np.testing.assert_allclose(signal.frame.matrix, canonical.affine, atol=1e-6)
    stored, affine = as_stored(signal.values[0], signal.frame)
    assert (stored == np.asarray(picture.dataobj)).all()
    np.testing.assert_allclose(affine, picture.affine, atol=1e-6)


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_an_oblique_nifti_comes_back_into_its_own_frame(kind):
    picture = kind(NOISE, OBLIQUE)
    signal = read(picture.to_bytes(), "oblique.nii")
    expected = nib.as_closest_canonical(picture)
    assert (signal.values[0] == expected.get_fdata(dtype=np.float32)).all()
    np.testing.assert_allclose(signal.frame.matrix, expected.affine, atol=1e-5)
    np.testing.assert_allclose(signal.frame.spacing, (1, 2, 3), rtol=1e-6)
    (note,) = signal.notes
    assert note.startswith("The voxels lie oblique in the body, by up to 21°")
    written = encode_nifti(*as_stored(signal.values[0], signal.frame))
    again = nib.Nifti1Image.from_bytes(gzip.decompress(written))
    assert again.shape == picture.shape and (again.get_fdata(dtype=np.float32) == NOISE).all()
    np.testing.assert_allclose(again.affine, picture.affine, atol=1e-5)
    assert again.header.get_xyzt_units()[0] == "mm"
    assert encode_nifti(NOISE, OBLIQUE) == encode_nifti(NOISE, OBLIQUE)
    with pytest.raises(InputError, match="three axes"):
        encode_nifti(NOISE[0])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["u1", "i2", "f4", "f8"])
def test_slope_and_intercept_are_applied(dtype, order):
    header = nib.Nifti1Header(endianness=order)
    values = (NOISE * 100).astype(order + dtype)
    picture = nib.Nifti1Image(values, np.eye(4), header)
    picture.header.set_slope_inter(0.25, -3)
    signal = read(picture.to_bytes(), "ct.nii")
    expected = values.astype(float) * 0.25 - 3
    assert signal.values.dtype == np.float32
    np.testing.assert_allclose(signal.values[0], expected, rtol=1e-6, atol=1e-5)


def test_units_become_millimetres_and_unknown_directions_stay_unknown():
    small = read(nifti(affine=np.diag([2.0, 2, 5, 1]), xyzt_units=3), "micro.nii")
    np.testing.assert_allclose(small.frame.spacing, (0.002, 0.002, 0.005), rtol=1e-6)
    assert small.frame.unit == "mm" and small.notes == ("Lengths in microns became millimetres.",)
    lost = read(nifti(affine=np.diag([2.0, 2, 5, 1]), sform_code=0, qform_code=0), "lost.nii")
    assert lost.frame.ends == () and lost.frame.spacing == (2, 2, 5)
    assert lost.frame.affine is None and lost.frame.stored is None
    assert lost.notes == ("The file does not say which way its axes point.",)
    flat = read(nifti(srow_x=0, pixdim=[1, 0, np.nan, 4, 1, 1, 1, 1]), "flat.nii")
    assert flat.notes == ("The orientation in the file is not usable, and is left out.",)
    assert flat.frame.spacing == (1, 1, 4) and (flat.values[0] == NOISE).all()


def test_a_nifti_over_time_is_a_series():
    series = np.arange(3 * 4 * 5 * 6, dtype=np.int16).reshape(3, 4, 5, 6)
    for data in (nifti(series, np.eye(4)), gzip.compress(nifti(series, np.eye(4)))):
        signal = read(data, "fmri.nii", item=("volume", 4))
        assert signal.series == (("volume", 6),) and signal.item == ("volume", 4)
        assert (signal.values[0] == series[..., 4]).all()
        assert "it holds volume 0 to 5" in refusal(data, item=("volume", 6))
    assert read(nifti(NOISE[..., None, None], np.eye(4)), "s.nii").series == ()


def claiming(shape, dtype="f8"):
    header = nib.Nifti1Header()
    header.set_data_shape(shape)
    header.set_data_dtype(dtype)
    return header.binaryblock + bytes(100)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (claiming((1321, 1321, 1321)), "1,321 × 1,321 × 1,321 voxels, more than"),
        (claiming((256, 256, 256)), "claims 256 × 256 × 256 voxels of 8 bytes but has only"),
        (claiming((5, 6)), "2 axes, 5 × 6"),
        (claiming((5, 6, 7, 1, 3)), "5 axes"),
        (claiming((5, 6, 7), np.dtype("c8")), "values of type complex64"),
        (claiming((5, 6, 7), nib.Nifti1Header()._data_type_codes.dtype[128]), "several values"),
        (nifti(magic=b"ni1"), "one half of a pair of NIfTI files"),
        (nifti()[:-9], "cut short"),
        (nifti(NOISE * np.nan), "NaN"),
        (nifti(NOISE * 0), "only zeros"),
    ],
)
def test_nifti_files_that_claim_too_much_are_refused_at_once(pack, data, words):
    start = time.monotonic()
    assert words in refusal(pack(data), "scan.nii")
    assert time.monotonic() - start < 1


def test_a_gzip_bomb_is_unpacked_no_further_than_its_volume():
    head = nifti(NOISE)
    bomb = gzip.compress(head + bytes(2**28), 1)
    tracemalloc.start()
    try:
        assert (read(bomb, "bomb.nii.gz").size) == (5, 6, 7)
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()
    far = claiming((8, 8, 8, 32767))
    message = refusal(
        far + bytes(2**20), item=("volume", 32766), limits=Limits(inflated_bytes=10**6)
    )
    assert "cut short" in message
    assert "not recognised" in refusal(gzip.compress(bytes(999))) or "gzip" in refusal(
        gzip.compress(bytes(999))
    )


# TIFF stacks.


@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "i4", "f4", "f8"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "zlib"},
        {"compression": "zlib", "tile": (16, 16)},
        {"bigtiff": True},
        {"byteorder": ">"},
        {"contiguous": True},
    ],
    ids=str,
)
def test_grey_pages_of_one_size_are_a_volume(dtype, options):
    pages = (PAGES / 2).astype(dtype)
    data = tiff(pages, photometric="minisblack", **options)
    signal = read(data, "cells.tif")
    assert kind(data) == "TIFF" and signal.modality == "volume" and signal.frame.ends == ()
    assert (signal.values[0] == pages.astype(np.float32)).all()
    assert signal.notes == ("A TIFF file with 5 grey pages of one size: read as a volume.",)


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate"])
def test_stacks_by_other_programs(compression):
    pages = (PAGES >> 8).astype(np.uint8)
    assert (read(tiff_by_pillow(pages, compression), "p.tif").values[0] == pages).all()
    binary = tiff_by_pillow(PAGES > 30000, "group4")
    signal = read(binary, "mask.tif")
    assert signal.values.dtype == np.uint8 and (signal.values[0] == (PAGES > 30000)).all()


def test_distances_of_imagej_are_kept():
    told = {"spacing": 3, "unit": "um", "axes": "ZYX"}
    data = tiff(PAGES, imagej=True, resolution=(4, 2), metadata=told)
    frame = read(data, "ij.tif").frame
    np.testing.assert_allclose(frame.spacing, (0.003, 0.0005, 0.00025))
    assert frame.unit == "mm" and not frame.isotropic
    channels = tiff(PAGES[:4].reshape(2, 2, 8, 9), imagej=True, metadata={"axes": "ZCYX"})
    assert "2 channels in one stack; one is accepted" in refusal(channels)


def test_other_tiff_files_stay_pictures():
    few = read(tiff((PAGES[:3] >> 8).astype(np.uint8), photometric="minisblack"), "few.tif")
    assert few.modality == "image" and "first is used" in few.notes[0]
    colours = np.random.default_rng(0).integers(0, 255, (5, 8, 9, 3), dtype=np.uint8)
    assert read(tiff(colours, photometric="rgb"), "rgb.tif").modality == "image"
    out = io.BytesIO()
    sides = [Image.new("L", (8 + number, 8), number) for number in range(5)]
    sides[0].save(out, "TIFF", save_all=True, append_images=sides[1:])
    assert read(out.getvalue(), "sizes.tif").modality == "image"


def test_a_stack_is_measured_before_it_is_decoded():
    data = tiff(PAGES, photometric="minisblack")
    assert "5 × 8 × 9 voxels, more than" in refusal(data, limits=Limits(volume_voxels=359))
    many = tiff(np.zeros((1030, 1, 2), np.uint8), photometric="minisblack")
    assert "voxels, more than the" in refusal(many)


# NRRD and MetaImage.

NRRD = b"NRRD0004\ntype: float\ndimension: 3\nsizes: 5 6 7\nencoding: raw\nendian: little\n"
META = b"ObjectType = Image\nNDims = 3\nDimSize = 5 6 7\nElementType = MET_FLOAT\n"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (NRRD + b"data file: ../secret.raw\n\n", "in a second file"),
        (META + b"ElementDataFile = secret.raw\n", "in a second file"),
        (NRRD.replace(b"5 6 7", b"5000 6000 7") + b"\n", "more than the"),
        (META.replace(b"5 6 7", b"256 256 256") + b"ElementDataFile = LOCAL\n", "claims 256"),
        (NRRD.replace(b"5 6 7", b"3 5 6 7") + b"\n", "4 axes"),
        (NRRD.replace(b"sizes", b"colour") + b"\n", "names no sizes"),
    ],
)
def test_headers_of_nrrd_and_metaimage_are_checked_here(data, words):
    assert words in refusal(data)


@pytest.mark.parametrize("packing", ["raw", "gzip", "bzip2", "text"])
@pytest.mark.parametrize("endian", ["little", "big"])
def test_nrrd_in_every_packing(packing, endian):
    stored = NOISE.astype("<f4" if endian == "little" else ">f4").tobytes(order="F")
    body = {
        "raw": stored,
        "gzip": gzip.compress(stored),
        "bzip2": bz2.compress(stored),
        "text": " ".join(map(repr, NOISE.ravel(order="F").tolist())).encode(),
    }[packing]
    head = NRRD.replace(b"raw", packing.encode()).replace(b"little", endian.encode())
    place = b"space: left-posterior-superior\nspace origin: (4,5,6)\n"
    place += b"space directions: (1.5,0,0) (0,2,0) (0,0,3)\n"
    signal = read(head + place + b"\n" + body, "v.nrrd")
    assert (signal.values[0] == NOISE[::-1, ::-1]).all() and signal.frame.spacing == (1.5, 2, 3)
    stored_values, affine = as_stored(signal.values[0], signal.frame)
    assert (stored_values == NOISE).all()
    np.testing.assert_allclose(affine[:3, 3], (-4, -5, 6))
    assert "cut short" in refusal(head + b"\n" + body[: len(body) // 2])
    plain = read(head + b"spacings: 1 2 3\n\n" + body, "v.nrrd")
    assert (plain.values[0] == NOISE).all() and plain.frame.spacing == (1, 2, 3)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", ["MET_SHORT", "MET_FLOAT"])
def test_metaimage(compressed, dtype):
    values = (NOISE * 100).astype("<i2" if dtype == "MET_SHORT" else "<f4")
    body = values.tobytes(order="F")
    head = META + b"ElementSpacing = 1.5 2 3\nOffset = 4 5 6\nElementType = " + dtype.encode()
    # the first axis of the file points to the back, the second to the left
    head += b"\nTransformMatrix = 0 1 0 1 0 0 0 0 1"
    if compressed:
        head, body = head + b"\nCompressedData = True", zlib.compress(body)
    signal = read(head + b"\nElementDataFile = LOCAL\n" + body, "v.mha")
    assert signal.size == (6, 5, 7) and signal.frame.spacing == (2, 1.5, 3)
    stored, affine = as_stored(signal.values[0], signal.frame)
    assert (stored == values).all()
    expected = [[0, -2, 0, -4], [-1.5, 0, 0, -5], [0, 0, 3, 6], [0, 0, 0, 1]]
    np.testing.assert_allclose(affine, expected)
