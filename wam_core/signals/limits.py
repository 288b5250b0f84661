"""How much of a file is accepted before anything of it is decoded."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The largest input that is taken.

    Attributes:
        file_bytes: of the file as it is uploaded.
        image_pixels: width × height of a picture, as its header declares them.
        image_side: the longer side of a picture, in pixels.
    """

    file_bytes: int = 64 * 2**20
    image_pixels: int = 50_000_000
    image_side: int = 20_000


def bytes_text(count: int) -> str:
    """A number of bytes for people.

    >>> bytes_text(64 * 2**20), bytes_text(1000)
    ('64 MiB', '1,000 bytes')
    """
    return f"{count / 2**20:.3g} MiB" if count >= 2**20 else f"{count:,} bytes"
