"""How far an attribution is from the one that many more passes would give.

Half of the points give an answer of their own, through the same adjoint and without a further pass. Of
SmoothGrad's independent copies the difference between the two answers is as large, on average, as
the standard error of their mean. Of Integrated Gradients it is how far the map moves when every
second point is left out: about the error where the network's gradient jumps along the way, and far
more than it where the gradient is smooth.
"""

import math
from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.bands import Bands

Errors = Mapping[str, tuple[float, ...]]
"""By the name of a band: ‖error‖ over its coefficients and channels, one per sample."""


def errors(whole: Bands, half: Bands, share: float) -> dict[str, tuple[float, ...]]:
    """The error of an answer, band by band.

    Args:
        whole: the mean over all points.
        half: that over some of them.
        share: of the weight that these have, between 0 and 1. Where n independent copies are the
            points, E‖whole − half‖² is (1 − share) / share times the variance of the whole.
    """
    scale = math.sqrt(share / (1 - share))
    apart = whole.map(torch.sub, half)
    return {str(band): tuple((scale * _norm(values)).tolist()) for band, values in apart.bands()}


def relative(attribution: Bands, errors: Errors, level: int | None = None) -> Float[Tensor, " b"]:
    """‖error‖ / ‖γ‖, per sample: 0.1 is 10 % of the map, near 1 is a map of chance alone.

    The map in the denominator contains the error: of a mean that is e away from its limit, relative
    to that limit, this is e / √(1 + e²).

    Args:
        level: of one level's details only, or of the approximation (0); None takes all bands.
    """
    error = strength = torch.zeros(len(attribution.approx), dtype=torch.float64)
    for band, values in attribution.bands():
        if level is None or level == (0 if band.is_approx else band.level):
            error = error + torch.tensor(errors[str(band)], dtype=torch.float64).square()
            strength = strength + _norm(values).cpu().square()
    found = (error / strength).sqrt()
    return torch.where(error == 0, torch.zeros_like(found), found)  # nothing is off by nothing


def _norm(values: Float[Tensor, "b c *space"]) -> Float[Tensor, " b"]:
    norms: Tensor = torch.linalg.vector_norm(values.flatten(1), dim=1, dtype=torch.float64)
    return norms
