"""What a band means in the unit of the input: pixels of a picture, Hz of a sound, voxels.

Sizes and frequencies are those of the transform's own layout.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wam_core.bands import Band, Bands, Layout
from wam_core.naming import band_label, hertz
from wam_core.plot.planes import orientation_name, short_orientation, structure_extent
from wam_core.views import scale_groups

_ORIENTATIONS = {"da": "horizontal", "ad": "vertical", "dd": "diagonal"}


@dataclass(frozen=True, eq=False)
class Units(ABC):
    """Names for bands and levels.

    Attributes:
        layout: of what is explained, which says what each band describes.
    """

    layout: Layout

    @abstractmethod
    def part(self, band: Band) -> str:
        """The letter that tells the bands of one level apart; empty where there is one only."""

    @abstractmethod
    def size(self, band: Band) -> str:
        """The structures of a band: ``≈ 4 px``, ``5.5–11 kHz``."""

    def chip(self, band: Band) -> str:
        """The shortest label that can stand alone, for switches: ``L2 H``."""
        return "Approx" if band.is_approx else f"L{band.level} {self.part(band)}"

    @abstractmethod
    def band(self, band: Band) -> str:
        """A label for tiles and for what is under the pointer: ``L2 horizontal``."""

    def level(self, band: Band) -> str:
        """The label of a band's level: ``L2 ≈ 4 px``."""
        return f"{'Approx' if band.is_approx else f'L{band.level}'} {self.size(band)}"

    @abstractmethod
    def place(self, band: Band) -> str:
        """Where a level lies, as the end of a sentence."""

    @abstractmethod
    def briefly(self, band: Band) -> str:
        """The same for the finest level and the approximation, in fewer words."""

    @abstractmethod
    def span(self, bands: Sequence[Band]) -> str:
        """The structures of several levels in a row, coarse first."""


class Lengths(Units):
    """Bands that are told apart by the size of their structures."""

    @abstractmethod
    def extent(self, band: Band) -> str:
        """The size of a band's structures, with its unit."""

    def briefly(self, band: Band) -> str:
        """Fine details, or the approximation."""
        if band.is_approx:
            return f"in shapes larger than {self.extent(band)}"
        return f"in the finest details (level {band.level})"

    def span(self, bands: Sequence[Band]) -> str:
        """From the finest of several bands to the coarsest: ``about 2 voxels to 4 voxels``."""
        details = [band for band in bands if not band.is_approx]
        if not details:
            return f"more than {self.extent(bands[0])}"
        fine, coarse = self.extent(details[-1]), self.extent(details[0])
        if len(details) < len(bands):
            return f"{fine} and more"
        return f"about {fine}" if fine == coarse else f"about {fine} to {coarse}"


class Pixels(Lengths):
    """Of a picture: a level describes structures of about as many pixels.

    >>> from wam_core import transforms
    >>> units = Pixels(transforms.build("dwt", ndim=2, levels=3).layout((64, 64)))
    >>> units.size(Band(2, "da")), units.chip(Band(2, "da"))
    ('≈ 4 px', 'L2 H')
    >>> units.span([Band(2, "da"), Band(1, "da")]), units.span([Band(1, "dd")])
    ('about 2 to 4 pixels', 'about 2 pixels')
    >>> units.span([Band(3, "aa"), Band(3, "dd")]), units.span([Band(3, "aa")])
    ('8 pixels and more', 'more than 8 pixels')
    """

    def part(self, band: Band) -> str:
        """H, V or D."""
        return "" if band.is_approx else _short_orientation(band.orientation)

    def size(self, band: Band) -> str:
        """``≈ 4 px``."""
        return f"{'>' if band.is_approx else '≈'} {self.layout[band].scale:.3g} px"

    def band(self, band: Band) -> str:
        """``L2 horizontal`` or ``Approximation``."""
        if band.is_approx:
            return "Approximation"
        return f"L{band.level} {orientation(band.orientation)}"

    def words(self, band: Band) -> tuple[str, str]:
        """The size of structures and their orientation: ``2 px`` and ``vertical``."""
        size = f"{self.layout[band].scale:.3g}\u00a0px"
        return (
            (f">\u00a0{size}", "approximation")
            if band.is_approx
            else (size, orientation(band.orientation))
        )

    def place(self, band: Band) -> str:
        """A level and the size of its structures."""
        if band.is_approx:
            return f"in shapes larger than {self.extent(band)} (the approximation)"
        return f"in details of about {self.extent(band)} (level {band.level})"

    def span(self, bands: Sequence[Band]) -> str:
        """``about 2 to 4 pixels``."""
        return super().span(bands).replace(" pixels to", " to")

    def extent(self, band: Band) -> str:
        """``4 pixels``."""
        return f"{self.layout[band].scale:.3g} pixels"


