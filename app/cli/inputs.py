"""Files: what is read, and where the answer goes."""

import errno
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wam_core import Signal


def read_file(file: Path, item: tuple[str, int] | None = None) -> "Signal":
    """Decode a file, whose length is looked at before its bytes; of several volumes the item."""
    from app.server import server
    from wam_core.errors import InputError
    from wam_core.signals import read
    from wam_core.signals.limits import bytes_text

    if not file.exists():
        raise InputError(f"{file} does not exist")
    if not file.is_file():
        raise InputError(f"{file} is not a file; an image, a sound or a volume is expected")
    limits = server().limits
    if (length := file.stat().st_size) > limits.file_bytes:
        most = bytes_text(limits.file_bytes)
        raise InputError(f"{file.name} has {bytes_text(length)}; at most {most} are accepted")
    return read(file.read_bytes(), file.name, limits, item)


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
