"""Three linked slices of a volume with its attribution over them, for any page that holds them.

The browser's part is one ES module without dependencies, :func:`script`, and a style for the root
that it stands in, :func:`style`. Everything happens there, on what :func:`packed` gives.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from app.figures.elements import ELEMENTS, ELEMENTS_STYLE
from app.figures.slicer.slices import (
    MOST,
    PERCENTILE,
    Shape,
    Slices,
    encoded,
    encoded_heat,
    windows,
)
from wam_core.plot.colour import scale
from wam_core.plot.planes import convention, planes
from wam_core.plot.raster import reduced_blocks

__all__ = ["Slices", "packed", "script", "style", "windows"]

_HERE = Path(__file__).parent
_PARTS = ("slicer.js", "plane.js", "controls.js", "parts.js")


def script() -> str:
    """The module; its default export draws one viewer."""
    return "\n".join([ELEMENTS, *((_HERE / name).read_text("utf-8") for name in _PARTS)])


def style() -> str:
    """Of a root that holds nothing else; it takes Streamlit's names for the colours of a page."""
    return ELEMENTS_STYLE + (_HERE / "slicer.css").read_text("utf-8")


def packed(volume: Slices, key: str = "") -> bytes:
    """What the browser gets: the length of a JSON in four bytes, the JSON, and the numbers as they are.

    As text in the JSON they would be a third longer. In their place it has how many bytes they are.

    Args:
        volume: what to show.
        key: under which the viewer remembers what was chosen.
    """
    data = {"key": key, **_described(volume)}
    numbers = [data["codes"]]
    header = data | {"codes": len(data["codes"])}
    if data["heat"] is not None:
        numbers.append(data["heat"]["codes"])
        header["heat"] = data["heat"] | {"codes": len(data["heat"]["codes"])}
    head = json.dumps(header).encode()
    return b"".join([len(head).to_bytes(4, "little"), head, *numbers])


def _described(volume: Slices) -> dict[str, Any]:
    """All the browser needs, its numbers as bytes."""
    factors = volume.factors
    codes, low, step = encoded(reduced_blocks(volume.values, factors, "mean"))
    data = {
        "shape": codes.shape,
        "size": volume.values.shape,
        "factors": factors,
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
    heat = _heat(volume, factors)
    return data | {
        "version": digest.hexdigest()[:16],
        "codes": _bytes(codes),
        "presets": [[name, list(window)] for name, window in volume.presets.items()],
        "heat": heat,
        "notes": [convention(volume.ends), *_reduction(volume, codes.shape)],
    }


def _heat(volume: Slices, factors: Shape) -> dict[str, Any] | None:
    """The attribution, its colours and its peak."""
    if volume.heat is None:
        return None
    look = volume.look
    values = volume.heat if look.sign == "signed" else np.abs(volume.heat)
    limit = look.limits(values, PERCENTILE)[1]
    values = reduced_blocks(values, factors, "strongest")
    codes, step = encoded_heat(values)
    return {
        "version": hashlib.sha256(codes.data).hexdigest()[:16] + f" {step!r} {limit!r} {look.sign}",
        "codes": _bytes(codes),
        "step": step,
        "limit": limit,
        "open": bool(np.abs(values).max() > limit),
        "percentile": PERCENTILE,
        "sign": look.sign,
        "palette": scale(look.sign).tobytes().hex(),
        "label": volume.heat_label or look.quantity,
        "peak": [int(i) for i in np.unravel_index(np.abs(codes).argmax(), codes.shape)],
    }


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


def _bytes(values: np.ndarray) -> bytes:
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes()
