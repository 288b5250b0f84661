"""A second network that judges what was made for the first."""

from torch import Tensor

from wam_core.classifier import Classifier
from wam_core.errors import ModelError
from wam_core.evaluation.curve import Score
from wam_core.resizing import resized


def judged_by(second: Classifier, first: Classifier) -> Score:
    """The second network's probabilities of inputs as the first receives them.

    They go through what people see: shown by the first front end, clipped, brought to the size that
    the second takes where it names one, and normalised as the second wants it.

    Raises:
        ModelError: networks of other axes, or of other classes: then an index means nothing.
    """
    if first.ndim != second.ndim:
        raise ModelError(f"{second.name} takes {second.ndim} axes and {first.name} {first.ndim}")
    if first.labels != second.labels:
        raise ModelError(f"{second.name} and {first.name} do not know the same classes")
    size = getattr(second.frontend, "size", None)

    def score(x: Tensor) -> Tensor:
        shown = first.show(first.clip(x))
        if size is not None and tuple(shown.shape[2:]) != tuple(size):
            shown = resized(shown, tuple(size), smoothed=True)
        return second.predict(second.frontend.hide(shown).to(second.device))

    return score
