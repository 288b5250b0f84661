"""Clouds of points: XYZ, one point a line, and how fine their voxels are."""

import re

import numpy as np
from scipy.spatial import cKDTree

from wam_core.errors import InputError
from wam_core.signals.limits import Limits
from wam_core.signals.meshes import Mesh, Points, check_counts
from wam_core.signals.text import plain_lines

_SEEN = 4096
_FEWEST = 3  # lines, before a text counts as points
_COMMENT = re.compile(rb"(?:#|//)[^\n\r]*")
_SEPARATORS = bytes.maketrans(b",;\t", b"   ")
_NUMBER = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?)", re.I)
_UNITS = re.compile(rb"[\[(][^\])]*[\])]|[_/][a-zA-Z]+\b|[\"']")
_MOST_COLUMNS = 12
_COARSEST = 24  # cells, for a cloud of few points
_GAP = 1.5  # times the usual distance of neighbours: then the voxels of a cloud touch
_SURVEYED = 20_000


def is_xyz(data: bytes) -> bool:
    """Whether a text begins with rows of at least three numbers, all of one length.

    >>> is_xyz(b"0 0 1\\n0 1 0\\n1 0 0\\n"), is_xyz(b"roses are red\\n")
    (True, False)
    """
    data = plain_lines(data)
    start = data[:_SEEN]
    lines = _rows(start)
    if len(data) > _SEEN:
        lines = lines[:-1]  # it may be cut in two
    lines = lines[_skipped(lines) :]
    lengths = {len(line.split()) for line in lines}
    return (
        len(lines) >= _FEWEST
        and len(lengths) == 1
        and 3 <= min(lengths) <= _MOST_COLUMNS
        and all(_NUMBER.fullmatch(word) for line in lines for word in line.split())
    )


def xyz(data: bytes, name: str, limits: Limits) -> Mesh:
    """The first three columns; a count or names of columns on the first line are passed over.

    Raises:
        InputError: too many points, or a line that is no row of numbers.
    """
    lines = _rows(plain_lines(data))
    lines = lines[_skipped(lines) :]
    check_counts(len(lines), 0, name, limits)
    try:
        return Mesh(np.loadtxt(lines, np.float64, usecols=(0, 1, 2), ndmin=2, comments=None))
    except ValueError:
        raise InputError(
            f"{name} is text, and not all its lines are points; "
            "x, y and z on each are accepted, and more columns are passed over"
        ) from None


def cells_for(points: Points, limits: Limits) -> int:
    """So many voxels along the longest side that those of neighbouring points touch.

    The distance to the nearest other point decides, as 9 in 10 of a sample have it.
    """
    survey = points[:: max(1, len(points) // _SURVEYED)]
    distances, _ = cKDTree(points).query(survey, k=2)
    apart = distances[:, 1][np.isfinite(distances[:, 1]) & (distances[:, 1] > 0)]
    longest = float(np.ptp(points, axis=0).max())
    if not apart.size or not longest > 0:
        return limits.mesh_cells
    wanted = longest / (_GAP * float(np.quantile(apart, 0.9))) + 2
    return int(np.clip(wanted, min(_COARSEST, limits.mesh_cells), limits.mesh_cells))


def _rows(data: bytes) -> list[bytes]:
    text = _COMMENT.sub(b"", data).translate(_SEPARATORS)
    return [line for line in text.splitlines() if line.strip()]


def _skipped(lines: list[bytes]) -> int:
    """1 where the first line is a count or the names of columns, with or without units."""
    first = lines[0].split() if lines else []
    count = len(first) == 1 and first[0].isdigit()
    named = [name.lower() for name in _UNITS.sub(b"", lines[0]).split()[:3]] if lines else []
    return int(count or named == [b"x", b"y", b"z"])
