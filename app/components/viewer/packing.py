"""What the viewer's browser part gets of a result: one header and the numbers as they are."""

import hashlib
import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wam_core.bands import Band, Bands, Layout
from wam_core.plot.colour import PERCENTILE, level_colour, scale
from wam_core.signals.image import encode_webp
from wam_core.views import Sign, over_channels, profile, tiles

SIGNS: tuple[Sign, ...] = ("magnitude", "signed")
_FINE = 80_000  # coefficients that are sent with 16 bits; more of them get 8


@dataclass(frozen=True, eq=False)
class Plane:
    """What is shown: a picture, and an attribution over its two axes.

    Attributes:
        pixels: what the network received, uint8 (rows, columns, 3).
        attribution: (1, channels, rows, columns) for each band.
        layout: of the bands; its size is that of the picture.
        names: the size and the orientation of each band in words, ``2 px`` and ``vertical``.
        groups: bands that are chosen together, by name.
    """

    pixels: npt.NDArray[np.uint8]
    attribution: Bands
    layout: Layout
    names: Mapping[Band, tuple[str, str]]
    groups: Mapping[str, Collection[Band]]

    def __post_init__(self) -> None:
        if self.pixels.shape[:2] != self.layout.size:
            raise ValueError(
                f"pixels of {self.pixels.shape[:2]} under an attribution of {self.layout.size}"
            )


def packed(plane: Plane, key: str, nonce: str = "") -> bytes:
    """The length of the header in four bytes, the header as JSON, the picture, the codes.

    The codes of a band are first those of magnitudes, unsigned, then those of signed values, both
    little-endian. A code c of at most C stands for peak · (|c| / C)^power with the sign of c.

    Args:
        plane: what to show.
        key: under which the viewer keeps its view in the page's address.
        nonce: makes the bytes those of one visitor.
    """
    attribution, layout = plane.attribution, plane.layout
    by_sign = {sign: over_channels(attribution, sign) for sign in SIGNS}
    placed, shares = tiles(by_sign["magnitude"]), profile(attribution)
    bits, power = (16, 1) if layout.coefficients <= _FINE else (8, 2)
    bands, numbers = [], []
    for band, info in layout.items():
        peaks = {}
        for sign, values in by_sign.items():
            codes, peaks[sign] = _encoded(values[band][0, 0].cpu().numpy(), sign, bits, power)
            numbers.append(codes)
        size, part = plane.names[band]
        count = math.prod(info.shape)
        bands.append(
            {
                "name": str(band),
                "level": 0 if band.is_approx else band.level,
                "size": size,
                "part": part,
                "colour": level_colour(
                    None if band.is_approx else band.level, attribution.levels
                ),
                "shape": info.shape,
                "step": info.step,
                "start": info.start,
                "tile": [extent.start for extent in placed[band]],
                "share": shares[band],
                "expected": count / layout.coefficients,
                "peaks": peaks,
            }
        )  # fmt: skip
    picture = encode_webp(plane.pixels)
    header: dict[str, Any] = {
        "key": key,
        "nonce": nonce,
        "size": layout.size,
        "picture": len(picture),
        "bits": bits,
        "power": power,
        "bands": bands,
        "groups": {name: [str(band) for band in of] for name, of in plane.groups.items()},
        "percentile": PERCENTILE,
        "palettes": {sign: scale(sign).tobytes().hex() for sign in SIGNS},
    }
    digest = hashlib.sha256(json.dumps(header).encode())
    for content in (picture, *numbers):
        digest.update(content)
    head = json.dumps(header | {"version": digest.hexdigest()[:16]}).encode()
    return b"".join([len(head).to_bytes(4, "little"), head, picture, *numbers])


def _encoded(values: npt.NDArray[Any], sign: Sign, bits: int, power: int) -> tuple[bytes, float]:
    """The codes of a band, and the magnitude that the largest code stands for."""
    peak = float(np.abs(values).max(initial=0.0))
    most = 2**bits - 1 if sign == "magnitude" else 2 ** (bits - 1) - 1
    shares = np.abs(values, dtype=np.float64) / (peak or 1.0)
    codes = np.sign(values) * np.rint(most * shares ** (1 / power))
    kind = "u" if sign == "magnitude" else "i"
    return codes.astype(f"<{kind}{bits // 8}").tobytes(), peak
