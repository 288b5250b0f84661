"""An attribution as the browser receives it: the coefficients of its bands, which it sums up itself."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.figures.theme import Look
from app.figures.units import Groups, Voxels
from wam_core.bands import Bands
from wam_core.plot.colour import level_colour, scale
from wam_core.plot.planes import directions, structure
from wam_core.views import Sign, over_channels

Codes = npt.NDArray[np.int16]
Floats = npt.NDArray[np.floating]

_SIGNS: tuple[Sign, Sign] = ("magnitude", "signed")


@dataclass(frozen=True, eq=False)
class HeatBand:
    """One band.

    Attributes:
        signed: (a, b, c), the sum over channels of γ.
        magnitude: the same of \\|γ\\|; None where that is \\|signed\\|.
        step, start: voxels from one coefficient to the next, and where the first one begins.
        about: what the browser is told of it besides, such as its name.
    """

    signed: Floats
    magnitude: Floats | None
    step: tuple[int, ...]
    start: tuple[int, ...]
    about: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Heat:
    """The bands of an attribution.

    Attributes:
        size: of the volume that they belong to, in voxels.
        bands: coarse first.
        groups: bands that are shown together, by name: their places in ``bands``.

    Raises:
        ValueError: numbers that are not finite.
    """

    size: tuple[int, ...]
    bands: Sequence[HeatBand]
    groups: Mapping[str, Sequence[int]]

    def __post_init__(self) -> None:
        for band in self.bands:
            if not np.isfinite(np.sum(band.signed, dtype=np.float64)):
                raise ValueError("heat holds values that are not finite; numbers are needed")

    @classmethod
    def of_map(cls, values: Floats) -> "Heat":
        """Of a map that is not made of bands, (a, b, c)."""
        about = {
            "name": "",
            "row": "",
            "word": "",
            "orientation": "",
            "approx": True,
            "lines": None,
            "colour": "",
        }
        return cls(values.shape, (HeatBand(values, None, (1, 1, 1), (0, 0, 0), about),), {})

    @classmethod
    def of_bands(cls, attribution: Bands, units: Voxels, groups: Groups) -> "Heat":
        """Of an attribution, its first sample.

        Args:
            attribution: of a volume.
            units: with the layout of the bands; how they are called.
            groups: bands that are shown together, by name.
        """
        layout = units.layout
        signed, sized = (over_channels(attribution, sign) for sign in ("signed", "magnitude"))
        several = attribution.approx.shape[1] > 1
        every = [band for band, _ in attribution.bands()]
        made = [
            HeatBand(
                _array(signed[band]),
                _array(sized[band]) if several else None,
                layout[band].step,
                layout[band].start,
                {
                    "name": units.band(band),
                    "row": units.voxels(band),
                    "word": band.orientation,
                    "orientation": "" if band.is_approx else units.part(band),
                    "approx": band.is_approx,
                    "lines": _lines(band.orientation, units),
                    "colour": level_colour(
                        None if band.is_approx else band.level, attribution.levels
                    ),
                },
            )
            for band in every
        ]
        places = {name: [every.index(band) for band in bands] for name, bands in groups.items()}
        return cls(layout.size, made, places)

    @property
    def count(self) -> int:
        """Of all coefficients."""
        return sum(band.signed.size for band in self.bands)

    def packed(self) -> tuple[dict[str, Any], dict[str, Codes]]:
        """What is written as JSON, and its numbers: ``signed``, and ``magnitude`` where that is needed."""
        described: list[dict[str, Any]] = []
        codes: dict[str, list[Codes]] = {sign: [] for sign in _SIGNS}
        for band in self.bands:
            scales = {}
            for sign, values in (("signed", band.signed), ("magnitude", band.magnitude)):
                if values is not None:
                    numbers, scales[sign] = encoded_heat(values)
                    codes[sign].append(numbers.ravel())
            described.append(
                {
                    **band.about,
                    "shape": band.signed.shape,
                    "step": band.step,
                    "start": band.start,
                    "scales": scales,
                }
            )
        arrays = {sign: np.concatenate(parts) for sign, parts in codes.items() if parts}
        digest = hashlib.sha256(repr([band["scales"] for band in described]).encode())
        for numbers in arrays.values():
            digest.update(numbers.data)
        names = [[band["name"], band["shape"]] for band in described]
        return {
            "version": digest.hexdigest()[:16],
            "layout": hashlib.sha256(repr(names).encode()).hexdigest()[:16],
            "bands": described,
            "groups": [[name, list(places)] for name, places in self.groups.items()],
            "palettes": {sign: scale(sign).tobytes().hex() for sign in _SIGNS},
            "label": {sign: Look(sign=sign).quantity for sign in _SIGNS},
        }, arrays

    def summed(self) -> npt.NDArray[np.float32]:
        """Magnitudes of all bands by voxel, (a, b, c)."""
        whole = np.zeros(self.size, np.float32)
        for band in self.bands:
            values = np.abs(band.signed) if band.magnitude is None else band.magnitude
            places = [
                (np.arange(extent) - start) // step
                for extent, step, start in zip(self.size, band.step, band.start, strict=True)
            ]
            whole += values[np.ix_(*places)]
        return whole


def encoded_heat(values: Floats) -> tuple[Codes, float]:
    """Signed codes of an attribution, 0 for 0, with ``step``: value = code · step.

    Sixteen bits, as most of an attribution is far below its peak, and its order is to be kept.
    """
    step = float(np.abs(values).max()) / 32767 or 1.0
    codes = np.rint(np.ascontiguousarray(values, np.float64) / step)
    return codes.astype(np.int16), step


def _array(band: Any) -> Floats:
    return np.asarray(band[0, 0].detach().cpu().numpy(), np.float32)


def _lines(word: str, units: Voxels) -> dict[str, Any] | None:
    """What the small picture of an orientation marks, along the directions of the scene."""
    if word.strip("ad") or "d" not in word:
        return None
    kind, number = structure(word)
    axes = [direction.axis for direction in directions(units.ends)]
    return {"kind": kind, "axis": None if number is None else axes.index(number)}
