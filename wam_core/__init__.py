"""The Wavelet Attribution Method, for any number of axes.

A transform × a path × one engine gives an attribution; everything else looks at it.
"""

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
