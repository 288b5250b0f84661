"""A tenth of an object is taken away, and p(class) is read again: who chooses the tenth best?

Per removal, not by looks: that |γ| is larger on an object than off it proves nothing, so is |z|.
Beside the attribution choose |z| (no network), chance, a ball somewhere, the same network with
random weights, and Integrated Gradients on the voxels themselves.
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.modelnet10 import distinct
from wam_core import (
    Classifier,
    DiscreteWaveletTransform,
    IntegratedGradients,
    WaveletAttribution,
    explain,
)
from wam_core.bands import Bands, ranks
from wam_core.density import density

HAAR = DiscreteWaveletTransform("haar", 2, 3, "symmetric")
PATH = IntegratedGradients(25)
SHARE = 0.1
DRAWS = 10
"""Random removals of one object; their mean is what is compared."""


@dataclass(frozen=True, eq=False)
class Item:
    """An object, as the network receives it, and the class it belongs to."""

    label: str
    name: str
    x: Tensor

    @property
    def filled(self) -> Tensor:
        """Positions of the object's voxels in the flattened volume."""
        return (self.x.flatten() > 0.5).nonzero().flatten()


def named_rightly(net: Classifier, data: Path, count: int = 60) -> list[Item]:
    """Always the same ones of the distinct test part, class by class in turn."""
    with np.load(data, allow_pickle=False) as file:
        grids, classes = file["x_test"], file["y_test"].ravel()
        labels = [str(label) for label in file["labels"]]
        known: set[bytes] = set()
        distinct(file["x_train"], known)
    kept = distinct(grids, known)
    x = torch.from_numpy(grids[kept])[:, None].float()
    found = torch.cat([net.predict(chunk).argmax(1) for chunk in x.split(32)]).tolist()
    wanted = [net.index(labels[each].replace("_", " ")) for each in classes[kept]]
    order = np.random.default_rng(0).permutation(len(kept)).tolist()
    by_class: dict[int, list[int]] = {index: [] for index in range(len(labels))}
    for place in order:
        if found[place] == wanted[place]:
            by_class[wanted[place]].append(place)
    turns = [
        members[turn]
        for turn in range(len(kept))
        for members in by_class.values()
        if turn < len(members)
    ]
    return [
        Item(net.label(wanted[place]), f"test {kept[place]}", x[place : place + 1])
        for place in turns[:count]
    ]


def certainty(net: Classifier, x: Tensor, index: int) -> Tensor:
    """p(class) of each of the volumes."""
    with torch.no_grad():
        return net.scores(x).double().softmax(1)[:, index]


def without(item: Item, taken: Tensor) -> Tensor:
    """The volume with some of its voxels empty; ``taken`` holds positions in the flattened one."""
    x = item.x.clone()
    x.view(-1)[taken] = 0
    return x


def first(item: Item, ranking: Tensor) -> Tensor:
    """The tenth of an object's voxels that a ranking (*space) puts first; ties by position."""
    filled = item.filled
    places = ranks(ranking.flatten()[filled][None])[0]
    return filled[places < round(SHARE * len(filled))]


def at_random(item: Item, draw: torch.Generator) -> Tensor:
    filled = item.filled
    return filled[torch.randperm(len(filled), generator=draw)[: round(SHARE * len(filled))]]


def ball(item: Item, draw: torch.Generator) -> Tensor:
    """The voxels that lie nearest to one of the object's: contiguous, so harder to beat."""
    filled = item.filled
    places = (item.x[0, 0] > 0.5).nonzero().double()
    centre = places[torch.randint(len(places), (1,), generator=draw)]
    distance = (places - centre).square().sum(1)
    return filled[distance.argsort(stable=True)[: round(SHARE * len(filled))]]


def by_sample(z: Bands, item: Item) -> Tensor:
    """A pyramid as one number per voxel: a coefficient's is divided among the object's own voxels.

    Divided exactly, through the filters of synthesis or analysis, γ is Integrated Gradients of the
    voxels (:func:`on_voxels`) and nothing of its scales is left.
    """
    size = tuple(item.x.shape[2:])
    return density(z, HAAR, size, weight=item.x.abs())[0].sum(0)


