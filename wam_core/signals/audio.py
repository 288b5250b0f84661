"""Sounds: bytes → samples over time. The only file that knows soundfile, PyAV and soxr."""

import hashlib
import io
import math
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import soundfile
import soxr
from av.container import InputContainer

from wam_core.errors import InputError
from wam_core.signals import pcm
from wam_core.signals.limits import Limits, rate_text, seconds_text
from wam_core.signals.pcm import encode_wav
from wam_core.signals.signal import Signal

__all__ = ["ACCEPTED", "accepted", "decode", "encode_wav", "excerpt", "kind", "mono", "resample"]

ACCEPTED = "WAV, FLAC, OGG (Vorbis or Opus), MP3, AIFF, M4A, AAC and WebM sounds"

# Half a step of sixteen bits: what lies below is written as 0 there, so it is digital silence.
SILENCE = 2.0**-16
# Sounds whose floats are whole numbers of 32 bits are in use; larger ones overflow when squared
# and summed in the single precision of a network.
_LOUDEST = 2.0**31
# A FLAC frame has 4096 samples as a rule; when a file breaks off, a whole block is lost.
_BLOCK = 4096
# Encoders fill the last frame up, and declare the length before or after that.
_TOLERANCE = 0.25

# FFmpeg is told which reader to use: left to guess, it would try some that open other files.
_READERS: Mapping[str, str] = {
    "M4A": "mov",
    "AAC": "aac",
    "WebM": "matroska",
    "Matroska": "matroska",
}
_CODECS = ("aac", "alac", "flac", "mp3", "mp3float", "opus", "vorbis") + (
    "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_f32le",
)  # fmt: skip
_OGG: tuple[bytes, ...] = (b"\x01vorbis", b"OpusHead")
_MOST_TAGS = 8
_ZEROS = re.compile(rb"\0*")  # some programs leave room behind a tag

# One sound at a time bounds the memory: at most about 1 GB on the way.
_one_at_a_time = threading.Lock()

Samples = npt.NDArray[np.float32]


def accepted(limits: Limits) -> str:
    """What may come in, for the end of a sentence."""
    return (
        f"{ACCEPTED} of at most {seconds_text(limits.sound_seconds)} "
        f"and {limits.sound_channels} channels"
    )


def kind(data: bytes) -> str | None:
    """The format of a sound, by its first bytes; None for anything else.

    As strict as the decoders: libsndfile would look behind an ID3 tag for any format it knows.

    >>> kind(b"RIFF....WAVEfmt "), kind(b"riff.\\x91\\xcf\\x11")
    ('WAV', None)
    """
    at = _after_id3(data)
    start = data[at : at + 512]
    if start[:4] == b"RIFF" and start[8:12] == b"WAVE":
        return "WAV"
    if start[:4] == b"FORM" and start[8:12] in (b"AIFF", b"AIFC"):
        return "AIFF"
    if start[:4] == b"fLaC":
        return "FLAC"
    if start[:4] == b"OggS" and start[27 + int.from_bytes(start[26:27], "big") :].startswith(_OGG):
        return "OGG"
    if start[4:8] == b"ftyp":
        return "M4A"
    if start[:4] == b"\x1aE\xdf\xa3":
        return next(
            (name for name in ("WebM", "Matroska") if name.lower().encode() in start[:64]), None
        )
    # Eleven bits in a row, then version, layer, bit rate and sampling rate, none of them reserved.
    if len(start) > 3 and start[0] == 0xFF and start[1] & 0xE0 == 0xE0:
        if start[1] & 0xF6 == 0xF0 and start[2] >> 2 & 0xF < 13:
            return "AAC"
        layer_3 = start[1] & 0x06 == 0x02 and start[1] & 0x18 != 0x08
        if layer_3 and start[2] & 0xF0 != 0xF0 and start[2] & 0x0C != 0x0C:
            return "MP3"
    return None


