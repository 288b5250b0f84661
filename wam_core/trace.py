"""The course of an explanation, point by point, with the map and the sum so far.

For teaching and for looking closely; :func:`wam_core.engine.explain_steps` does the same in
micro-batches and keeps only the end.
"""

from collections.abc import Collection, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from wam_core.attribution import WaveletAttribution
from wam_core.bands import Bands
from wam_core.classifier import Classifier
from wam_core.engine import Progress, explain_steps
from wam_core.path import Path
from wam_core.signals.signal import Signal
from wam_core.steps import map_steps
from wam_core.targets import Wanted, pick, resolve
from wam_core.transforms import Transform


@dataclass(frozen=True, eq=False)
class TracePoint:
    """An explanation after some of its points.

    Attributes:
        done: points so far.
        score: f_c at the last of them.
        total: Σγ of the points so far, each with the weight it has in the whole: along a path of
            Integrated Gradients this is what the score should have risen by.
        attribution: the mean of the points so far; None where it was not to be kept.
    """

    done: int
    score: float
    total: float
    attribution: Bands | None


@dataclass(frozen=True, eq=False)
class Trace:
    """A finished explanation and its course; one entry for every point."""

    result: WaveletAttribution
    points: tuple[TracePoint, ...]


def trace(
    classifier: Classifier,
    signal: Signal | Tensor,
    target: Wanted = None,
    *,
    transform: Transform,
    path: Path,
    kept: Collection[int],
) -> Generator[Progress, None, Trace]:
    """An explanation of one input as steps of one point each; the end is that of micro-batch 1.

    Args:
        classifier, signal, target, transform, path: as for :func:`wam_core.engine.explain`.
        kept: after how many points the attribution is kept.

    Costs one more pass forward for every point.
    """
    x = classifier.prepare(signal)
    with torch.no_grad():
        targets = resolve(target, classifier, classifier.scores(x))
    points = path.points(x, classifier.black(x))
    steps = explain_steps(classifier, x, target, transform=transform, path=path, micro_batch=1)
    seen: list[TracePoint] = []
    covered = 0.0

    def noted(progress: Progress) -> Progress:
        nonlocal covered
        point, weight = next(points)
        with torch.no_grad():
            score = float(pick(targets, classifier.scores(point))[0])
        covered += weight
        so_far = progress.partial()
        total = covered * sum(float(band[0].double().sum()) for _, band in so_far.bands())
        kept_now = so_far if progress.done in kept else None
        seen.append(TracePoint(progress.done, score, total, kept_now))
        return progress

    result = yield from map_steps(steps, noted)
    return Trace(result, tuple(seen))
