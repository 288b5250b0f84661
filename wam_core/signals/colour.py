"""Colours by what they mean: any declared colour space → sRGB in eight bits.

A declaration is an ICC profile, the code points of ITU-T H.273 (PNG's cICP, the nclx box of AVIF
and HEIC), or PNG's gAMA and cHRM.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

Values = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]
Chromaticities = tuple[float, ...]
"""x and y of white, red, green and blue."""

_D65 = (0.3127, 0.3290)
_SRGB: Chromaticities = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
# ITU-T H.273, table 2; all that are not listed count as sRGB's.
_PRIMARIES: dict[int, tuple[str, Chromaticities]] = {
    4: ("BT.470 M", (0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08)),
    5: ("BT.601 (625 lines)", (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06)),
    6: ("BT.601 (525 lines)", (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070)),
    7: ("SMPTE 240M", (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070)),
    9: ("BT.2020", (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)),
    11: ("DCI-P3", (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)),
    12: ("Display P3", (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)),
}
_PQ, _HLG = 16, 18
_REFERENCE_WHITE = 203.0
"""cd/m² that become white: diffuse white by ITU-R BT.2408."""
_HLG_PEAK = 1000.0
_KNEE = 0.75
# PNG's authors take a curve within 5 % of sRGB's for it.
_SRGB_GAMMA, _SAME_GAMMA = 0.45455, 0.05
_SAME_PLACE = 0.002  # of a chromaticity
# Profiles of sRGB by several makers differ by so much of 255 once they are applied.
_SAME_COLOUR = 3
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


@dataclass(frozen=True)
class Space:
    """A colour space that is not sRGB.

    Attributes:
        title: for the note.
        linear: encoded values from 0 to 1 → light, 1 for white.
        chromaticities: of its white, red, green and blue.
        is_hdr: whether light may be brighter than white.
    """

    title: str
    linear: Callable[[Values], Values]
    chromaticities: Chromaticities = _SRGB
    is_hdr: bool = False


def from_code_points(primaries: int, transfer: int) -> Space | None:
    """The space of H.273's numbers; None for sRGB and for what viewers show as sRGB.

    The curves of BT.709 and its relatives are shown with sRGB's, as viewers do.
    """
    name, places = _PRIMARIES.get(primaries, ("", _SRGB))
    known = {
        4: ("gamma 2.2", _power(2.2)),
        5: ("gamma 2.8", _power(2.8)),
        8: ("linear light", lambda values: values),
        17: ("gamma 2.6", _power(2.6)),
        _PQ: ("PQ", _pq),
        _HLG: ("HLG", _hlg),
    }
    curve, linear = known.get(transfer, ("", _srgb_linear))
    if not name and not curve:
        return None
    title = ", ".join(part for part in (name or "sRGB primaries", curve) if part)
    return Space(title, linear, places, transfer in (_PQ, _HLG))


def from_gamma(gamma: float | None, places: Chromaticities | None) -> Space | None:
    """The space of PNG's gAMA and cHRM; None where they are sRGB's or missing."""
    curved = gamma is not None and abs(gamma / _SRGB_GAMMA - 1) > _SAME_GAMMA and gamma > 0
    placed = places is not None and bool(np.abs(np.subtract(places, _SRGB)).max() > _SAME_PLACE)
    if not curved and not placed:
        return None
    title = f"gamma {1 / gamma:.3g}" if curved and gamma else "sRGB's curve"
    linear = _power(1 / gamma) if curved and gamma else _srgb_linear
    if placed and places is not None:
        return Space(f"the file's own primaries, {title}", linear, places)
    return Space(title, linear)


def to_srgb(pixels: Pixels, space: Space) -> tuple[Pixels, str]:
    """Pixels of a space, (rows, columns, 3), as sRGB; and the note.

    Of HDR, 203 cd/m² is white (ITU-R BT.2408). What is brighter than three quarters of it is
    compressed so that the picture's peak becomes white (extended Reinhard above a knee, on the
    largest of red, green and blue, so that hues stay).
    """
    table = space.linear(np.arange(256) / 255.0)
    light = table[pixels]
    if space.chromaticities != _SRGB:
        light = light @ _between(space.chromaticities).T
    note = f"Colours were converted from {space.title} to sRGB."
    if space.is_hdr:
        light = _tone_mapped(np.maximum(light, 0))
        note = (
            f"HDR colours ({space.title}) were converted to sRGB: "
            f"{_REFERENCE_WHITE:g} cd/m² is white, brighter ones are compressed."
        )
    return np.rint(255 * _srgb_encoded(np.clip(light, 0, 1))).astype(np.uint8), note


def by_profile(picture: Image.Image, profile: bytes) -> tuple[Image.Image, str | None]:
    """A picture converted from its ICC profile to sRGB, and the note.

    Whether a profile is sRGB is told from what it does to colours, not from its title. One that is
    changes nothing, which saves a rounding.
    """
    try:
        described = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if described.profile.xcolor_space.strip() == "RGB" and picture.mode == "L":
            picture = picture.convert("RGB")
        target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        if picture.mode == "RGB" and _is_identity(described, target):
            return picture, None
        title = ImageCms.getProfileDescription(described).strip()
        converted = ImageCms.profileToProfile(picture, described, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return (
            picture,
            "The embedded colour profile does not fit the picture and was ignored.",
        )
    assert converted is not None  # not in place
    return converted, f"Colours were converted from {title or 'a profile'} to sRGB."


def _is_identity(profile: ImageCms.ImageCmsProfile, target: ImageCms.ImageCmsProfile) -> bool:
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    lattice = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    changed = ImageCms.profileToProfile(Image.fromarray(lattice), profile, target, outputMode="RGB")
    difference = np.abs(np.asarray(changed).astype(int) - lattice)
    return int(difference.max()) <= _SAME_COLOUR


def _power(exponent: float) -> Callable[[Values], Values]:
    return lambda values: np.asarray(values**exponent)


def _srgb_linear(values: Values) -> Values:
    """IEC 61966-2-1."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _srgb_encoded(light: Values) -> Values:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def _pq(values: Values) -> Values:
    """SMPTE ST 2084, in parts of the reference white."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    powered = values ** (1 / m2)
    light = (np.maximum(powered - c1, 0) / (c2 - c3 * powered)) ** (1 / m1)
    return np.asarray(10_000.0 / _REFERENCE_WHITE * light)


def _hlg(values: Values) -> Values:
    """ITU-R BT.2100 on a display of 1,000 cd/m², its system gamma of 1.2 for each channel."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(values <= 0.5, values**2 / 3, (np.exp((values - c) / a) + b) / 12)
    return np.asarray(_HLG_PEAK / _REFERENCE_WHITE * scene**1.2)


