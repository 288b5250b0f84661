"""How many passes the same answer takes: rules of Integrated Gradients, and noise of SmoothGrad.

Relative L2 errors of γ against a long run, medians with quartiles over the inputs, and how many
passes reach the error that the published settings leave (25 trapezoid points, ungraded; 25
independent copies). Errors of SmoothGrad follow from its variance: V / n for n independent copies,
2 V_even / n for n / 2 antithetic pairs (ε, −ε), V_even being the variance of a pair's mean.

    python -m benchmarks.fewer --images FOLDER --count 50
    python -m benchmarks.fewer --sounds ESC10_FOLDER --count 10
    python -m benchmarks.fewer --volumes MODELNET10_30.npz --count 10
"""

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as File

import numpy as np
import torch
from scipy.stats import spearmanr

import models
from benchmarks.removal import named_rightly
from wam_core import (
    Classifier,
    DiscreteWaveletTransform,
    Gradient,
    IntegratedGradients,
    SmoothGrad,
    explain,
)
from wam_core.defaults import DEFAULTS, POINTS
from wam_core.path import Path
from wam_core.signals import Modality, read

_STEPS = (5, 8, 10, 15, 20, 25)
_LONG = 400


@dataclass(frozen=True, eq=False)
class Case:
    """One input, as its network receives it."""

    net: Classifier
    kind: Modality
    x: torch.Tensor

    @property
    def transform(self) -> DiscreteWaveletTransform:
        usual, size = DEFAULTS[self.kind], self.x.shape[2:]
        rate = getattr(self.net.frontend, "rate", 0.0)
        return DiscreteWaveletTransform(
            usual.wavelet, usual.levels(size, rate), len(size), usual.padding
        )

    @cached_property
    def target(self) -> int:
        return int(self.net.predict(self.x)[0].argmax())

    def gamma(self, path: IntegratedGradients) -> torch.Tensor:
        return self._flat(self.x, path)

    def slope(self, x: torch.Tensor) -> torch.Tensor:
        return self._flat(x, Gradient())

    def _flat(self, x: torch.Tensor, path: Path) -> torch.Tensor:
        found = explain(self.net, x, self.target, transform=self.transform, path=path)
        return torch.cat([band.flatten() for _, band in found.attribution.bands()]).double()


def files(kind: Modality, name: str, found: Sequence[File], count: int) -> Iterator[Case]:
    net = models.load(name)
    for file in found[:: max(1, len(found) // count)][:count]:
        yield Case(net, kind, net.prepare(read(file.read_bytes(), file.name)))


def integrated(case: Case) -> dict[str, float]:
    """Errors of rules against a long one, by name."""
    grading = DEFAULTS[case.kind].grading
    limit = case.gamma(IntegratedGradients(_LONG, grading=grading))
    paths = {
        "published": IntegratedGradients(POINTS, rule="trapezoid"),
        **{f"trapezoid {n}": IntegratedGradients(n, rule="trapezoid", grading=grading) for n in _STEPS},
        **{f"gauss-legendre {n}": IntegratedGradients(n, grading=grading) for n in _STEPS},
    }  # fmt: skip
    return {
        name: float((case.gamma(path) - limit).norm() / limit.norm())
        for name, path in paths.items()
    }


def smoothed(case: Case, pairs: int) -> dict[str, float]:
    """Errors of a mean of 25 and of 15, what antithetic pairs gain, and how alike halves rank."""
    spread = DEFAULTS[case.kind].spread
    even_sum = odd_square = even_square = torch.zeros((), dtype=torch.float64)
    half = [torch.zeros((), dtype=torch.float64)] * 2
    points = SmoothGrad(pairs, spread, seed=1000).points(case.x, case.net.black(case.x))
    for at, (point, _) in enumerate(points):
        up, down = case.slope(point), case.slope(2 * case.x - point)
        even, odd = (up + down) / 2, (up - down) / 2
        even_sum = even_sum + even
        half[at % 2] = half[at % 2] + even
        even_square, odd_square = even_square + even.square().sum(), odd_square + odd.square().sum()
    within = float(even_square - even_sum.square().sum() / pairs) / (pairs - 1)
    variance = within + float(odd_square) / pairs
    strength = float((even_sum / pairs).square().sum()) - within / pairs
    error = math.sqrt(variance / max(strength, 1e-30))
    gain = variance / (2 * within) if within > 0 else math.inf
    return {
        "published": error / math.sqrt(POINTS),
        "independent 15": error / math.sqrt(15),
        "antithetic 14": error / math.sqrt(14 * gain),
        "gain of antithetic pairs": gain,
        "passes in pairs for the published error": max(2, 2 * math.ceil(POINTS / gain / 2)),
        "rank correlation of two halves": float(spearmanr(half[0].abs(), half[1].abs()).statistic),
    }


def table(title: str, rows: Sequence[dict[str, float]]) -> None:
    """Medians with quartiles, and in how many inputs the error is that of the published settings."""
    print(f"\n{title}, {len(rows)} inputs: median (quartiles)")
    for name in rows[0]:
        low, middle, high = np.quantile([row[name] for row in rows], (0.25, 0.5, 0.75))
        reached = sum(row[name] <= row["published"] for row in rows)
        told = f"  as good: {reached}" if name.split()[-1].isdigit() else ""
        print(f"  {name:42s} {middle:10.3g} ({low:.3g} … {high:.3g}){told}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=File)
    parser.add_argument("--sounds", type=File)
    parser.add_argument("--volumes", type=File)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=50, help="of noisy copies; 0: no SmoothGrad")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    cases: list[Case] = []
    if given.images:
        found = sorted(given.images.glob("*.jpg"))
        cases += files("image", "efficientnet_lite0", found, given.count)
    if given.sounds:
        cases += files("sound", "esc10", sorted(given.sounds.glob("*/*.ogg")), given.count)
    if given.volumes:
        net = models.load("modelnet10")
        items = named_rightly(net, given.volumes, given.count)
        cases += [Case(net, "volume", item.x) for item in items]
    for kind in dict.fromkeys(case.kind for case in cases):
        mine = [case for case in cases if case.kind == kind]
        table(f"{kind}s, Integrated Gradients", [integrated(case) for case in mine])
        if given.pairs:
            table(f"{kind}s, SmoothGrad", [smoothed(case, given.pairs) for case in mine])


if __name__ == "__main__":
    main()
