"""Whether a network's answer for one input depends on the others in its batch."""

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.classifier import Classifier, finite

NOTE = "one point a pass, as the network mixes the inputs of a batch"
"""For a result's provenance."""

TOLERANCE = 1e-3
"""Above rounding, relative to the largest score."""


def mixing(classifier: Classifier, x: Float[Tensor, "b c *space"]) -> float:
    """How far the scores of one input move with a companion, relative to the largest score.

    0 up to rounding for a network that passes each input by itself. Batch statistics, a decibel
    scale relative to the batch's maximum and normalisation over the batch make it large; infinite
    where a batch is not accepted at all.

    Args:
        classifier: the network.
        x: an input; only the first of a batch is looked at, and none is changed.
    """
    one = x[:1]
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(one.shape, generator=generator).to(one)
    loud = one.abs().max().clamp_min(1e-6) * 10
    with torch.no_grad():
        alone = classifier.scores(one.clone())
        try:
            both = classifier.represent(torch.cat((one, noise * loud)))
            together = classifier.answer(both)[:1]  # the noise may have scores that are not finite
        except (RuntimeError, ValueError, IndexError):  # its size was fixed when it was exported
            return float("inf")
    if not finite(together):
        return float("inf")
    return float((together - alone).abs().max() / alone.abs().max().clamp_min(1e-12))


def passes_alone(classifier: Classifier, x: Float[Tensor, "b c *space"]) -> bool:
    """Whether every input needs a pass of its own, for an answer that is right."""
    return mixing(classifier, x) > TOLERANCE