def on_voxels(net: Classifier, item: Item, index: int) -> Tensor:
    """Integrated Gradients of the voxels themselves, x ⊙ ∫∇f: no wavelet."""
    mean = torch.zeros_like(item.x)
    for chunk, weight in PATH.points(item.x, net.black(item.x)):
        point = chunk.detach().requires_grad_()
        (slope,) = torch.autograd.grad(net.scores(point)[0, index], point)
        mean += weight * slope
    return (item.x * mean)[0].sum(0)


def attributed(net: Classifier, index: int, item: Item) -> WaveletAttribution:
    return explain(net, item.x, index, transform=HAAR, path=PATH)


@dataclass(frozen=True)
class Fall:
    """By how much p(class) falls when a tenth of an object is taken away, by what chose the tenth."""

    item: Item
    by: Mapping[str, float]


def falls(net: Classifier, controls: Sequence[Classifier], item: Item) -> Fall:
    """Voxels: the attribution's and its controls'."""
    index = net.index(item.label)
    result = attributed(net, index, item)
    taken = {
        "attribution": first(item, by_sample(result.attribution, item)),
        "|z|": first(item, by_sample(result.coefficients.map(torch.abs), item)),
        "voxel IG": first(item, on_voxels(net, item, index)),
    }
    for seed, control in enumerate(controls):
        other = attributed(control, index, item).attribution
        taken[f"random weights {seed}"] = first(item, by_sample(other, item))
    chances = {"random": at_random, "ball": ball}
    for name, choose in chances.items():
        draw = torch.Generator().manual_seed(0)
        taken.update({f"{name}/{time}": choose(item, draw) for time in range(DRAWS)})
    x = torch.cat([item.x, *(without(item, places) for places in taken.values())])
    p = certainty(net, x, index)
    by = dict(zip(taken, (p[0] - p[1:]).tolist(), strict=True))
    for name in chances:
        by[name] = statistics.mean(by.pop(f"{name}/{time}") for time in range(DRAWS))
    return Fall(item, by)


def strongest_removed(z: Bands, ranking: Bands, share: float) -> Bands:
    """The coefficients without the ``share`` of those that are not 0 that a ranking puts first."""
    names = [band for band, _ in z.bands()]
    row = torch.cat([z[band].flatten() for band in names])
    worth = torch.cat([ranking[band].flatten() for band in names])
    present = row.nonzero().flatten()
    row[present[ranks(worth[present][None])[0] < round(share * len(present))]] = 0
    parts = row.split([z[band].numel() for band in names])
    return z.replaced(
        {band: part.view_as(z[band]) for band, part in zip(names, parts, strict=True)}
    )


def coefficient_falls(net: Classifier, controls: Sequence[Classifier], item: Item) -> Fall:
    """The same in the wavelet domain: a tenth of the coefficients that are not 0."""
    index = net.index(item.label)
    result = attributed(net, index, item)
    z = result.coefficients
    draw = torch.Generator().manual_seed(0)

    def chance(band: Tensor) -> Tensor:
        return torch.rand(band.shape, generator=draw)

    rankings = {"attribution": result.attribution, "|z|": z.map(torch.abs)}
    rankings |= {
        f"random weights {seed}": attributed(control, index, item).attribution
        for seed, control in enumerate(controls)
    }
    rankings |= {f"random/{time}": z.map(chance) for time in range(DRAWS)}
    left = [
        HAAR.synthesise(strongest_removed(z, ranking, SHARE), result.size)
        for ranking in rankings.values()
    ]
    p = certainty(net, torch.cat([item.x, *left]), index)
    by = dict(zip(rankings, (p[0] - p[1:]).tolist(), strict=True))
    by["random"] = statistics.mean(by.pop(f"random/{time}") for time in range(DRAWS))
    return Fall(item, by)
