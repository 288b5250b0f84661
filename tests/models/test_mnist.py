"""People's own networks of MNIST: their weights load, and robust ones are told from the ordinary one."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import models
from models.architectures import mnist
from wam_core import DiscreteWaveletTransform, Gradient, Signal
from wam_core.errors import ModelError
from wam_core.evaluation.scales import ENERGY, OURS, means, profiles, shifts
from wam_core.evaluation.study import Item
from wam_core.steps import run_to_end

ORDINARY = "standard_same_arch"
ROBUST = ("convex_adversarial_mnist", "fast_adversarial_fgsm", "fast_adversarial_pgd_madry")


def test_what_goes_in_is_what_was_given(tmp_path: Path) -> None:
    net = mnist.module(4)
    save_file(net.state_dict(), tmp_path / "mine.safetensors")
    mine = models.from_file(tmp_path / "mine.safetensors", "mnist_cnn", list("abcd"))
    grey = np.arange(28 * 28, dtype=np.uint8).reshape(1, 28, 28) % 251
    x = mine.prepare(Signal.from_values(grey.repeat(3, 0), "image", "grey"))
    torch.testing.assert_close(x[0, 0], torch.from_numpy(grey[0]) / 255, rtol=0, atol=1e-6)
    torch.testing.assert_close(mine.scores(x), net(x))


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    state = mnist.module(10).state_dict()
    state["0.weight"] = torch.zeros(16, 3, 4, 4)
    save_file(state, tmp_path / "colour.safetensors")
    with pytest.raises(ModelError, match=r"0\.weight of shape \(16, 3, 4, 4\)"):
        models.from_file(tmp_path / "colour.safetensors", "mnist_cnn")


def test_robust_training_moves_the_profile(shared_data: Path) -> None:
    folder = shared_data / "mnist"
    nets = {
        name: models.from_file(folder / f"{name}.safetensors", "mnist_cnn")
        for name in (ORDINARY, *ROBUST)
    }
    with np.load(folder / "mnist.npz") as data:
        digits, labels = data["test_x"][:200], data["test_y"][:200]
    pictures = torch.from_numpy(digits).float().div(255)[:, None, None]
    for net in nets.values():
        right = torch.cat([net.scores(x) for x in pictures]).argmax(1) == torch.from_numpy(labels)
        assert right.float().mean() > 0.95
    every = [
        Item(str(n), lambda x=x: x, int(label))
        for n, (x, label) in enumerate(zip(pictures, labels, strict=True))
    ]
    transform = DiscreteWaveletTransform("haar", 2, ndim=2)
    rows = run_to_end(
        profiles(nets, dict.fromkeys(nets, every), transform=transform, path=Gradient())
    ).rows
    assert all(abs(shift.mean) < 1e-9 for shift in shifts(rows, ORDINARY, ENERGY).values())
    moved = shifts(rows, ORDINARY)
    # not as on photographs: here robust networks lie finer (docs/evaluation.md)
    assert all(moved[name].n == 200 and moved[name].high < -0.15 for name in ROBUST)
    table = means(rows)
    assert all(table[name, OURS][1].low > table[ORDINARY, OURS][1].high for name in ROBUST)
