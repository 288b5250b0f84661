"""How much of a file is accepted before anything of it is decoded."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The largest input that is taken.

    Attributes:
        file_bytes: of the file as it is uploaded.
        image_pixels: width × height of a picture, as its header declares them.
        image_side: the longer side of a picture, in pixels.
        sound_seconds: how long a sound lasts.
        sound_channels: how many it has.
        sound_rates: the lowest and the highest number of samples per second.
        sound_values: samples × channels once decoded, four bytes each: a FLAC file of a few
            kilobytes can hold hours, and ten minutes in eight channels at 192 kHz are 3.7 GB.
        volume_voxels: of one volume, as its header declares them.
        volume_side: the longest side of a volume, in voxels; also the pages of a TIFF stack.
        inflated_bytes: how far a compressed series is unpacked to reach one of its volumes.
        npz_members: arrays in one NPZ file.
        npz_ratio: how many times larger an NPZ file may become, once that is more than a file
            that is not compressed may have.
        mesh_vertices: of a mesh, or points of a cloud.
        mesh_faces: triangles of a mesh; STL files of 64 MiB hold 1.3 million.
        mesh_pieces: into which a mesh's triangles are divided to be put on the grid; a real surface
            takes about a million, and a file of a few megabytes can ask for 10¹⁰.
        mesh_cells: voxels along the longest side of the grid for a mesh or a cloud, an empty one
            at either end included.
        decode_seconds: how long decoding may take.
        decode_bytes: how much memory it may take; fifty million pixels need about 1 GB.
    """

    file_bytes: int = 64 * 2**20
    image_pixels: int = 50_000_000
    image_side: int = 20_000
    sound_seconds: float = 600.0
    sound_channels: int = 8
    sound_rates: tuple[int, int] = (1_000, 384_000)
    sound_values: int = 120_000_000
    volume_voxels: int = 256**3
    volume_side: int = 1024
    inflated_bytes: int = 2**30
    npz_members: int = 16
    npz_ratio: int = 200
    mesh_vertices: int = 2_000_000
    mesh_faces: int = 2_000_000
    mesh_pieces: int = 5_000_000
    mesh_cells: int = 96
    decode_seconds: int = 20
    decode_bytes: int = 2 * 2**30

    @property
    def file_megabytes(self) -> int:
        """``file_bytes`` in MiB, rounded up: what the browser is told."""
        return -(-self.file_bytes // 2**20)


def bytes_text(count: int) -> str:
    """A number of bytes for people.

    >>> bytes_text(64 * 2**20), bytes_text(1000)
    ('64 MiB', '1,000 bytes')
    """
    return f"{count / 2**20:.3g} MiB" if count >= 2**20 else f"{count:,} bytes"


def size_text(size: Sequence[int]) -> str:
    """The sides of a grid for people.

    >>> size_text((20, 33, 28))
    '20 × 33 × 28'
    """
    return " × ".join(f"{extent:,}" for extent in size)


def seconds_text(seconds: float) -> str:
    """A stretch of time for people.

    >>> seconds_text(5), seconds_text(0.0125), seconds_text(83.04), seconds_text(3600)
    ('5 s', '0.013 s', '1 min 23 s', '1 h')
    """
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 1 else f"{round(seconds, 1):g} s"
    whole = round(seconds)
    parts = (
        ((whole // 3600, "h"), (whole % 3600 // 60, "min"))
        if whole >= 3600
        else ((whole // 60, "min"), (whole % 60, "s"))
    )
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def rate_text(rate: int) -> str:
    """A sampling rate for people.

    >>> rate_text(44_100), rate_text(8_000)
    ('44.1 kHz', '8 kHz')
    """
    return f"{rate / 1000:g} kHz"
