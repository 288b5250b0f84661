"""Sounds as people have them → samples over time, or one sentence."""

import contextlib
import hashlib
import io
import os
import shutil
import stat
import struct
import subprocess
import time
import tracemalloc

import numpy as np
import pytest
import soundfile
from sounds import FORMATS, by_soundfile, tolerance, tones, written

from wam_core.errors import InputError
from wam_core.signals import Limits, Signal, audio, compressed, pcm
from wam_core.signals.audio import encode_wav, excerpt, kind, mono, resample
from wam_core.signals.intake import decode as read

pytestmark = pytest.mark.slow

RATE = 48_000


def refusal(data, name="hum.wav", limits=None):
    """The message, which must be one sentence without a path."""
    with pytest.raises(InputError) as caught:
        read(data, name, limits or Limits())
    message = str(caught.value)
    assert name in message
    assert "\n" not in message and ". " not in message and not message.endswith(".")
    assert "/tmp" not in message and "site-packages" not in message
    return message


def loss(found, expected):
    """The root mean square of the difference, in parts of that of the sound.

    Where the lengths differ, an encoder filled its last frame up with next to nothing.
    """
    longest = max(found.shape[1], expected.shape[1])
    found, expected = (
        np.pad(v.astype(float), ((0, 0), (0, longest - v.shape[1]))) for v in (found, expected)
    )
    return np.sqrt(np.mean((found - expected) ** 2) / np.mean(expected**2))


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_decoded_whatever_its_name(name):
    values = tones(RATE, seconds=2)
    data = written(name, values, RATE)
    assert kind(data) == name.split()[0]
    signal = read(data, "holiday.xyz")
    assert signal.modality == "sound" and signal.rate == RATE and signal.notes == ()
    assert signal.values.dtype == np.float32 and signal.values.flags.c_contiguous
    assert not signal.values.flags.writeable
    assert signal.sha256 == signal.key == hashlib.sha256(data).hexdigest()
    assert abs(signal.size[0] - values.shape[1]) <= 2048 and signal.start is None
    assert signal.seconds == signal.size[0] / RATE
    # a bare AAC stream does not say that its first 1024 samples are the encoder's delay
    heard = signal.values[:, 1024:] if name == "AAC" else signal.values
    assert loss(heard, values) <= tolerance(name)


def test_a_flac_file_that_was_streamed_does_not_know_its_length():
    values = tones(RATE)
    data = bytearray(written("FLAC", values, RATE))
    data[21] &= 0xF0  # 36 bits of STREAMINFO
    data[22:26] = bytes(4)
    signal = read(bytes(data), "s")
    assert (
        signal.notes == ()
        and (signal.values == read(written("FLAC", values, RATE), "s").values).all()
    )
    message = refusal(bytes(data), limits=Limits(sound_seconds=0.1))
    assert "longer than the 4,800 samples" in message


@pytest.mark.parametrize("name", ["FLAC", "OGG Vorbis", "MP3"])
def test_reading_in_blocks_changes_nothing(name):
    data = written(name, tones(RATE, seconds=3), RATE)
    expected, _ = soundfile.read(io.BytesIO(data), dtype="float32")
    assert (read(data, "s").values == expected.T).all()


@pytest.mark.parametrize("name", [name for name in FORMATS if name[:3] in ("WAV", "AIF")])
@pytest.mark.parametrize("channels", [1, 3])
def test_plain_samples_are_those_of_libsndfile(name, channels):
    values = np.random.default_rng(0).uniform(-1, 1, (channels, 1001)).astype(np.float32)
    data = written(name, values, RATE)
    expected, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    signal = read(data, "noise")
    assert signal.rate == rate and (signal.values == expected.T).all()


