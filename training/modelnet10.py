"""Train the embedded network for household objects on ModelNet10.

    python -m training.modelnet10 --data MODELNET10_30.npz

The file holds ``x_train``, ``x_test`` (n, 30, 30, 30) of 0 and 1, ``y_train``, ``y_test`` and
``labels``. Empty grids and repetitions are dropped, from the test part also what training holds.
A tenth of each class of the training part is held out to choose the epoch; with ``--everything``,
once the number of epochs is settled, it is trained on as well. The test part chooses nothing here.
"""

import argparse
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from models.architectures.volume import Cnn3d
from training.fitting import Volumes, deviation, fit, measure

SIZE = 30
EXTENT = 24
_BATCH = 64
_Grids = npt.NDArray[np.uint8]


def distinct(grids: _Grids, known: set[bytes]) -> npt.NDArray[np.intp]:
    """Positions of the grids that are not empty and, by their bytes, new; they become known."""
    kept = []
    for index, grid in enumerate(grids):
        told = grid.tobytes()
        if grid.any() and told not in known:
            known.add(told)
            kept.append(index)
    return np.array(kept, np.intp)


def read(data: Path) -> tuple[Volumes, Volumes, Volumes, list[str]]:
    """To train on, to choose by, to report on; and the names of the classes."""
    with np.load(data, allow_pickle=False) as file:
        x, y = file["x_train"], file["y_train"].astype(np.int64).ravel()
        x_test, y_test = file["x_test"], file["y_test"].astype(np.int64).ravel()
        labels = [str(label) for label in file["labels"]]
    known: set[bytes] = set()
    kept = distinct(x, known)
    kept_test = distinct(x_test, known)
    print(
        f"training part: {len(x)} grids, {sum(not grid.any() for grid in x)} empty, "
        f"{len(kept)} distinct; test part: {len(x_test)}, {len(kept_test)} distinct and new"
    )
    x, y = x[kept], y[kept]
    order = np.random.default_rng(0).permutation(len(y))
    held = np.concatenate(
        [(members := order[y[order] == c])[: len(members) // 10] for c in range(len(labels))]
    )
    rest = np.setdiff1d(np.arange(len(y)), held)
    print(f"{len(rest)} to train on, {len(held)} to choose the epoch by")
    parts = (x[rest], y[rest]), (x[held], y[held]), (x_test[kept_test], y_test[kept_test])
    train, choose, report = (
        Volumes(torch.from_numpy(grids)[:, None], torch.from_numpy(classes))
        for grids, classes in parts
    )
    return train, choose, report, labels


class Turned:
    """Batches of turned, mirrored, stretched and shifted objects, at the scale of the data.

    Classes come as often as they are. About half of the objects stand as they are, a quarter is
    turned by quarter turns about the vertical axis (axis 2), a quarter by any angle and then
    stretched a little along each axis and scaled so that the longest side is again :data:`EXTENT`
    cells. One in ten is hollowed out: an uploaded mesh is often a shell.
    """

    def __init__(self, volumes: Volumes, seed: int) -> None:
        self.volumes = volumes
        self.generator = torch.Generator().manual_seed(seed)
        self.corners = [torch.nonzero(x[0]).float() for x in volumes.x]
        lines = torch.arange(SIZE, dtype=torch.float32)
        self.places = torch.cartesian_prod(lines, lines, lines)  # (cells, 3)

    def __call__(self) -> tuple[Tensor, Tensor]:
        """(b, 1, 30, 30, 30) of 0 and 1, and classes (b,)."""
        chosen = torch.randint(len(self.volumes), (_BATCH,), generator=self.generator)
        part = _BATCH // 4
        x = torch.cat([self._quarters(chosen[part:]), self._anyhow(chosen[:part])])
        label = self.volumes.label[torch.cat([chosen[part:], chosen[:part]])]
        for volume in x:
            if self._uniform(0, 1) < 0.5:
                volume.copy_(volume.flip(1))
            if self._uniform(0, 1) < 0.1:
                volume.sub_(-nn.functional.max_pool3d(-volume, 3, 1, 1))
        return x, label

    def _quarters(self, chosen: Tensor) -> Tensor:
        turned = []
        for index in chosen.tolist():
            quarters = max(0, int(self._uniform(-4, 4)))  # 0 in five of eight
            grid = self.volumes.x[index].float().rot90(quarters, (1, 2))
            if self._uniform(0, 1) < 0.5:
                shift = torch.randint(-2, 3, (3,), generator=self.generator).tolist()
                grid = grid.roll(shift, (1, 2, 3))
            turned.append(grid)
        return torch.stack(turned)

    def _anyhow(self, chosen: Tensor) -> Tensor:
        linear, start = [], []
        for index in chosen.tolist():
            angle = self._uniform(0, 2 * math.pi)
            cos, sin = math.cos(angle), math.sin(angle)
            turn = torch.tensor([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
            stretch = torch.tensor([self._uniform(0.95, 1.05) for _ in range(3)])
            forwards = turn @ stretch.diag()
            reached = self.corners[index] @ forwards.T
            low, high = reached.amin(0), reached.amax(0)
            scale = (EXTENT - 1) / float((high - low).amax()) * self._uniform(0.93, 1.02)
            centre = (SIZE - 1) / 2 + torch.tensor([self._uniform(-2, 2) for _ in range(3)])
            # A cell of the result is looked up where it came from.
            back = (scale * forwards).inverse()
            linear.append(back)
            start.append(-back @ (centre - scale * (low + high) / 2))
        sources = self.places @ torch.stack(linear).mT + torch.stack(start)[:, None]
        # grid_sample counts from −1 to 1 and names the last axis first.
        grid = (sources * (2 / (SIZE - 1)) - 1).flip(2).view(-1, SIZE, SIZE, SIZE, 3)
        x = self.volumes.x[chosen].float()
        looked_up = nn.functional.grid_sample(x, grid, align_corners=True)
        threshold = 0.3 + 0.2 * torch.rand(len(x), 1, 1, 1, 1, generator=self.generator)
        return (looked_up > threshold).float()

    def _uniform(self, low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand((), generator=self.generator))


def train(data: Path, out: Path, epochs: int, seed: int, everything: bool) -> None:
    """Write the weights, and print how well they do on the test part."""
    torch.manual_seed(seed)
    volumes, choose, report, labels = read(data)
    held: Volumes | None = choose
    if everything:
        volumes = Volumes(
            torch.cat([volumes.x, choose.x]), torch.cat([volumes.label, choose.label])
        )
        held = None
    net = Cnn3d(len(labels), cells=SIZE // 8)
    print(f"{sum(weight.numel() for weight in net.parameters()):,} weights")
    steps = len(volumes) // _BATCH
    best = fit(
        net, Turned(volumes, seed), held, out,
        epochs=epochs, steps=steps, metadata={"labels": ",".join(labels)},
    )  # fmt: skip
    right, loss = measure(best, report)
    error = deviation(right, len(report))
    print(f"test part: {right:.3f} ± {error:.3f} (standard error), cross-entropy {loss:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("models/weights/modelnet10.safetensors"))
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument(
        "--everything", action="store_true", help="hold nothing out, and keep the last epoch"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    train(given.data, given.out, given.epochs, given.seed, given.everything)
