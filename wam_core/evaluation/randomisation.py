"""The network with weights that learnt nothing: a control for every explanation (Adebayo 2018)."""

import copy
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.engine import Progress, explain_steps
from wam_core.errors import ModelError, SettingsError
from wam_core.evaluation.map_similarity import map_similarity
from wam_core.steps import map_steps
from wam_core.targets import Contrast, LogProbability, Target, Wanted

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
    _redraw(module.modules(), seed)
    _let_see(module, module.modules(), classifier, inputs)
    return _around(classifier, module, f"random weights {seed}")


@dataclass(frozen=True)
class RandomisationStep:
    """How much of a map is left.

    Attributes:
        part: what was drawn anew last; None before anything was.
        correlation: Spearman's ρ between |γ| of the trained and of the randomised network, over the
            coefficients that have a value in either; 1 where they rank alike.
        similarity: SSIM of their heat-maps, each as bright as on the screen, where either has a
            value; 1 where they are alike.
    """

    part: Part | None
    correlation: float
    similarity: float


@dataclass(frozen=True)
class RandomisationProgress:
    """Passes of the network done and to do, and the stages so far."""

    done: int
    total: int
    stages: tuple[RandomisationStep, ...]


def randomisation(
    classifier: Classifier,
    result: WaveletAttribution,
    inputs: Sequence[Tensor],
    *,
    independent: bool = False,
    most: int = PARTS,
    seed: int = 0,
    micro_batch: int | None = None,
) -> Generator[RandomisationProgress, None, tuple[RandomisationStep, ...]]:
    """The map of the trained network against those of less and less trained ones, as steps.

    A map that stays the same while the network forgets what it learnt does not show what it learnt
    (Adebayo et al. 2018). Everything but the weights stays: input, class, variant, noise.

    Batch normalisations that are drawn anew see the inputs first, as in :func:`randomised`; the
    others keep what they learnt. The shared network is never touched.

    Args:
        classifier: the trained network.
        result: its explanation of one input.
        inputs: batches that batch normalisation sees, as the network receives them.
        independent: one part at a time, all others as trained; else cascading from the head down.
        most: parts at most; each costs an explanation.
        seed: of the weights. A part gets the same weights in both ways.
        micro_batch: points per pass; the engine's default where None.

    Returns:
        The trained network, then a stage per part.
    """
    divided = parts(classifier, result.input, most)
    total = len(divided) * result.path.length
    stages = [RandomisationStep(None, 1.0, 1.0)]
    module = copy.deepcopy(classifier.module)
    for number, part in enumerate(divided):
        if independent and number:
            module = copy.deepcopy(classifier.module)
        layers = [module.get_submodule(name) for name in part.layers]
        _redraw(layers, seed + number)
        _let_see(module, layers, classifier, inputs)
        steps = explain_steps(
            _around(classifier, module, f"randomised at {part.name}"),
            result.input,
            same_target(result.target),
            transform=result.transform,
            path=result.path,
            micro_batch=micro_batch,
        )
        before, known = number * result.path.length, tuple(stages)
        other = yield from map_steps(steps, partial(_progress, before, total, known))
        stages.append(RandomisationStep(part, *map_similarity(result, other)))
    return tuple(stages)


def _progress(
    before: int, total: int, known: tuple[RandomisationStep, ...], step: Progress
) -> RandomisationProgress:
    return RandomisationProgress(before + step.done, total, known)


def head_randomised(classifier: Classifier, x: Tensor, seed: int) -> Classifier:
    """The same network with freshly drawn weights of its last layer; the given one is not changed.

    Args:
        classifier: the trained network.
        x: an input, which shows the order of the layers.
        seed: of the weights.

    Raises:
        ModelError: the network has no layer whose weights can be drawn.
    """
    head, *_ = parts(classifier, x, 2)
    module = copy.deepcopy(classifier.module)
    _redraw((module.get_submodule(name) for name in head.layers), seed)
    # for a single explanation the quicker copy takes longer to make than it saves
    return _around(classifier, module, f"randomised at {head.name}", quick=False)


def same_target(target: Target) -> Wanted:
    """The same target, for another network of the same classes."""
    if target.against is not None:
        return Contrast(target.index, target.against)
    return LogProbability(target.index) if target.log_probability else target.index


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


def _redraw(layers: Iterable[nn.Module], seed: int) -> None:
    """Initialise layers again, in place; the process's own generator is left alone."""
    with torch.random.fork_rng(devices=[], enabled=True):
        torch.manual_seed(seed)  # initialisers take no generator
        for layer in layers:
            if callable(reset := getattr(layer, "reset_parameters", None)):
                reset()


def _let_see(
    module: nn.Module,
    layers: Iterable[nn.Module],
    classifier: Classifier,
    inputs: Iterable[Tensor],
) -> None:
    """Gather the statistics of those layers that are batch normalisations, from real inputs."""
    norms = [m for m in layers if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.train()
        norm.momentum = None  # a cumulative mean over the inputs
    with torch.no_grad():
        for x in inputs:
            module(classifier.represent(x))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.eval()
        norm.momentum = momentum


def _around(
    classifier: Classifier, module: nn.Module, words: str, *, quick: bool = True
) -> Classifier:
    """The surroundings of a classifier, around another module."""
    return Classifier(
        module,
        representation=classifier.representation,
        labels=classifier.labels,
        frontend=classifier.frontend,
        name=f"{classifier.name}, {words}",
        quick=quick,
    )
