"""A small network for 28 × 28 grey pictures, such as MNIST's digits: an architecture for people's own weights.

It is the network on which robust training is usually shown (Wong et al. 2020; their "small" model).
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from models import checkpoint, fitting, weight_files
from models.class_names import read_labels
from models.frontends import ImageFrontend
from wam_core.classifier import Classifier

ARCHITECTURE = "mnist_cnn"
"""The name that the picker and the command line take."""

_TITLE = "small CNN for 28 × 28 grey pictures"
_HEAD = "7.weight"


def module(classes: int) -> nn.Sequential:
    """Two strided convolutions and two linear layers; takes 0 = black, 1 = white."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 7 * 7, 100),
        nn.ReLU(),
        nn.Linear(100, classes),
    )


def from_file(
    weights: Path,
    labels: Path | Sequence[str] | None = None,
    device: str | torch.device = "cpu",
) -> Classifier:
    """Weights with the tensors of :func:`module`; the file says how many classes there are.

    Raises:
        ModelError: names the tensor and both shapes, or both numbers of labels.
    """
    found = fitting.aligned(weight_files.read(weights), module(1).state_dict())
    state = found.tensors
    names = None if labels is None else read_labels(labels)
    classes = fitting.count_classes(state, _HEAD, names, weights.name, _TITLE)
    net = module(classes)
    fitting.load_strictly(net, state, weights.name, ARCHITECTURE)
    frontend = ImageFrontend((28, 28), (0.0,), (1.0,), "bilinear", crop_pct=1.0, crop_mode="squash")
    placed = checkpoint.placed(net, device)
    return Classifier(placed, labels=names, frontend=frontend, name=weights.stem, notes=found.notes)
