"""What a study costs against its floor: the bare passes of the network that its methods and curves need.

    python -m benchmarks.evaluation --folder PHOTOGRAPHS --inputs 12

Eight methods, insertion and deletion at 64 steps, EfficientNet-Lite0. The floor is the forward and
input-backward passes of the methods and the forward passes of the curves, at the same micro-batches,
of the same inputs; both run in turns. Limit: 1.15 times the floor.
"""

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import torch

import models
from wam_core import Classifier, DiscreteWaveletTransform
from wam_core.engine import default_micro_batch
from wam_core.evaluation.methods import METHODS, Settings
from wam_core.evaluation.study import SECONDS, Item, Plan, study
from wam_core.signals import read
from wam_core.steps import run_to_end

LIMIT = 1.15
CURVE_BATCH = 16  # insertion and deletion of eight shares
RANKINGS = (
    "wam-gradient", "wam-sg", "wam-ig", "wam-path", "saliency", "gradcam", "control-z", "random",
)  # fmt: skip


def bare(net: Classifier, x: torch.Tensor, passes: int, curves: int) -> None:
    """Passes, and nothing else."""
    size = default_micro_batch(x)
    while passes > 0:
        taken = min(size, passes)
        inputs = x.expand(taken, *x.shape[1:]).clone().requires_grad_()
        torch.autograd.grad(net.module(inputs)[:, 0].sum(), inputs)
        passes -= taken
    with torch.no_grad():
        while curves > 0:
            taken = min(CURVE_BATCH, curves)
            net.module(x.expand(taken, *x.shape[1:]).contiguous())
            curves -= taken


def pairs(
    net: Classifier, files: list[Path], plan: Plan
) -> Iterator[dict[str, tuple[float, float]]]:
    """Of each photograph: the seconds of every method with its curves, and those of its floor."""
    for file in files:
        x = net.prepare(read(file.read_bytes(), file.name))
        rows = run_to_end(study(net, [Item(file.name, partial(torch.Tensor.clone, x))], plan)).rows
        spent = {row.method: row.value for row in rows if row.metric == SECONDS}
        found = {}
        for name in plan.methods:
            began = time.perf_counter()
            bare(net, x, METHODS[name].passes(plan.settings.samples), 2 * (plan.steps + 1))
            found[name] = (spent[name], time.perf_counter() - began)
        yield found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--inputs", type=int, default=12)
    parser.add_argument("--levels", type=int, default=5)
    options = parser.parse_args()

    net = models.load("efficientnet_lite0", "cuda" if torch.cuda.is_available() else "cpu")
    plan = Plan(
        RANKINGS,
        ("insertion", "deletion", "faithfulness"),
        Settings(DiscreteWaveletTransform("haar", options.levels, 2)),
    )
    files = random.Random(0).sample(sorted(options.folder.glob("*.jpg")), options.inputs + 1)
    measured = list(pairs(net, files, plan))[1:]  # the first one warms up
    print(f"{len(measured)} photographs, {net.device}, {torch.get_num_threads()} threads; medians")
    print(f"  {'method':16s} {'study':>9s} {'floor':>9s} {'ratio':>7s}")
    for name in plan.methods:
        ours, floor = (statistics.median(m[name][side] for m in measured) for side in (0, 1))
        print(f"  {METHODS[name].title[:16]:16s} {ours:8.3f}s {floor:8.3f}s {ours / floor:7.3f}")
    totals = [
        (sum(m[n][0] for n in plan.methods), sum(m[n][1] for n in plan.methods)) for m in measured
    ]
    ratio = statistics.median(a / b for a, b in totals)
    print(f"  {'all':16s} {statistics.median(a for a, _ in totals):8.3f}s "
          f"{statistics.median(b for _, b in totals):8.3f}s {ratio:7.3f}  "
          f"{'ok' if ratio <= LIMIT else 'ABOVE'} (limit {LIMIT})")  # fmt: skip


if __name__ == "__main__":
    main()
