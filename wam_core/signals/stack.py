"""TIFF stacks: grey pages of one size, one above the other."""

import re

import numpy as np

from wam_core.errors import InputError
from wam_core.signals import tiff
from wam_core.signals.frame import Frame
from wam_core.signals.grid import Grid, check_size
from wam_core.signals.limits import Limits

# To millimetres, as ImageJ and OME write the unit.
_MM = {
    "mm": 1.0, "micron": 1e-3, "um": 1e-3, "µm": 1e-3, "\\u00b5m": 1e-3, "nm": 1e-6, "cm": 10.0,
    "Å": 1e-7, "pm": 1e-9, "m": 1000.0,
}  # fmt: skip
_OME_AXES = ("Z", "Y", "X")


def is_stack(data: bytes) -> bool:
    """Whether a file is a TIFF stack."""
    found = tiff.contents(data)
    return found is not None and found.what == "stack"


def decode(data: bytes, name: str, limits: Limits) -> Grid:
    """A stack as (page, row, column), in the values of the file.

    The distances that ImageJ or OME note are kept.

    Raises:
        InputError: too large (by the headers), damaged, of several channels or moments.
    """
    found = tiff.contents(data)
    if found is None or found.what != "stack":
        raise InputError(f"{name} is no stack of at least {tiff.FEWEST} equal grey pages")
    check_size((found.count, *found.size), name, limits)
    if found.broken:
        raise InputError(f"{name} is cut short: not all of its pages are there")
    notes = [f"A TIFF file with {found.count:,} grey pages of one size: read as a volume."]
    if found.white_is_zero:
        notes.append("In this file small numbers are bright; they are kept as stored.")
    with tiff.reading(data, name, found) as file:
        described = file.description
        _check_one_moment(described, name)
        layers = [file.numbers(number) for number in file.full_pages()]
        frame = _frame(described, file)
    if any(layer.shape != found.size or layer.dtype != layers[0].dtype for layer in layers):
        raise InputError(f"the pages of {name} are not of one size and kind")
    return Grid(np.stack(layers), frame, tuple(notes))


def _check_one_moment(described: str, name: str) -> None:
    """ImageJ and OME lay channels and moments between the slices."""
    counts = {
        "moments": re.search(r'^frames=(\d+)|\bSizeT="(\d+)"', described, re.MULTILINE),
        "channels": re.search(r'^channels=(\d+)|\bSizeC="(\d+)"', described, re.MULTILINE),
    }
    if not described.startswith("ImageJ=") and "<OME" not in described:
        return
    held = [
        f"{number} {what}"
        for what, found in counts.items()
        if found and (number := int(found[1] or found[2])) > 1
    ]
    if held:
        raise InputError(
            f"{name} holds {' and '.join(held)} in one stack; one is accepted, "
            "which ImageJ saves after Image > Duplicate"
        )


def _frame(described: str, file: tiff.Reader) -> Frame:
    """The distances, where ImageJ or OME noted them."""
    if "<OME" in described:
        return _ome_frame(described)
    fields = dict(line.split("=", 1) for line in described.splitlines() if "=" in line)
    if "ImageJ" not in fields:
        return Frame()
    steps = [_number(fields.get("spacing", "1"))]
    for tag in (283, 282):  # rows, columns: pixels for each unit
        over, under = file.tag(tag, (1, 1))
        steps.append(under / over if over and under else 1.0)
    scale = _MM.get(fields.get("unit", ""), 0.0)
    depth, height, width = (step * (scale or 1.0) for step in steps)
    return Frame((depth, height, width), "mm" if scale else "")


def _ome_frame(described: str) -> Frame:
    """PhysicalSizeX and its like, of the first image; micrometres where no unit is given."""
    steps = []
    for axis in _OME_AXES:
        size = re.search(rf'\bPhysicalSize{axis}="([^"]+)"', described)
        unit = re.search(rf'\bPhysicalSize{axis}Unit="([^"]+)"', described)
        scale = _MM.get(unit[1] if unit else "µm", 0.0)
        if size is None or not scale:
            return Frame()
        steps.append(_number(size[1]) * scale)
    depth, height, width = steps
    return Frame((depth, height, width), "mm")


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 1.0
    return value if 0 < value < float("inf") else 1.0