def test_little_endian_aiff():
    values = tones(RATE)
    data = by_soundfile("AIFF", "PCM_16", values, RATE, endian="LITTLE")
    assert b"sowt" in data
    assert loss(read(data, "a").values, values) < 1e-4


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        (name, rate)
        for name in ("WAV 16", "AIFF 24", "FLAC", "OGG Vorbis", "MP3", "M4A")
        for rate in (8_000, 11_025, 44_100, 192_000)
        if rate < 50_000 or name not in ("MP3", "M4A")  # which have no such rate
    ],
)
def test_sampling_rates(name, rate):
    values = tones(rate, seconds=2)
    signal = read(written(name, values, rate), "s")
    assert signal.rate == rate and loss(signal.values, values) <= 0.07


def test_an_id3_tag_is_stepped_over():
    tag = b"ID3\4\0\0\0\0\1\x10" + b"APIC" + bytes(140)
    for name in ("MP3", "FLAC", "AAC"):
        plain = written(name, tones(RATE), RATE)
        for data in (tag + plain, tag + tag + bytes(100) + plain):
            assert kind(data) == name
            assert (read(data, "song").values == read(plain, "song").values).all()
    assert kind(tag) is None and kind(b"ID3\4\0\0\0\0\0") is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\xff\xfe" + "text as Windows writes it".encode("utf-16-le"),
        b"\xff\xd8\xff\xe0" + bytes(20),  # JPEG
        b"\xff\xfb\xf0\x64" + bytes(40),  # reserved bit rate
        b"\xff\xff\xff\xff" * 10,
        b"\x1aE\xdf\xa3" + bytes(60),
        b"OggS",
        b"OggS" + bytes(22) + b"\1\x2a\x80theora" + bytes(60),
        b"RIFF\0\0\0\0AVI LIST",
        b"RIFF\0\0\0\0WEBPVP8 ",
    ],
)
def test_what_is_no_sound(data):
    assert kind(data) is None
    with pytest.raises(InputError, match="x is not a sound; WAV, FLAC.*8 channels are accepted"):
        audio.decode(data, "x", Limits())


def test_pictures_still_go_to_the_decoder_of_pictures():
    from wam_core.signals.image import encode_png

    assert read(encode_png(np.zeros((4, 4), np.uint8)), "x.wav").modality == "image"


# What is refused.


def with_tag(tag, data=None):
    """A WAV file whose header claims another compression."""
    file = bytearray(data or by_soundfile("WAV", "PCM_16", tones(RATE), RATE))
    struct.pack_into("<H", file, 20, tag)
    return bytes(file)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (by_soundfile("WAV", "IMA_ADPCM", tones(8000), 8000), "IMA ADPCM"),
        (by_soundfile("WAV", "MS_ADPCM", tones(8000), 8000), "Microsoft ADPCM"),
        (by_soundfile("WAV", "GSM610", tones(8000, channels=1), 8000), "GSM 6.10"),
        (with_tag(0x0055), "MP3"),
        (with_tag(0x1234), "format 0x1234"),
        (with_tag(0xFFFE), "format 0xfffe"),
        (by_soundfile("AIFF", "IMA_ADPCM", tones(8000, channels=1), 8000), "ima4"),
    ],
)
def test_compressed_wav_and_aiff_never_reach_a_decoder(data, words, monkeypatch):
    monkeypatch.setattr(soundfile, "SoundFile", None)
    message = refusal(data)
    assert f"compressed as {words}" in message.replace("'", "")
    assert "PCM, floating-point, A-law and µ-law" in message


@pytest.mark.parametrize("form", ["WAV", "WAVEX", "AIFF"])
@pytest.mark.parametrize("subtype", ["ALAW", "ULAW"])
def test_companded_samples_are_those_of_libsndfile(form, subtype):
    data = by_soundfile(form, subtype, tones(8000), 8000)
    expected, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    signal = read(data, "call")
    assert (signal.values == expected.T).all() and signal.notes == ()


