"""Rows 1 to 15, 19, 23, 31: files that are hostile, damaged or odd, through the door of every upload."""

import gzip
import io
import os
import pickle
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import soundfile
import torch
from PIL import Image
from sounds import FORMATS as SOUNDS
from sounds import tones, written
from streamlit.runtime.memory_media_file_storage import _calculate_file_id
from volumes import FORMATS as VOLUMES
from volumes import npy, npz

from app.components.player.sounds import Track, wav
from app.session import plain
from tests.core.test_signals import heic, resized_header, saved
from tests.core.test_volumes import claiming, lying
from tests.core.test_volumes_meshes import claiming as triangles
from wam_core import Classifier, DiscreteWaveletTransform, Gradient, explain
from wam_core.errors import InputError
from wam_core.signals import Limits, Signal, read, sandbox

pytestmark = pytest.mark.usefixtures("alive")


@pytest.fixture(scope="module", autouse=True)
def warm():
    read(saved(Image.new("RGB", (4, 4)), "PNG"), "warm")


def refusal(data, name="file", limits=Limits()):  # noqa: B008
    with pytest.raises(InputError) as caught:
        read(data, name, limits)
    message = str(caught.value)
    assert "\n" not in message and str(Path.home()) not in message
    return message


def timed(record_property, within, data, words, memory=None, grows=None):
    began = time.monotonic()
    message = refusal(data)
    seconds = time.monotonic() - began
    assert re.search(words, message), message
    assert seconds < within
    said = f"{seconds:.2f} s"
    if memory is not None:
        assert memory.grown < grows
        said += f", +{memory.grown:.0f} MB"
    record_property("measured", said)


@pytest.mark.parametrize("side", [100_000, 10_000])
def test_row_01_a_header_of_too_many_pixels(side, record_property, memory):
    data = resized_header("PNG", side)
    timed(record_property, 1, data, "million pixels", memory, 20)


@pytest.mark.slow
@pytest.mark.timeout(900)  # 9,200 processes, also on a machine that has other work
def test_row_02_truncated_and_bit_flipped_files(record_property):
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8))
    pictures = {form: saved(picture, form) for form in ("PNG", "JPEG", "WEBP", "TIFF", "BMP")}
    pictures |= {"AVIF": saved(picture, "AVIF"), "GIF": saved(picture, "GIF")}
    pictures["HEIC"] = heic(picture.resize((64, 64)))
    sounds = {name: written(name, tones(16_000, 0.1), 16_000) for name in SOUNDS}
    generator, limits = np.random.default_rng(1), Limits(mesh_cells=20)
    refused, total = 0, 0

    def outcome(data):
        try:
            signal = read(data, "damaged", limits)
        except InputError as error:
            assert "\n" not in str(error)
            return 1
        assert signal.values.size and np.isfinite(signal.values).all()
        return 0

    with ThreadPoolExecutor(4) as pool:
        for data in (*pictures.values(), *sounds.values(), *VOLUMES.values()):
            damaged = [data[:cut] for cut in np.linspace(1, len(data) - 1, 100).astype(int)]
            for turn in range(100):
                broken = bytearray(data)
                most = len(data) if turn % 2 else min(len(data), 400)
                for at in generator.integers(0, most, 1 + turn % 3):
                    broken[at] ^= 1 << generator.integers(8)
                damaged.append(bytes(broken))
            refused += sum(pool.map(outcome, damaged))
            total += len(damaged)
    record_property("measured", f"{total:,} files, {refused:,} refused, 0 other outcomes")


def test_row_03_many_frames_and_pages(record_property):
    black, white = Image.new("L", (8, 8)), Image.new("L", (8, 8), 255)
    gif = saved(black, "GIF", save_all=True, append_images=[white, black] * 5_000)
    colours = [Image.new("RGB", (8, 8), colour) for colour in ("black", "red", "blue")]
    tiff = saved(colours[0], "TIFF", save_all=True, append_images=colours[1:])
    began = time.monotonic()
    for data in (gif, tiff):
        signal = read(data, "many")
        assert "The file holds several frames or pages: the first is used." in signal.notes
        assert signal.values.max() == 0
    record_property("measured", f"first frame, stated, {time.monotonic() - began:.2f} s")


