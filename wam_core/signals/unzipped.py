"""Bytes that may be inside gzip, read from the beginning and no further than they are asked for."""

import gzip
import io
import zlib

GZIP = b"\x1f\x8b"


class Unzipped:
    """A file, unpacked as far as it is read; all members of a gzip file count."""

    def __init__(self, data: bytes) -> None:
        self.is_packed = data[:2] == GZIP
        self._file = gzip.GzipFile(fileobj=io.BytesIO(data)) if self.is_packed else io.BytesIO(data)

    def read(self, count: int) -> bytes:
        """The next bytes; fewer where the file ends or breaks off."""
        parts = []
        while count > 0:
            try:
                part = self._file.read(min(count, 2**20))
            except (EOFError, zlib.error, gzip.BadGzipFile):
                break
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)
