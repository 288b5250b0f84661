"""What a file is, by its bytes, whether it may come in, and which decoder it goes to."""

import codecs
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

import puremagic

from wam_core.errors import InputError
from wam_core.signals import audio, image, volume
from wam_core.signals.limits import Limits, bytes_text
from wam_core.signals.signal import IMAGE, SOUND, VOLUME, Modality, Signal

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


Item = tuple[str, int]


@dataclass(frozen=True)
class Decoder:
    """What reads the files of one kind of input.

    Attributes:
        modality: the kind.
        recognises: whether a file is one of them, from its bytes and never from its name.
        accepted: the formats with their limits, in words.
        decode: the file, its name and the limits → the signal; an InputError says what is wrong.
        decode_item: the same for a file that may hold several, with the item that is asked for.
    """

    modality: Modality
    recognises: Callable[[bytes], bool]
    accepted: Callable[[Limits], str]
    decode: Callable[[bytes, str, Limits], Signal]
    decode_item: Callable[[bytes, str, Limits, Item | None], Signal] | None = None


def _is_picture(data: bytes) -> bool:
    """A stack of grey pages is the one file that could be two kinds of input."""
    picture = image.kind(data)
    return bool(picture) and not (picture == "TIFF" and volume.kind(data) == "TIFF")


_decoders: dict[Modality, Decoder] = {
    decoder.modality: decoder
    for decoder in (
        Decoder(IMAGE, _is_picture, lambda limits: image.ACCEPTED, image.decode, image.decode),
        Decoder(SOUND, lambda data: bool(audio.kind(data)), audio.accepted, audio.decode),
        Decoder(
            VOLUME,
            lambda data: bool(volume.kind(data)),
            volume.accepted,
            volume.decode,
            volume.decode,
        ),
    )
}
_registered_in: dict[str, str] = {}


def register(decoder: Decoder) -> None:
    """Add the files of a kind of input; those of the same kind are replaced.

    The module that calls this is also loaded in the process that decodes, which knows
    ``wam_core.signals`` and ``wam_core.errors`` alone: it imports nothing else of this project.
    """
    _decoders[decoder.modality] = decoder
    module = decoder.decode.__module__
    _registered_in[module] = str(sys.modules[module].__file__)


def registered_modules() -> dict[str, str]:
    """The modules that have registered a decoder, and their files."""
    return dict(_registered_in)


def accepted(modality: Modality, limits: Limits) -> str:
    """Which files of a kind are read, with their limits, in words."""
    return _decoders[modality].accepted(limits)


def decode(
    data: bytes,
    name: str,
    limits: Limits = Limits(),  # noqa: B008  (frozen)
    item: Item | None = None,
) -> Signal:
    """Decode a file in this process, without limits of memory and time while it is decoded.

    Arguments and errors are those of :func:`wam_core.signals.read`, which calls it in a process of
    its own.
    """
    name = admitted(data, name, limits)
    decoder = _decoder(data)
    if decoder is None:
        raise InputError(f"{name} is {_description(data)}; {_all_accepted(limits)}")
    if decoder.decode_item is not None:
        return decoder.decode_item(data, name, limits, item)
    return _only(item, decoder.decode(data, name, limits))


def admitted(data: bytes, name: str, limits: Limits) -> str:
    """What the file is called on screens, once its length lets it in; its bytes are not looked at.

    Raises:
        InputError: empty or too large.
    """
    name = _display_name(name)
    if not data:
        raise InputError(f"{name} is empty; {_all_accepted(limits)}")
    if len(data) > limits.file_bytes:
        raise InputError(f"{name} has {bytes_text(len(data))}; {_all_accepted(limits)}")
    return name


def modalities() -> frozenset[Modality]:
    """The kinds of input that have a decoder."""
    return frozenset(_decoders)


def _all_accepted(limits: Limits) -> str:
    *others, last = (decoder.accepted(limits) for decoder in _decoders.values())
    return (
        f"{', '.join(others)}, and {last}, in files of at most "
        f"{bytes_text(limits.file_bytes)} are accepted"
    )


def _decoder(data: bytes) -> Decoder | None:
    """What reads a file, by its bytes and never by its name; None for all others."""
    return next((one for one in _decoders.values() if one.recognises(data)), None)


def _display_name(name: str) -> str:
    """The last part of a path, printable and short: it goes into messages and onto screens."""
    last = PurePosixPath(name.replace("\\", "/")).name
    text = "".join(c for c in last if c.isprintable()).strip() or "the file"
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"


def _only(item: Item | None, signal: Signal) -> Signal:
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
