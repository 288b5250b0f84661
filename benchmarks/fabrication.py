"""Can a learnt mask make up evidence? Minimal inputs of every sample, and of a wrong class each.

    python -m benchmarks.fabrication [--steps 60] [--rate 0.05] [--kinds image,sound,volume]

Prints one line per sample: how much is kept with which score, and whether the same search for a
wrong class, drawn by the sample's name, turns the network's answer to it.
"""

from typing import Annotated

import torch
import typer

import models
from models import samples
from wam_core import DiscreteWaveletTransform
from wam_core.defaults import DEFAULTS
from wam_core.evaluation.controls import wrong_class
from wam_core.evaluation.minimal import Minimal, Search, minimal
from wam_core.steps import run_to_end


def main(
    steps: Annotated[int, typer.Option(help="Of Nadam.")] = 60,
    rate: Annotated[float, typer.Option(help="Its step size.")] = 0.05,
    kinds: Annotated[str, typer.Option(help="Which inputs.")] = "image,sound,volume",
) -> None:
    """The table, and its sums."""
    torch.set_num_threads(1)
    flipped = kept_label = count = 0
    for kind in kinds.split(","):
        for name in samples.names(kind):
            right, wrong = _searched(kind, name, steps, rate)
            turned = wrong.readings[-1].best == wrong.target.index
            flipped, kept_label, count = flipped + turned, kept_label + right.keeps, count + 1
            a, b, w = right.readings[0], right.readings[-1], wrong.readings[-1]
            typer.echo(
                f"{name:22} {a.score:6.2f} → {b.score:6.2f}, kept {b.kept:6.1%}, "
                f"{'label kept' if right.keeps else 'LABEL LOST'} | {wrong.target.label[:20]:20} "
                f"p {wrong.readings[0].probability:.1e} → {w.probability:.3f}, kept {w.kept:6.1%}, "
                f"{'FABRICATES' if turned else 'does not'}"
            )
    typer.echo(f"label kept in {kept_label} of {count}; a wrong class made up in {flipped}")


def _searched(kind: str, name: str, steps: int, rate: float) -> tuple[Minimal, Minimal]:
    net = models.load(samples.network(name) or models.default(kind))
    x = net.prepare(samples.load(name))
    size, usual = tuple(x.shape[2:]), DEFAULTS[kind]
    levels = usual.levels(size, getattr(net.frontend, "rate", 0.0))
    transform = DiscreteWaveletTransform(usual.wavelet, levels, len(size), usual.padding)
    search = Search(usual.price, steps, rate)
    probabilities = net.predict(x)[0]
    best = int(probabilities.argmax())
    wrong = wrong_class(name, best, probabilities)
    right, other = (
        run_to_end(minimal(net, x, index, transform=transform, search=search))
        for index in (best, wrong)
    )
    return right, other


if __name__ == "__main__":
    typer.run(main)
