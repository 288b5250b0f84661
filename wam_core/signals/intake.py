"""What a file is, by its bytes, whether it may come in, and which decoder it goes to."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from wam_core.errors import InputError
from wam_core.signals import audio, image, naming, volume
from wam_core.signals.limits import Limits, bytes_text
from wam_core.signals.signal import IMAGE, SOUND, VOLUME, Modality, Signal

_LONGEST_NAME = 80
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
        found, advice = naming.description(data)
        what = f"{found}, and {advice}" if advice else found
        raise InputError(f"{name} is {what}; {_all_accepted(limits)}")
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
