"""What the axes and the seven orientations of a volume are called, for people."""

from collections.abc import Sequence

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
