"""What a variant, its unit and its levels are called, in files and in figures."""

from collections.abc import Mapping

from wam_core.attribution import WaveletAttribution
from wam_core.errors import SettingsError
from wam_core.path import Path
from wam_core.path_signed import PathSigned
from wam_core.paths import SmoothGrad, settings

_TITLES = {
    "gradient": "Gradient",
    "smoothgrad": "SmoothGrad",
    "smoothgrad-magnitude": "SmoothGrad of magnitudes",
    "integrated": "Integrated Gradients",
    "smoothgrad-integrated": "SmoothGrad of Integrated Gradients",
    "path-signed": "Path-signed",
}

STEPS: Mapping[int, str] = {1: "samples", 2: "pixels", 3: "voxels"}
"""What the steps on a grid of n axes are called."""


def method(path: Path) -> str:
    """The name of a variant, as the command line takes it.

    >>> method(SmoothGrad(aggregate="magnitude"))
    'smoothgrad-magnitude'
    """
    kind = str(settings(path)["kind"])
    if isinstance(path, SmoothGrad):
        if path.aggregate == "magnitude":
            return f"{kind}-magnitude"
        if path.along.kind != "gradient":
            return f"{kind}-{path.along.kind}"
    return kind


def title(result: WaveletAttribution) -> str:
    """Variant, wavelet and levels, for the head of a figure."""
    levels = result.transform.levels
    count = f"{levels} level{'s' if levels > 1 else ''}"
    return f"{_TITLES[method(result.path)]} · {result.transform.title} · {count}"


def unit(result: WaveletAttribution, per: str) -> str:
    """The unit of γ: logits for a path from a baseline, and logits ``per`` something for slopes.

    The mean of magnitudes has none: each copy's bands are divided by their own maxima. Path-signed
    has that of the coefficients, in the units that the network receives.
    """
    if isinstance(result.path, PathSigned):
        return "of z"
    if result.path.measure is not None:
        return "relative"
    return "logit" if result.origin_logits is not None else f"logit per {per}"


def check_axes(result: WaveletAttribution, ndim: int, purpose: str) -> None:
    """Refuse an attribution of another number of axes.

    Args:
        result: of any number of axes.
        ndim: how many it has to have.
        purpose: what for, such as ``this picture is drawn for 2 (an image)``.

    Raises:
        SettingsError: it has another number.
    """
    if result.transform.ndim != ndim:
        raise SettingsError(f"the attribution has {result.transform.ndim} spatial axes; {purpose}")
