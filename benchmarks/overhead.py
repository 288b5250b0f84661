"""What an explanation costs against its floor: the bare passes of the same network.

The method needs one forward and one input-backward pass per point; everything else (the wavelet,
the noise, the engine) is overhead. Limits: 1.05 times the floor for images, 1.10 for sounds and
volumes, a peak of memory that does not grow with the number of samples (within 5 %), and 2 GiB for
a volume of 64³.

    python benchmarks/overhead.py --model efficientnet_lite0
    python benchmarks/overhead.py --model esc10
    python benchmarks/overhead.py --model modelnet10
"""

import argparse
import math
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

import models
from models.architectures.volume import Cnn3d
from wam_core import DiscreteWaveletTransform, Gradient, IntegratedGradients, SmoothGrad, explain
from wam_core.classifier import Classifier
from wam_core.engine import default_micro_batch, measure_micro_batch
from wam_core.path import Path

GROWTH = 1.05


@dataclass(frozen=True)
class Case:
    """What is explained: noise of the size that a network is given, and what it may cost.

    Attributes:
        limit: of the ratio to the bare passes.
        memory: of a process that explains, MiB; no limit where infinite.
    """

    shape: tuple[int, ...]
    transform: DiscreteWaveletTransform
    spread: float
    limit: float
    memory: float = math.inf

    @property
    def title(self) -> str:
        return " × ".join(map(str, self.shape))

    def input(self) -> torch.Tensor:
        draw = torch.Generator().manual_seed(0)
        return self.spread * torch.randn(1, *self.shape, generator=draw)

    def paths(self) -> dict[str, Path]:
        return {
            "gradient": Gradient(),
            "smoothgrad(25)": SmoothGrad(25, self.spread),
            "integrated(25)": IntegratedGradients(25),
        }


CASES: Mapping[str, tuple[Case, ...]] = {
    "image": (Case((3, 224, 224), DiscreteWaveletTransform("haar", 3, ndim=2), 0.25, 1.05),),
    "sound": (Case((1, 220_500), DiscreteWaveletTransform("db4", 8, ndim=1), 0.001, 1.10),),
    # 32³ is a size of the method's published volumes, 64³ one that a user may bring
    "volume": tuple(
        Case((1, n, n, n), DiscreteWaveletTransform("haar", 3, 3, "symmetric"), 0.0001, 1.10, 2048)
        for n in (32, 64)
    ),
}


def network_of(model: str, case: Case) -> Classifier:
    """The network; for volumes its architecture at the case's size, untrained: it costs the same."""
    if models.spec(model).modality != "volume":
        return models.load(model, device())
    labels = models.load(model).labels or ()
    module = Cnn3d(len(labels), cells=case.shape[-1] // 8)
    return Classifier(module, ndim=3, name=model).to(device())


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - began


def bare(
    network: Classifier,
    passed: Callable[[torch.Tensor], torch.Tensor],
    x: torch.Tensor,
    passes: int,
    size: int,
    target: int,
) -> None:
    """Forward and input-backward passes, and nothing else: of the network as given, or of its twin."""
    while passes:
        taken = min(size, passes)
        inputs = x.expand(taken, *x.shape[1:]).clone().requires_grad_()
        first = network.representation
        scores = passed(inputs if first is None else first(inputs))
        torch.autograd.grad(scores[:, target].sum(), inputs)
        passes -= taken


def compare(
    network: Classifier,
    case: Case,
    path: Path,
    x: torch.Tensor,
    size: int,
    floor: tuple[Callable[[torch.Tensor], torch.Tensor], int],
    repeats: int,
) -> tuple[float, float, float]:
    """Median seconds of both, and the median of the ratios of neighbouring runs (A B A B …).

    Args:
        size: the micro-batch of the explanation.
        floor: what is passed bare, and at which micro-batch.
    """

    def ours() -> None:
        explain(network, x, 0, transform=case.transform, path=path, micro_batch=size)

    def theirs() -> None:
        bare(network, floor[0], x, path.length, floor[1], 0)

    ours()  # both warm up
    theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(repeats)]
    a, b = (statistics.median(column) for column in zip(*pairs, strict=True))
    return a, b, statistics.median(ours / bare for ours, bare in pairs)


