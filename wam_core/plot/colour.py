"""Numbers → colours and bytes: two perceptual scales, greys, overlays, one colour per level.

Both scales are Crameri's: equal steps in value are equal steps in lightness, and they stay readable
with every common kind of colour blindness and in print (Crameri et al. 2020,
doi:10.1038/s41467-020-19160-7).
"""

from functools import cache

import numpy as np
import numpy.typing as npt
from cmcrameri import cm
from torch import Tensor

from wam_core.bands import Bands
from wam_core.views import Sign

Colours = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.floating]

PERCENTILE = 99.5
"""Of the magnitudes: where colours end, as few coefficients are very large."""

# lajolla runs from near black over red and orange to pale yellow: nothing is dark and strong is
# light, on a white page as on a dark one; it has no blue, so it is never taken for vik; and laid
# over a grey photograph every one of its colours but the darkest stands out.
SEQUENTIAL = "lajolla"
"""The scale of magnitudes, 0 first."""

DIVERGING = "vik"
"""The scale of signed values: blue negative, near white zero, brown-red positive."""

GREY = "#8a8f98"
"""The colour of the approximation band, which is no detail level."""

LEVELS = (
    "#c48006", "#cd5e11", "#c94c4f", "#b84379", "#ac53ab", "#8152ba",
    "#5c6bd4", "#0075c3", "#0491b3", "#088984", "#0ea175", "#4d8e16",
)  # fmt: skip
"""The colours of the levels, finest first: amber, red, violet, blue, green.

Each has a contrast of at least 3 : 1 to a white and to a dark page, and neighbours are at least 15
apart in CIELAB.
"""


@cache
def lut(name: str) -> Colours:
    """The 256 colours of a scale of cmcrameri, uint8 (256, 3), read-only.

    Raises:
        ValueError: no scale of that name.

    >>> lut(SEQUENTIAL).shape
    (256, 3)
    """
    found = getattr(cm, name, None)
    if found is None:
        raise ValueError(f"there is no colour scale {name!r}; lajolla and vik are in use")
    # rounded, as matplotlib's own bytes=True cuts off and is up to one step too dark
    colours: Colours = np.rint(found(np.arange(256))[:, :3] * 255).astype(np.uint8)
    colours.setflags(write=False)
    return colours


def scale(sign: Sign) -> Colours:
    """The 256 colours that :func:`paint` uses for magnitudes or for signed values."""
    return lut(DIVERGING if sign == "signed" else SEQUENTIAL)


def hex_scale(name: str, n: int = 32) -> list[str]:
    """``n`` ≥ 2 colours of a scale, equally far apart, as ``#rrggbb``; Plotly takes such a list.

    >>> len(hex_scale(DIVERGING, 11))
    11
    """
    if n < 2:
        raise ValueError(f"n is {n}; a scale needs at least 2 colours")
    places = np.rint(np.linspace(0, 255, n)).astype(int)
    return hexes(lut(name)[places])


def hexes(colours: npt.NDArray[np.generic]) -> list[str]:
    """Colours (n, 3) as ``#rrggbb``.

    >>> hexes(np.array([[255, 0, 16]]))
    ['#ff0010']
    """
    return ["#" + "".join(f"{int(part):02x}" for part in colour) for colour in colours]


def colour_limit(values: Floats, percentile: float = PERCENTILE) -> float:
    """Where the colours end; the maximum where the percentile is 0, and 0 where all are."""
    if not values.size:
        return 0.0
    strength = np.abs(values)
    return float(np.percentile(strength, percentile)) or float(strength.max())


def relative(z: Bands) -> Bands:
    """Each band divided by where its own colours end, so that faint bands can be read."""
    return z.map(lambda values: values / (colour_limit(values.cpu().numpy()) or 1.0))


def to_bytes(shares: Floats) -> Colours:
    """Shares as bytes: 0 and less → 0, 1 and more → 255, rounded.

    >>> to_bytes(np.array([-1.0, 0.5, 2.0])).tolist()
    [0, 128, 255]
    """
    codes: Colours = np.rint(np.clip(shares, 0, 1) * 255).astype(np.uint8)
    return codes


def to_pixels(image: Tensor) -> Colours:
    """An image in display units (``Classifier.denormalize``) as uint8 RGB (rows, columns, 3).

    Args:
        image: (channel, rows, columns), 0 … 1; one channel is grey.
    """
    pixels = to_bytes(image.detach().cpu().numpy()).transpose(1, 2, 0)
    return pixels.repeat(3, axis=2) if pixels.shape[2] == 1 else pixels


def grey(values: Floats, limits: tuple[float, float] | None = None) -> Colours:
    """Numbers of any shape as grey, uint8 (*shape, 3): black and white are the limits.

    Without limits, black is 0, or the least value where there are negative ones, and white is the
    largest.
    """
    low, high = limits or (float(values.min(initial=0.0)), float(values.max(initial=0.0)))
    return to_bytes((values - low) / ((high - low) or 1.0))[..., None].repeat(3, axis=-1)


def paint(values: Floats, limit: float, sign: Sign = "magnitude") -> Colours:
    """The colours of numbers, uint8 (*shape, 3).

    Args:
        values: any shape.
        limit: what takes the last colour, in the unit of the values; larger ones take it too. Where
            it is 0, everything takes the colour of zero.
        sign: ``magnitude`` runs from 0 to the limit, ``signed`` from −limit to +limit.

    >>> paint(np.array([0.0, 1.0, 2.0]), 1.0)[1:].tolist()
    [[255, 254, 203], [255, 254, 203]]
    """
    share = np.zeros_like(values) if limit <= 0 else np.clip(values / limit, -1, 1)
    place = (share + 1) * 127.5 if sign == "signed" else np.maximum(share, 0) * 255
    colours: Colours = scale(sign)[np.rint(place).astype(np.uint8)]
    return colours


def overlay(under: Floats | Colours, heat: Floats, most: float, opacity: float = 0.9) -> Colours:
    """Magnitudes in colour over a picture, uint8 (rows, columns, 3); opacity rises with the value.

    Args:
        under: the picture, (rows, columns, 1 or 3), 0 … 255.
        heat: (rows, columns), of 0 and more.
        most: what takes the last colour, and the full opacity.
        opacity: of the largest values.
    """
    strength = np.clip(heat / (most or 1.0), 0, 1)[..., None] * opacity
    blended: Colours = np.rint(under * (1 - strength) + paint(heat, most) * strength).astype(
        np.uint8
    )
    return blended


def level_colour(level: int | None, levels: int) -> str:
    """The colour of a level, ``#rrggbb``; None is the approximation, which is grey.

    It depends on the level alone, so that the curves of two results with 3 and 5 levels can be
    compared. The thirteenth level has the colour of the first again.

    Args:
        level: 1 = finest.
        levels: how many there are, to catch a level that does not exist.

    Raises:
        ValueError: there is no such level.

    >>> level_colour(1, 3), level_colour(None, 3)
    ('#c48006', '#8a8f98')
    """
    if level is None:
        return GREY
    if not 1 <= level <= levels:
        raise ValueError(f"level is {level}; there are levels 1 to {levels}")
    return LEVELS[(level - 1) % len(LEVELS)]
