"""A volume in one plain picture: three views along its axes, laid out as on a drawing."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from wam_core.plot.colour import grey
from wam_core.plot.planes import Plane

Volume = npt.NDArray[np.floating]
Picture = npt.NDArray[np.uint8]
Ray = Callable[[Volume, int], Volume]

_GAP = 4


def density(values: Volume, axis: int) -> Volume:
    """What lies along each line of sight, as in an X-ray: the mean."""
    return np.asarray(values.mean(axis, dtype=np.float32))


def maximum_intensity(values: Volume, axis: int) -> Volume:
    """The largest magnitude along each line of sight (maximum-intensity projection)."""
    return np.asarray(np.abs(values).max(axis))


def extreme(values: Volume, axis: int) -> Volume:
    """The value of largest magnitude along each line of sight, with its sign."""
    at = np.expand_dims(np.abs(values).argmax(axis), axis)
    return np.take_along_axis(values, at, axis).squeeze(axis)


def picture(
    values: Volume,
    views: Sequence[Plane],
    paint: Callable[[Volume], Picture] = grey,
    ray: Ray = density,
    spacing: Sequence[float] = (1.0, 1.0, 1.0),
    side: int = 360,
) -> Picture:
    """Three views, uint8 RGBA (rows, columns, 4); clear between them.

    The first stands above the second and runs across the same axis; the third stands beside the
    second and runs down the same axis. So a place is found in one from another.

    Args:
        values: (a, b, c).
        views: three, along different axes.
        paint: numbers, all views at once, → colours.
        ray: what is seen along a line of sight.
        spacing: from one voxel to the next along each axis: the views keep true proportions.
        side: of the longer side of the picture, in pixels.
    """
    numbers, covered = _laid(values, views, ray, spacing, side)
    colours = np.zeros((*numbers.shape, 4), np.uint8)
    colours[covered, :3] = paint(numbers[covered])
    colours[covered, 3] = 255
    return colours


def sheet(
    values: Volume,
    views: Sequence[Plane],
    ray: Ray = density,
    spacing: Sequence[float] = (1.0, 1.0, 1.0),
    side: int = 360,
) -> Volume:
    """The numbers of :func:`picture`, (rows, columns); NaN between the views."""
    numbers, covered = _laid(values, views, ray, spacing, side)
    return np.where(covered, numbers, np.nan).astype(np.float32)


def _laid(
    values: Volume, views: Sequence[Plane], ray: Ray, spacing: Sequence[float], side: int
) -> tuple[Volume, npt.NDArray[np.bool_]]:
    """The three views laid out, and where they are."""
    above, front, side_view = views
    extents = np.array(values.shape) * np.asarray(spacing, float)
    rows = extents[above.down] + extents[front.down]
    columns = extents[front.across] + extents[side_view.across]
    scale = (side - _GAP) / max(rows, columns)
    pixels = [max(1, round(float(extent * scale))) for extent in extents]
    tiles = [
        _fitted(view.laid(ray(values, view.axis)), (pixels[view.down], pixels[view.across]))
        for view in views
    ]
    down, right = tiles[0].shape[0] + _GAP, tiles[1].shape[1] + _GAP
    shape = (down + tiles[1].shape[0], right + tiles[2].shape[1])
    numbers, covered = np.zeros(shape, tiles[0].dtype), np.zeros(shape, bool)
    for tile, (row, column) in zip(tiles, ((0, 0), (down, 0), (down, right)), strict=True):
        place = slice(row, row + tile.shape[0]), slice(column, column + tile.shape[1])
        numbers[place], covered[place] = tile, True
    return numbers, covered


def _fitted(view: Volume, shape: tuple[int, int]) -> Volume:
    """The nearest value for every pixel."""
    rows, columns = (
        ((np.arange(wanted) + 0.5) * there / wanted).astype(int)
        for wanted, there in zip(shape, view.shape, strict=True)
    )
    return view[np.ix_(rows, columns)]
