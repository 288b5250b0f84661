"""The Wavelet Attribution Method, for any number of axes.

A transform × a path × one engine gives an attribution; everything else looks at it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wam_core.attribution import WaveletAttribution
    from wam_core.classifier import Classifier
    from wam_core.engine import Progress, explain, explain_steps
    from wam_core.errors import WamError
    from wam_core.lending import explain_module
    from wam_core.paths import Gradient, IntegratedGradients, PathSigned, SmoothGrad
    from wam_core.pyramid import Band, Pyramid
    from wam_core.signals.signal import Signal
    from wam_core.target import Contrast
    from wam_core.transform import WaveletTransform

__all__ = [
    "Band",
    "Classifier",
    "Contrast",
    "Gradient",
    "IntegratedGradients",
    "PathSigned",
    "Progress",
    "Pyramid",
    "Signal",
    "SmoothGrad",
    "WamError",
    "WaveletAttribution",
    "WaveletTransform",
    "explain",
    "explain_module",
    "explain_steps",
]

_HOMES = {
    "attribution": ("WaveletAttribution",),
    "classifier": ("Classifier",),
    "engine": ("Progress", "explain", "explain_steps"),
    "errors": ("WamError",),
    "lending": ("explain_module",),
    "paths": ("Gradient", "IntegratedGradients", "PathSigned", "SmoothGrad"),
    "pyramid": ("Band", "Pyramid"),
    "signals.signal": ("Signal",),
    "target": ("Contrast",),
    "transform": ("WaveletTransform",),
}


def __getattr__(name: str) -> Any:
    """On first use, as most of them bring PyTorch: a part that does without must not wait for it."""
    for home, names in _HOMES.items():
        if name in names:
            found = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
