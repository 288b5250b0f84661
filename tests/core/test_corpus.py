"""Files of the shared folder that were once read wrongly or refused for a false reason."""

import json

import numpy as np
import pytest
from pytest import approx
from typer.testing import CliRunner

from app.cli import app
from wam_core.errors import InputError
from wam_core.signals import Limits, clouds, points, read
from wam_core.signals.intake import decode
from wam_core.signals.summary import summary

# What is refused, and words of its sentence.
REFUSED = {
    "bigtiff_offset_beyond.tif": "TIFF",
    "camera_raw_like.dng": "camera's raw file",
    "multiband5.tif": "5 bands of uint8 numbers",
    "ome_tcyx.ome.tif": "6 moments and 2 channels",
    "photo_hwc_uint8.npy": "reads as colours",
    "CT_small.dcm": "DICOM",
}
# What is read: values of the summary, within a hundred-thousandth of their size or as far as said.
UNTURNED = "turned upright"
BALL = {"mean": approx(0.49, abs=0.012), "said": "320 triangles", "centre": 1}
CLOUD = {"said": "162 points", "centre": 0}
BRAIN = {"kind": "volume", "shape": [9, 11, 7], "mean": 500.968}
READ: dict[str, dict[str, object]] = {
    "p3_with_srgb_transfer.png": {
        "shape": [8, 64, 3], "mean": approx(83.1042, abs=0.05), "min": 0, "max": 255,
        "first": approx([0, 255, 0, 0, 255], abs=1), "said": "Display P3 Gamut with sRGB Transfer",
    },
    "linear_srgb_profile.png": {
        "shape": [16, 64, 3], "mean": approx(174.6719, abs=0.05), "min": 0, "max": 255,
        "first": approx([0, 0, 0, 34, 34], abs=1), "said": "to sRGB",
    },
    "png_gamma_linear.png": {"shape": [16, 64, 3], "mean": approx(174.7, abs=0.1), "said": "gamma 1"},
    "png_cicp_pq_16bit.png": {"shape": [16, 64, 3], "max": 255, "said": "HDR colours (BT.2020, PQ)"},
    "grey4_trns.png": {"shape": [16, 32, 3], "mean": approx(138.125, abs=0.05), "said": "laid over white"},
    "png_bad_exif_text.png": {
        "shape": [16, 64, 3], "mean": approx(127.03, abs=0.01), "said": "passed over",
    },
    "empty_ancillary_chunks.png": {"shape": [1, 1, 3], "said": "passed over"},
    "stack_int8_lzw.tif": {
        "shape": [8, 20, 24], "mean": -1.1026, "min": -100, "max": 99,
        "first": [18, -78, -98, -95, -98],
    },
    "stack_uint32_lzw.tif": {
        "shape": [8, 20, 24], "mean": 1508142164.2690,
        "first": [2484944022, 936805884, 1946602689, 762573916, 1934568297],
    },
    "stack_uint16_bigendian_lzw.tif": {
        "shape": [8, 20, 24], "mean": 29728.1635, "min": 12,
        "first": [11453, 6951, 38920, 7087, 40475],
    },
    "rgb_float32.tif": {
        "shape": [32, 40, 3], "mean": approx(0.4971 * 255, abs=0.05),
        "first": approx([0.0856 * 255, 0.2368 * 255, 0.8013 * 255, 0.5822 * 255, 0.0941 * 255], abs=0.51),
    },
    "grey_float64.tif": {"shape": [32, 40, 3], "mean": approx(0.5175 * 255, abs=0.05)},
    "twelve_bits_in_sixteen.png": {"shape": [64, 64, 3], "max": 16, "said": "6.2 % of its range"},
    "jpeg_no_end_marker.jpg": {"shape": [64, 64, 3], "mean": approx(126.712, abs=0.01), "said": "end marker"},
    "heic_exif_without_irot.heic": {"shape": [40, 60, 3], "unsaid": UNTURNED},
    "off_face_over_lines.off": {"mean": approx(1 / 6, abs=0.01), "said": "4 triangles"},
    "obj_bom.obj": BALL,
    "obj_long_comment.obj": BALL,
    "obj_lod_bevel.obj": BALL,
    "obj_cr_only.obj": BALL,
    "stl_ascii_bom.stl": BALL,
    "stl_binary_count0.stl": BALL,
    "stl_binary_header_latin1_extra.stl": BALL,
    # 3.1729 of the 4.0470 that are filled without the cavity; its surface itself counts as filled
    "hollow_ball.stl": {"centre": 0, "mean": approx(0.388, abs=0.012), "said": "inwards"},
    "mixed_binary.ply": {"centre": 1, "said": "12 triangles"},
    "cube.glb": {"centre": 1, "said": "12 triangles"},
    "cloud_binary.pcd": CLOUD,
    "cloud.las": CLOUD,
    "points_units_header.csv": CLOUD,
    "points_n6.npy": {"said": "Of 6 columns, the first three"},
    "points.npz": {"said": "500 points"},
    "brain.mgz": BRAIN,
    "gzip_first_member_short.nii.gz": BRAIN,
    "nan_background.nii.gz": {"min": 0, "said": "NaN in 420 of 1,680 voxels"},
    "id3_two_bytes_off.mp3": {"shape": [2, 5760], "rate": 44100},
    "flac_20bit.flac": {
        "shape": [1, 8000], "rate": 16000, "mean": approx(0.0002, abs=5e-5), "min": -0.5,
        "max": approx(0.5, abs=1e-4), "first": approx([0, 0.0623, 0.1237, 0.1831, 0.2397], abs=1e-4),
    },
    "aiff_raw_codec.aiff": {"shape": [1, 11026], "rate": 22050},
}  # fmt: skip