def peak(model: str, number: int, samples: int) -> float:
    """Peak memory of a process that explains once, MiB: of the GPU where there is one."""
    command = [sys.executable, __file__, "--model", model, "--only-peak", str(number), str(samples)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def report_peak(model: str, number: int, samples: int) -> None:
    case = CASES[models.spec(model).modality][number]
    network, path = network_of(model, case), SmoothGrad(samples, case.spread)
    explain(network, case.input(), 0, transform=case.transform, path=path)
    if torch.cuda.is_available():
        print(torch.cuda.max_memory_allocated() / 2**20)
    else:
        print(resident_peak())


def resident_peak() -> float:
    """MiB of this process. On Linux ru_maxrss starts at what its parent held, so it is not asked."""
    try:
        with open("/proc/self/status", encoding="ascii") as lines:
            (held,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    except OSError:  # no Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return float(held) / 2**10


def device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def report(model: str, number: int, repeats: int) -> None:
    case = CASES[models.spec(model).modality][number]
    network = network_of(model, case)
    x = case.input().to(network.device)
    used = default_micro_batch(x)
    print(f"{model}, {case.title}, {network.device}, {torch.get_num_threads()} threads\n")

    given = Classifier(
        network.module,
        representation=network.representation,
        frontend=network.frontend,
        quick=False,
    )
    print("Seconds per pass, by micro-batch: of the network as given, and as it is passed")
    table, quick = measure_micro_batch(given, x), measure_micro_batch(network, x)
    best = min(table, key=table.__getitem__)
    for size, taken in table.items():
        marks = [mark for mark, at in (("best", best), ("default", used)) if at == size]
        print(f"  {size:4d}  {taken:8.4f}  {quick[size]:8.4f}  {', '.join(marks)}")

    print(
        f"\nPassed: {network.optimized.layout(network.represent(x))}\n"
        f"Against bare passes of the network as given, at their best micro-batch (limit {case.limit});\n"
        "own: against bare passes of the twin that is passed, alike in micro-batch: what the engine "
        "adds; medians of A B A B …"
    )
    print(f"  {'path':16s} {'passes':>6s} {'explain':>9s} {'bare':>9s} {'ratio':>7s} {'own':>7s}")
    for name, path in case.paths().items():
        floor = min((size for size in table if size <= path.length), key=table.__getitem__)
        pairs = max(49, repeats) if path.length == 1 else repeats
        ours, theirs, ratio = compare(network, case, path, x, used, (network.module, floor), pairs)
        alike = min(used, path.length)
        _, _, own = compare(network, case, path, x, used, (network.optimized, alike), pairs)
        verdict = "ok" if ratio <= case.limit else "ABOVE"
        print(
            f"  {name:16s} {path.length:6d} {ours:8.3f}s {theirs:8.3f}s {ratio:7.3f} {own:7.3f}  "
            f"{verdict}"
        )

    print("\nPeak memory of a process, smoothgrad")
    few, many = peak(model, number, 25), peak(model, number, 200)
    verdict = "ok" if many / few <= GROWTH and max(few, many) <= case.memory else "ABOVE"
    print(
        f"  25 samples {few:.0f} MiB, 200 samples {many:.0f} MiB, ratio {many / few:.3f}  {verdict}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="efficientnet_lite0")
    parser.add_argument("--repeats", type=int, default=9, help="interleaved pairs per path")
    parser.add_argument("--only-peak", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_peak:
        report_peak(options.model, *options.only_peak)
        return
    for number in range(len(CASES[models.spec(options.model).modality])):
        print("\n" * bool(number), end="")
        report(options.model, number, options.repeats)


if __name__ == "__main__":
    main()
