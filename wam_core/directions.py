"""What the axes, the seven orientations and the scales of a volume are called, for people."""

from collections.abc import Sequence

from wam_core.transforms.dwt import structure_size

Ends = Sequence[tuple[str, str]]


def axis(number: int, ends: Ends = ()) -> str:
    """An axis by what lies at its two ends, or by its number where that is not known.

    >>> axis(2, (("left", "right"), ("front", "back"), ("bottom", "top"))), axis(2)
    ('bottom–top', 'axis 2')
    """
    return "–".join(ends[number]) if ends else f"axis {number}"


def towards(number: int, ends: Ends = ()) -> str:
    """The same with its direction: indices grow to the right.

    >>> towards(0, (("L", "R"), ("P", "A"), ("I", "S"))), towards(0)
    ('L → R', 'axis 0 →')
    """
    return " → ".join(ends[number]) if ends else f"axis {number} →"


def orientation(word: str, ends: Ends = ()) -> str:
    """What a band of a volume responds to.

    One d is a change along one axis alone, which is a face across it; two are a change along two,
    which is an edge along the third; three are a corner.

    >>> orientation("daa"), orientation("dda"), orientation("ddd")
    ('faces across axis 0', 'edges along axis 2', 'corners')
    >>> orientation("aad", (("left", "right"), ("front", "back"), ("bottom", "top")))
    'faces across bottom–top'
    """
    kind, number = shape(word)
    if number is None:
        return kind
    return f"{kind} {'across' if kind == 'faces' else 'along'} {axis(number, ends)}"


def shape(word: str) -> tuple[str, int | None]:
    """Faces and the axis they lie across, edges and the axis they run along, or corners.

    Raises:
        ValueError: not a detail band of three axes.

    >>> shape("ada"), shape("dad"), shape("ddd")
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


def extent(level: int, spacing: Sequence[float] = (), unit: str = "") -> str:
    """The size of a level's structures, in voxels and, where it is known, in the unit of spacing.

    >>> extent(2), extent(1, (1.5, 1.5, 1.5), "mm"), extent(1, (1.0, 1.0, 2.5), "mm")
    ('4 voxels', '2 voxels (3 mm)', '2 voxels (2–5 mm)')
    """
    voxels = structure_size(level)
    if not (unit and spacing):
        return f"{voxels} voxels"
    low, high = (f"{voxels * step:.3g}" for step in (min(spacing), max(spacing)))
    return f"{voxels} voxels ({low if low == high else f'{low}–{high}'} {unit})"
