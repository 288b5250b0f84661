"""Rows on one time axis, as plain data: a waveform, a spectrogram, attributions in time and Hz.

Nothing is drawn here. Each row has at most :data:`COLUMNS` columns and, where it has colours, one
byte per cell. The player draws the rows and reads values back from the bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from app.figures.captions import number
from app.figures.theme import Look
from wam_core.plot.colour import hexes, scale
from wam_core.plot.raster import Floats, reduced, round_up, touched
from wam_core.views import Sign

COLUMNS = 1000
"""The most columns of a row; a place on the screen shows one or a few of them."""

POWER = 0.5
"""Of the colours of an attribution: a value v of a maximum m has the place (|v| / m) ** POWER.

Few coefficients are very large: on a linear scale everything else would have the colour of zero.
"""

SIGNS: tuple[Sign, ...] = get_args(Sign)

Codes = npt.NDArray[np.uint8]
Ticks = tuple[tuple[float, str], ...]
_LARGEST = {"magnitude": "largest value", "signed": "value of largest magnitude"}


@dataclass(frozen=True, eq=False)
class Wave:
    """The envelope of a waveform.

    Attributes:
        low, high: the smallest and largest sample in each column, from −1 to 1 in units of
            ``limit``; as int16, −32767 … 32767.
        limit: where the axis ends, on either side; 1 is full scale.
        title, caption, alt: the heading, a description, and the text for screen readers.
        part_low, part_high: the same of a part of the sound, drawn over it; None: there is none.
        part: the name of that part.
        height: in pixels on the screen.
    """

    low: npt.NDArray[np.int16]
    high: npt.NDArray[np.int16]
    limit: float
    title: str
    caption: str
    alt: str
    part_low: npt.NDArray[np.int16] | None = None
    part_high: npt.NDArray[np.int16] | None = None
    part: str = ""
    unit: str = "full scale"
    height: int = 60

    def with_part(self, x: Floats, name: str) -> "Wave":
        """With a part of the sound over it, (samples,), as long as the sound itself."""
        low, high = envelope(x)
        limit = max(self.limit, round_up(float(np.abs(x).max(initial=0.0))))
        scale = self.limit / limit
        return replace(
            self,
            low=np.rint(self.low * scale).astype(np.int16),
            high=np.rint(self.high * scale).astype(np.int16),
            limit=limit,
            part_low=np.rint(low / limit * 32767).astype(np.int16),
            part_high=np.rint(high / limit * 32767).astype(np.int16),
            part=name,
            alt=f"{self.alt}; {name.lower()} drawn over it",
        )


@dataclass(frozen=True, eq=False)
class Raster:
    """A map whose columns are times, one byte per cell.

    Attributes:
        codes: (rows, columns), the top row first. Code ``first`` is ``low``, 255 is ``high``.
        palette: 256 colours, ``#rrggbb``, by code.
        first: 0; or 1 for signed values, so that 128 is exactly 0.
        low, high: the ends of the colour bar, in ``unit``.
        quantity: what the colours say.
        rows: a name for each row, top first; shown with the value under the pointer.
        ticks: places on the vertical axis, as a fraction of the height from the top.
        power: of the colours, as :data:`POWER`; 1 is linear.
        open_low: whether values below ``low`` take its colour too.
        sign: whether, of several cells in one place on the screen, the largest is shown or the one
            of largest magnitude.
        tint: an attribution on the same axes, which is laid over it.
    """

    codes: Codes
    palette: tuple[str, ...]
    first: int
    low: float
    high: float
    quantity: str
    title: str
    caption: str
    alt: str
    rows: tuple[str, ...]
    ticks: Ticks
    unit: str = ""
    power: float = 1.0
    open_low: bool = False
    sign: Sign = "magnitude"
    tint: "Heat | None" = None
    height: int = 150

    def __post_init__(self) -> None:
        if len(self.rows) != len(self.codes):
            raise ValueError(f"{len(self.rows)} names for {len(self.codes)} rows; one each")

    def decoded(self, codes: npt.NDArray[np.generic]) -> Floats:
        """The numbers that codes stand for, in :attr:`unit`."""
        share = (codes.astype(np.float64) - self.first) / (255 - self.first)
        if self.sign == "signed":
            place = 2 * share - 1
            share = (np.sign(place) * np.abs(place) ** (1 / self.power) + 1) / 2
        else:
            share = np.maximum(share, 0) ** (1 / self.power)
        numbers: Floats = self.low + share * (self.high - self.low)
        return numbers


class Lane(NamedTuple):
    """One band of a :class:`Heat`.

    Attributes:
        track: the name of the track in which the band is heard.
        share: of the attribution, 0 … 1.
        expected: the band's share of all coefficients, 0 … 1.
        colour: of its level, ``#rrggbb``.
    """

    track: str
    share: float
    expected: float
    colour: str


@dataclass(frozen=True, eq=False)
class Heat:
    """An attribution over time and frequency, to be coloured in either sign.

    Attributes:
        values: by sign, (rows, columns): the largest value in a column, or the one of largest
            magnitude.
        duration: in s.
        rows, ticks: as in :class:`Raster`.
        lanes: the band of each row; () where rows are no bands and have one scale in common.
    """

    values: Mapping[Sign, Floats]
    duration: float
    title: str
    rows: tuple[str, ...]
    ticks: Ticks
    lanes: tuple[Lane, ...] = ()
    height: int = 150

    @property
    def alt(self) -> str:
        """The text for screen readers."""
        return (
            f"{self.title}: strongest {strongest(self.values['signed'], self.rows, self.duration)}"
        )

    def peaks(self, sign: Sign) -> Floats:
        """The largest magnitude of each row, (rows,)."""
        peaks: Floats = np.abs(self.values[sign]).max(1)
        return peaks

    def painted(self, look: Look) -> Raster:
        """In the colours of one sign and scale, which end at the maximum.

        Rows that are no bands have one scale in common, whatever the look.
        """
        if not look.common and self.lanes:
            return self.by_row(look.sign)
        return self._coloured(look.sign, float(self.peaks(look.sign).max(initial=0.0)))

    def by_row(self, sign: Sign) -> Raster:
        """In colours that end at the maximum of each row."""
        return self._coloured(sign, None)

    def _coloured(self, sign: Sign, end: float | None) -> Raster:
        values, peaks = self.values[sign], self.peaks(sign)
        ends = peaks if end is None else np.full_like(peaks, end)
        share = values / np.where(ends > 0, ends, 1.0)[:, None]
        place = np.sign(share) * np.abs(share) ** POWER
        signed, largest = sign == "signed", short(float(peaks.max(initial=0.0)))
        return Raster(
            codes=np.rint(128 + 127 * place if signed else 255 * place).astype(np.uint8),
            palette=_palette(sign),
            first=1 if signed else 0,
            low=-100.0 if signed else 0.0,
            high=100.0,
            quantity="relative to the maximum, square-root scale",
            unit="% of the maximum",
            title=self.title,
            caption=f"{_LARGEST[sign]} in each column, relative to the maximum of each row"
            if end is None
            else f"{_LARGEST[sign]} in each column; maximum {'γ' if signed else '|γ|'} = {largest}",
            alt=self.alt,
            rows=self.rows,
            ticks=self.ticks,
            power=POWER,
            sign=sign,
            height=self.height,
        )


Row = Wave | Raster | Heat


@dataclass(frozen=True, eq=False)
class Timeline:
    """Rows over the same ``duration`` in seconds, from top to bottom."""

    duration: float
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        if not self.duration > 0:
            raise ValueError(f"duration is {self.duration}; a time axis needs more than 0 s")


def envelope(x: Floats) -> tuple[Floats, Floats]:
    """The smallest and the largest sample in each column."""
    columns = min(1200, x.size)
    ranges = touched(x.size, columns, x.size / columns)
    return reduced(x, ranges, "min"), reduced(x, ranges, "max")


def strongest(values: Floats, names: tuple[str, ...], duration: float) -> str:
    """Where the largest magnitude (or, below 0 throughout, the largest value) is."""
    strength = np.abs(values) if values.max(initial=0.0) > 0 else values
    row, column = np.unravel_index(int(strength.argmax()), values.shape)
    return f"at {names[row]}, {short((column + 0.5) / values.shape[1] * duration)} s"


def _palette(sign: Sign) -> tuple[str, ...]:
    """By code. Of signed values, 1 is −maximum, 128 is 0, 255 is +maximum."""
    places = np.arange(256)
    if sign == "signed":
        places = np.rint((np.clip((places - 128) / 127, -1, 1) + 1) * 127.5).astype(np.intp)
    return hexed(scale(sign)[places])


def hexed(colours: Codes) -> tuple[str, ...]:
    """Colours (n, 3) as ``#rrggbb``."""
    return tuple(hexes(colours))


def short(value: float) -> str:
    """A number to three significant digits."""
    return number(float(f"{value:.3g}"), "g")
