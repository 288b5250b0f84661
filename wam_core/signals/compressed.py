"""Compressed sounds, by libsndfile and by FFmpeg's libraries, and what any header is held against."""

import io
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import soundfile
from av.container import InputContainer

from wam_core.errors import InputError
from wam_core.signals.limits import Limits, rate_text, seconds_text

Samples = npt.NDArray[np.float32]

ACCEPTED = (
    "WAV, FLAC, OGG (Vorbis, Opus or FLAC), MP3, AIFF, M4A, AAC, WebM, CAF, W64 and AU sounds"
)

# A FLAC frame has 4096 samples as a rule; when a file breaks off, a whole block is lost.
_BLOCK = 4096
_MOST_TAGS = 8
_ZEROS = re.compile(rb"\0*")  # some programs leave room behind a tag

# Encoders fill the last frame up, and declare the length before or after that.
_TOLERANCE = 0.25

# FFmpeg is told which reader to use: left to guess, it would try some that open other files.
CONTAINERS: Mapping[str, str] = {
    "M4A": "mov",
    "AAC": "aac",
    "WebM": "matroska",
    "Matroska": "matroska",
    "CAF": "caf",
    "Wave64": "w64",
    "RF64": "wav",
    "AU": "au",
    "OGG FLAC": "ogg",
    # where libsndfile is at its end: FLAC of other depths, MP3 behind a tag of a wrong length
    "FLAC": "flac",
    "MP3": "mp3",
}
BY_FFMPEG = tuple(form for form in CONTAINERS if form not in ("FLAC", "MP3"))
_FLAC_DEPTHS = (8, 16, 24)

_CODECS = ("aac", "alac", "flac", "mp3", "mp3float", "opus", "vorbis") + (
    "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_f32le", "pcm_f32be", "pcm_f64le",
    "pcm_f64be", "pcm_s32le", "pcm_s32be", "pcm_s8", "pcm_u8", "pcm_alaw", "pcm_mulaw",
)  # fmt: skip

OGG_CODECS: tuple[bytes, ...] = (b"\x01vorbis", b"OpusHead")


def accepted(limits: Limits) -> str:
    """What may come in, for the end of a sentence."""
    return (
        f"{ACCEPTED} of at most {seconds_text(limits.sound_seconds)} "
        f"and {limits.sound_channels} channels"
    )


def after_id3(data: bytes) -> int:
    """Where the sound begins after the tags that music files carry in front (titles, a cover)."""
    at = 0
    for _ in range(_MOST_TAGS):
        if data[at : at + 3] != b"ID3" or at + 10 > len(data):
            break
        size = 0
        for seven_bits in data[at + 6 : at + 10]:
            size = size << 7 | seven_bits & 0x7F
        at += 10 + size + (10 if data[at + 5] & 0x10 else 0)
        zeros = _ZEROS.match(data, at)
        at = zeros.end() if zeros else len(data)
    return at


def needs_ffmpeg(data: bytes, form: str) -> bool:
    """Whether libsndfile does not read a FLAC or MP3 file: other bits, or a tag of a wrong length."""
    if form in BY_FFMPEG:
        return True
    start = data[after_id3(data) :]
    if form == "FLAC" and len(start) > 21:
        # STREAMINFO: five bits from bit 4 of byte 20 of the file, one less than the bits a sample
        bits = ((start[20] & 1) << 4 | start[21] >> 4) + 1
        return bits not in _FLAC_DEPTHS
    return form == "MP3" and not is_mp3(start)


def is_mp3(start: bytes) -> bool:
    """Whether bytes begin with the header of an MP3 frame.

    Eleven bits in a row, then version, layer, bit rate and sampling rate, none of them reserved.
    """
    if len(start) < 4 or start[0] != 0xFF or start[1] & 0xE0 != 0xE0:
        return False
    layer_3 = start[1] & 0x06 == 0x02 and start[1] & 0x18 != 0x08
    return layer_3 and start[2] & 0xF0 != 0xF0 and start[2] & 0x0C != 0x0C


def read_compressed(
    data: bytes, form: str, name: str, limits: Limits, notes: list[str]
) -> tuple[Samples, int]:
    """By libsndfile."""
    data = data[after_id3(data) :]
    with _Forwards(io.BytesIO(data)) as file:
        rate, channels = file.samplerate, file.channels
        # OGG and MP3 files may not know; libsndfile then gives the largest number there is.
        declared = file.frames if file.frames < 2**62 else None
        most = check_header(name, rate, channels, declared, limits)

        def blocks() -> Iterator[Samples]:
            while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
                yield block.T

        values, broken = _joined(blocks(), most, channels, name, limits)
    missing = declared is not None and values.shape[1] < declared - _TOLERANCE * rate
    if broken or missing or (form == "OGG" and not _ogg_ends(data)):
        notes.append(cut_note(values, rate))
    return values, rate


class _Forwards(soundfile.SoundFile):  # type: ignore[misc]  # it has no types
    """A file that is read from its beginning to its end.

    After each read, soundfile would seek to where it is. MP3 decoding starts anew there, which
    garbles what follows, and in a FLAC file of unknown length it fails.
    """

    def seekable(self) -> bool:
        return False


