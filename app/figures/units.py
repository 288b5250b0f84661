"""What a level means in the unit of the input: pixels of a picture, Hz of a sound, voxels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from wam_core.bands import Band, BandInfo, Bands
from wam_core.frequency_bands import band_label, hertz
from wam_core.plot.planes import orientation_name, structure_extent
from wam_core.transforms import build
from wam_core.views import scale_groups

_ORIENTATIONS = {"da": "horizontal", "ad": "vertical", "dd": "diagonal"}


class Units(Protocol):
    """Names for bands and levels."""

    def part(self, band: Band) -> str:
        """The letter that tells the bands of one level apart; empty where there is one only."""

    def size(self, band: Band) -> str:
        """The structures of a band: ``≈ 4 px``, ``5.5–11 kHz``."""

    def chip(self, band: Band) -> str:
        """The shortest label that can stand alone, for switches."""

    def band(self, band: Band) -> str:
        """A label for tiles and for what is under the pointer."""

    def level(self, band: Band) -> str:
        """The label of a band's level."""

    def place(self, band: Band) -> str:
        """Where a level lies, as the end of a sentence."""

    def briefly(self, band: Band) -> str:
        """The same for the finest level and the approximation, in fewer words."""

    def span(self, bands: Sequence[Band]) -> str:
        """The structures of several levels in a row, coarse first."""


@dataclass(frozen=True)
class Pixels:
    """Of a picture: level j describes structures of about 2^j pixels, in three orientations.

    >>> Pixels().size(Band(2, "da")), Pixels().chip(Band(2, "da"))
    ('≈ 4 px', 'L2 H')
    >>> Pixels().span([Band(2, "da"), Band(1, "da")])
    'about 2 to 4 pixels'
    """

    def part(self, band: Band) -> str:
        """H, V or D."""
        return "" if band.is_approx else orientation(band.orientation)[0].upper()

    def size(self, band: Band) -> str:
        """About 2^j pixels."""
        return f"{'>' if band.is_approx else '≈'} {_info(band).scale:g} px"

    def chip(self, band: Band) -> str:
        """``L2 H``."""
        return "Approx" if band.is_approx else f"L{band.level} {self.part(band)}"

    def band(self, band: Band) -> str:
        """``L2 horizontal`` or ``Approximation``."""
        if band.is_approx:
            return "Approximation"
        return f"L{band.level} {orientation(band.orientation)}"

    def level(self, band: Band) -> str:
        """``L2 ≈ 4 px``."""
        return f"{'Approx' if band.is_approx else f'L{band.level}'} {self.size(band)}"

    def place(self, band: Band) -> str:
        """A level and the size of its structures."""
        if band.is_approx:
            return f"in shapes larger than {_pixels(band)} (the approximation)"
        return f"in details of about {_pixels(band)} (level {band.level})"

    def briefly(self, band: Band) -> str:
        """Fine details, or the approximation."""
        if band.is_approx:
            return f"in shapes larger than {_pixels(band)}"
        return f"in the finest details (level {band.level})"

    def span(self, bands: Sequence[Band]) -> str:
        """``about 2 to 4 pixels``."""
        return _span(bands, _pixels).replace(" pixels to", " to")


@dataclass(frozen=True)
class Hertz:
    """Of a sound: level j is the octave from rate/2^(j+1) to rate/2^j.

    Attributes:
        rate: samples per second of what the network receives.

    >>> Hertz(44100).chip(Band(2, "d")), Hertz(44100).chip(Band(8, "a"))
    ('L2 5.5–11 kHz', '< 86 Hz')
    >>> Hertz(44100).span([Band(2, "a"), Band(2, "d")]), Hertz(44100).span([Band(1, "d")])
    ('below 11 kHz', '11 kHz to 22 kHz')
    """

    rate: float

    def part(self, band: Band) -> str:
        """Nothing: one band per level."""
        return ""

    def size(self, band: Band) -> str:
        """From where to where."""
        if not band.is_approx:
            return band_label(_info(band), self.rate)
        return f"< {short(_info(band).hertz(self.rate)[1])}"

    def chip(self, band: Band) -> str:
        """``L2 5.5–11 kHz``."""
        return self.size(band) if band.is_approx else f"L{band.level} {self.size(band)}"

    def band(self, band: Band) -> str:
        """``L2 5.5–11 kHz``."""
        return f"Approximation {self.size(band)}" if band.is_approx else self.chip(band)

    def level(self, band: Band) -> str:
        """``L2 5.5–11 kHz``."""
        return f"Approx {self.size(band)}" if band.is_approx else self.chip(band)

    def place(self, band: Band) -> str:
        """The octave, and the level it belongs to."""
        if band.is_approx:
            return f"{self.briefly(band)}, in the approximation"
        return f"{self.briefly(band)} (level {band.level})"

    def briefly(self, band: Band) -> str:
        """From where to where."""
        if band.is_approx:
            return f"below {short(_info(band).hertz(self.rate)[1])}"
        return f"at {self.size(band)}"

    def span(self, bands: Sequence[Band]) -> str:
        """``690 Hz to 22 kHz``."""
        low, high = _info(bands[0]).hertz(self.rate)[0], _info(bands[-1]).hertz(self.rate)[1]
        return f"{short(low)} to {short(high)}" if low else f"below {short(high)}"

    def between(self, coarse: Band, fine: Band) -> str:
        """A range of levels, as the end of a sentence."""
        if coarse == fine:
            return self.place(fine)
        low, high = _info(coarse).hertz(self.rate)[0], _info(fine).hertz(self.rate)[1]
        return f"below {short(high)}" if not low else f"between {short(low)} and {short(high)}"


