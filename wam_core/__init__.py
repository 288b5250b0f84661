"""The Wavelet Attribution Method, for any number of axes.

A transform × a path × one engine gives an attribution; everything else looks at it.
"""

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

from wam_core import rich_display
from wam_core.errors import warn_renamed

if TYPE_CHECKING:
    from wam_core import transforms, views
    from wam_core.attribution import WaveletAttribution
    from wam_core.bands import Band, Bands
    from wam_core.batches import join
    from wam_core.checkup import check
    from wam_core.classifier import Classifier
    from wam_core.engine import Progress, explain, explain_steps
    from wam_core.errors import WamError
    from wam_core.evaluation.any_map import evaluate_map
    from wam_core.evaluation.domain import Samples, Wavelet
    from wam_core.module import explain_module
    from wam_core.path_signed import PathSigned
    from wam_core.paths import Gradient, IntegratedGradients, SmoothGrad
    from wam_core.signals.signal import Signal
    from wam_core.targets import Contrast, LogProbability
    from wam_core.transforms.dwt import DiscreteWaveletTransform

__all__ = [
    "Band",
    "Bands",
    "Classifier",
    "Contrast",
    "DiscreteWaveletTransform",
    "Gradient",
    "IntegratedGradients",
    "LogProbability",
    "PathSigned",
    "Progress",
    "Samples",
    "Signal",
    "SmoothGrad",
    "WamError",
    "Wavelet",
    "WaveletAttribution",
    "check",
    "evaluate_map",
    "explain",
    "explain_module",
    "explain_steps",
    "join",
    "transforms",
    "views",
]

_HOMES = {
    "attribution": ("WaveletAttribution",),
    "checkup": ("check",),
    "classifier": ("Classifier",),
    "engine": ("Progress", "explain", "explain_steps"),
    "errors": ("WamError",),
    "evaluation.any_map": ("evaluate_map",),
    "evaluation.domain": ("Samples", "Wavelet"),
    "module": ("explain_module",),
    "path_signed": ("PathSigned",),
    "paths": ("Gradient", "IntegratedGradients", "SmoothGrad"),
    "bands": ("Band", "Bands"),
    "batches": ("join",),
    "signals.signal": ("Signal",),
    "targets": ("Contrast", "LogProbability"),
    "transforms.dwt": ("DiscreteWaveletTransform",),
}


_MODULES = ("transforms", "views")

_RENAMED = {"Pyramid": "Bands", "WaveletTransform": "DiscreteWaveletTransform"}
"""Names of version 0.1 and what they are called now; they go with the next minor version."""


def __getattr__(name: str) -> Any:
    """On first use, as most of them bring PyTorch: a part that does without must not wait for it."""
    if name in _RENAMED:
        warn_renamed(f"wam_core.{name}", f"wam_core.{_RENAMED[name]}", stacklevel=2)
        return __getattr__(_RENAMED[name])
    if name == "__version__":
        return _version()
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    for home, names in _HOMES.items():
        if name in names:
            found = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def _version() -> str:
    """Of the distribution that holds this package: the dashboard's, or the wheel of the core alone."""
    for distribution in ("wam-explorer", "wam-core"):
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return "0+unknown"


def _notebook_html(result: Any) -> str:
    """Drawing waits for Matplotlib, which only a notebook needs."""
    html: str = import_module(f"{__name__}.plot.notebook").html_of(result)
    return html


def _figure(result: Any) -> Any:
    return import_module(f"{__name__}.plot.figure").figure(result)


rich_display.register("WaveletAttribution", _notebook_html)
rich_display.register_figure("WaveletAttribution", _figure)