def test_row_04_odd_kinds_of_pictures(record_property):
    exif = Image.Exif()
    exif[0x0112] = 6
    rows = Image.fromarray(np.arange(24, dtype=np.uint8).reshape(4, 6) * 10)
    assert read(saved(rows, "PNG", exif=exif), "p").size == (6, 4)
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    deep = Image.fromarray(np.full((4, 4), 65535, np.uint16))
    for data in (
        saved(rows.convert("CMYK"), "JPEG"),
        saved(deep, "PNG"),
        saved(palette, "PNG", transparency=b"\x00\xff"),
        saved(rows.convert("1"), "PNG"),
    ):
        signal = read(data, "p")
        assert signal.notes and signal.values.dtype == np.uint8 and len(signal.values) == 3
    record_property("measured", "5 kinds, each conversion stated")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<!doctype html><script>1</script>", "HTML"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS"),
        (b"%PDF-1.7\n", "PDF"),
    ],
)
def test_row_05_documents_renamed(data, word, record_property):
    assert word in refusal(data, "holiday.png")
    record_property("measured", "refused by content")


def test_row_06_npz_bomb(record_property, memory):
    bomb = npz(volume=np.zeros((64, 128, 128, 128), np.uint8), x=np.zeros(2**26, np.uint8))
    memory.__init__()
    timed(record_property, 0.5, bomb, "would grow from", memory, 20)


@pytest.mark.parametrize("shape", ["(2000, 2000, 1000)", "(10**9, 2, 2)", "(-4, 4, 4)", "(" * 3000])
def test_row_07_lying_npy_headers(shape, record_property, memory):
    timed(record_property, 1, lying(shape), "more than|makes no sense|cut short", memory, 20)


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_row_08_pickles_are_not_executed(tmp_path, record_property):
    trace = tmp_path / "executed"
    evil = np.empty(1, object)
    evil[0] = Evil(str(trace))
    for data in (npy(evil, allow_pickle=True), pickle.dumps(Evil(str(trace)))):
        refusal(data)
    assert not trace.exists()
    record_property("measured", "refused, nothing executed")


def test_row_09_nifti_bombs(record_property, memory):
    values = np.arange(64, dtype=np.float32).reshape(4, 4, 4)
    scan = nib.Nifti1Image(values, np.eye(4)).to_bytes()
    claim = claiming((1321, 1321, 1321))
    bomb = gzip.compress(claim + bytes(2**28), 1)
    memory.__init__()
    timed(record_property, 1, bomb, "more than", memory, 20)
    assert "more than" in refusal(claim)
    assert read(gzip.compress(scan), "scan.nii.gz").size == (4, 4, 4)


def test_row_10_meshes_that_lie_or_point_elsewhere(tmp_path, record_property):
    assert refusal(triangles(4_000_000_000))
    secret = tmp_path / "secret.mtl"
    os.mkfifo(secret)  # whoever opened it would wait for ever
    text = f"mtllib ../../..{secret}\nusemtl a\n".encode() + VOLUMES["obj"]
    began = time.monotonic()
    assert read(text, "gold.obj").modality == "volume"
    assert time.monotonic() - began < 5
    record_property("measured", "refused; the material is not opened")


def test_row_11_sounds_that_are_attackable(record_property):
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(2000), 8000, format="WAV", subtype="MS_ADPCM")
    assert "ADPCM" in refusal(buffer.getvalue())
    assert "MATLAB" in refusal(b"MATLAB 5.0 MAT-file" + bytes(200))
    # libsndfile's reader of W64 is never asked: FFmpeg's is
    assert "Wave64" in refusal(b"riff\x2e\x91\xcf\x11" + bytes(60))
    record_property("measured", "refused by name; W64 is read by FFmpeg's reader")


def test_row_12_an_hour_of_silence(record_property, memory):
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros(3600 * 8000, np.int16), 8000, format="FLAC")
    memory.__init__()
    timed(record_property, 1, buffer.getvalue(), "1 h", memory, 50)


def test_row_13_junk_starts_no_program(tmp_path, monkeypatch, record_property):
    trace = tmp_path / "started"
    for program in ("ffmpeg", "ffprobe", "avconv", "lame"):
        file = tmp_path / program
        file.write_text(f"#!/bin/sh\ntouch {trace}\n")
        file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    box = sandbox.Sandbox()
    for head in (b"\xff\xfb\x90\x64", b"\xff\xf1\x50\x80", b"\0\0\0\x1cftypM4A ", b"fLaC"):
        with pytest.raises(InputError):
            box.read(head + bytes(range(256)) * 4, "junk.mp3", Limits())
    box.close()
    assert not trace.exists()
    record_property("measured", "no process")