def decode(data: bytes, name: str, limits: Limits) -> Signal:
    """A sound as float32 (channel, sample) at the file's own rate, full scale at ±1.

    Whole numbers are divided by 2^(bits − 1); what floating-point and lossy files hold beyond ±1
    is kept. A file that breaks off gives what could be decoded. Both are said in a note.

    Raises:
        InputError: too long or with too many channels (told from the header where it says so,
            otherwise while decoding), a codec or rate that is not accepted, damaged, without
            samples, or with values that are not finite.
    """
    form = kind(data)
    if form is None:
        raise InputError(f"{name} is not a sound; {accepted(limits)} are accepted")
    notes: list[str] = []
    with _one_at_a_time:
        try:
            if form in ("WAV", "AIFF"):
                values, rate = _plain(data, form, name, limits, notes)
            elif form in _READERS:
                values, rate = _contained(data, form, name, limits, notes)
            else:
                values, rate = _compressed(data, form, name, limits, notes)
        except InputError:
            raise
        except MemoryError:
            raise InputError(f"{name} needs more memory than this machine has left") from None
        except Exception:
            # A decoder that is fed hostile or cut bytes can raise nearly anything, and what it
            # says ("lost sync", "Invalid data found when …") helps nobody.
            raise InputError(
                f"{name} is a damaged, incomplete or unusual {form} file that cannot be decoded; "
                "saving it again as WAV or FLAC may help"
            ) from None
    _check_levels(values, name, notes)
    return Signal(values, "sound", name, hashlib.sha256(data).hexdigest(), tuple(notes), rate)


def excerpt(signal: Signal, start_sample: int, stop_sample: int) -> Signal:
    """Part of a sound; its hash stays the file's, its ``key`` becomes its own.

    Raises:
        InputError: not a sound, or a place that is not inside it.
    """
    if signal.modality != "sound" or not signal.rate:
        raise InputError(
            f"{signal.name} is a {signal.modality} without a rate; a sound is expected"
        )
    length = signal.size[-1]
    if not 0 <= start_sample < stop_sample <= length:
        raise InputError(
            f"samples {start_sample:,} to {stop_sample:,} of {signal.name} were asked for; "
            f"it has {length:,}, and at least one is needed"
        )
    if stop_sample - start_sample == length:
        return signal
    begin = (signal.start or 0) + start_sample
    end = begin + stop_sample - start_sample
    place = f"Excerpt from {_place(begin, signal.rate)} to {_place(end, signal.rate)} s."
    kept = tuple(note for note in signal.notes if not note.startswith("Excerpt from "))
    return replace(
        signal,
        values=signal.values[:, start_sample:stop_sample],
        notes=(*kept, place),
        start=begin,
    )


def mono(values: npt.NDArray[Any]) -> Samples:
    """The average over channels, (1, sample): parts in opposite phase cancel."""
    averaged: Samples = values.mean(axis=0, keepdims=True, dtype=np.float32)
    return averaged


def resample(values: npt.NDArray[Any], rate: int, to: int) -> Samples:
    """The same sound at another rate, (channel, sample), at least one sample long.

    By a linear-phase filter of 20 bits, without delay, so that times stay what they were; an equal
    rate changes nothing.
    """
    values = np.ascontiguousarray(values, dtype=np.float32)
    if rate == to:
        return values
    changed = np.stack([soxr.resample(channel, rate, to, quality="HQ") for channel in values])
    # A handful of samples at a much lower rate is less than one.
    return changed if changed.shape[1] else values.mean(axis=1, keepdims=True)


def _place(sample: int, rate: int) -> str:
    return f"{round(sample / rate, 2):g}"


def _after_id3(data: bytes) -> int:
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


def _plain(
    data: bytes, form: str, name: str, limits: Limits, notes: list[str]
) -> tuple[Samples, int]:
    data = data[_after_id3(data) :]
    head = pcm.header(data, name)
    _check_header(name, head.rate, head.channels, head.frames, limits)
    values = pcm.samples(data, head)
    if head.cut:
        notes.append(_cut(values, head.rate))
    return values, head.rate