@dataclass(frozen=True)
class Voxels:
    """Of a volume: level j describes structures of about 2^j voxels, in seven orientations.

    Attributes:
        spacing: from one voxel of what the network receives to the next, in ``unit``; one number,
            or one for each axis. 0 where it is not known.
        unit: ``mm``; empty where only the ratios mean something.
        ends: what lies at the low and at the high end of each axis, as ``Frame.ends``.

    >>> Voxels().size(Band(2, "daa")), Voxels(1.5, "mm").size(Band(2, "daa"))
    ('≈ 4 voxels', '≈ 4 voxels (6 mm)')
    >>> Voxels((1.0, 1.0, 2.5), "mm").size(Band(1, "dda")), Voxels().chip(Band(2, "daa"))
    ('≈ 2 voxels (2–5 mm)', 'L2 daa')
    """

    spacing: float | tuple[float, float, float] = 0.0
    unit: str = ""
    ends: tuple[tuple[str, str], ...] = ()

    @property
    def steps(self) -> tuple[float, float, float]:
        """The spacing along each axis; 1 where it is not known."""
        if isinstance(self.spacing, tuple):
            return self.spacing
        return (self.spacing or 1.0,) * 3

    def part(self, band: Band) -> str:
        """The word of the orientation: seven have no initials of their own."""
        return "" if band.is_approx else band.orientation

    def size(self, band: Band) -> str:
        """About 2^j voxels, and what that is in ``unit`` where it is known."""
        return f"{'>' if band.is_approx else '≈'} {self._extent(band)}"

    def chip(self, band: Band) -> str:
        """``L2 daa``."""
        return "Approx" if band.is_approx else f"L{band.level} {self.part(band)}"

    def band(self, band: Band) -> str:
        """``L2 daa, faces across axis 0`` or ``Approximation``."""
        if band.is_approx:
            return "Approximation"
        return f"{self.chip(band)}, {orientation_name(band.orientation, self.ends)}"

    def level(self, band: Band) -> str:
        """``L2 ≈ 4 voxels``."""
        return f"{'Approx' if band.is_approx else f'L{band.level}'} {self.size(band)}"

    def place(self, band: Band) -> str:
        """A level and the size of its structures."""
        if band.is_approx:
            return f"in shapes larger than {self._extent(band)} (the approximation)"
        return f"in details of about {self._extent(band)} at level {band.level}"

    def briefly(self, band: Band) -> str:
        """Fine details, or the approximation."""
        if band.is_approx:
            return f"in shapes larger than {self._extent(band)}"
        return f"in the finest details (level {band.level})"

    def span(self, bands: Sequence[Band]) -> str:
        """``about 2 voxels``."""
        return _span(bands, self._extent)

    def _extent(self, band: Band) -> str:
        return structure_extent(_info(band).scale, self.steps if self.spacing else (), self.unit)


def _pixels(band: Band) -> str:
    return f"{_info(band).scale:g} pixels"


def _span(bands: Sequence[Band], extent: Callable[[Band], str]) -> str:
    """From the finest of several bands to the coarsest, where sizes are about 2^level.

    >>> _span([Band(3, "aa"), Band(3, "dd")], _pixels), _span([Band(3, "aa")], _pixels)
    ('8 pixels and more', 'more than 8 pixels')
    >>> _span([Band(2, "dd"), Band(1, "dd")], _pixels), _span([Band(1, "dd")], _pixels)
    ('about 2 pixels to 4 pixels', 'about 2 pixels')
    """
    details = [band for band in bands if not band.is_approx]
    if not details:
        return f"more than {extent(bands[0])}"
    fine, coarse = extent(details[-1]), extent(details[0])
    if len(details) < len(bands):
        return f"{fine} and more"
    return f"about {fine}" if fine == coarse else f"about {fine} to {coarse}"


def orientation(word: str) -> str:
    """``da`` → horizontal: detail along the rows' axis is an edge that lies flat."""
    return _ORIENTATIONS.get(word, word)


def short(frequency: float) -> str:
    """A frequency to two significant digits.

    >>> short(86.13), short(2756.25)
    ('86 Hz', '2.8 kHz')
    """
    return hertz(float(f"{frequency:.2g}"))


@cache
def _info(band: Band) -> BandInfo:
    size = (2**band.level,) * len(band.orientation)
    return build(ndim=len(size), levels=band.level).layout(size)[band]


Groups = Mapping[str, list[Band]]


def halves(attribution: Bands) -> Groups:
    """The bands of the coarse and of the fine levels."""
    every = [band for band, _ in attribution.bands()]
    middle = (attribution.levels + 1) / 2
    return {
        "Coarse": [b for b in every if b.is_approx or b.level > middle],
        "Fine": [b for b in every if not b.is_approx and b.level <= middle],
    }


def thirds(attribution: Bands) -> Groups:
    """The bands of :func:`wam_core.views.scale_groups`, coarse first as in the pills."""
    groups = list(scale_groups(attribution).items())[::-1]
    return {name.capitalize(): list(bands) for name, bands in groups}