def test_every_shared_file_is_here(shared_data):
    files = {file.name for file in (shared_data / "files").iterdir()} - {"README.md"}
    assert files == READ.keys() | REFUSED.keys()


def test_points_are_where_the_files_put_them(shared_data):
    """The same 162 corners of a ball of radius 1, by five formats."""
    folder = shared_data / "files"
    found = [
        clouds.decode((folder / name).read_bytes(), form, name, Limits()).corners
        for name, form in (("cloud_binary.pcd", "PCD"), ("cloud.las", "LAS"))
    ]
    found.append(
        points.xyz((folder / "points_units_header.csv").read_bytes(), "p.csv", Limits()).corners
    )
    for corners in found:
        assert corners.shape == (162, 3)
        np.testing.assert_allclose(np.linalg.norm(corners, axis=1), 1, atol=6e-3)


def test_nan_becomes_what_is_chosen(shared_data):
    file = shared_data / "files" / "nan_background.nii.gz"
    zero = read(file.read_bytes(), file.name)
    least = read(file.read_bytes(), file.name, item=("NaN as minimum", 0))
    assert zero.item == ("NaN as 0", 0) and least.item == ("NaN as minimum", 0)
    assert zero.key != least.key
    assert (zero.values == 0).sum() == 420
    assert (least.values == least.values.min()).sum() == 421


def test_a_dark_picture_can_be_stretched(shared_data):
    file = shared_data / "files" / "twelve_bits_in_sixteen.png"
    signal = read(file.read_bytes(), file.name, item=("stretched", 0))
    assert signal.values.max() == 255 and signal.item == ("stretched", 0)
    assert signal.key != signal.sha256


def line(file):
    return summary(read(file.read_bytes(), file.name))


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_named(shared_data, name):
    with pytest.raises(InputError) as caught:
        line(shared_data / "files" / name)
    first = str(caught.value).split(";")[0]
    assert REFUSED[name] in first and "not recognised" not in first


@pytest.mark.parametrize("name", READ)
def test_what_is_read_has_the_right_values(shared_data, name):
    found, wanted = line(shared_data / "files" / name), dict(READ[name])
    said = wanted.pop("said", "")
    unsaid = wanted.pop("unsaid", None)
    for key, value in wanted.items():
        if not isinstance(value, str | type(approx(0.0)) | type(approx([0.0]))):
            value = approx(value, rel=1e-5, abs=1e-4)
        assert found[key] == value, key
    notes = " ".join(found["notes"])
    assert said in notes, notes
    assert unsaid is None or unsaid not in notes


def test_a_refused_file_does_not_end_the_command(shared_data, tmp_path):
    bad, good = shared_data / "files" / "bigtiff_offset_beyond.tif", tmp_path / "good.npy"
    np.save(good, np.arange(60.0).reshape(3, 4, 5))
    ran = CliRunner().invoke(app, ["inspect", "--json", str(bad), str(good)])
    assert ran.exit_code == 1
    first, second = map(json.loads, ran.stdout.splitlines())
    assert not first["read"] and "TIFF" in first["sentence"]
    assert second["read"] and second["shape"] == [3, 4, 5] and second["first"] == [0, 1, 2, 3, 4]
    assert second["mean"] == 29.5 and second["centre"] == 32 and second["spacing"] == [1, 1, 1]
    folder = CliRunner().invoke(app, ["inspect", "--json", str(tmp_path)])
    assert folder.exit_code == 0 and len(folder.stdout.splitlines()) == 1


@pytest.mark.slow
def test_flipped_bits_in_headers_give_a_signal_or_a_sentence(shared_data):
    generator = np.random.default_rng(24)
    for file in sorted((shared_data / "files").iterdir()):
        data = file.read_bytes()
        for turn in range(12):
            broken = bytearray(data[: generator.integers(1, len(data))] if turn % 3 == 2 else data)
            for at in generator.integers(0, min(len(broken), 600), 1 + turn % 4):
                broken[at] = generator.integers(256)
            try:
                signal = decode(bytes(broken), file.name)
            except InputError as error:
                assert "\n" not in str(error)
            else:
                assert np.isfinite(signal.values).all()
