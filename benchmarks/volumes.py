"""Does an attribution of a volume name what the class hangs on, beyond what the volume explains?

    python -m benchmarks.volumes --data MODELNET10_30.npz

On 60 objects of the test part that the network names rightly, always the same; on the objects built
of boxes and cylinders, whose parts are known; and beside controls (:mod:`benchmarks.removal`).
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

import models
from benchmarks.removal import (
    HAAR,
    SHARE,
    Fall,
    Item,
    attributed,
    by_sample,
    certainty,
    coefficient_falls,
    falls,
    named_rightly,
    without,
)
from models import solids
from wam_core import Classifier, IntegratedGradients, WaveletAttribution, explain
from wam_core.evaluation.randomisation import randomised


def table(rows: Sequence[Fall]) -> str:
    """How often the attribution's fall is the larger, and the mean falls."""
    lines = []
    for name in rows[0].by:
        mean = statistics.mean(row.by[name] for row in rows)
        won = sum(row.by["attribution"] > row.by[name] for row in rows)
        against = "" if name == "attribution" else f"  beaten in {won} of {len(rows)}"
        lines.append(f"  {name:18s} mean fall {mean:6.3f}{against}")
    return "\n".join(lines)


def gaps(net: Classifier, items: Sequence[Item], path: IntegratedGradients) -> list[float]:
    """Of each object: how much of f(x) − f(0) the attribution misses, relative to it."""
    return [
        completeness_gap(explain(net, item.x, item.label, transform=HAAR, path=path))
        for item in items
    ]


def completeness_gap(result: WaveletAttribution) -> float:
    """Of the first sample of a path that has one."""
    assert result.completeness_gap is not None
    return float(result.completeness_gap[0])


def built() -> list[Item]:
    """The objects built of boxes and cylinders, whose parts are known."""
    return [
        Item(name, f"{name} (built)", torch.from_numpy(solids.build(name).grid)[None, None].float())
        for name in solids.NAMES
    ]


@dataclass(frozen=True)
class Part:
    """A part of a built object.

    Attributes:
        voxels: its share of the object's voxels.
        magnitude, gamma: its share of |z|, and of Σγ; the shares of γ have signs.
        fall: of p(class) without the part.
    """

    name: str
    voxels: float
    magnitude: float
    gamma: float
    fall: float


def parts(net: Classifier, item: Item) -> list[Part]:
    """What the parts of a built object carry, and what the network makes of it without them."""
    index = net.index(item.label)
    result = attributed(net, index, item)
    placed = by_sample(result.attribution, item)
    magnitude = by_sample(result.coefficients.map(torch.abs), item)
    masks = {name: torch.from_numpy(mask) for name, mask in solids.build(item.label).parts.items()}
    x = torch.cat([item.x, *(without(item, mask.flatten()) for mask in masks.values())])
    p = certainty(net, x, index).tolist()
    return [
        Part(
            name,
            float(mask.sum() / len(item.filled)),
            float(magnitude[mask].sum() / magnitude.sum()),
            float(placed[mask].sum() / placed.sum()),
            p[0] - without_it,
        )
        for (name, mask), without_it in zip(masks.items(), p[1:], strict=True)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--objects", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=3, help="networks with random weights")
    given = parser.parse_args()
    began = time.monotonic()
    net = models.load("modelnet10")
    items = named_rightly(net, given.data, given.objects)
    batches = [torch.cat([item.x for item in items[start::4]]) for start in range(4)]
    controls = [randomised(net, batches, seed) for seed in range(given.seeds)]
    p = [float(certainty(net, item.x, net.index(item.label))) for item in items]
    print(f"{len(items)} objects named rightly, p from {min(p):.2f}, mean {statistics.mean(p):.2f}")

    print(f"\nFall of p(class) without {SHARE:.0%} of the object's voxels")
    print(table([falls(net, controls, item) for item in items]))
    print(f"\nFall of p(class) without {SHARE:.0%} of the coefficients that are not 0")
    print(table([coefficient_falls(net, controls, item) for item in items]))

    print("\nIntegrated Gradients: what is missing of f(x) − f(0)")
    objects = built()
    for steps in (2, 5, 25, 100):  # few, to see that it can be missed
        found = gaps(net, items, IntegratedGradients(steps))
        own = gaps(net, objects, IntegratedGradients(steps))
        print(
            f"  {steps:3d} points: median {statistics.median(found):.1e}, largest {max(found):.1e}; "
            f"built objects: largest {max(own):.1e}"
        )

    print(f"\nBuilt objects: fall of p(class) without {SHARE:.0%} of the voxels")
    rows = [falls(net, controls, item) for item in objects]
    for row in rows:
        others = {name: fall for name, fall in row.by.items() if name != "voxel IG"}
        first_ = max(others, key=others.__getitem__)
        note = "" if first_ == "attribution" else f"  FAILS: {first_} {others[first_]:.3f}"
        print(f"  {row.item.label:8s} {row.by['attribution']:.3f}{note}")
    print(table(rows))

    print("\nParts: share of the voxels, of |z|, of Σγ; fall of p(class) without the part")
    agree = 0
    for item in objects:
        found_parts = parts(net, item)
        agree += max(found_parts, key=lambda part: part.gamma) is max(
            found_parts, key=lambda part: part.fall
        )
        for part in found_parts:
            print(
                f"  {item.label:8s} {part.name:10s} {part.voxels:4.0%} {part.magnitude:4.0%} "
                f"{part.gamma:5.0%}  {part.fall:6.3f}"
            )
    print(f"  the part with most of Σγ is the one that p hangs on in {agree} of {len(objects)}")
    print(f"\n{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
