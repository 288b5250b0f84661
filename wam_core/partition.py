"""An input in two parts, what a rule keeps of it and the rest, and the prediction for each."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from jaxtyping import Float
from torch import Tensor

from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.mask_quality import MaskQuality, mask_quality
from wam_core.masks import Fixed, PerBand, Soft, Supported, Weighted
from wam_core.views import Keep, Selection, reconstruction

_WAYS: Mapping[type, str] = {
    Selection: "hard",
    PerBand: "per-band",
    Soft: "soft",
    Supported: "supported",
    Weighted: "weighted",
}


@dataclass(frozen=True, eq=False)
class Parts:
    """The first sample of a result, in two parts that add up to it.

    Attributes:
        keep: the rule.
        kept, rest: in the network's units.
        kept_probabilities, rest_probabilities: what the network makes of each alone.
        mask_quality: how the kept part would be heard, in numbers.
    """

    keep: Keep
    kept: Float[Tensor, "1 c *space"]
    rest: Float[Tensor, "1 c *space"]
    kept_probabilities: Float[Tensor, " classes"]
    rest_probabilities: Float[Tensor, " classes"]
    mask_quality: MaskQuality


def split(result: WaveletAttribution, classifier: Classifier, keep: Keep) -> Parts:
    """Cut an input in two, and pass each part through the network."""
    known = Fixed(keep.mask(result.attribution))
    kept = reconstruction(result, known)[:1]
    rest = result.input[:1] - kept
    alone = [classifier.predict(part.to(classifier.device))[0].cpu() for part in (kept, rest)]
    return Parts(keep, kept, rest, alone[0], alone[1], mask_quality(result, known))


def keep_settings(keep: Keep) -> dict[str, Any]:
    """A rule as JSON values: its name and its numbers.

    >>> keep_settings(PerBand(0.2))
    {'way': 'per-band', 'threshold': 0.2}
    """
    numbers = asdict(keep) if type(keep) in _WAYS else {}  # type: ignore[call-overload]  # those are dataclasses
    numbers.pop("coefficients", None)  # those of the result, which are written beside it
    if numbers.get("bands") is not None:
        numbers["bands"] = sorted(map(str, numbers["bands"]))
    return {"way": _WAYS.get(type(keep), type(keep).__name__), **numbers}


def described(parts: Parts) -> str:
    """A rule in words, for a figure or a line of text."""
    match parts.keep:
        case Selection(share=share):
            return f"hard, the strongest {100 * share:g} %"
        case Soft(share=share):
            return f"soft, {100 * share:g} % of the coefficients on average"
        case Supported(share=share):
            return f"loud and supported, {100 * share:g} % of the coefficients on average"
        case PerBand(threshold=threshold):
            return f"per band, above {threshold:g} of its maximum"
        case other:
            return type(other).__name__
