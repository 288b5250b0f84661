"""Two more ways to a cheaper pass, which are not taken: a compiled graph, and half precision.

    python -m benchmarks.compiled [--model efficientnet_lite0] [--passes 25]

Of forward and input-backward passes at the default micro-batch: what each way takes against the
twin that explanations pass, how long it takes before the first result, and how far the mean
gradient is from float64's (relative L2), beside the same of the twin. The bound that a default may
not cross is twice the distance of the network as given.
"""

import argparse
import copy
import statistics
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

import models
from benchmarks.overhead import CASES, device, network_of, seconds
from wam_core.engine import default_micro_batch

Pass = Callable[[Tensor], Tensor]


def half(pass_: Pass, kind: str) -> Pass:
    """The same in bfloat16 wherever PyTorch thinks that it may."""

    def passed(x: Tensor) -> Tensor:
        with torch.autocast(kind, torch.bfloat16):
            return pass_(x)

    return passed


def mean_gradient(pass_: Pass, inputs: list[Tensor]) -> Tensor:
    """Of logit 0, over micro-batches."""
    total = torch.zeros_like(inputs[0][:1], dtype=torch.float64)
    for batch in inputs:
        x = batch.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(pass_(x)[:, 0].float().sum(), x)
        total += gradient.double().sum(0, keepdim=True)
    return total / sum(map(len, inputs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="efficientnet_lite0")
    parser.add_argument("--passes", type=int, default=25)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    case = CASES[models.spec(given.model).modality][0]
    net = network_of(given.model, case)
    size = default_micro_batch(case.input().to(net.device))
    draw = torch.Generator().manual_seed(0)
    batches = -(-given.passes // size)
    inputs = [
        case.spread * torch.randn(size, *case.shape, generator=draw).to(net.device)
        for _ in range(batches)
    ]
    first = net.representation or nn.Identity()
    exact = copy.deepcopy(nn.Sequential(first, net.module)).double()
    truth = mean_gradient(lambda x: exact(x.double()), inputs)

    def passing(module: Pass) -> Pass:
        return lambda x: module(first(x))

    twin = passing(net.optimized)
    ways: dict[str, Pass] = {
        "as given": passing(net.module),
        "the twin": twin,
        "compiled": torch.compile(twin),
        "bfloat16": half(twin, device()),
        "compiled, bfloat16": torch.compile(half(twin, device())),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    print(f"{given.model}, {case.title}, {net.device}, {torch.get_num_threads()} threads\n")
    print("| way | to the twin | until the first result, s | distance to float64 |")
    print("|---|---|---|---|")
    begins, far = {}, {}
    for name, pass_ in ways.items():
        begins[name] = seconds(partial(mean_gradient, pass_, inputs[:1]))
        found = mean_gradient(pass_, inputs)
        far[name] = float((found - truth).norm() / truth.norm())
    for _ in range(given.repeats):  # in turn, so that all meet the same machine
        for name, pass_ in ways.items():
            took[name].append(seconds(partial(mean_gradient, pass_, inputs)))
    for name, each in took.items():
        ratios = [a / b for a, b in zip(each, took["the twin"], strict=True)]
        print(
            f"| {name} | {statistics.median(ratios):.2f} | {begins[name]:.1f} | {far[name]:.1e} |"
        )


if __name__ == "__main__":
    main()