def _compressed(
    data: bytes, form: str, name: str, limits: Limits, notes: list[str]
) -> tuple[Samples, int]:
    """By libsndfile."""
    data = data[_after_id3(data) :]
    with _Forwards(io.BytesIO(data)) as file:
        rate, channels = file.samplerate, file.channels
        # OGG and MP3 files may not know; libsndfile then gives the largest number there is.
        declared = file.frames if file.frames < 2**62 else None
        most = _check_header(name, rate, channels, declared, limits)

        def blocks() -> Iterator[Samples]:
            while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
                yield block.T

        values, broken = _joined(blocks(), most, channels, name, limits)
    missing = declared is not None and values.shape[1] < declared - _TOLERANCE * rate
    if broken or missing or (form == "OGG" and not _ogg_ends(data)):
        notes.append(_cut(values, rate))
    return values, rate


class _Forwards(soundfile.SoundFile):  # type: ignore[misc]
    """A file that is read from its beginning to its end.

    After each read, soundfile would seek to where it is. MP3 decoding starts anew there, which
    garbles what follows, and in a FLAC file of unknown length it fails.
    """

    def seekable(self) -> bool:
        return False


def _contained(
    data: bytes, form: str, name: str, limits: Limits, notes: list[str]
) -> tuple[Samples, int]:
    """By FFmpeg's libraries, in this process."""
    options = {"codec_whitelist": ",".join(_CODECS), "protocol_whitelist": "none"}
    with av.open(
        io.BytesIO(data), "r", format=_READERS[form], container_options=options
    ) as container:
        if not container.streams.audio:
            raise InputError(f"{name} holds no sound; {accepted(limits)} are accepted")
        stream = container.streams.audio[0]
        codec = stream.codec_context.name
        if codec not in _CODECS:
            raise InputError(
                f"the sound in {name} is compressed as {codec}; "
                f"AAC, ALAC, FLAC, MP3, Opus, Vorbis and PCM are accepted in {form} files"
            )
        if len(container.streams.audio) > 1:
            notes.append("The file holds several sound tracks: the first is used.")
        if container.streams.video:
            notes.append("The pictures in the file are not used, only its sound.")
        rate, channels = stream.rate or 0, stream.channels
        seconds = _declared_seconds(container, form)
        frames = None if seconds is None else round(seconds * rate)
        most = _check_header(name, rate, channels, frames, limits)

        def blocks() -> Iterator[Samples]:
            for frame in container.decode(stream):
                if (frame.sample_rate, frame.layout.nb_channels) != (rate, channels):
                    raise InputError(f"{name} changes its rate or its channels in the middle")
                yield _floats(frame.to_ndarray(), channels)

        values, broken = _joined(blocks(), most, channels, name, limits)
    if broken or (frames is not None and values.shape[1] < frames - _TOLERANCE * rate):
        notes.append(_cut(values, rate))
    return values, rate


def _declared_seconds(container: InputContainer, form: str) -> float | None:
    """How long the first sound track is, where the file itself says so."""
    stream = container.streams.audio[0]
    if form == "AAC":  # FFmpeg guesses, from the number of bytes
        return None
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and not container.streams.video:
        return container.duration / av.time_base
    return None


def _floats(block: npt.NDArray[Any], channels: int) -> Samples:
    """A frame of FFmpeg's, (channel, sample) or all channels in one row, with full scale at ±1."""
    if len(block) != channels:
        block = block.reshape(-1, channels).T
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


def _check_header(name: str, rate: int, channels: int, frames: int | None, limits: Limits) -> int:
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


def _check_levels(values: Samples, name: str, notes: list[str]) -> None:
    peak = float(max(-values.min(), values.max()))  # NaN where there is one
    if not math.isfinite(peak):
        raise InputError(f"{name} holds NaN or infinite values; finite numbers are accepted")
    if peak > _LOUDEST:
        raise InputError(
            f"{name} holds values of {peak:.3g} times full scale; up to {_LOUDEST:.3g} is accepted"
        )
    if peak > 1:
        notes.append(f"Some samples lie beyond full scale (peak {peak:.4g}): they were kept.")
    if peak < SILENCE:
        notes.append("The sound is digital silence.")


def _cut(values: Samples, rate: int) -> str:
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
