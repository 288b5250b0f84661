"""The network with weights that learnt nothing: a control for every explanation (Adebayo 2018)."""

import copy
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import spearmanr
from skimage.metrics import structural_similarity
from torch import Tensor, nn

from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.domain import Wavelet
from wam_core.engine import Progress, explain_steps
from wam_core.evaluation.parts import PARTS, Part, parts
from wam_core.steps import map_steps
from wam_core.targets import Contrast, LogProbability, Target, Wanted
from wam_core.views import heat_map, over_channels

_BRIGHTEST = 99.5  # the percentile at which colours end on the screen, too
_NOTHING = 1e-6  # of the largest value: rounding
_WINDOW = 7  # samples, pixels, voxels: of SSIM


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
class Stage:
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
class Randomising:
    """Passes of the network done and to do, and the stages so far."""

    done: int
    total: int
    stages: tuple[Stage, ...]


def randomisation(
    classifier: Classifier,
    result: WaveletAttribution,
    inputs: Sequence[Tensor],
    *,
    independent: bool = False,
    most: int = PARTS,
    seed: int = 0,
    micro_batch: int | None = None,
) -> Generator[Randomising, None, tuple[Stage, ...]]:
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
    stages = [Stage(None, 1.0, 1.0)]
    module = copy.deepcopy(classifier.module)
    for number, part in enumerate(divided):
        if independent and number:
            module = copy.deepcopy(classifier.module)
        drawn = [module.get_submodule(name) for name in part.layers]
        _redraw(drawn, seed + number)
        _let_see(module, drawn, classifier, inputs)
        steps = explain_steps(
            _around(classifier, module, f"randomised at {part.name}"),
            result.input,
            _wanted(result.target),
            transform=result.transform,
            path=result.path,
            micro_batch=micro_batch,
        )
        before, known = number * result.path.length, tuple(stages)
        other = yield from map_steps(steps, partial(_randomising, before, total, known))
        stages.append(Stage(part, *map_similarity(result, other)))
    return tuple(stages)


def _randomising(before: int, total: int, known: tuple[Stage, ...], step: Progress) -> Randomising:
    return Randomising(before + step.done, total, known)


def map_similarity(one: WaveletAttribution, other: WaveletAttribution) -> tuple[float, float]:
    """Rank correlation of |γ| over the coefficients that count in either, and SSIM of the heat-maps.

    Where the input holds nothing, Integrated Gradients give every network's map a zero, and most of
    an object's grid is empty: ranks that only tell where the object is would say nothing of maps.
    A map that is the same everywhere has no order: its correlation counts as 0.
    """
    domain = Wavelet(one.transform)
    a, b = (
        domain.rows(result.attribution)[0].abs().flatten().double().cpu().numpy()
        for result in (one, other)
    )
    counts = (a > _NOTHING * a.max()) | (b > _NOTHING * b.max())
    a, b = a[counts], b[counts]
    varied = a.size > 1 and np.ptp(a) > 0 and np.ptp(b) > 0
    correlation = float(spearmanr(a, b).statistic) if varied else 0.0
    return correlation, _ssim(_seen(one), _seen(other))


def _seen(result: WaveletAttribution) -> npt.NDArray[np.float64]:
    """The heat-map, 0 … 1, as colours show it."""
    heat = heat_map(over_channels(result.attribution, "magnitude"), result.transform, result.size)
    values: npt.NDArray[np.float64] = heat[0, 0].double().cpu().numpy()
    top = float(np.percentile(values, _BRIGHTEST)) or float(values.max()) or 1.0
    return np.minimum(values / top, 1)


def _ssim(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    """SSIM (Wang 2004), of any number of axes, where either map has a value.

    Two windows of nothing are alike, and of most objects' grids that is nearly all.
    """
    side = min(_WINDOW, *a.shape)
    _, similarity = structural_similarity(
        a, b, win_size=side - (side % 2 == 0), data_range=1.0, full=True
    )
    counts = np.maximum(a, b) > _NOTHING
    return float(similarity[counts].mean()) if counts.any() else 1.0


def _wanted(target: Target) -> Wanted:
    """The same target, to be asked of another network of the same classes."""
    if target.against is not None:
        return Contrast(target.index, target.against)
    return LogProbability(target.index) if target.log_probability else target.index


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


def _around(classifier: Classifier, module: nn.Module, words: str) -> Classifier:
    """The surroundings of a classifier, around another module."""
    return Classifier(
        module,
        representation=classifier.representation,
        labels=classifier.labels,
        frontend=classifier.frontend,
        name=f"{classifier.name}, {words}",
    )
