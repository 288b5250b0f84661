"""What a report is made of, as plain data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from app.figures.build_up import Slides
from app.figures.theme import Look
from app.reproduction import Origin
from wam_core import Classifier, Signal, WaveletAttribution
from wam_core.export import Parts


@dataclass(frozen=True, eq=False)
class Chart:
    """An interactive figure.

    Attributes:
        title: its heading.
        draw: makes it, for a light page and for a dark one; its numbers are the same for both.
        alt_text: the key numbers in words, for those who do not see it.
        note: what is to be known about it.
        wide: whether it takes the whole row where others share one.
    """

    kind: ClassVar[str] = "chart"
    title: str
    draw: Callable[[Look], Any]
    alt_text: str
    note: str = ""
    wide: bool = True


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture that stays as it is: the file of a PNG; what is not wide shares its row."""

    kind: ClassVar[str] = "picture"
    title: str
    png: bytes
    alt_text: str
    note: str = ""
    wide: bool = True


@dataclass(frozen=True, eq=False)
class Slicer:
    """Three slices of a volume that a crosshair links: what the viewer gets, packed."""

    kind: ClassVar[str] = "slicer"
    title: str
    data: bytes
    alt_text: str
    wide: ClassVar[bool] = True


@dataclass(frozen=True, eq=False)
class BuildUp:
    """An input that is built up from its strongest coefficients, to be played."""

    kind: ClassVar[str] = "build-up"
    title: str
    slides: Slides
    alt_text: str
    wide: ClassVar[bool] = True


@dataclass(frozen=True, eq=False)
class Clips:
    """Sounds by name, as files of WAV."""

    kind: ClassVar[str] = "clips"
    title: str
    wavs: Mapping[str, bytes]
    note: str = ""
    wide: ClassVar[bool] = True


@dataclass(frozen=True)
class Table:
    """Rows with the same columns."""

    kind: ClassVar[str] = "table"
    title: str
    rows: Sequence[Mapping[str, Any]]
    note: str = ""
    wide: bool = True


@dataclass(frozen=True)
class Words:
    """Paragraphs."""

    kind: ClassVar[str] = "words"
    lines: Sequence[str]
    title: str = ""
    wide: ClassVar[bool] = True


@dataclass(frozen=True)
class Code:
    """A program, to be copied."""

    kind: ClassVar[str] = "code"
    title: str
    text: str
    wide: ClassVar[bool] = True


Part = Chart | Picture | Slicer | BuildUp | Clips | Table | Words | Code


@dataclass(frozen=True)
class Section:
    """Parts under one heading."""

    title: str
    parts: Sequence[Part]


@dataclass(frozen=True, eq=False)
class ReportInput:
    """What is to be reported.

    Attributes:
        result, net, signal: what was found, with what, of what.
        title: the network's name for people.
        origin: the sample that it is, and whose weights.
        parts: how a sound was cut in two.
        mel: what to draw a sound's spectrogram with, where the network has none of its own.
        answers: class probabilities of :func:`app.figures.contributed.partial_inputs`.
        tested: what was measured of its faithfulness.
        slides: its build-up, where it was computed.
    """

    result: WaveletAttribution
    net: Classifier
    signal: Signal
    title: str
    origin: Origin = Origin()
    parts: Parts | None = None
    mel: Any = None
    answers: Tensor | None = None
    tested: Sequence[Part] = ()
    slides: Slides | None = None
