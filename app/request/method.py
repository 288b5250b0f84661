"""What was asked → settings of the core; what was not is as ``wam_core.defaults`` has it."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wam_core import Classifier, DiscreteWaveletTransform, Signal
    from wam_core.path import Path as Variant
    from wam_core.targets import Wanted


def transform(
    signal: "Signal",
    classifier: "Classifier",
    wavelet: str | None,
    levels: int | None,
    padding: str | None,
) -> "DiscreteWaveletTransform":
    """Wavelet, levels and padding; by default as many levels as are sensible and fit."""
    from wam_core import DiscreteWaveletTransform, export
    from wam_core.defaults import DEFAULTS

    usual = DEFAULTS[signal.modality]
    chosen, ndim = wavelet or usual.wavelet, classifier.ndim
    if levels is None:
        size = classifier.prepare(signal).shape[2:]
        most = DiscreteWaveletTransform(chosen, 1, ndim).max_levels(size)
        levels = max(1, min(usual.levels(size, export.rate(classifier)), most))
    return DiscreteWaveletTransform(chosen, levels, ndim, padding or usual.padding)


def variant(
    signal: "Signal",
    transform: "DiscreteWaveletTransform",
    method: str | None,
    samples: int | None,
    steps: int | None,
    spread: float | None,
    baseline: str,
    rule: str,
    grading: float | None,
    seed: int,
    tolerance: float | None = None,
) -> "Variant":
    """Where gradients are taken; with a tolerance, ``samples`` is the most that are."""
    from wam_core import Gradient, IntegratedGradients, PathSigned, SmoothGrad
    from wam_core.defaults import COPIES, DEFAULTS, MOST_COPIES, POINTS
    from wam_core.errors import SettingsError

    usual = DEFAULTS[signal.modality]
    method = method or usual.method
    along = method == "smoothgrad-integrated"
    if tolerance is not None and not method.startswith("smoothgrad"):
        raise SettingsError(f"tolerance is for smoothgrad, and the method is {method}")
    if steps is None:
        steps = POINTS if along or samples is None else samples
    if samples is None:
        usually = COPIES if along else POINTS
        samples = usually if tolerance is None else MOST_COPIES
    if spread is None:
        spread = usual.spread_along if along else usual.spread
    grading = usual.grading if grading is None else grading
    match method:
        case "gradient":
            return Gradient()
        case "integrated":
            return IntegratedGradients(steps, baseline, rule, seed, grading)
        case "path-signed":
            return PathSigned(transform, steps)
        case "smoothgrad":
            return SmoothGrad(samples, spread, seed, until=tolerance)
        case "smoothgrad-magnitude":
            return SmoothGrad(samples, spread, seed, "magnitude", until=tolerance)
        case "smoothgrad-integrated":
            way = IntegratedGradients(steps, baseline, rule, seed, grading)
            return SmoothGrad(samples, spread, seed, along=way, until=tolerance)
        case other:
            raise SettingsError(f"the method {other!r} is unknown")


def wanted(
    target: str, against: str | None, classifier: "Classifier", signal: "Signal"
) -> "Wanted":
    """The class to explain, or the contrast of two; None for the prediction."""
    from wam_core import Contrast

    def which(text: str) -> int | str:
        """A number is an index, unless a label is exactly that text."""
        number = re.fullmatch(r"[+-]?[0-9]+", text) and text not in (classifier.labels or ())
        return int(text) if number else text

    if against is None:
        return None if target == "auto" else which(target)
    if target == "auto":
        best = int(classifier.predict(classifier.prepare(signal))[0].argmax())
        return Contrast(best, which(against))
    return Contrast(which(target), which(against))