def _tone_mapped(light: Values) -> Values:
    brightest = light.max(axis=-1, keepdims=True)
    peak = float(brightest.max())
    if peak <= 1:
        return light
    span = 1 - _KNEE
    above, most = np.maximum(brightest - _KNEE, 0) / span, (peak - _KNEE) / span
    mapped = _KNEE + span * above * (1 + above / most**2) / (1 + above)
    factor = np.where(brightest > _KNEE, mapped / np.maximum(brightest, _KNEE), 1.0)
    return np.asarray(light * factor)


def _between(places: Chromaticities) -> Values:
    """3 × 3, light of other primaries → of sRGB's; a white other than D65 is adapted (Bradford)."""
    own, srgb = _to_xyz(places), _to_xyz(_SRGB)
    ours, theirs = _BRADFORD @ _xyz(*_SRGB[:2]), _BRADFORD @ _xyz(*places[:2])
    adapted = np.linalg.inv(_BRADFORD) @ np.diag(ours / theirs) @ _BRADFORD
    return np.asarray(np.linalg.inv(srgb) @ adapted @ own)


def _to_xyz(places: Chromaticities) -> Values:
    columns = np.stack([_xyz(*places[at : at + 2]) for at in (2, 4, 6)], axis=1)
    return np.asarray(columns * np.linalg.solve(columns, _xyz(*places[:2])))


def _xyz(x: float, y: float) -> Values:
    return np.array([x / y, 1.0, (1 - x - y) / y])
