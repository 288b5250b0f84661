"""The door: what a file is, by its bytes, and whether it may come in."""

import codecs
import zlib
from pathlib import PurePosixPath

import puremagic

from wam_core.errors import InputError
from wam_core.signals import audio, image
from wam_core.signals.limits import Limits, bytes_text
from wam_core.signals.signal import Signal

_LONGEST_NAME = 80
_NIFTI = (b"n+1\0", b"ni1\0", b"n+2\0", b"ni2\0")
# libsndfile would read most of these, and some of its readers are where it has been attacked.
_OTHER_SOUNDS = (
    (b"riff\x2e\x91\xcf\x11", "Wave64"),
    (b"RF64", "RF64"),
    (b"RIFX", "big-endian WAV"),
    (b"OggS", "OGG without Vorbis or Opus"),
    (b".snd", "AU"),
    (b"caff", "Core Audio"),
    (b"#!AMR", "AMR"),
    (b"MThd", "MIDI, which holds notes and no sound"),
    (b"\x30\x26\xb2\x75", "Windows Media"),
    (b"MATLAB 5.0", "MATLAB"),
)
# Below this, puremagic's guess rests on two bytes or on one of several readings of three.
_CONFIDENT = 0.4


def read(data: bytes, name: str, limits: Limits = Limits()) -> Signal:  # noqa: B008  (frozen)
    """Decode a file; its kind is told from its bytes, never from its name.

    Args:
        data: the whole file.
        name: what the person calls it, for display; a folder before it is dropped.
        limits: checked against the length and the header, before decoding.

    Raises:
        InputError: empty, too large, damaged, or not of an accepted kind. The message is one
            sentence which says what the file is, what is accepted and the limit.
    """
    name = _display_name(name)
    accepted = (
        f"{image.ACCEPTED}, and {audio.accepted(limits)}, in files of at most "
        f"{bytes_text(limits.file_bytes)} are accepted"
    )
    if not data:
        raise InputError(f"{name} is empty; {accepted}")
    if len(data) > limits.file_bytes:
        raise InputError(f"{name} has {bytes_text(len(data))}; {accepted}")
    if image.kind(data):
        return image.decode(data, name, limits)
    if audio.kind(data):
        return audio.decode(data, name, limits)
    if other := _volume(data):
        raise InputError(
            f"{name} is {other}, and this version explains images and sounds only; {accepted}"
        )
    raise InputError(f"{name} is {_description(data)}; {accepted}")


def _display_name(name: str) -> str:
    """The last part of a path, printable and short: it goes into messages and onto screens."""
    last = PurePosixPath(name.replace("\\", "/")).name
    text = "".join(c for c in last if c.isprintable()).strip() or "the file"
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"


def _volume(data: bytes) -> str | None:
    """The name of a volume file."""
    head = _inflated(data) if data[:2] == b"\x1f\x8b" else data[:348]
    if head[344:348] in _NIFTI or head[4:8] in _NIFTI:
        return "a volume (NIfTI)"
    if data[128:132] == b"DICM":
        return "a volume (DICOM)"
    # The first member of a zip archive is named from byte 30 on, its length is at byte 26.
    if data[:4] == b"PK\3\4" and data[30 : 30 + data[26]].endswith(b".npy"):
        return "a volume or array (NPZ)"
    if data[:6] == b"\x93NUMPY":
        return "an array (NPY)"
    return None


def _inflated(data: bytes) -> bytes:
    """The first bytes inside gzip, however large the rest claims to be."""
    try:
        return zlib.decompressobj(wbits=31).decompress(data[:4096], 348)
    except zlib.error:
        return b""


def _description(data: bytes) -> str:
    """What a refused file is, in words that follow "is"."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "a web page (HTML)"
    if b"<svg" in start:
        return "a drawing (SVG), not a photograph"
    if start.startswith(b"%pdf"):
        return "a document (PDF)"
    if start.startswith((b"%!ps", b"\xc5\xd0\xd3\xc6")):
        return "a drawing (EPS or PostScript)"
    if start.startswith(b"pk\3\4"):
        return "a ZIP archive or an office document"
    for magic, name in _OTHER_SOUNDS:
        if data.startswith(magic):
            return f"a sound of another kind ({name})"
    try:
        best = puremagic.magic_string(data[:65536])[0]
    except (puremagic.PureError, ValueError):
        best = None
    if best is not None and best.confidence >= _CONFIDENT and best.name:
        return f"of another kind ({best.name})"
    try:
        # Incremental, because the last character may be cut in two.
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "of a kind that is not recognised"
    return "of a kind that is not recognised" if b"\0" in start else "plain text"