@dataclass(frozen=True, eq=False)
class Hertz(Units):
    """Of a sound: a level is an interval of frequencies, an octave of the dyadic transform.

    Attributes:
        rate: samples per second of what the network receives.

    >>> from wam_core import transforms
    >>> units = Hertz(transforms.build("dwt", ndim=1, levels=8).layout([44100]), 44100)
    >>> units.chip(Band(2, "d")), units.chip(Band(8, "a"))
    ('L2 5.5–11 kHz', '< 86 Hz')
    >>> units.span([Band(8, "a"), Band(2, "d")]), units.span([Band(1, "d")])
    ('below 11 kHz', '11 kHz to 22 kHz')
    """

    rate: float

    def part(self, band: Band) -> str:
        """Nothing: one band per level."""
        return ""

    def size(self, band: Band) -> str:
        """From where to where."""
        if not band.is_approx:
            return band_label(self.layout[band], self.rate)
        return f"< {short(self._hertz(band)[1])}"

    def chip(self, band: Band) -> str:
        """``L2 5.5–11 kHz``."""
        return self.size(band) if band.is_approx else f"L{band.level} {self.size(band)}"

    def band(self, band: Band) -> str:
        """``L2 5.5–11 kHz``."""
        return f"Approximation {self.size(band)}" if band.is_approx else self.chip(band)

    def place(self, band: Band) -> str:
        """The octave, and the level it belongs to."""
        if band.is_approx:
            return f"{self.briefly(band)}, in the approximation"
        return f"{self.briefly(band)} (level {band.level})"

    def briefly(self, band: Band) -> str:
        """From where to where."""
        if band.is_approx:
            return f"below {short(self._hertz(band)[1])}"
        return f"at {self.size(band)}"

    def span(self, bands: Sequence[Band]) -> str:
        """``690 Hz to 22 kHz``."""
        low, high = self._hertz(bands[0])[0], self._hertz(bands[-1])[1]
        return f"{short(low)} to {short(high)}" if low else f"below {short(high)}"

    def between(self, coarse: Band, fine: Band) -> str:
        """A range of levels, as the end of a sentence."""
        if coarse == fine:
            return self.place(fine)
        low, high = self._hertz(coarse)[0], self._hertz(fine)[1]
        return f"below {short(high)}" if not low else f"between {short(low)} and {short(high)}"

    def _hertz(self, band: Band) -> tuple[float, float]:
        return self.layout[band].hertz(self.rate)


@dataclass(frozen=True, eq=False)
class Voxels(Lengths):
    """Of a volume: a level describes structures of about as many voxels, in seven orientations.

    Attributes:
        spacing: from one voxel of what the network receives to the next, in ``unit``; one number,
            or one for each axis. 0 where it is not known.
        unit: ``mm``; empty where only the ratios mean something.
        ends: what lies at the low and at the high end of each axis, as ``Frame.ends``.

    >>> from wam_core import transforms
    >>> layout = transforms.build("dwt", ndim=3, levels=2).layout((16, 16, 16))
    >>> Voxels(layout).size(Band(2, "daa")), Voxels(layout, 1.5, "mm").size(Band(2, "daa"))
    ('≈ 4 voxels', '≈ 4 voxels (6 mm)')
    >>> units = Voxels(layout, (1.0, 1.0, 2.5), "mm")
    >>> units.size(Band(1, "dda")), units.chip(Band(2, "daa"))
    ('≈ 2 voxels (2–5 mm)', '4 voxels · faces across axis 0')
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
        """``horizontal faces``."""
        return "" if band.is_approx else short_orientation(band.orientation, self.ends)

    def size(self, band: Band) -> str:
        """``≈ 4 voxels``, and what that is in ``unit`` where it is known."""
        return f"{'>' if band.is_approx else '≈'} {self.extent(band)}"

    def voxels(self, band: Band) -> str:
        """``4 voxels``, or ``> 4 voxels`` of the approximation."""
        return f"{'> ' if band.is_approx else ''}{structure_extent(self.layout[band].scale)}"

    def chip(self, band: Band) -> str:
        """``4 voxels · horizontal faces``."""
        return self._named(band, self.part(band))

    def band(self, band: Band) -> str:
        """``4 voxels · horizontal faces (change along the vertical axis)``."""
        return self._named(
            band, "" if band.is_approx else orientation_name(band.orientation, self.ends)
        )

    def _named(self, band: Band, orientation: str) -> str:
        return "Approximation" if band.is_approx else f"{self.voxels(band)} · {orientation}"

    def place(self, band: Band) -> str:
        """A level and the size of its structures."""
        if band.is_approx:
            return f"in shapes larger than {self.extent(band)} (the approximation)"
        return f"in details of about {self.extent(band)} at level {band.level}"

    def extent(self, band: Band) -> str:
        """``4 voxels (6 mm)``."""
        spacing = self.steps if self.spacing else ()
        return structure_extent(self.layout[band].scale, spacing, self.unit)


def orientation(word: str) -> str:
    """``da`` → horizontal: detail along the rows' axis is an edge that lies flat."""
    return _ORIENTATIONS.get(word, word)


def _short_orientation(word: str) -> str:
    return orientation(word)[0].upper() if word in _ORIENTATIONS else word


def short(frequency: float) -> str:
    """A frequency to two significant digits.

    >>> short(86.13), short(2756.25)
    ('86 Hz', '2.8 kHz')
    """
    return hertz(float(f"{frequency:.2g}"))


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
