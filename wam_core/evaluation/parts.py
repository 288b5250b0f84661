"""A network in parts, from its head down."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from wam_core.classifier import Classifier
from wam_core.errors import ModelError, SettingsError

PARTS = 6
"""Into how many parts a network is divided: each costs an explanation."""


@dataclass(frozen=True)
class Part:
    """Layers that are randomised together.

    Attributes:
        name: of the first and the last of them, as the network calls them.
        layers: their names, in the order in which they are passed.
    """

    name: str
    layers: tuple[str, ...]


def parts(classifier: Classifier, x: Tensor, most: int = PARTS) -> tuple[Part, ...]:
    """A network from its head down: the last layer alone, then the others in parts of equal size.

    A layer is whatever knows how to draw its own weights anew; a normalisation belongs to the layer
    before it. Their order is that in which an input passes them, not that of their names.

    Args:
        classifier: the network.
        x: an input.
        most: parts at most, at least 1.

    Raises:
        SettingsError: no parts.
        ModelError: the network has no layer that can be drawn anew.
    """
    if most < 1:
        raise SettingsError(f"most is {most}; at least 1 part is needed")
    groups: list[list[str]] = []
    for name, layer in _passed(classifier, x):
        if groups and _normalises(layer):
            groups[-1].append(name)
        else:
            groups.append([name])
    if not groups:
        raise ModelError(f"{classifier.name} has no layer whose weights can be drawn anew")
    *body, head = groups
    count = min(most - 1, len(body))
    bounds = np.linspace(0, len(body), count + 1).round().astype(int).tolist() if count else [0]
    divided = [sum(body[low:high], []) for low, high in zip(bounds[:-1], bounds[1:], strict=True)]
    if count:
        divided.append(head)
    else:  # one part is the whole network
        divided = [sum(groups, [])]
    return tuple(
        Part(names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}", tuple(names))
        for names in divided[::-1]
    )


def _passed(classifier: Classifier, x: Tensor) -> Iterator[tuple[str, nn.Module]]:
    """The layers that can be drawn anew, in the order in which an input passes them.

    On a copy: a hook on the shared network would be called by everybody's passes.
    """
    module = copy.deepcopy(classifier.module)
    names = {
        layer: name
        for name, layer in module.named_modules()
        if callable(getattr(layer, "reset_parameters", None))
    }
    seen: dict[nn.Module, str] = {}

    def note(layer: nn.Module, _: object, __: object) -> None:
        seen.setdefault(layer, names[layer])

    for layer in names:
        layer.register_forward_hook(note)
    with torch.no_grad():
        module(classifier.represent(x))
    yield from ((name, layer) for layer, name in seen.items() if [*layer.parameters()])


def _normalises(layer: nn.Module) -> bool:
    kinds = (nn.modules.batchnorm._NormBase, nn.GroupNorm, nn.LayerNorm)
    return isinstance(layer, kinds)
