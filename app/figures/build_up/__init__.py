"""An input that is built up from its strongest coefficients, to be played, for any page.

The browser's part is one ES module without dependencies, :func:`script`, and a style for the root
that it is in, :func:`style`. Pictures come as one sheet, sounds as one file for each stop.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.figures.elements import ELEMENTS, ELEMENTS_STYLE
from wam_core.evaluation.build_up import BuildUp
from wam_core.signals.animation import decode_webp, fitted
from wam_core.signals.image import encode_webp

__all__ = ["Slides", "pack_sheet", "payload", "script", "style"]

Pixels = npt.NDArray[np.uint8]

COLUMNS = 4
"""Of the sheet."""

MOST_BYTES = 300_000
"""Of the sheet."""

PLAY_S = 10.0
"""How long all stops last when they are played."""

_QUALITIES = (80, 65, 50, 35, 20)
_LONGEST = 448  # px of a frame
_HERE = Path(__file__).parent
_PARTS = ("build_up.js", "chart.js", "listening.js")


def script() -> str:
    """The module; its default export draws one build-up.

    One with a key keeps its stop in the page's address: then the component's view state goes before it.
    """
    return "\n".join([ELEMENTS, *((_HERE / name).read_text("utf-8") for name in _PARTS)])


def style() -> str:
    """Of a root that holds nothing else; it takes Streamlit's names for the colours of a page."""
    return ELEMENTS_STYLE + (_HERE / "build_up.css").read_text("utf-8")


@dataclass(frozen=True, eq=False)
class Slides:
    """A build-up with its pictures and sounds.

    Attributes:
        what: the pictures show, as the start of a phrase: ``Image``.
        label: the class.
        numbers: the curves.
        sheet: a WebP file of all frames, :data:`COLUMNS` in a row.
        size: rows and columns of a frame.
        sounds: a FLAC file for each stop; empty where the kind is not heard.
        rate: samples per second of the sounds; 0 where there are none.
        seconds: how long each of them lasts.
    """

    what: str
    label: str
    numbers: BuildUp
    sheet: bytes
    size: tuple[int, int]
    sounds: tuple[bytes, ...] = ()
    rate: int = 0
    seconds: float = 0.0

    @property
    def alt_text(self) -> str:
        """The shares from which on the class is the prediction, in words."""
        numbers = self.numbers
        firsts = (numbers.first(numbers.attribution), numbers.first(numbers.baseline))
        own, magnitude = (
            "never" if stop is None else f"from {100 * numbers.shares[stop]:.2g} %"
            for stop in firsts
        )
        return (
            f"Predicted as {self.label} {own} of the strongest coefficients, by magnitude |z| "
            f"{magnitude}."
        )

    @property
    def nbytes(self) -> int:
        """Of the files."""
        return len(self.sheet) + sum(map(len, self.sounds))

    @cached_property
    def frames(self) -> list[Pixels]:
        """All frames, (rows, columns, 4), as the browser shows them."""
        rows, columns = self.size
        sheet = decode_webp(self.sheet)
        places = (divmod(stop, COLUMNS) for stop in range(len(self.numbers.shares)))
        return [
            sheet[row * rows : (row + 1) * rows, column * columns : (column + 1) * columns]
            for row, column in places
        ]


def pack_sheet(frames: Sequence[Pixels]) -> tuple[bytes, tuple[int, int]]:
    """Frames of one size in one WebP file of at most :data:`MOST_BYTES`, and the size they have there.

    The quality gives way first; frames that are too large for the lowest one are made smaller.
    """
    longest = _LONGEST
    while True:
        sheet = _laid([fitted(frame, longest) for frame in frames])
        for quality in _QUALITIES:
            if len(data := encode_webp(sheet, quality)) <= MOST_BYTES or longest <= 32:
                rows = sheet.shape[0] // math.ceil(len(frames) / COLUMNS)
                return data, (rows, sheet.shape[1] // COLUMNS)
        longest = longest * 3 // 4


def _laid(frames: Sequence[Pixels]) -> Pixels:
    """Row by row."""
    rows, columns, channels = frames[0].shape
    down = math.ceil(len(frames) / COLUMNS)
    sheet = np.zeros((down * rows, COLUMNS * columns, channels), np.uint8)
    for stop, frame in enumerate(frames):
        row, column = divmod(stop, COLUMNS)
        sheet[row * rows : (row + 1) * rows, column * columns : (column + 1) * columns] = frame
    return sheet


def payload(
    slides: Slides, address: Callable[[bytes, str, str], str], *, key: str = ""
) -> dict[str, Any]:
    """What the browser gets, as JSON values.

    Args:
        slides: what to show.
        address: bytes, their type and a short name → where the browser finds them.
        key: of letters and digits, under which the stop is kept in the page's address.
    """
    numbers = slides.numbers
    index = numbers.index
    return {
        "key": key,
        "what": slides.what,
        "label": slides.label,
        "shares": numbers.shares.tolist(),
        "p": _rounded(numbers.attribution.of(index)),
        "z": _rounded(numbers.baseline.of(index)),
        "first": [numbers.first(numbers.attribution), numbers.first(numbers.baseline)],
        "sheet": address(slides.sheet, "image/webp", "sheet"),
        "size": list(slides.size),
        "columns": COLUMNS,
        "sounds": [
            address(sound, "audio/flac", f"sound-{stop}")
            for stop, sound in enumerate(slides.sounds)
        ],
        "seconds": slides.seconds,
        "play": PLAY_S,
    }


def _rounded(values: Iterable[float]) -> list[float]:
    return [float(f"{value:.6g}") for value in values]
