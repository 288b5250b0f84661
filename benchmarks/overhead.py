"""What an explanation costs beyond the passes of the network it cannot do without.

Prints, in one run: seconds per pass for several micro-batches; for each variant the median ratio
of ``explain`` to the same number of bare forward and input-backward passes at the best micro-batch,
the two in turn; and the peak memory at 25 and at 200 samples, each in a process of its own.

Limits: ratio at most 1.05; memory equal within 5 %.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time

import torch
from torch import Tensor

import models
from models import samples
from wam_core import (
    Classifier,
    Gradient,
    IntegratedGradients,
    SmoothGrad,
    WaveletTransform,
    explain,
)
from wam_core.engine import measure_micro_batch

TRANSFORM = WaveletTransform("haar", 3, ndim=2)


def bare(net: Classifier, x: Tensor, passes: int, size: int) -> float:
    """Seconds of forward and input-backward passes, and nothing else."""
    began = time.perf_counter()
    for start in range(0, passes, size):
        batch = x.repeat(min(size, passes - start), 1, 1, 1).requires_grad_()
        torch.autograd.grad(net.module(batch)[:, 0].sum(), batch)
    return time.perf_counter() - began


def peak_memory(name: str, count: int) -> int:
    """Bytes at the peak of one explanation, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.overhead", "--model", name, "--peak", str(count)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=models.default("image"))
    parser.add_argument("--repeats", type=int, default=11)
    parser.add_argument("--peak", type=int, help="only one explanation; print its peak memory")
    chosen = parser.parse_args()
    net = models.load(chosen.model, "cuda" if torch.cuda.is_available() else "cpu")
    x = net.prepare(samples.load("chelsea"))

    if chosen.peak:
        explain(net, x, transform=TRANSFORM, path=SmoothGrad(chosen.peak))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
        return

    print(f"{chosen.model} on {net.device}, {torch.get_num_threads()} threads")
    seconds = measure_micro_batch(net, x)
    for size, each in seconds.items():
        print(f"  micro-batch {size:3d}: {1000 * each:6.1f} ms a pass")
    best = min(seconds, key=lambda size: seconds[size])
    print(f"  best: {best}")

    for path in (Gradient(), SmoothGrad(25), IntegratedGradients(25)):
        size = min(best, path.length)
        repeats = chosen.repeats * (3 if path.length == 1 else 1)
        ratios, floor = [], []
        for _ in range(repeats + 1):  # the first pair warms up
            began = time.perf_counter()
            explain(net, x, 0, transform=TRANSFORM, path=path, micro_batch=size)
            spent = time.perf_counter() - began
            floor.append(bare(net, x, path.length, size))
            ratios.append(spent / floor[-1])
        print(
            f"{path.kind:11s} {path.length:3d} passes: {statistics.median(floor[1:]):.3f} s bare, "
            f"ratio {statistics.median(ratios[1:]):.3f} "
            f"(quartiles {', '.join(f'{q:.3f}' for q in statistics.quantiles(ratios[1:])[::2])})"
        )

    few, many = peak_memory(chosen.model, 25), peak_memory(chosen.model, 200)
    print(f"peak memory: {few / 2**20:.0f} MiB at 25 samples, {many / 2**20:.0f} MiB at 200")
    print(f"  ratio {many / few:.3f}")


if __name__ == "__main__":
    main()
