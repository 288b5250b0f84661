"""What the axes, planes and orientations of a volume are called, and how planes lie on a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from wam_core.bands import Band, Layout

_Value = TypeVar("_Value", bound=np.generic)

Ends = Sequence[tuple[str, str]]
"""What lies at the low and at the high end of each axis; empty where that is not known."""

# what an axis is, by the names of its ends
_LATERAL, _DEPTH, _HEIGHT = range(3)
_ROLES = {
    frozenset("LR"): _LATERAL, frozenset("PA"): _DEPTH, frozenset("IS"): _HEIGHT,
    frozenset(("left", "right")): _LATERAL, frozenset(("front", "back")): _DEPTH,
    frozenset(("bottom", "top")): _HEIGHT,
}  # fmt: skip

# Patients are seen from their feet, from the front and from their left; objects from above, from
# the front and from their right, so that their left stays left.
_ON_THE_LEFT = {"R", "A", "left", "front"}
_ON_TOP = {"S", "A", "top", "back"}
_TITLES = {
    "letters": {_HEIGHT: "Axial", _DEPTH: "Coronal", _LATERAL: "Sagittal"},
    "words": {_HEIGHT: "From above", _DEPTH: "From the front", _LATERAL: "From the side"},
}

_TOWARDS = {"L", "P", "S", "right", "back", "top"}  # seen from the front: right, back, up
_FACES = {
    "letters": {_LATERAL: "sagittal", _DEPTH: "coronal", _HEIGHT: "axial"},
    "words": {_LATERAL: "side", _DEPTH: "front", _HEIGHT: "horizontal"},
}

RADIOLOGICAL = (
    "Radiological convention: the patient’s right (R) is on the left of axial and coronal slices; "
    "the front (A) is on the left of sagittal ones."
)
OBJECT = "Seen from above, from the front and from the right; nothing is mirrored."
ARRAY = (
    "The file does not say which way up it is: as in an array, index 0 is at the top left and the "
    "later axis runs to the right."
)


@dataclass(frozen=True)
class Plane:
    """One slice, or a projection along its axis, as it is drawn.

    Attributes:
        axis: what stepping through the slices changes.
        across: the axis that runs from left to right.
        down: the axis that runs from top to bottom.
        mirrored: whether ``across`` and ``down`` begin with their high end.
        title: what the slice is called.
        steps: the ends of ``axis``, low first, or its number.
        sides: what lies to the left, on top, to the right and at the bottom.
    """

    axis: int
    across: int
    down: int
    mirrored: tuple[bool, bool]
    title: str
    steps: str
    sides: tuple[str, str, str, str]

    def laid(self, plane: npt.NDArray[_Value]) -> npt.NDArray[_Value]:
        """A plane of a volume, its remaining axes in their order, as rows and columns of a picture."""
        rows = plane if self.down < self.across else plane.T
        across, down = (slice(None, None, -1 if mirrored else 1) for mirrored in self.mirrored)
        return rows[down, across]


def planes(ends: Ends) -> tuple[Plane, ...]:
    """The three slices of a volume, by the ends of its axes.

    >>> axial = planes((("L", "R"), ("P", "A"), ("I", "S")))[0]
    >>> axial.title, axial.axis, axial.sides
    ('Axial', 2, ('R', 'A', 'L', 'P'))
    >>> planes(())[0].sides
    ('axis 2 low', 'axis 1 low', 'axis 2 high', 'axis 1 high')
    """
    roles = _roles(ends)
    if roles is None:
        return (
            _plane(0, 2, 1, (False, False), ends, "Axis 0"),
            _plane(1, 2, 0, (False, False), ends, "Axis 1"),
            _plane(2, 1, 0, (False, False), ends, "Axis 2"),
        )
    titles = _TITLES["letters" if _letters(ends) else "words"]
    found = []
    for role in (_HEIGHT, _DEPTH, _LATERAL):
        across, down = (roles.index(other) for other in sorted({0, 1, 2} - {role}))
        mirrored = (ends[across][1] in _ON_THE_LEFT, ends[down][1] in _ON_TOP)
        found.append(_plane(roles.index(role), across, down, mirrored, ends, titles[role]))
    return tuple(found)


def convention(ends: Ends) -> str:
    """A sentence on which side is which."""
    if _roles(ends) is None:
        return ARRAY
    return RADIOLOGICAL if _letters(ends) else OBJECT


def axis_name(number: int, ends: Ends = ()) -> str:
    """An axis by what lies at its two ends, or by its number where that is not known.

    >>> axis_name(2, (("left", "right"), ("front", "back"), ("bottom", "top"))), axis_name(2)
    ('bottom–top', 'axis 2')
    """
    return "–".join(ends[number]) if ends else f"axis {number}"


@dataclass(frozen=True)
class Direction:
    """A direction of a scene in three dimensions.

    Attributes:
        axis: of the volume, that runs along it.
        sign: 1 where the axis runs the same way, −1 where it runs the other way.
        name: what is there.
    """

    axis: int
    sign: int
    name: str


def directions(ends: Ends) -> tuple[Direction, Direction, Direction]:
    """What is to the right, at the back and on top of a volume that is seen from the front.

    Where the ends of the axes are not known, these are axes 0, 1 and 2.

    >>> [each.axis for each in directions((("S", "I"), ("A", "P"), ("R", "L")))]
    [2, 1, 0]
    >>> [(each.sign, each.name) for each in directions((("S", "I"), ("A", "P"), ("R", "L")))]
    [(1, 'L'), (1, 'P'), (-1, 'S')]
    """
    roles = _roles(ends)
    if roles is None:
        return Direction(0, 1, "axis 0"), Direction(1, 1, "axis 1"), Direction(2, 1, "axis 2")
    right, back, top = (_direction(roles.index(role), ends) for role in (_LATERAL, _DEPTH, _HEIGHT))
    return right, back, top


def _direction(axis: int, ends: Ends) -> Direction:
    low, high = ends[axis]
    return Direction(axis, 1, high) if high in _TOWARDS else Direction(axis, -1, low)


def orientation_name(word: str, ends: Ends = ()) -> str:
    """What a band of a volume responds to.

    One d is a change along one axis alone, which is a face across it; two are a change along two,
    which is an edge along the third; three are a corner.

    >>> orientation_name("daa"), orientation_name("dda"), orientation_name("ddd")
    ('faces across axis 0', 'edges along axis 2', 'corners')
    >>> ends = (("left", "right"), ("front", "back"), ("bottom", "top"))
    >>> orientation_name("aad", ends), orientation_name("dda", ends)
    ('horizontal faces (change along the vertical axis)', 'vertical edges')
    >>> orientation_name("daa", ends), orientation_name("add", ends)
    ('side faces (change along left–right)', 'edges along left–right')
    """
    name = short_orientation(word, ends)
    if not name.endswith(" faces"):
        return name
    along = axis_name(structure(word)[1] or 0, ends)
    return (
        f"{name} (change along {'the vertical axis' if name.startswith('horizontal') else along})"
    )


def short_orientation(word: str, ends: Ends = ()) -> str:
    """The same without the axis that faces change along, where they have a name.

    >>> ends = (("L", "R"), ("P", "A"), ("I", "S"))
    >>> short_orientation("daa", ends), short_orientation("dda", ends)
    ('sagittal faces', 'edges along I–S')
    """
    if word.strip("ad"):  # of a transform whose orientations are no words over {a, d}
        return word
    kind, number = structure(word)
    if number is None:
        return kind
    roles = _roles(ends)
    if roles is None:
        return f"{kind} {'across' if kind == 'faces' else 'along'} {axis_name(number, ends)}"
    names = "letters" if _letters(ends) else "words"
    if kind == "faces":
        return f"{_FACES[names][roles[number]]} faces"
    if names == "words" and roles[number] == _HEIGHT:
        return "vertical edges"
    return f"edges along {axis_name(number, ends)}"


def structure(word: str) -> tuple[str, int | None]:
    """Faces and the axis they lie across, edges and the axis they run along, or corners.

    Raises:
        ValueError: not a detail band of three axes.

    >>> structure("ada"), structure("dad"), structure("ddd")
    (('faces', 1), ('edges', 1), ('corners', None))
    """
    match word.count("d"), len(word):
        case 1, 3:
            return "faces", word.index("d")
        case 2, 3:
            return "edges", word.index("a")
        case 3, 3:
            return "corners", None
    raise ValueError(f"{word!r} is no detail of a volume; three letters a and d, one d at least")


def structure_extent(scale: float, spacing: Sequence[float] = (), unit: str = "") -> str:
    """The size of structures, in voxels and, where it is known, in the unit of spacing.

    Args:
        scale: of a band (:class:`wam_core.bands.BandInfo`), in voxels.
        spacing: of the voxels along each axis.
        unit: of the spacing.

    >>> structure_extent(4), structure_extent(2, (1.5, 1.5, 1.5), "mm")
    ('4 voxels', '2 voxels (3 mm)')
    >>> structure_extent(2, (1.0, 1.0, 2.5), "mm")
    '2 voxels (2–5 mm)'
    """
    voxels = float(f"{scale:.3g}")
    if not (unit and spacing):
        return f"{voxels:g} voxels"
    low, high = (f"{voxels * step:.3g}" for step in (min(spacing), max(spacing)))
    return f"{voxels:g} voxels ({low if low == high else f'{low}–{high}'} {unit})"


def grid_places(
    layout: Layout, known: Mapping[str, tuple[int, int]], columns: int
) -> dict[Band, tuple[int, int]]:
    """Row and column of every band in a figure of all of them, from 0, coarse levels on top.

    Args:
        layout: of the bands.
        known: the place of each orientation among the rows of its level. Where a transform has
            others, each level fills as many rows as its bands need.
        columns: how many there are.

    >>> from wam_core import transforms
    >>> layout = transforms.build("dwt", ndim=1, levels=2).layout([16])
    >>> {str(band): place for band, place in grid_places(layout, {}, 2).items()}
    {'approx': (0, 0), 'L2.d': (0, 1), 'L1.d': (1, 0)}
    """
    every = all(band.orientation in known for band in layout)
    coarsest = layout.approx.band.level
    places: dict[Band, tuple[int, int]] = {}
    above = 0
    for level in range(coarsest, 0, -1):
        bands = [band for band in layout if band.level == level]
        for nth, band in enumerate(bands):
            down, across = known[band.orientation] if every else divmod(nth, columns)
            places[band] = (above + down, across)
        above = 1 + max(down for down, _ in places.values())
    return places


def _plane(
    axis: int, across: int, down: int, mirrored: tuple[bool, bool], ends: Ends, title: str
) -> Plane:
    left, right = _named(across, ends)[:: -1 if mirrored[0] else 1]
    top, bottom = _named(down, ends)[:: -1 if mirrored[1] else 1]
    steps = " → ".join(ends[axis]) if ends else axis_name(axis)
    return Plane(axis, across, down, mirrored, title, steps, (left, top, right, bottom))


def _named(axis: int, ends: Ends) -> tuple[str, str]:
    return ends[axis] if ends else (f"axis {axis} low", f"axis {axis} high")


def _roles(ends: Ends) -> list[int] | None:
    """What each axis is; None unless all three are known and differ."""
    roles = [_ROLES.get(frozenset(pair)) for pair in ends]
    known = [role for role in roles if role is not None]
    return known if len(set(known)) == 3 == len(roles) else None


def _letters(ends: Ends) -> bool:
    return all(len(name) == 1 for pair in ends for name in pair)
