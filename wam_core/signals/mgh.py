"""FreeSurfer's MGH and MGZ volumes, by nibabel."""

import io
import math
import struct
from typing import Any

import numpy as np

from wam_core.errors import InputError
from wam_core.signals.grid import Grid, Item, check_size, which
from wam_core.signals.limits import Limits
from wam_core.signals.unzipped import Unzipped

_TYPES = {0: 1, 1: 4, 3: 4, 4: 2, 10: 2}  # by number: bytes of one voxel
_HEADER = 284


def is_mgh(head: bytes) -> bool:
    """Whether unpacked bytes begin like an MGH file: version 1, four sides, a type."""
    if len(head) < 28:
        return False
    version, *sides, kind = struct.unpack_from(">6i", head)
    return version == 1 and all(0 < side < 2**15 for side in sides) and kind in _TYPES


def decode(data: bytes, name: str, limits: Limits, item: Item | None = None) -> Grid:
    """One volume in canonical orientation.

    Raises:
        InputError: too large (by the header), or cut short.
    """
    from nibabel.freesurfer.mghformat import MGHImage

    from wam_core.signals.orientation import canonical

    file = Unzipped(data)
    head = file.read(_HEADER)
    _, a, b, c, count, kind = struct.unpack_from(">6i", head)
    check_size((a, b, c), name, limits)
    chosen = which((("volume", count),), item, name)
    length = _HEADER + math.prod((a, b, c, count)) * _TYPES[kind]
    if length > limits.inflated_bytes:
        raise InputError(f"{name} holds {count:,} volumes, more than are unpacked")
    raw = head + file.read(length - _HEADER)
    if len(raw) < length:
        raise InputError(f"{name} is cut short: it ends before its voxels do")
    picture: Any = MGHImage.from_stream(io.BytesIO(raw))
    values = np.asarray(picture.dataobj)
    volume = values[..., chosen[1]] if count > 1 else values.reshape(a, b, c)
    turned, frame, notes = canonical(volume, np.asarray(picture.affine, np.float64))
    if count < 2:
        return Grid(turned, frame, notes)
    said = f"The file holds {count:,} volumes."
    return Grid(turned, frame, (said, *notes), (("volume", count),), chosen)
