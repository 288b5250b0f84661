"""What can go wrong, by whose hand it is put right; and the warning that a name is an old one.

Every message names the argument or the file, the value that came and what is accepted, in one
sentence that can stand on a screen as it is.
"""

import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar


class WamError(Exception):
    """Any failure this project foresees; its text is meant to be shown."""


class InputError(WamError):
    """The file or array that was given cannot be explained."""


class SettingsError(WamError):
    """A setting (wavelet, levels, padding, target, steps, …) does not fit the input or itself."""


class ModelError(WamError):
    """A network cannot be found, loaded, or does not fit its weights or labels."""


class NumericalError(WamError):
    """A value that is not finite appeared; the message names the stage."""


class MissingLibraryError(WamError, ModuleNotFoundError):
    """A library is not installed that only a part of the package needs; the message says which."""


class BusyError(WamError):
    """The server has no room for another job."""


class MemoryShortageError(WamError):
    """The device has too little memory even for the smallest micro-batch."""


class CancelledJobError(WamError):
    """The job was cancelled, or superseded by a newer one of the same owner."""


class LaneError(WamError):
    """The thread that advanced the job came to its end; the job did not."""


@contextmanager
def optional(purpose: str, extra: str = "") -> Iterator[None]:
    """Imports of libraries that not everybody has.

    Args:
        purpose: what needs them, for the message.
        extra: of ``wam-core`` that brings them; empty where none does.

    Raises:
        MissingLibraryError: one is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if isinstance(error, MissingLibraryError) or library in ("", "wam_core"):
            raise
        wanted = f"'wam-core[{extra}]'" if extra else library
        raise MissingLibraryError(
            f"{purpose} needs the library {library}, which is not installed: pip install {wanted}",
            name=library,
        ) from None


def check_whole(**settings: object) -> None:
    """Refuse settings that are no whole numbers, by their names.

    Raises:
        SettingsError: names the first that is not.
    """
    for name, value in settings.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise SettingsError(f"{name} is {value!r}; a whole number (int) is needed")


def check_numbers(**settings: object) -> None:
    """Refuse settings that are no numbers, by their names.

    Raises:
        SettingsError: names the first that is not.
    """
    for name, value in settings.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SettingsError(f"{name} is {value!r}; a number is needed")


def clear_frames(error: BaseException | None) -> None:
    """Let go of what the frames of an error hold, such as tensors of a device without memory.

    An error lives for as long as somebody may ask for the result; where it was raised stays known.
    """
    seen = set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def warn_renamed(old: str, new: str, *, stacklevel: int) -> None:
    """Warn whoever uses a name of version 0.1; such names go with the next minor version."""
    warnings.warn(f"{old} is now {new}", DeprecationWarning, stacklevel=stacklevel + 1)


class RenamedMembers:
    """A base class whose members go on working under the names that they had in version 0.1.

    Attributes:
        _renamed: old names and new ones.
    """

    _renamed: ClassVar[Mapping[str, str]] = {}

    if not TYPE_CHECKING:  # a type checker is to find names that do not exist

        def __getattr__(self, name: str) -> Any:
            """Asked for only where there is no such member."""
            kind = type(self)
            if name not in kind._renamed:
                return object.__getattribute__(self, name)  # which raises
            new = kind._renamed[name]
            warn_renamed(f"{kind.__name__}.{name}", f"{kind.__name__}.{new}", stacklevel=2)
            return getattr(self, new)
