"""Three linked slices of a volume and a scene in three dimensions, with its attribution over them.

The browser's part is one ES module without dependencies, :func:`script`, and a style for the root
that it stands in, :func:`style`. Everything happens there, on what :func:`packed` gives.
"""

import hashlib
import json
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from app.figures.slicer.heat import Heat
from app.figures.slicer.page import OFFLINE_STYLE, offline_page, offline_script, script, style
from app.figures.slicer.slices import MOST, Slices, encoded, windows
from app.figures.slicer.space import scene
from wam_core.plot.planes import convention, planes
from wam_core.plot.raster import reduced_blocks

__all__ = [
    "OFFLINE_STYLE", "Heat", "Slices", "offline_script", "packed", "page_html", "script", "style",
    "windows",
]  # fmt: skip


def packed(volume: Slices, key: str = "") -> bytes:
    """What the browser gets: the length of a JSON in four bytes, the JSON, and arrays as they are.

    As text in the JSON they would be a third longer. It lists their names, types and bytes.

    Args:
        volume: what to show.
        key: under which the page's address has what was chosen; without one it has nothing.
    """
    data, arrays = _described(volume)
    described = [[name, values.dtype.str[1:], values.nbytes] for name, values in arrays.items()]
    head = json.dumps({"key": key, **data, "arrays": described}).encode()
    numbers = (
        np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"))
        for values in arrays.values()
    )
    return b"".join([len(head).to_bytes(4, "little"), head, *(each.tobytes() for each in numbers)])


def page_html(volume: Slices, title: str, caption: str) -> str:
    """A page with one viewer, that needs no server; a heading, and a sentence below it."""
    return offline_page(packed(volume), title, caption)


@lru_cache(maxsize=4)  # drawn again with each change of the page's other controls
def _described(volume: Slices) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """All the browser needs, and the large arrays of it."""
    codes, low, step = encoded(reduced_blocks(volume.values, volume.factors, "mean"))
    data: dict[str, Any] = {
        "shape": codes.shape,
        "size": volume.values.shape,
        "factors": volume.factors,
        "spacing": volume.spacing,
        "spacingUnit": volume.spacing_unit,
        "planes": [vars(plane) for plane in planes(volume.ends)],
        "bits": 8 * codes.itemsize,
        "low": low,
        "step": step,
        "quantity": volume.quantity or ("intensity" if volume.window else "occupancy"),
        "unit": volume.unit,
        "window": volume.window,
    }
    digest = hashlib.sha256(json.dumps(data).encode())
    digest.update(codes.data)
    arrays: dict[str, npt.NDArray[Any]] = {"codes": codes}
    heat = None
    if volume.heat is not None:
        heat, numbers = volume.heat.packed()
        arrays |= numbers
    space = None
    if volume.spatial:
        space, numbers = scene(volume, low, step)
        arrays |= numbers
    return data | {
        "version": digest.hexdigest()[:16],
        "presets": [[name, list(window)] for name, window in volume.presets.items()],
        "heat": heat,
        "scene": space,
        "alt": volume.alt,
        "notes": [convention(volume.ends), *_reduction(volume, codes.shape)],
    }, arrays


def _reduction(volume: Slices, shape: tuple[int, ...]) -> list[str]:
    """A sentence where the browser gets fewer voxels than there are."""
    if max(volume.factors) == 1:
        return []
    here, there, block = (
        " × ".join(map(str, s)) for s in (shape, volume.values.shape, volume.factors)
    )
    tail = "" if volume.heat is None else ", its attribution the strongest of them"
    return [
        f"Shown at {here} of {there} voxels, as the browser gets {MOST} per side at most: "
        f"each is the mean of {block}{tail}."
    ]
