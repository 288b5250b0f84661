"""Sounds: bytes → samples over time, then excerpts and other rates."""

import hashlib
import math
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import soxr

from wam_core.errors import InputError
from wam_core.signals import pcm
from wam_core.signals.compressed import (
    ACCEPTED,
    OGG_CODECS,
    Samples,
    accepted,
    after_id3,
    check_header,
    cut_note,
    is_mp3,
    needs_ffmpeg,
    read_compressed,
    read_contained,
)
from wam_core.signals.limits import Limits
from wam_core.signals.pcm import encode_wav
from wam_core.signals.signal import SOUND, Signal

__all__ = [
    "ACCEPTED",
    "Samples",
    "accepted",
    "decode",
    "encode_wav",
    "excerpt",
    "kind",
    "mono",
    "resample",
]

# Half a step of sixteen bits: what lies below is written as 0 there, so it is digital silence.
SILENCE = 2.0**-16

# Sounds whose floats are whole numbers of 32 bits are in use; larger ones overflow when squared
# and summed in the single precision of a network.
_LOUDEST = 2.0**31


_ASTRAY = 64  # bytes around the end of a tag where sound is looked for

# One sound at a time bounds the memory: at most about 1 GB on the way.
_one_at_a_time = threading.Lock()


def kind(data: bytes) -> str | None:
    """The format of a sound, by its first bytes; None for anything else.

    libsndfile is asked for few of them: behind an ID3 tag it would look for any format it knows.

    >>> kind(b"RIFF....WAVEfmt "), kind(b"riff.\\x91\\xcf\\x11")
    ('WAV', 'Wave64')
    """
    at = after_id3(data)
    start = data[at : at + 512]
    if start[:4] == b"RIFF" and start[8:12] == b"WAVE":
        return "WAV"
    if start[:4] == b"FORM" and start[8:12] in (b"AIFF", b"AIFC"):
        return "AIFF"
    if start[:4] == b"fLaC":
        return "FLAC"
    if start[:4] == b"OggS" and start[27 + int.from_bytes(start[26:27], "big") :].startswith(
        OGG_CODECS
    ):
        return "OGG"
    if start[:4] == b"OggS" and start[27 + int.from_bytes(start[26:27], "big") :].startswith(
        b"\x7fFLAC"
    ):
        return "OGG FLAC"
    if start[:4] == b"RF64" and start[8:12] == b"WAVE":
        return "RF64"
    for magic, name in ((b"riff\x2e\x91\xcf\x11", "Wave64"), (b".snd", "AU"), (b"caff", "CAF")):
        if start.startswith(magic):
            return name
    if start[4:8] == b"ftyp":
        return "M4A"
    if start[:4] == b"\x1aE\xdf\xa3":
        return next(
            (name for name in ("WebM", "Matroska") if name.lower().encode() in start[:64]), None
        )
    if is_mp3(start):
        return "MP3"
    if len(start) > 3 and start[0] == 0xFF and start[1] & 0xF6 == 0xF0 and start[2] >> 2 & 0xF < 13:
        return "AAC"
    # a tag whose length is wrong by some bytes
    if at and any(is_mp3(data[at + away : at + away + 4]) for away in range(-_ASTRAY, _ASTRAY)):
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
            elif needs_ffmpeg(data, form):
                values, rate = read_contained(data, form, name, limits, notes)
            else:
                values, rate = read_compressed(data, form, name, limits, notes)
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
    return Signal(values, SOUND, name, hashlib.sha256(data).hexdigest(), tuple(notes), rate)


def excerpt(signal: Signal, start_sample: int, stop_sample: int) -> Signal:
    """Part of a sound; its hash stays the file's, its ``key`` becomes its own.

    Raises:
        InputError: not a sound, or a place that is not inside it.
    """
    if signal.modality != SOUND or not signal.rate:
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


def _plain(
    data: bytes, form: str, name: str, limits: Limits, notes: list[str]
) -> tuple[Samples, int]:
    data = data[after_id3(data) :]
    head = pcm.header(data, name)
    check_header(name, head.rate, head.channels, head.frames, limits)
    values = pcm.samples(data, head)
    if head.cut:
        notes.append(cut_note(values, head.rate))
    return values, head.rate


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
