"""What a network receives (or would), as numbers and pictures: below the kinds and what draws them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from torch import Tensor

from app.figures.units import Hertz, Voxels
from models.mel import LogMel
from wam_core import Classifier, Signal, export
from wam_core.bands import Layout
from wam_core.plot.colour import to_pixels
from wam_core.plot.raster import reduced, touched

if TYPE_CHECKING:  # brings Plotly, which the command line does without
    from app.figures.time_axis import Raster, Wave
    from wam_core.evaluation.pipeline import Ranking

Picture = npt.NDArray[np.uint8]
"""(rows, columns, 3 or 4)."""

PlaceMap = npt.NDArray[np.float64]
"""A value at every place of an input."""
Samples = npt.NDArray[np.float32]


class MapPicture(NamedTuple):
    """A map as a picture, and what it is in a few words."""

    picture: Picture
    words: str


class NamedPart(NamedTuple):
    """A part of an input, (1, c, *space), with what stands under it and for those who do not see it."""

    x: Tensor
    caption: str
    alt: str


class Download(NamedTuple):
    """A file that is made when it is asked for."""

    label: str
    name: str
    make: Callable[[], bytes | str]


@dataclass(frozen=True, eq=False)
class RankedMap:
    """A ranking of an input with its map, one of several on a page.

    Attributes:
        key: tells the ranking apart from all others.
        letter, title: of the pane, and of the method.
        classifier, x: the network, and the input as it receives it.
        ranking: itself.
        values: its map, 1 = uniform.
        difference: the map less that of the reference, on the grid of that; None: it is the reference.
        alt: the text for screen readers.
    """

    key: str
    letter: str
    title: str
    classifier: Classifier
    x: Tensor
    ranking: "Ranking"
    values: PlaceMap
    difference: PlaceMap | None
    alt: str

    @property
    def name(self) -> str:
        """On the page."""
        return f"{self.letter} · {self.title}"


_INK = (123, 115, 170)  # of a waveform; to be read on light and on dark


def image_pixels(classifier: Classifier, x: Tensor) -> Picture:
    """An image (1, c, rows, columns) as uint8 RGB (rows, columns, 3)."""
    return to_pixels(classifier.denormalize(x)[0])


def volume_voxels(classifier: Classifier, x: Tensor) -> npt.NDArray[np.float32]:
    """A volume, 0 = empty and 1 = full, (a, b, c); channels averaged."""
    values = classifier.denormalize(x)[0].mean(0).detach().cpu().numpy()
    return np.asarray(values, np.float32)


def volume_units(classifier: Classifier, layout: Layout, signal: Signal) -> Voxels:
    """Names of a volume's bands: in voxels, and in mm where their size is known."""
    grid = export.network_grid(classifier, signal)
    return Voxels(layout, grid.spacing, grid.unit, grid.ends)


def axis_ends(signal: Signal) -> tuple[tuple[str, str], ...]:
    """What lies at the low and at the high end of each axis; () where that is not known."""
    return signal.frame.ends if signal.frame else ()


def sound_samples(x: Tensor) -> Samples:
    """The first sample and channel of (batch, channel, samples)."""
    return np.asarray(x[0, 0].detach().cpu().numpy(), np.float32)


def sound_units(classifier: Classifier, layout: Layout) -> Hertz:
    """Names of a sound's bands: octaves, in Hz."""
    return Hertz(layout, export.rate(classifier))


@lru_cache(maxsize=4)
def log_mel(rate: int) -> LogMel:
    """A spectrogram only to look at: for a network that hears the waveform itself."""
    return LogMel(rate)


def raster_picture(raster: "Raster") -> Picture:
    """A time-frequency raster in its own colours, a row of pixels for each of its rows."""
    palette = np.array([list(bytes.fromhex(colour[1:])) for colour in raster.palette], np.uint8)
    return palette[raster.codes]


def wave_picture(wave: "Wave", height: int, width: int) -> Picture:
    """An envelope in ``height`` × ``width`` pixels; silence is a line, not nothing."""
    levels = np.linspace(1, -1, height)[:, None] * 32767
    ranges = touched(len(wave.low), width, len(wave.low) / width)
    high, low = reduced(wave.high, ranges, "max"), reduced(wave.low, ranges, "min")
    inside = (levels <= high + 400.0) & (levels >= low - 400.0)
    picture = np.zeros((*inside.shape, 4), np.uint8)
    picture[inside] = (*_INK, 255)
    return picture
