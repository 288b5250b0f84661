"""Files: what is read, and where the answer goes."""

import errno
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wam_core import Signal


SAMPLE = "sample:"
"""What stands before the name of a sample where a file is expected."""


def stem(file: Path) -> str:
    """What a file or a sample is called, without what tells its kind."""
    return sample(file) or file.stem


def sample(file: Path) -> str | None:
    """The name of a sample; None for a file, even one that is called like that."""
    text = str(file)
    return text[len(SAMPLE) :] if text.startswith(SAMPLE) and not file.exists() else None


def only_this(signal: "Signal", sha256: str | None) -> None:
    """Raise an InputError where another file was given than the one that is meant."""
    from wam_core.errors import InputError

    if sha256 is not None and signal.sha256 != sha256.lower():
        raise InputError(
            f"{signal.name} is not the file that was explained: its SHA-256 begins with "
            f"{signal.sha256[:12]}, and --sha256 with {sha256[:12]}"
        )


def read_file(file: Path, item: tuple[str, int] | None = None) -> "Signal":
    """Decode a file; of several volumes the item. ``sample:chelsea`` is the sample of that name."""
    return reading(file, item)()


def reading(file: Path, item: tuple[str, int] | None = None) -> "Callable[[], Signal]":
    """What decodes a file, with its bytes: it can be called on a machine that does not have it.

    The length is looked at before the bytes.
    """
    from app.server import server
    from wam_core.errors import InputError
    from wam_core.signals import read
    from wam_core.signals.limits import bytes_text

    if (name := sample(file)) is not None:
        from models import samples

        return partial(samples.load, name)
    if not file.exists():
        raise InputError(f"{file} does not exist")
    if not file.is_file():
        raise InputError(f"{file} is not a file; an image, a sound or a volume is expected")
    limits = server().limits
    if (length := file.stat().st_size) > limits.file_bytes:
        most = bytes_text(limits.file_bytes)
        raise InputError(f"{file.name} has {bytes_text(length)}; at most {most} are accepted")
    return partial(read, file.read_bytes(), file.name, limits, item)


def writable(folder: Path) -> Path:
    """Make the folder and try it now, not after minutes of computing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        # the name of the temporary file, which the error holds, would say nothing
        code = error.errno or errno.EACCES
        raise OSError(code, f"cannot write there ({error.strerror})", str(folder)) from None
    return folder
