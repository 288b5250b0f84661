"""How time and memory grow with the work: samples, levels, and the size of the input.

Each point is a process of its own, which explains once to warm up and then a few times more; its
time is the least of these (on a CPU that of the processor, on one thread, so that other work on the
machine hardly counts), its memory what the explanations added to the loaded network at the peak.
The exponent is the slope in double logarithmic axes from the first to the last point: 1 is
linear, 0 is constant. What grows with the number of visitors is in ``benchmarks/load.py``.

    python -m benchmarks.growth                          # all; some ten minutes on 2 cores
    python -m benchmarks.growth --only samples side --out growth.html
"""

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import torch

from benchmarks.overhead import Case, network_of, resident_peak
from wam_core import DiscreteWaveletTransform, SmoothGrad, explain

_REPEATS = 3


@dataclass(frozen=True)
class Sweep:
    """One quantity that grows.

    Attributes:
        title: with its unit.
        values: of the quantity.
        model: whose network is asked.
        case: from a value to what is explained.
        samples: from a value to how often.
        expected: the exponent of time that the method has.
        size: from a value to what ``expected`` is about, where it is not the value itself.
    """

    title: str
    values: Sequence[int]
    model: str
    case: Callable[[int], Case]
    samples: Callable[[int], int]
    expected: float
    size: Callable[[int], float] = float


@dataclass(frozen=True)
class Point:
    """What one process measured."""

    sweep: str
    value: int
    seconds: float
    added_mib: float


def _case(shape: tuple[int, ...], wavelet: str, levels: int, spread: float) -> Case:
    transform = DiscreteWaveletTransform(wavelet, levels, len(shape) - 1, "symmetric")
    return Case(shape, transform, spread, math.inf)


_FEW = 5  # a micro-batch
SWEEPS: Mapping[str, Sweep] = {
    "samples": Sweep(
        "samples, image of 224 × 224", (10, 25, 50, 100, 200), "efficientnet_lite0",
        lambda _: _case((3, 224, 224), "haar", 3, 0.25), int, expected=1,
    ),
    "levels": Sweep(
        "levels, image of 224 × 224", (1, 2, 3, 5, 7), "efficientnet_lite0",
        lambda levels: _case((3, 224, 224), "haar", levels, 0.25), lambda _: _FEW, expected=0,
    ),
    "side": Sweep(
        "side of an image, pixels", (224, 384, 512, 768, 1024), "efficientnet_lite0",
        lambda side: _case((3, side, side), "haar", 3, 0.25), lambda _: _FEW, expected=1,
        size=lambda side: side**2,
    ),
    "length": Sweep(
        "length of a sound, seconds", (1, 5, 15, 30, 60), "esc10",
        lambda length: _case((1, 44_100 * length), "db4", 8, 0.001), lambda _: _FEW, expected=1,
    ),
    "volume": Sweep(
        "side of a volume, voxels", (16, 32, 64, 96, 128), "modelnet10",
        lambda side: _case((1, side, side, side), "haar", 2, 1e-4), lambda _: _FEW, expected=1,
        size=lambda side: side**3,
    ),
}  # fmt: skip


def measure(name: str, value: int) -> Point:
    """One point, in this process."""
    torch.set_num_threads(1)
    clock = time.perf_counter if torch.cuda.is_available() else time.process_time
    sweep = SWEEPS[name]
    case = sweep.case(value)
    network = network_of(sweep.model, case)
    x = case.input().to(network.device)
    path = SmoothGrad(sweep.samples(value), case.spread)
    before = resident_peak()

    def work() -> float:
        began = clock()
        explain(network, x, 0, transform=case.transform, path=path)
        return clock() - began

    work()
    least = min(work() for _ in range(_REPEATS))
    return Point(name, value, least, resident_peak() - before)


def apart(name: str, value: int) -> Point:
    """One point, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.growth", "--point", name, str(value)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Point(**json.loads(told))


def exponent(sweep: Sweep, points: Sequence[Point]) -> float:
    """Of the time, from the first to the last point."""
    first, last = points[0], points[-1]
    times = math.log(last.seconds / first.seconds)
    return times / math.log(sweep.size(last.value) / sweep.size(first.value))


def report(name: str) -> list[Point]:
    """Print one sweep."""
    sweep, points = SWEEPS[name], []
    print(f"\n{sweep.title}: {sweep.model}", flush=True)
    print(f"  {'value':>6s} {'seconds':>9s} {'× first':>8s} {'added MiB':>10s} {'× first':>8s}")
    for value in sweep.values:
        points.append(point := apart(name, value))
        first = points[0]
        print(
            f"  {value:6d} {point.seconds:9.3f} {point.seconds / first.seconds:8.2f} "
            f"{point.added_mib:10.0f} {point.added_mib / first.added_mib:8.2f}",
            flush=True,
        )
    print(f"  time grows with the power {exponent(sweep, points):.2f} (expected {sweep.expected})")
    return points


def draw(points: Sequence[Point], to: str) -> None:
    """All sweeps in one figure, as a file that opens offline."""
    from plotly.subplots import make_subplots

    names = list(dict.fromkeys(point.sweep for point in points))
    figure = make_subplots(len(names), 2, column_titles=["seconds", "MiB added at the peak"])
    for row, name in enumerate(names, start=1):
        mine = [point for point in points if point.sweep == name]
        for column, values in enumerate(
            ([point.seconds for point in mine], [point.added_mib for point in mine]), start=1
        ):
            x = [point.value for point in mine]
            figure.add_scatter(x=x, y=values, mode="lines+markers", row=row, col=column)
            figure.update_xaxes(title=SWEEPS[name].title, row=row, col=column)
    figure.update_yaxes(rangemode="tozero")
    figure.update_layout(height=300 * len(names), showlegend=False, template="plotly_white")
    figure.write_html(to, include_plotlyjs=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=SWEEPS, default=list(SWEEPS))
    parser.add_argument("--out", help="an HTML file for the figure")
    parser.add_argument("--point", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.point:
        print(json.dumps(asdict(measure(options.point[0], int(options.point[1])))))
        return
    points = [point for name in options.only for point in report(name)]
    if options.out:
        draw(points, options.out)


if __name__ == "__main__":
    main()