@pytest.mark.parametrize(
    ("form", "subtype", "called"),
    [
        ("CAF", "PCM_16", "CAF"),
        ("W64", "PCM_24", "Wave64"),
        ("RF64", "PCM_16", "RF64"),
        ("AU", "PCM_16", "AU"),
        ("AU", "ULAW", "AU"),
        ("AU", "FLOAT", "AU"),
    ],
)
def test_other_containers_by_ffmpeg(form, subtype, called):
    values = tones(16_000)
    data = by_soundfile(form, subtype, values, 16_000)
    expected, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    assert kind(data) == called
    signal = read(data, "hum")
    assert signal.rate == 16_000 and signal.notes == ()
    assert np.abs(signal.values - expected.T).max() < 2e-5


def test_a_streamed_wav_file_is_not_called_damaged():
    data = bytearray(by_soundfile("WAV", "PCM_16", tones(8000), 8000))
    at = data.index(b"data") + 4
    for length in (0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        struct.pack_into("<I", data, at, length)
        assert read(bytes(data), "stream").notes == ()


def test_too_many_channels():
    many = np.zeros((64, 1000), np.float32)
    message = refusal(by_soundfile("WAV", "PCM_16", many, RATE))
    assert "has 64 channels" in message and "8 channels are accepted" in message
    assert read(by_soundfile("FLAC", "PCM_16", many[:8], RATE), "x").values.shape == (8, 1000)


def hour_of_silence():
    out = io.BytesIO()
    with soundfile.SoundFile(out, "w", 8000, 1, "PCM_16", format="FLAC") as file:
        for _ in range(60):
            file.write(np.zeros(60 * 8000, np.int16))
    return out.getvalue()


def test_an_hour_is_refused_from_its_header(monkeypatch):
    data = hour_of_silence()
    monkeypatch.setattr(soundfile.SoundFile, "read", None)
    tracemalloc.start()
    began = time.monotonic()
    message = refusal(data, "lecture.flac")
    assert time.monotonic() - began < 1 and tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()
    assert "lecture.flac lasts 1 h;" in message and "10 min and 8 channels" in message


@pytest.mark.parametrize("name", FORMATS)
def test_a_limit_of_time_holds_for_every_format(name):
    data = written(name, tones(RATE, seconds=1), RATE)
    assert read(data, "x", Limits(sound_seconds=1.1)).seconds == pytest.approx(1, abs=0.05)
    message = refusal(data, limits=Limits(sound_seconds=0.9))
    assert "lasts 1 s" in message or "longer than the 43,200 samples" in message
    assert "0.9 s" in message


def test_what_no_header_tells_is_cut_off_while_decoding(monkeypatch):
    data = written("AAC", tones(RATE, seconds=4), RATE)
    decoded = []
    floats = compressed._floats
    monkeypatch.setattr(
        compressed, "_floats", lambda *given: decoded.append(floats(*given)) or decoded[-1]
    )
    assert "longer than the 48,000 samples" in refusal(data, limits=Limits(sound_seconds=1))
    assert sum(block.shape[1] for block in decoded) <= 48_000 + 2048


def test_a_limit_of_memory():
    data = by_soundfile("FLAC", "PCM_16", np.zeros((2, RATE), np.float32), RATE)
    limits = Limits(sound_values=2 * RATE - 1)
    assert "holds 0.096 million samples in 2 channels at 48 kHz" in refusal(data, limits=limits)
    assert read(data, "x", Limits(sound_values=2 * RATE)).values.size == 2 * RATE
    aac = written("AAC", tones(RATE), RATE)
    assert "10,000 samples" in refusal(aac, limits=Limits(sound_values=20_000))


@pytest.mark.parametrize("rate", [500, 400_000])
def test_rates_that_are_refused(rate):
    message = refusal(by_soundfile("WAV", "PCM_16", tones(rate), rate))
    assert f"{rate:,} samples a second" in message and "1 kHz to 384 kHz" in message


def test_one_sample_and_none():
    one = np.full((1, 1), 0.5, np.float32)
    for name in ("WAV 16", "WAV float", "AIFF 16", "FLAC"):
        assert read(written(name, one, RATE), "click").values.tolist() == [[0.5]]
    for name in ("WAV 16", "WAV float", "AIFF 16", "OGG Vorbis"):
        assert "no samples" in refusal(written(name, one[:, :0], RATE))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["WAV float", "WAV double", "AIFF float"])
