"""What a study gains by a second worker of a Ray cluster on this machine, and what that costs.

    python -m benchmarks.cluster --model efficientnet_lite0 --folder PHOTOGRAPHS [--few 4] [--many 24]

Each worker has one thread. The first inputs pay for the start of Ray and of the workers, so what is
told is the difference between a study of many inputs and one of few: seconds on the clock, which
mean something only where nothing else runs, and CPU seconds of all processes, which always do.
"""

import argparse
import os
import time
from collections.abc import Generator
from functools import partial
from pathlib import Path

import torch

import models
from app.cluster.studies import Network, study_on_cluster
from wam_core import DiscreteWaveletTransform
from wam_core.evaluation.methods import Settings
from wam_core.evaluation.study import SECONDS, Item, Plan, Progress, Results, Row, files, study
from wam_core.signals import read

_TICKS = os.sysconf("SC_CLK_TCK")


def spent() -> float:
    """CPU seconds of this process and of all below it that run."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        found[int(entry.name)] = (int(fields[1]), sum(map(int, fields[11:15])) / _TICKS)
    family = {os.getpid()}
    while more := {pid for pid, (parent, _) in found.items() if parent in family} - family:
        family |= more
    return sum(found[pid][1] for pid in family)


def measured(steps: Generator[Progress, None, Results]) -> tuple[float, float, tuple[Row, ...]]:
    """Seconds on the clock and of the CPU until the last row is there, and the rows."""
    clock, cpu = time.perf_counter(), spent()
    for step in steps:
        if step.done == step.total:
            took = time.perf_counter() - clock, spent() - cpu
            rows = step.rows
    return *took, tuple(sorted(row for row in rows if row.metric != SECONDS))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--few", type=int, default=4)
    parser.add_argument("--many", type=int, default=24)
    given = parser.parse_args()

    torch.set_num_threads(1)
    net = models.load(given.model)
    plan = Plan(
        ("wam-sg", "wam-ig", "control-z"), ("insertion", "log-auc"),
        Settings(DiscreteWaveletTransform("haar", 3, net.ndim)), steps=32,
    )  # fmt: skip
    chosen = files(given.folder, given.many)
    items = [Item(file.name, partial(read, file.read_bytes(), file.name)) for file in chosen]
    network = Network(given.model, net.fingerprint)
    print(f"{given.model}, {given.many - given.few} inputs beyond the first {given.few}, "
          f"load {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores")  # fmt: skip
    print("| engine | clock, s | CPU, s | CPU to local | first inputs: clock, CPU, s |")
    print("|---|---|---|---|---|")
    local: tuple[float, tuple[Row, ...]] | None = None
    for workers in (0, 1, 2):
        runs = [
            measured(
                study_on_cluster(network, items[:count], plan, on="cpu", workers=workers)
                if workers
                else study(net, items[:count], plan)
            )
            for count in (given.few, given.many)
        ]
        (clock, cpu, _), (all_clock, all_cpu, rows) = runs
        local = local or (all_cpu - cpu, rows)
        assert rows == local[1], "the numbers are not those of the local engine"
        named = f"ray, {workers} of 1 thread" if workers else "local, 1 thread"
        print(f"| {named} | {all_clock - clock:.1f} | {all_cpu - cpu:.1f} "
              f"| {(all_cpu - cpu) / local[0]:.3f} | {clock:.1f}, {cpu:.1f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
