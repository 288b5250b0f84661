"""An attribution of an image, as pictures: the dyadic layout, and a heat-map over the input."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from matplotlib.patches import Rectangle

from wam_core import views
from wam_core.attribution import WaveletAttribution
from wam_core.bands import Layout
from wam_core.classifier import Classifier
from wam_core.naming import check_axes
from wam_core.plot.colour import PERCENTILE, colour_limit, overlay, paint, relative, scale
from wam_core.plot.raster import importance, to_array
from wam_core.plot.sheet import CLIPPING, Sheet

_IMAGES = "this picture is drawn for 2 (an image)"


def mosaic_png(result: WaveletAttribution, sign: views.Sign = "magnitude") -> bytes:
    """The dyadic layout as a PNG, every coefficient a square of whole pixels, the tiles labelled.

    Each band has its own scale, as coarse ones often have far larger values. As few coefficients
    are very large, it ends at the band's 99.5th percentile of |γ|, which the figure says. The places
    that no band covers (filters longer than haar's) are left empty; tiles too small for their name
    have none.

    Raises:
        SettingsError: not an attribution of an image.
    """
    check_axes(result, 2, _IMAGES)
    flat = views.over_channels(result.attribution, sign)
    values = to_array(views.mosaic(relative(flat)))
    covered = np.zeros(values.shape, dtype=bool)
    placed = {band: (tile[0], tile[1]) for band, tile in views.tiles(flat).items()}
    for tile in placed.values():
        covered[tile] = True
    pixels = np.dstack([paint(values, 1.0, sign), covered.astype(np.uint8) * 255])

    page = _Page(result, values.shape)
    page.picture.imshow(pixels, interpolation="nearest")
    for band, (rows, columns) in placed.items():
        height, width = rows.stop - rows.start, columns.stop - columns.start
        corner = (columns.start - 0.5, rows.start - 0.5)
        page.picture.add_patch(
            Rectangle(corner, width, height, fill=False, edgecolor="white", linewidth=0.6)
        )
        if min(height * page.zoom, width * page.zoom / len(str(band)) * 2) >= 17:
            page.picture.text(
                columns.start + 4 / page.zoom,
                rows.start + 4 / page.zoom,
                str(band),
                fontsize=8,
                color="white",
                va="top",
                bbox={"facecolor": "black", "alpha": 0.55, "edgecolor": "none", "pad": 1.5},
            )
    meaning = "|γ| summed over channels" if sign == "magnitude" else "γ summed over channels"
    page.colours(1.0, sign, f"{meaning}, relative to each band's {PERCENTILE}th percentile")
    page.note("\n".join(_legend(result.layout)))
    return page.png()


def _legend(layout: Layout) -> Iterator[str]:
    """What levels and orientations describe."""
    sizes = [layout.level(level).scale for level in range(1, layout.approx.band.level + 1)]
    yield f"L1 is the finest level: structures of {sizes[0]:.3g} pixels" + (
        ", doubling with each level."
        if all(coarse == 2 * fine for fine, coarse in pairwise(sizes))
        else f", up to {sizes[-1]:.3g} at L{len(sizes)}."
    )
    if {"da", "ad", "dd"} <= {band.orientation for band in layout}:
        yield "da: horizontal edges, ad: vertical edges, dd: diagonal and corners."


def overlay_png(result: WaveletAttribution, classifier: Classifier) -> bytes:
    """The heat-map of |γ|, all bands summed, over the grey input, as a PNG.

    Opacity rises with the value, so the picture stays visible where little was attributed. Colours
    end at the 99.5th percentile, which the figure says.

    Raises:
        SettingsError: not an attribution of an image.
    """
    check_axes(result, 2, _IMAGES)
    received = classifier.denormalize(result.input)[:1].detach().cpu().clamp(0, 1)
    grey = to_array(received.mean(1, keepdim=True))
    heat = importance(result)
    most = colour_limit(heat)
    blended = overlay(grey[..., None] * 255, heat, most)

    page = _Page(result, heat.shape)
    page.picture.imshow(blended, interpolation="nearest")
    page.colours(most, "magnitude", f"|γ| summed over channels and bands; {CLIPPING}")
    page.note("Opacity rises with the value; the input is grey.")
    return page.png()


class _Page(Sheet):
    """A sheet whose picture is shown at a whole number of dots per pixel, so pixels stay square."""

    _SIDE, _LEFT, _RIGHT, _TOP, _BOTTOM, _WIDEST_TITLE = 640, 16, 130, 62, 48, 74

    def __init__(self, result: WaveletAttribution, shape: tuple[int, ...]) -> None:
        self.zoom = max(1, round(self._SIDE / max(shape)))
        self._tall, self._wide = (extent * self.zoom for extent in shape)
        # A narrow picture still needs room for the lines of text above and below it.
        self._down = max(self._tall, 320) + self._TOP + self._BOTTOM
        super().__init__(max(self._wide, 480) + self._LEFT + self._RIGHT, self._down)
        self.picture = self.axes((self._LEFT, self._TOP, self._wide, self._tall))
        self.picture.set_axis_off()
        self.head(result, self._LEFT, self._WIDEST_TITLE)

    def colours(self, most: float, sign: views.Sign, label: str) -> None:
        """The colour bar, to the right of the picture; its arrows say that larger values exist."""
        self.scale(
            (self._LEFT + self._wide + 18, self._TOP, 18, self._tall),
            scale(sign),
            -most if sign == "signed" else 0.0,
            most or 1.0,
            label,
            "both" if sign == "signed" else "max",
        )

    def note(self, text: str) -> None:
        """Lines below the picture."""
        self.text(self._LEFT, self._down - self._BOTTOM + 8, text, fontsize=8, color="#444444")
