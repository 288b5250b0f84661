"""The network with weights that learnt nothing: a control for every explanation (Adebayo 2018)."""

import copy
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from wam_core.classifier import Classifier


def randomised(classifier: Classifier, inputs: Iterable[Tensor], seed: int) -> Classifier:
    """The same architecture with freshly initialised weights; the given one is left as it is.

    Batch normalisation first sees the inputs: with its initial statistics a deep network answers
    nearly the same to everything, and would be too easy a control.

    Args:
        classifier: the trained network.
        inputs: batches (batch, channel, *space) as it receives them, a handful of real ones.
        seed: of the weights; look at several.
    """
    module = copy.deepcopy(classifier.module)
    with torch.random.fork_rng(devices=[], enabled=True):
        torch.manual_seed(seed)  # initialisers take no generator
        for layer in module.modules():
            if callable(reset := getattr(layer, "reset_parameters", None)):
                reset()
    norms = [m for m in module.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.train()
        norm.momentum = None  # a cumulative mean over the inputs
    with torch.no_grad():
        for x in inputs:
            module(classifier.represent(x))
    return Classifier(
        module,
        representation=classifier.representation,
        labels=classifier.labels,
        frontend=classifier.frontend,
        name=f"{classifier.name}, random weights {seed}",
    )