def test_values_that_are_not_finite_are_named(name, bad):
    values = tones(RATE)
    values[1, 77] = bad
    assert "holds NaN or infinite values" in refusal(written(name, values, RATE))


def test_levels():
    loud = tones(RATE) * 3
    signal = read(written("WAV float", loud, RATE), "loud")
    assert (signal.values == loud).all()
    assert signal.notes == ("Some samples lie beyond full scale (peak 1.5): they were kept.",)
    quiet = read(written("WAV float", loud * 0, RATE), "quiet")
    assert quiet.notes == ("The sound is digital silence.",)
    huge = np.full((1, 9), 1e38, np.float32)
    assert "1e+38 times full scale" in refusal(written("WAV float", huge, RATE))
    doubles = np.full((1, 9), 1e300)
    assert "infinite" in refusal(written("WAV double", doubles, RATE))


def test_a_film_gives_its_sound_and_a_silent_one_a_sentence():
    import av

    def film(with_sound):
        out = io.BytesIO()
        with av.open(out, "w", format="mp4") as container:
            pictures = container.add_stream("mpeg4", rate=25)
            pictures.width = pictures.height = 32
            pictures.pix_fmt = "yuv420p"
            sound = container.add_stream("aac", rate=RATE, layout="mono") if with_sound else None
            for number in range(5):
                frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")
                frame.pts = number
                container.mux(pictures.encode(frame))
            container.mux(pictures.encode(None))
            if sound:
                frame = av.AudioFrame.from_ndarray(tones(RATE, 1024 / RATE, 1), "fltp", "mono")
                frame.sample_rate, frame.pts = RATE, 0
                container.mux(sound.encode(frame))
                container.mux(sound.encode(None))
        return out.getvalue()

    signal = read(film(True), "film.mp4")
    assert signal.values.shape[0] == 1
    assert "The pictures in the file are not used, only its sound." in signal.notes
    assert "holds no sound" in refusal(film(False), "film.mp4")


# Damage.


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_anywhere_gives_sound_with_a_note_or_a_sentence(name):
    noise = 0.2 * np.random.default_rng(0).standard_normal((2, 2 * RATE)).clip(-4, 4)
    data = written(name, noise.astype(np.float32), RATE)
    whole = read(data, "whole").size[0]
    outcomes = {"said": 0, "refused": 0}
    for place in np.linspace(0, len(data) * 0.85, 200).astype(int):
        try:
            signal = read(data[:place], "cut")
        except InputError as error:
            assert "\n" not in str(error) and str(error).startswith("cut is")
            outcomes["refused"] += 1
        else:
            assert signal.size[0] < whole and np.isfinite(signal.values).all()
            said = [note for note in signal.notes if "cut short" in note]
            # a bare AAC stream has no length; a cut close to the seam of two frames leaves no trace
            assert len(said) == 1 or (name == "AAC" and not said)
            assert all(note.endswith("could be decoded.") for note in said)
            outcomes["said"] += len(said)
    assert outcomes["refused"] > 0
    if not name.startswith("M4A"):  # whose table of contents stands at the end
        assert outcomes["said"] > 20


@pytest.mark.parametrize("name", FORMATS)
def test_damage_gives_a_sound_or_a_sentence(name):
    data = written(name, tones(RATE), RATE)
    generator = np.random.default_rng(1)
    for turn in range(60):
        broken = bytearray(data)
        # every other turn in the first bytes, where the headers are
        most = len(data) if turn % 2 else min(len(data), 200)
        for at in generator.integers(4, most, 3):
            broken[at] ^= 1 << generator.integers(8)
        try:
            signal = read(bytes(broken), "damaged")
        except InputError as error:
            assert "\n" not in str(error)
        else:
            assert signal.values.dtype == np.float32 and np.isfinite(signal.values).all()


