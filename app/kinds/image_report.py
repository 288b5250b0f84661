"""What is particular to the report of a picture."""

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from app.figures import captions, image_maps
from app.figures.theme import Look
from app.figures.units import Pixels
from app.kinds.received import image_pixels
from app.report.parts import Chart, Part, Picture, ReportInput
from wam_core import export
from wam_core.plot.raster import reduced_blocks
from wam_core.signals.image import encode_png
from wam_core.views import heat_map, over_channels
from wam_core.views import profile as scale_profile

_STRONGEST = 0.2
_MOST = 400 * 400  # places of a map that can be explored; three of them fill a page of 12 MB
_LONGEST = 480  # px of the upload's picture


def pictures(report: ReportInput) -> list[Part]:
    """The upload, and what the network sees of it."""
    given = report.signal.values.transpose(1, 2, 0)
    rows, columns = given.shape[:2]
    return [
        Picture(
            f"The input, {columns} × {rows} px",
            encode_png(_small(given)),
            "The input as it was given",
            "Drawn smaller than it is." if max(rows, columns) > _LONGEST else "",
            wide=False,
        ),
        Picture(
            "What the network sees",
            encode_png(image_pixels(report.net, report.result.input)),
            "The input as the network receives it",
            wide=False,
        ),
    ]


def maps(report: ReportInput) -> list[Part]:
    """Where: over the input. What: the mosaic, and every band on the input's own grid."""
    result = report.result
    text = captions.profile_text(scale_profile(result.attribution), Pixels(result.layout))
    rows, columns = result.size
    if rows * columns > _MOST:
        note = f"A picture: {columns} × {rows} values to explore would make this file too large."
        return [
            Picture("Where", export.overlay_png(result, report.net), text, note),
            Picture("What: the mosaic of all bands", export.mosaic_png(result), text, note),
        ]
    heat = heat_map(over_channels(result.attribution, "magnitude"), result.transform, result.size)
    seen, values = image_pixels(report.net, result.input), heat[0, 0].cpu().numpy()
    return [
        Chart(
            "Where: all bands over the input",
            lambda look: image_maps.overlay_figure(seen, look, values, share=_STRONGEST),
            f"Heat-map of |γ| over the input. {text}",
            "Only the strongest 20 % of the pixels are coloured.",
            wide=False,
        ),
        Chart(
            "What: the mosaic of all bands",
            partial(image_maps.mosaic_figure, result.attribution, result.layout),
            text,
            "Coarse in the top left corner, finer outwards; each tile is one level and orientation.",
            wide=False,
        ),
        Chart(
            "Scales × orientations",
            partial(_grid, report),
            text,
            "Zoom or pan one tile and all follow. Rows: levels, coarse on top.",
        ),
    ]


def _grid(report: ReportInput, look: Look) -> Any:
    result = report.result
    rows, columns = result.size
    return image_maps.grid_figure(result.attribution, result.transform, (rows, columns), look)


def _small(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Blocks of pixels as their mean, so that the longer side is short enough."""
    block = -(-max(pixels.shape[:2]) // _LONGEST)
    rows, columns = (extent // block * block for extent in pixels.shape[:2])
    if not rows or not columns:  # a line: nothing to average across
        return pixels[:: block or 1, :: block or 1]
    means = reduced_blocks(pixels[:rows, :columns], (block, block), "mean")
    return np.rint(means).astype(np.uint8)
