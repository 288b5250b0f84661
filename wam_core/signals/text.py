"""Text files of meshes and points in one form: no byte order mark, LF at line ends."""

_BOM = b"\xef\xbb\xbf"


def plain_lines(data: bytes) -> bytes:
    """The same text without a byte order mark, every line ended by LF alone.

    >>> plain_lines(_BOM + b"v 0 0 1\\rv 0 1 0\\r\\n")
    b'v 0 0 1\\nv 0 1 0\\n'
    """
    text = data.removeprefix(_BOM)
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text
