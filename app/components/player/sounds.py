"""What can be heard beside a timeline: tracks of one length and rate, amplified all alike."""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

Group = Literal["whole", "band"]
Pcm = npt.NDArray[np.int16]

PEAK = 0.89
"""How far the loudest moment may go, 1 = full scale: one decibel below it."""

MOST_GAIN_DB = 40.0
"""A recording quieter than this allows stays quiet: more would be its noise."""


@dataclass(frozen=True, eq=False)
class Track:
    """One sound.

    Attributes:
        name: short, without spaces; what a browser test reads. For a band, ``str(band)``.
        label: what its button says.
        pcm: (samples,), after the common gain.
        group: ``whole`` is heard alone; the ``band`` tracks are added up, less the muted ones.
    """

    name: str
    label: str
    pcm: Pcm
    group: Group = "whole"

    @cached_property
    def sha256(self) -> str:
        """Of the samples."""
        return hashlib.sha256(np.ascontiguousarray(self.pcm).data).hexdigest()


@dataclass(frozen=True, eq=False)
class Clip:
    """A sound before the common gain: ``samples`` (n,), 1 = full scale."""

    name: str
    label: str
    samples: npt.NDArray[np.floating]
    group: Group = "whole"


@dataclass(frozen=True, eq=False)
class Sounds:
    """Tracks that can be exchanged for one another while they play.

    Attributes:
        rate: samples per second.
        gain_db: by how much all of them were amplified, the same for each.
        tracks: in the order of their buttons.

    Raises:
        ValueError: tracks of different lengths, or two of one name.
    """

    rate: int
    gain_db: float
    tracks: tuple[Track, ...]

    def __post_init__(self) -> None:
        if len(lengths := {track.pcm.size for track in self.tracks}) != 1:
            raise ValueError(f"tracks of {sorted(lengths)} samples; one length is needed")
        if len({track.name for track in self.tracks}) != len(self.tracks):
            raise ValueError(f"{[track.name for track in self.tracks]}: a name stands twice")

    @property
    def duration(self) -> float:
        """In seconds."""
        return float(self.tracks[0].pcm.size / self.rate)

    @classmethod
    def with_one_gain(
        cls, clips: Iterable[Clip], rate: int, loudest: float | None = None
    ) -> "Sounds":
        """Clips as loud as they can be without any of them, or any sum of bands, being cut off.

        Args:
            clips: all that can be exchanged for one another.
            rate: samples per second.
            loudest: :func:`largest_sum` of the bands, where it is known.

        >>> quiet = Clip("original", "Original", np.array([0.0, 0.0445, -0.02]))
        >>> sounds = Sounds.with_one_gain([quiet], 16000)
        >>> round(sounds.gain_db, 1), sounds.tracks[0].pcm.tolist()
        (26.0, [0, 29094, -13076])
        """
        clips = list(clips)
        gain_db = one_gain(clips, loudest)
        return cls(rate, gain_db, tuple(amplified(clip, gain_db) for clip in clips))


def one_gain(clips: Iterable[Clip], loudest: float | None = None) -> float:
    """How much all of them can be amplified, in dB; arguments as :meth:`Sounds.with_one_gain`."""
    peak = _peak(list(clips), loudest)
    gain_db = min(MOST_GAIN_DB, 20 * math.log10(PEAK / peak)) if peak else 0.0
    return round(gain_db - 0.05, 1)  # the gain that is stated is the gain that is applied


def amplified(clip: Clip, gain_db: float) -> Track:
    """What is heard of a clip."""
    gain = 10 ** (gain_db / 20) * 32767
    pcm = np.rint(np.asarray(clip.samples, np.float64) * gain).astype(np.int16)
    return Track(clip.name, clip.label, pcm, clip.group)


def wav(track: Track, rate: int, nonce: str) -> bytes:
    """A mono WAV file that names its own content in its head.

    Streamlit tells media files above 1 MiB apart by their head, middle and tail alone, across all
    visitors. Two tracks may be equal there, as when both are silent: so the head holds a hash of
    all samples, and of ``nonce``, which differs between visitors.
    """
    name = hashlib.sha256(f"{nonce}/{track.sha256}".encode()).hexdigest()[:32].encode()
    data = np.ascontiguousarray(track.pcm, dtype="<i2").tobytes()
    chunks = (
        _chunk(b"fmt ", np.array([1 | 1 << 16, rate, 2 * rate, 2 | 16 << 16], "<u4").tobytes())
        + _chunk(b"LIST", b"INFO" + _chunk(b"ICMT", name))
        + _chunk(b"data", data)
    )
    return _chunk(b"RIFF", b"WAVE" + chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "little") + body


def _peak(clips: list[Clip], loudest: float | None) -> float:
    """The largest magnitude of any clip and of any sum of bands."""
    if loudest is None:
        loudest = largest_sum([c.samples for c in clips if c.group == "band"])
    whole = [float(np.abs(c.samples).max(initial=0.0)) for c in clips if c.group != "band"]
    return max(*whole, loudest, 0.0)


def largest_sum(bands: Sequence[npt.NDArray[np.floating]]) -> float:
    """The largest magnitude of any band (n,) and of any sum of them at one moment."""
    if not bands:
        return 0.0
    # of all sums, the largest takes every positive band and the least every other
    up, down = (np.zeros(len(bands[0])) for _ in range(2))
    for band in bands:
        up += np.maximum(band, 0)
        down += np.maximum(-band, 0)
    return float(max(up.max(initial=0.0), down.max(initial=0.0)))
