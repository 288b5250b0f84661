"""An attribution of a volume as pictures: three slices, and three projections."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.naming import check_axes, unit
from wam_core.network_input import NetworkGrid, network_grid
from wam_core.plot.colour import colour_limit, overlay, scale
from wam_core.plot.planes import Plane, axis_name, planes
from wam_core.plot.raster import Floats, importance, peak, to_array
from wam_core.plot.sheet import CLIPPING, FAINT, FONT, INK, Sheet
from wam_core.signals.signal import Signal

_WIDE, _TALL = 1000, 360  # the room for the three views, in dots
_LEFT, _GAP, _TOP, _BOTTOM, _RIGHT = 44, 62, 104, 66, 150
_DENSITY = 1.5
_VOLUMES = "this picture is drawn for 3 (a volume)"
_CROSS = "#4fc3f7"
_BRIGHTEST = 160  # of the input's grey: strong attributions are pale, and would not show on white


def slices_png(result: WaveletAttribution, classifier: Classifier, signal: Signal) -> bytes:
    """Three orthogonal slices through the strongest place, as a PNG.

    The heat-map of |γ|, channels and bands summed, lies over what the network received, in grey;
    its opacity rises with the value. Proportions are true. Colours end at the 99.5th percentile of
    the whole volume.

    Raises:
        SettingsError: not an attribution of a volume.
    """
    check_axes(result, 3, _VOLUMES)
    grid = network_grid(classifier, signal)
    return slices(result, _received(result, classifier), importance(result), grid)


def slices(result: WaveletAttribution, received: Floats, heat: Floats, grid: NetworkGrid) -> bytes:
    """See :func:`slices_png`; ``received`` is the grey, 0 … 1, and ``heat`` the attribution by place."""
    place = peak(heat)
    found = [
        _View(
            plane,
            _titled(plane, f"{axis_name(plane.axis, grid.ends)} = {place[plane.axis]}"),
            plane.laid(np.take(received, [place[plane.axis]], plane.axis).squeeze(plane.axis)),
            plane.laid(np.take(heat, [place[plane.axis]], plane.axis).squeeze(plane.axis)),
            _crossing(plane, place, result.size),
        )
        for plane in planes(grid.ends)
    ]
    where, size = ", ".join(map(str, place)), " × ".join(map(str, result.size))
    note = f"Through the strongest place, voxel {where} (from 0) of {size}{_cell(grid)}."
    return _three(result, grid, found, heat, note)


def volume_overlay_png(result: WaveletAttribution, classifier: Classifier, signal: Signal) -> bytes:
    """The volume looked through along each axis, as a PNG.

    Of |γ|, channels and bands summed, the largest value on each line of sight, over the mean of
    what the network received, in grey.

    Raises:
        SettingsError: not an attribution of a volume.
    """
    check_axes(result, 3, _VOLUMES)
    received, heat = _received(result, classifier), importance(result)
    grid = network_grid(classifier, signal)
    found = [
        _View(
            plane,
            _titled(plane, f"along {axis_name(plane.axis, grid.ends)}"),
            _stretched(plane.laid(received.mean(plane.axis))),
            plane.laid(heat.max(plane.axis)),
        )
        for plane in planes(grid.ends)
    ]
    note = f"Colour is the largest value on each line of sight, grey the mean of the input{_cell(grid)}."
    return _three(result, grid, found, heat, note)


@dataclass(frozen=True, eq=False)
class _View:
    """A picture, as rows and columns: grey 0 … 1, heat, and where the other two slices cross."""

    plane: Plane
    title: str
    grey: npt.NDArray[Any]
    heat: npt.NDArray[Any]
    cross: tuple[float, float] | None = None


def _three(
    result: WaveletAttribution, grid: NetworkGrid, found: Sequence[_View], heat: Floats, note: str
) -> bytes:
    """Three views side by side on one scale of length, with their sides named, and a colour bar."""
    sides = np.array(result.size) * np.array(grid.spacing)
    wide = [float(sides[view.plane.across]) for view in found]
    tall = [float(sides[view.plane.down]) for view in found]
    per_unit = min((_WIDE - 2 * _GAP) / sum(wide), _TALL / max(tall))
    high = max(tall) * per_unit
    across = sum(wide) * per_unit + 2 * _GAP
    page = Sheet(
        max(_LEFT + across + _RIGHT, 620), max(_TOP + high, 300) + _BOTTOM, _DENSITY
    )  # fmt: skip
    page.head(result, _LEFT, 100)
    most, left = colour_limit(heat), float(_LEFT)
    for view, width, height in zip(found, wide, tall, strict=True):
        box = (left, _TOP + (high - height * per_unit) / 2, width * per_unit, height * per_unit)
        _picture(page, page.axes(box), view, most, box)
        left += width * per_unit + _GAP
    page.scale(
        (left - _GAP + 46, _TOP, 16, max(high, 150)), scale("magnitude"), 0.0, most or 1.0,
        f"|γ| in {unit(result, 'unit of the input')}", "max",
    )  # fmt: skip
    below = max(_TOP + high, 300) + 26
    page.text(_LEFT, below, note, fontsize=8, color=FAINT)
    page.text(_LEFT, below + 14, f"|γ| summed over channels and bands; {CLIPPING}.", fontsize=8,
              color=FAINT)  # fmt: skip
    return page.png()


def _picture(
    page: Sheet, axes: Axes, view: _View, most: float, box: tuple[float, float, float, float]
) -> None:
    grey = np.clip(view.grey, 0, 1)[..., None] * _BRIGHTEST
    axes.imshow(overlay(grey, view.heat, most), interpolation="nearest", aspect="auto")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_edgecolor(FAINT)
        spine.set_linewidth(0.6)
    if view.cross is not None:
        row, column = view.cross
        axes.axhline(row, color=_CROSS, linewidth=0.7, alpha=0.9)
        axes.axvline(column, color=_CROSS, linewidth=0.7, alpha=0.9)
    left, top, width, height = box
    axes.set_title(view.title, fontsize=9, fontfamily=FONT, color=INK, pad=17)
    names = view.plane.sides
    small: dict[str, Any] = {"fontsize": 8, "color": FAINT}
    page.text(left + width / 2, top - 3, names[1], ha="center", **small | {"va": "bottom"})
    page.text(left + width / 2, top + height + 3, names[3], ha="center", **small)
    for name, edge, towards in (
        (names[0], left - 4, "right"),
        (names[2], left + width + 4, "left"),
    ):
        turned = {"rotation": 90} if len(name) > 2 else {}
        page.text(edge, top + height / 2, name, ha=towards, **small | {"va": "center"} | turned)


def _crossing(plane: Plane, place: Sequence[int], size: Sequence[int]) -> tuple[float, float]:
    """The row and the column of a place in a picture of a plane."""
    row, column = (
        size[axis] - 1 - place[axis] if mirrored else place[axis]
        for axis, mirrored in zip(
            (plane.down, plane.across), plane.mirrored[::-1], strict=True
        )
    )  # fmt: skip
    return float(row), float(column)


def _titled(plane: Plane, which: str) -> str:
    """What a view is called, unless its name is no more than its axis."""
    return which if plane.title.lower() in which else f"{plane.title} · {which}"


def _cell(grid: NetworkGrid) -> str:
    """The size of a voxel of what the network received, where it is known."""
    if not grid.unit:
        return ""
    steps = " × ".join(f"{step:.3g}" for step in grid.spacing)
    return f"; voxels of {steps} {grid.unit}"


def _stretched(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values / (values.max() or 1.0)


def _received(result: WaveletAttribution, classifier: Classifier) -> Floats:
    """What the network received, 0 … 1, (a, b, c); channels averaged."""
    received = classifier.denormalize(result.input[:1]).detach().cpu().clamp(0, 1)
    return to_array(received.mean(1, keepdim=True))
