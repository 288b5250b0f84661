"""What the scripts for volumes share: one way to fit, one way to choose the epoch."""

import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn


@dataclass
class Volumes:
    """Volumes and their classes."""

    x: Tensor  # (volumes, 1, d, h, w), uint8
    label: Tensor  # (volumes,)

    def __len__(self) -> int:
        return len(self.label)


@torch.no_grad()
def measure(net: nn.Module, held: Volumes) -> tuple[float, float]:
    """Accuracy and cross-entropy."""
    net.eval()
    logits = torch.cat([net(chunk.float()) for chunk in held.x.split(64)])
    right = float((logits.argmax(1) == held.label).float().mean())
    return right, float(nn.functional.cross_entropy(logits, held.label))


def deviation(share: float, count: int) -> float:
    """The standard error of a share of so many independent cases."""
    return math.sqrt(share * (1 - share) / count)


def fit(
    net: nn.Module,
    draw: Callable[[], tuple[Tensor, Tensor]],
    held: Volumes | None,
    out: Path,
    *,
    epochs: int,
    steps: int,
    metadata: Mapping[str, str],
    rate: float = 3e-3,
) -> nn.Module:
    """Write, and return, the averaged weights of the epoch that does best on ``held``, or the last.

    Args:
        net: to be trained, in place.
        draw: gives a batch (b, 1, d, h, w) and its classes (b,).
        held: volumes that ``draw`` never gives, and that are not those to be reported on; or none.
        out: a .safetensors file.
        epochs: how often ``held`` is looked at, and the weights may be written.
        steps: batches between two looks.
        metadata: what the file says about itself.
        rate: the highest learning rate.
    """
    averaged = copy.deepcopy(net)
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=2e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rate, total_steps=epochs * steps, pct_start=0.15
    )
    began = time.monotonic()
    step = 0
    best = (0.0, -math.inf)
    chosen = averaged
    for epoch in range(epochs):
        net.train()
        total = 0.0
        for _ in range(steps):
            x, label = draw()
            loss = nn.functional.cross_entropy(net(x), label, label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
            step += 1
            _follow(averaged, net, keep=min(0.995, step / (step + 20)))
        right, loss_held = (math.nan, math.nan) if held is None else measure(averaged, held)
        if held is None or (right, -loss_held) > best:
            best = (right, -loss_held)
            chosen = copy.deepcopy(averaged)
            state = {key: value.contiguous() for key, value in chosen.state_dict().items()}
            save_file(state, out, metadata=dict(metadata))
        told = "" if held is None else f"held out: {right:.3f} ({loss_held:.3f})  "
        print(
            f"epoch {epoch + 1:3d}  loss {total / steps:.3f}  {told}{time.monotonic() - began:.0f} s",
            flush=True,
        )
    return chosen


@torch.no_grad()
def _follow(averaged: nn.Module, net: nn.Module, keep: float) -> None:
    """Move a running mean of weights and statistics towards those of now."""
    pairs = zip(averaged.state_dict().values(), net.state_dict().values(), strict=True)
    for mean, now in pairs:
        if mean.is_floating_point():
            mean.lerp_(now, 1 - keep)
        else:
            mean.copy_(now)
