"""What a file is, by its bytes, whether it may come in, and which decoder it goes to."""

import codecs
from pathlib import PurePosixPath

import puremagic

from wam_core.errors import InputError
from wam_core.signals import audio, image, volume
from wam_core.signals.limits import Limits, bytes_text
from wam_core.signals.signal import Modality, Signal

_LONGEST_NAME = 80
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


def decode(
    data: bytes,
    name: str,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
    item: tuple[str, int] | None = None,
) -> Signal:
    """Decode a file in this process; :func:`wam_core.signals.read` does so in one of its own.

    Args:
        data: the whole file.
        name: what the person calls it, for display; a folder before it is dropped.
        limits: checked against the length and the header, before decoding.
        item: which of several volumes, as a name of the signal's ``series`` and a number from 0;
            None for the first of a test part, or the first.

    Raises:
        InputError: empty, too large, damaged, or not of an accepted kind. The message is one
            sentence which says what the file is, what is accepted and the limit.
    """
    name = admitted(data, name, limits)
    match modality(data):
        case "image":
            return _only(item, image.decode(data, name, limits))
        case "sound":
            return _only(item, audio.decode(data, name, limits))
    return volume.decode(data, name, limits, item)


def admitted(data: bytes, name: str, limits: Limits) -> str:
    """What the file is called on screens, once its length and its first bytes let it in.

    Raises:
        InputError: empty, too large, or not of an accepted kind.
    """
    name = _display_name(name)
    accepted = (
        f"{image.ACCEPTED}, {audio.accepted(limits)}, and {volume.accepted(limits)}, in files of at most "
        f"{bytes_text(limits.file_bytes)} are accepted"
    )
    if not data:
        raise InputError(f"{name} is empty; {accepted}")
    if len(data) > limits.file_bytes:
        raise InputError(f"{name} has {bytes_text(len(data))}; {accepted}")
    if modality(data) is None:
        raise InputError(f"{name} is {_description(data)}; {accepted}")
    return name


def modality(data: bytes) -> Modality | None:
    """Which kind of input a file is, from its bytes and never from its name; None for all others."""
    picture = image.kind(data)
    # A stack of grey pages is the one file that could be two kinds of input.
    if picture and not (picture == "TIFF" and volume.kind(data) == "TIFF"):
        return "image"
    if audio.kind(data):
        return "sound"
    return "volume" if volume.kind(data) else None


def _display_name(name: str) -> str:
    """The last part of a path, printable and short: it goes into messages and onto screens."""
    last = PurePosixPath(name.replace("\\", "/")).name
    text = "".join(c for c in last if c.isprintable()).strip() or "the file"
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"


def _only(item: tuple[str, int] | None, signal: Signal) -> Signal:
    """The same signal; an InputError where one of several volumes was asked for."""
    if item is not None:
        raise InputError(
            f"item {item[0]} {item[1]} of {signal.name} was asked for; "
            f"it is a single {signal.modality}"
        )
    return signal


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
    if data[128:132] == b"DICM":
        return "a volume of another kind (DICOM), which has to be converted to NIfTI"
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