def read_contained(
    data: bytes, form: str, name: str, limits: Limits, notes: list[str]
) -> tuple[Samples, int]:
    """By FFmpeg's libraries, in this process."""
    options = {"codec_whitelist": ",".join(_CODECS), "protocol_whitelist": "none"}
    with av.open(
        io.BytesIO(data), "r", format=CONTAINERS[form], container_options=options
    ) as container:
        if not container.streams.audio:
            raise InputError(f"{name} holds no sound; {accepted(limits)} are accepted")
        stream = container.streams.audio[0]
        codec = stream.codec_context.name
        if codec not in _CODECS:
            raise InputError(
                f"the sound in {name} is compressed as {_in_words(codec)}; "
                f"AAC, ALAC, FLAC, MP3, Opus, Vorbis and PCM are accepted in {form} files"
            )
        if len(container.streams.audio) > 1:
            notes.append("The file holds several sound tracks: the first is used.")
        if container.streams.video:
            notes.append("The pictures in the file are not used, only its sound.")
        rate, channels = stream.rate or 0, stream.channels
        seconds = _declared_seconds(container, form)
        frames = None if seconds is None else round(seconds * rate)
        most = check_header(name, rate, channels, frames, limits)

        def blocks() -> Iterator[Samples]:
            for frame in container.decode(stream):
                if (frame.sample_rate, frame.layout.nb_channels) != (rate, channels):
                    raise InputError(f"{name} changes its rate or its channels in the middle")
                yield _floats(frame.to_ndarray(), channels)

        values, broken = _joined(blocks(), most, channels, name, limits)
    if broken or (frames is not None and values.shape[1] < frames - _TOLERANCE * rate):
        notes.append(cut_note(values, rate))
    return values, rate


def _declared_seconds(container: InputContainer, form: str) -> float | None:
    """How long the first sound track is, where the file itself says so."""
    stream = container.streams.audio[0]
    if form in ("AAC", "MP3"):  # FFmpeg guesses, from the number of bytes
        return None
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and not container.streams.video:
        return container.duration / av.time_base
    return None


def _in_words(codec: str) -> str:
    """FFmpeg's description of a codec, such as AMR-NB (Adaptive Multi-Rate NarrowBand)."""
    return av.Codec(codec, "r").long_name or codec


def _floats(block: npt.NDArray[Any], channels: int) -> Samples:
    """A frame of FFmpeg's, (channel, sample) or all channels in one row, with full scale at ±1."""
    if len(block) != channels:
        block = block.reshape(-1, channels).T
    if block.dtype == np.uint8:
        return (block.astype(np.float32) - 128) / np.float32(128)
    scale = 2.0 ** (1 - 8 * block.itemsize) if block.dtype.kind == "i" else 1.0
    return block.astype(np.float32) * np.float32(scale)


def _joined(
    blocks: Iterator[Samples], most: int, channels: int, name: str, limits: Limits
) -> tuple[Samples, bool]:
    """All blocks in one array, and whether the decoder gave up before the end."""
    parts: list[Samples] = []
    count, broken = 0, False
    try:
        for block in blocks:
            parts.append(block)
            if (count := count + block.shape[1]) > most:
                raise InputError(
                    f"{name} is longer than the {most:,} samples that are accepted of its rate and "
                    f"its channels; {accepted(limits)} are accepted"
                )
    except (soundfile.SoundFileError, av.FFmpegError):
        if not count:
            raise
        broken = True
    if not count:
        raise InputError(f"{name} is an empty or incomplete file: it holds no samples")
    joined = np.empty((channels, count), np.float32)
    at = 0
    for index, block in enumerate(parts):
        joined[:, at : at + block.shape[1]] = block
        at += block.shape[1]
        parts[index] = block[:, :0].copy()  # let go of it: the sound is in memory once, not twice
    return joined, broken


def check_header(name: str, rate: int, channels: int, frames: int | None, limits: Limits) -> int:
    """The largest number of samples per channel; refuses what the header already tells."""
    low, high = limits.sound_rates
    if rate <= 0 or channels <= 0:
        raise InputError(f"{name} is a damaged or incomplete file: its header names no rate")
    if not low <= rate <= high:
        raise InputError(
            f"{name} has {rate:,} samples a second; "
            f"{rate_text(low)} to {rate_text(high)} are accepted"
        )
    if channels > limits.sound_channels:
        raise InputError(f"{name} has {channels:,} channels; {accepted(limits)} are accepted")
    if frames is not None and frames > limits.sound_seconds * rate:
        lasts = seconds_text(frames / rate)
        raise InputError(f"{name} lasts {lasts}; {accepted(limits)} are accepted")
    if frames is not None and frames * channels > limits.sound_values:
        raise InputError(
            f"{name} holds {frames * channels / 1e6:.3g} million samples in {channels} channels "
            f"at {rate_text(rate)}; {limits.sound_values / 1e6:g} million are accepted"
        )
    if frames == 0:
        raise InputError(f"{name} is an empty or incomplete file: it holds no samples")
    return min(math.floor(limits.sound_seconds * rate), limits.sound_values // channels)


def cut_note(values: Samples, rate: int) -> str:
    """The note on a file that broke off."""
    lasts = seconds_text(values.shape[1] / rate)
    return f"The file is damaged or was cut short: the first {lasts} could be decoded."


def _ogg_ends(data: bytes) -> bool:
    """Whether the last page says that it is the last, and is there to its end."""
    at = data.rfind(b"OggS")
    lengths = data[at + 27 : at + 27 + data[at + 26]] if at + 26 < len(data) else b""
    return (
        bool(lengths)
        and data[at + 5] & 4 > 0
        and at + 27 + len(lengths) + sum(lengths) <= len(data)
    )
