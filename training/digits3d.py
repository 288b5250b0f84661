"""Train the embedded network for solid digits, on volumes grown from scikit-learn's pictures.

    python -m training.digits3d

The pictures are split first, by their number: seven tenths to train on, 15 % to choose the epoch
by, 15 % to report on, each class in proportion. Only then they are grown, each several times.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from models import digits
from models.architectures.volume import Cnn3d
from training.fitting import Volumes, deviation, fit, measure

_BATCH = 64
_LABELS = tuple(map(str, range(10)))


def split() -> tuple[list[int], list[int], list[int]]:
    """The numbers of the pictures to train on, to choose by, and to report on."""
    _, target = digits.pictures()
    order = np.random.default_rng(0).permutation(len(target))
    train: list[int] = []
    choose: list[int] = []
    report: list[int] = []
    for digit in range(10):
        members = order[target[order] == digit].tolist()
        part = round(0.15 * len(members))
        report += members[:part]
        choose += members[part : 2 * part]
        train += members[2 * part :]
    return train, choose, report


def grown(numbers: list[int], times: int, seed: int) -> Volumes:
    """Each picture grown so many times, each time anew."""
    rng = np.random.default_rng(seed)
    images, target = digits.pictures()
    grids = [
        digits.grow(images[number], digits.Growth.random(rng))
        for _ in range(times)
        for number in numbers
    ]
    label = torch.from_numpy(np.tile(target[numbers], times))
    return Volumes(torch.from_numpy(np.stack(grids))[:, None], label)


def train(out: Path, epochs: int, times: int, seed: int) -> None:
    """Write the weights, and print how well they do on pictures held out."""
    torch.manual_seed(seed)
    volumes, choose, report = (
        grown(numbers, copies, seed + part)
        for part, (numbers, copies) in enumerate(zip(split(), (times, 1, 1), strict=True))
    )
    print(
        f"{len(volumes)} volumes to train on, {len(choose)} to choose by, {len(report)} to report"
    )
    net = Cnn3d(10, cells=digits.SIZE // 8, widths=(8, 16, 32, 64))
    print(f"{sum(weight.numel() for weight in net.parameters()):,} weights")
    generator = torch.Generator().manual_seed(seed)

    def draw() -> tuple[torch.Tensor, torch.Tensor]:
        chosen = torch.randint(len(volumes), (_BATCH,), generator=generator)
        return volumes.x[chosen].float(), volumes.label[chosen]

    best = fit(
        net, draw, choose, out,
        epochs=epochs, steps=len(volumes) // times // _BATCH * 2,
        metadata={"labels": ",".join(_LABELS)},
    )  # fmt: skip
    right, loss = measure(best, report)
    error = deviation(right, len(report))
    print(
        f"held-out pictures: {right:.3f} ± {error:.3f} (standard error), cross-entropy {loss:.3f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("models/weights/digits3d.safetensors"))
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--times", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    train(given.out, given.epochs, given.times, given.seed)