def test_row_14_next_to_nothing(record_property):
    assert "empty" in refusal(b"")
    assert read(saved(Image.new("RGB", (1, 1)), "PNG"), "dot").size == (1, 1)
    out = io.BytesIO()
    soundfile.write(out, np.array([0.5]), 8000, format="WAV", subtype="PCM_16")
    assert read(out.getvalue(), "one").size == (1,)
    assert "only zeros" in refusal(npy(np.zeros((4, 4, 4))))
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 2))
    torch.nn.init.zeros_(module[1].weight)
    net = Classifier(module, ndim=2)
    found = explain(
        net,
        torch.ones(1, 1, 8, 8),
        0,
        transform=DiscreteWaveletTransform("haar", 1, 2),
        path=Gradient(),
    )
    assert found.is_zero
    record_property("measured", "a sentence, or “no signal”")


@pytest.mark.parametrize(("bad", "word"), [(np.nan, "NaN"), (np.inf, "infinite"), (1e38, "")])
def test_row_15_values_that_are_no_numbers(bad, word, record_property):
    values = np.random.default_rng(0).random((5, 5, 5))
    values[2, 2, 2] = bad
    if np.isnan(bad):  # the background of many scans
        signal = read(npy(values), "scan")
        assert signal.values[0, 2, 2, 2] == 0 and np.isfinite(signal.values).all()
        assert any(word in note for note in signal.notes)
    else:
        assert word in refusal(npy(values))
    net = Classifier(torch.nn.Flatten(), ndim=2)
    if not np.isfinite(bad):
        with pytest.raises(InputError, match="NaN or infinite"):
            net.prepare(torch.full((1, 1, 2, 2), bad))
    record_property("measured", "NaN read as 0 with a note, others refused at intake")


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd.png", "a\0b.png", "\u202egnp.exe", "x" * 4096, "<img src=x onerror=alert(1)>.png"],
)  # fmt: skip
def test_row_19_hostile_names(name, record_property):
    shown = read(saved(Image.new("RGB", (4, 4)), "PNG"), name).name
    assert "/" not in shown and "\0" not in shown and "\u202e" not in shown and len(shown) <= 80
    escaped = re.sub(r"\\.", "", plain(shown))
    assert not set("<>[]()`*_") & set(escaped)
    record_property("measured", "last part of the path, printable, ≤ 80 characters, escaped")


def test_row_23_a_decoder_that_is_killed(record_property):
    box, slow = sandbox.Sandbox(), npy(np.random.default_rng(0).random((250, 250, 250)))
    box.start()

    def kill():
        process = Path(f"/proc/{box._process.pid}/task/{box._process.pid}/children")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for pid in process.read_text().split():
                os.kill(int(pid), signal.SIGKILL)
                return

    with ThreadPoolExecutor(1) as pool:
        killer = pool.submit(kill)
        began = time.monotonic()
        with pytest.raises(InputError, match="ended before its time"):
            box.read(slow, "slow", Limits(file_bytes=2**28))
        killer.result()
    record_property("measured", f"a sentence after {time.monotonic() - began:.1f} s")
    box.close()


def test_row_31_twins_get_their_own(record_property):
    one = np.zeros(2_000_000, np.int16)
    other = one.copy()
    other[700_000] = 1  # not in the head, the middle or the tail that Streamlit looks at
    tracks = [Track("a", "A", pcm) for pcm in (one, other)]
    files = [wav(track, 44_100, "visitor") for track in tracks] + [wav(tracks[0], 44_100, "else")]
    names = {_calculate_file_id(data, "audio/wav", "a") for data in files}
    assert len(names) == 3
    plain_files = {_calculate_file_id(t.pcm.tobytes(), "audio/wav", "a") for t in tracks}
    assert len(plain_files) == 1, "without the nonce they would be mistaken for one another"
    large = np.zeros((1, 100, 100, 100), np.float32)
    twin = large.copy()
    twin[0, 50, 49, 3] = 1
    keys = {Signal.from_values(values, "volume", "v").key for values in (large, twin)}
    assert len(keys) == 2
    record_property("measured", "3 of 3 media and 2 of 2 keys apart")