def test_junk_starts_no_process(tmp_path, monkeypatch):
    """No decoder starts a program, neither from Python nor, as a false ffmpeg would show, from C."""
    trace = tmp_path / "started"
    for program in ("ffmpeg", "ffprobe", "avconv", "lame"):
        file = tmp_path / program
        file.write_text(f"#!/bin/sh\ntouch {trace}\n")
        file.chmod(file.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert shutil.which("ffmpeg") == str(tmp_path / "ffmpeg")

    def refuse(*given, **named):
        pytest.fail(f"a program was started: {given}")

    for owner, start in (
        (subprocess, "Popen"), (os, "system"), (os, "popen"), (os, "fork"), (os, "posix_spawn"),
    ):  # fmt: skip
        monkeypatch.setattr(owner, start, refuse)
    junk = bytes(range(256)) * 40
    for head in (b"\xff\xfb\x90\x64", b"\xff\xf1\x50\x80", b"\0\0\0\x1cftypM4A ", b"fLaC"):
        assert kind(head + junk)
        with contextlib.suppress(InputError):
            read(head + junk, "junk.mp3")
    assert not trace.exists()


def test_real_recordings(shared_data):
    files = sorted((shared_data / "audio" / "esc10").glob("*/*.ogg"))[::40]
    if not files:
        pytest.skip("audio/esc10 is not in shared/data")
    for file in files:
        signal = read(file.read_bytes(), file.name)
        assert signal.rate == 44_100 and signal.seconds == pytest.approx(5, abs=0.02)
        expected, _ = soundfile.read(file, dtype="float32", always_2d=True)
        assert (signal.values == expected.T).all()
        assert not any("cut short" in note for note in signal.notes)


# The way back, and what is made of a sound.


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_encode_wav(channels):
    values = np.random.default_rng(0).uniform(-1, 1, (channels, 999)).astype(np.float32)
    values[0, :2] = 1, -1
    exact = encode_wav(values, 44_100, depth=32)
    assert (read(exact, "x").values == values).all()
    assert read(exact, "x").rate == 44_100
    assert soundfile.info(io.BytesIO(exact)).subtype == "FLOAT"
    file = encode_wav(values, 8_000)
    theirs, rate = soundfile.read(io.BytesIO(file), dtype="float32", always_2d=True)
    assert rate == 8_000 and soundfile.info(io.BytesIO(file)).subtype == "PCM_16"
    assert np.abs(theirs.T - values).max() <= 2**-15 and len(file) == 46 + values.size * 2


@pytest.mark.parametrize("depth", [16, 32])
def test_a_nonce_changes_the_head_of_the_file_only(depth):
    values = tones(RATE)
    plain, one, other = (
        encode_wav(values, RATE, depth=depth, nonce=nonce) for nonce in ("", "a1", "b22")
    )
    assert one[:120] != other[:120] and b"b22" in other[:120]
    for file in (one, other):
        assert len(file) % 2 == 0 and struct.unpack_from("<I", file, 4)[0] == len(file) - 8
        assert (read(file, "x").values == read(plain, "x").values).all()
        theirs = soundfile.read(io.BytesIO(file), dtype="float32")[0]
        assert (read(plain, "x").values == theirs.T).all()


@pytest.mark.parametrize(
    ("values", "rate", "words"),
    [
        (np.array([[0.0, -1.25]]), 8000, "1.25 times full scale"),
        (np.array([[0.0, np.nan]]), 8000, "finite"),
        (np.zeros(9), 8000, r"\(9,\)"),
        (np.zeros((0, 9)), 8000, r"\(0, 9\)"),
        (np.zeros((1, 9)), 0, "rate of 0"),
    ],
)
def test_what_encode_wav_refuses(values, rate, words):
    with pytest.raises(InputError, match=words):
        encode_wav(values, rate)


def test_beyond_full_scale_fits_thirty_two_bits():
    values = np.array([[0.0, -1.25]], np.float32)
    assert (read(encode_wav(values, 8000, depth=32), "x").values == values).all()


def test_excerpts():
    signal = read(by_soundfile("WAV", "FLOAT", tones(8_000, 4), 8_000), "hum")
    part = excerpt(signal, 8_000, 20_000)
    assert (part.values == signal.values[:, 8_000:20_000]).all() and part.start == 8_000
    assert part.sha256 == signal.sha256 and part.rate == 8_000 and part.name == "hum"
    assert part.notes == ("Excerpt from 1 to 2.5 s.",)
    again = excerpt(part, 80, 160)
    assert again.start == 8_080 and again.notes == ("Excerpt from 1.01 to 1.02 s.",)
    direct = excerpt(signal, 8_080, 8_160)
    assert again.key == direct.key
    keys = {s.key for s in (signal, part, again, excerpt(signal, 8_000, 20_001))}
    keys.add(excerpt(signal, 8_001, 20_001).key)
    assert len(keys) == 5 and all(len(key) == 64 and int(key, 16) for key in keys)
    assert excerpt(signal, 0, 32_000) is signal
    for start, stop in ((-1, 5), (5, 5), (9, 8), (0, 32_001)):
        with pytest.raises(InputError, match=r"hum were asked for; it has 32,000"):
            excerpt(signal, start, stop)
    with pytest.raises(InputError, match="image"):
        excerpt(Signal.from_values(np.zeros((3, 4, 4), np.uint8), "image", "p"), 0, 2)


def test_a_rate_is_part_of_what_a_sound_without_a_file_is():
    values = np.zeros((1, 9), np.float32)
    one, other = (Signal.from_values(values, "sound", "x", rate) for rate in (8_000, 16_000))
    assert one.sha256 != other.sha256 and other.rate == 16_000
    assert Signal.from_values(values, "sound", "x").sha256 not in (one.sha256, other.sha256)


def test_mono_is_the_average():
    assert mono(np.array([[1, 0.5], [-1, 0.25]], np.float32)).tolist() == [[0, 0.375]]


@pytest.mark.parametrize(("rate", "to"), [(8_000, 44_100), (192_000, 16_000), (44_100, 48_000)])
def test_resampling_keeps_a_tone_its_level_and_its_time(rate, to):
    values, expected = (tones(r, seconds=0.5) for r in (rate, to))
    found = resample(values, rate, to)
    assert found.dtype == np.float32 and found.shape == (2, round(values.shape[1] * to / rate))
    assert np.abs(found - expected)[:, 20:-20].max() < 2e-3


def test_resampling_removes_what_the_lower_rate_cannot_hold():
    time = np.arange(48_000) / 48_000
    high = np.sin(2 * np.pi * 7_000 * time)[None]
    assert np.abs(resample(high, 48_000, 8_000))[:, 200:-200].max() < 1e-4


def test_resampling_of_next_to_nothing():
    assert resample(np.full((2, 1), 0.5), 44_100, 8_000).tolist() == [[0.5], [0.5]]
    same = tones(8_000)
    assert (resample(same, 8_000, 8_000) == same).all()


def test_a_header_that_lies_about_its_length_reserves_nothing():
    data = bytearray(by_soundfile("WAV", "PCM_16", tones(RATE), RATE))
    at = data.index(b"data") + 4
    for size, cut in ((0x70000000, True), (0xFFFFFFFE, False), (0xFFFFFFFF, False), (0, False)):
        struct.pack_into("<I", data, at, size)
        head = pcm.header(bytes(data), "x")
        assert head.frames == RATE // 2 and head.cut == cut
        assert read(bytes(data), "x").values.shape == (2, RATE // 2)
