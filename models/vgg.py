"""A small VGG on log-mel spectrograms, in the spirit of Kumar et al. 2018."""

import math

from jaxtyping import Float
from torch import Tensor, nn


class MelVGG(nn.Module):
    """3 × 3 convolutions and poolings, then a score for each class in each stretch of time.

    The score of a clip is the log-mean-exp of its stretches' scores, a soft maximum: a short sound
    counts although most of the clip is something else, and its gradient stays where it sounds.

    Args:
        classes: the number of classes.
        centre, spread: dB that are brought to 0, and to ±1.
        widths: channels after each pooling.

    >>> import torch
    >>> MelVGG(10)(torch.zeros(2, 1, 128, 431)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        classes: int,
        centre: float = -40.0,
        spread: float = 25.0,
        widths: tuple[int, ...] = (16, 32, 64, 128, 192),
    ) -> None:
        super().__init__()
        self.centre, self.spread = centre, spread
        layers: list[nn.Module] = []
        before = 1
        for depth, width in enumerate(widths):
            layers += [
                nn.Conv2d(before, width, 3, stride=2 if depth == 0 else 1, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
            ]
            if depth:
                layers.append(nn.MaxPool2d(2))
            before = width
        layers += [nn.Conv2d(before, 2 * before, (4, 1), bias=False), nn.BatchNorm2d(2 * before)]
        self.features = nn.Sequential(*layers, nn.ReLU(), nn.Dropout(0.3))
        self.head = nn.Conv2d(2 * before, classes, 1)

    def forward(self, decibels: Float[Tensor, "b 1 mels frames"]) -> Float[Tensor, "b classes"]:
        """Logits."""
        stretches = self.head(self.features((decibels - self.centre) / self.spread)).flatten(2)
        logits: Tensor = stretches.logsumexp(2) - math.log(stretches.shape[2])
        return logits

    def extra_repr(self) -> str:
        """What is no weight."""
        return f"centre={self.centre}, spread={self.spread}"
