"""Insertion, deletion and μ-fidelity of any heat map, beside what needs no network."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from wam_core.errors import InputError, SettingsError
from wam_core.evaluation.curves import Curves, clipped, linear, perturb
from wam_core.evaluation.domain import Samples
from wam_core.evaluation.fidelity import SUBSETS, mu_fidelity
from wam_core.evaluation.metrics import area, faithfulness
from wam_core.evaluation.ranking import at_random, magnitude
from wam_core.forward import Function, as_module, name_of
from wam_core.inputs import Given, as_batch
from wam_core.module import frozen
from wam_core.steps import run_to_end
from wam_core.targets import AnyTarget, check, resolve

MAP, ENERGY, CHANCE = "map", "magnitude", "random"
"""The map; the input's own |x|, and no order at all, which use no network."""


@dataclass(frozen=True, eq=False)
class MapScores:
    """How one order of the input's places fares.

    Attributes:
        insertion: the area under p(class) as the places are put in, strongest first; 0 … 1.
        deletion: the area as they are taken out; lower is better.
        faithfulness: insertion − deletion.
        mu_fidelity: Spearman's ρ between what the map gives regions and what their loss costs.
        curves: both curves.
    """

    insertion: float
    deletion: float
    faithfulness: float
    mu_fidelity: float
    curves: Curves


def evaluate_map(
    module: Function,
    x: Given,
    heat: Tensor,
    target: AnyTarget = None,
    *,
    steps: int = 50,
    subsets: int = SUBSETS,
    seed: int = 0,
) -> Mapping[str, MapScores]:
    """Test a heat map of any method on the network itself, beside its controls.

    Places (pixels, samples, voxels) are switched with all of their channels, and are zero where
    they are off. A map that does not beat ``magnitude`` tells no more than the input's own values.

    Args:
        module: as of :func:`wam_core.explain_module`.
        x: one input, a batch of one.
        heat: its map, of the input's size with or without axes for batch and channels; the
            magnitudes are summed over channels, as what is ranked, and the values for μ-fidelity.
        target: whose probability is followed; the prediction where None. Of a contrast, ``of``.
        steps: of the curves, 2 passes each.
        subsets: of regions, for μ-fidelity: a pass each.
        seed: of the random order and of the subsets.

    Returns:
        The scores of ``map``, ``magnitude`` and ``random``.

    Raises:
        InputError: several inputs, or a map of another size.
        SettingsError, ModelError: as :func:`wam_core.explain_module`.

    >>> from torch import nn
    >>> weights = torch.rand(1, 1, 8, 8)
    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    >>> scores = evaluate_map(net, torch.ones(1, 1, 8, 8), weights, 1, steps=4, subsets=8)
    >>> list(scores)
    ['map', 'magnitude', 'random']
    """
    called = as_module(module)
    batch = as_batch(x, called)
    if len(batch) != 1:
        raise InputError(f"x has {len(batch)} inputs; one, a batch of one, is needed")
    worth = _worth(heat, batch)
    if steps < 1 or subsets < 2:
        raise SettingsError(f"steps is {steps} and subsets {subsets}; at least 1 and 2 are needed")
    domain, wanted = Samples(), check(target, 1)
    with frozen(called, batch.ndim - 2, name=name_of(module)) as classifier, torch.no_grad():
        batch = classifier.prepare(batch)
        index = resolve(wanted, classifier, classifier.scores(batch))[0].index
        energy = magnitude(domain.features(batch), shared=True)
        score, found = clipped(classifier), {}
        orders = {MAP: worth, ENERGY: energy, CHANCE: at_random(energy, seed)}
        for name, values in orders.items():
            strength = values.abs().sum(0, keepdim=True)
            curves = run_to_end(perturb(score, batch, domain, strength, linear(steps)))
            fidelity = mu_fidelity(score, batch, domain, values, index, subsets=subsets, seed=seed)
            found[name] = MapScores(
                area(curves.insertion, index),
                area(curves.deletion, index),
                faithfulness(curves, index),
                run_to_end(fidelity),
                curves,
            )
    return found


def _worth(heat: object, x: Tensor) -> Tensor:
    """The map as (channels or 1, places)."""
    values = torch.as_tensor(heat).detach().to(x)
    size = tuple(x.shape[2:])
    if tuple(values.shape[-len(size) :]) != size or values.numel() not in (
        x[0, 0].numel(), x[0].numel()
    ):  # fmt: skip
        raise InputError(
            f"the map has shape {tuple(values.shape)}; the input's {size} is needed, with or "
            "without axes for batch and channels"
        )
    return values.reshape(-1, x[0, 0].numel())
