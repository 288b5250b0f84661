"""Micro-ACDNet, a small network on the raw waveform, and how it listens to a whole clip.

Mohaimenuzzaman, Bergmeir, West and Meyer, "Environmental Sound Classification on the Edge",
Pattern Recognition 133 (2023).
"""

import math
from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn

RATE = 20_000
WINDOW = 30_225
"""What the published weights were trained with: samples per second, and per window (1.5 s)."""

_WIDTHS = (7, 20, 10, 14, 22, 31, 35, 41, 51, 67, 69, 48)
_GROUPS = (1, 2, 2, 2, 2)


class MicroACDNet(nn.Module):
    """Learned filters on the waveform, whose outputs are then looked at like a spectrogram.

    Two strided convolutions along time make ``widths[1]`` filters' outputs; their largest value
    in each 10 ms is kept. The filters become the rows of a picture with one channel, which groups
    of 3 × 3 convolutions reduce by half after each, along an axis as long as that has two rows or
    columns left. The mean of what remains is classified.

    Args:
        classes: the number of classes.
        widths: the channels of the two stem convolutions, of those of the groups, and of the last.
        groups: how many 3 × 3 convolutions there are before each pooling.
        dropout: the share of channels' values left out in training, before the last convolution.

    >>> MicroACDNet(50)(torch.zeros(2, 1, WINDOW)).shape
    torch.Size([2, 50])
    """

    def __init__(
        self,
        classes: int,
        widths: tuple[int, ...] = _WIDTHS,
        groups: tuple[int, ...] = _GROUPS,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        first, rows, *inner, last = widths
        self.stem = nn.Sequential(
            _Unit(1, first, (1, 9), stride=(1, 2)),
            _Unit(first, rows, (1, 5), stride=(1, 2)),
            # Both strides together are 4, so 10 ms are a hundredth of a second's RATE / 4 values.
            nn.MaxPool2d((1, RATE // 400)),
        )
        layers: list[nn.Module] = []
        before, left = 1, iter(inner)
        for count in groups:
            for _ in range(count):
                width = next(left)
                layers.append(_Unit(before, width, (3, 3), padding=1))
                before = width
            layers.append(nn.MaxPool2d((min(2, rows), 2)))
            rows = max(1, rows // 2)
        self.body = nn.Sequential(*layers, nn.Dropout(dropout), _Unit(before, last, (1, 1)))
        self.head = nn.Linear(last, classes)

    def forward(self, x: Float[Tensor, "b 1 n"]) -> Float[Tensor, "b classes"]:
        """Logits for windows within ±1, at :data:`RATE`; at least 6413 samples (0.32 s)."""
        filtered = self.stem(x.unsqueeze(2))  # (b, filters, 1, frames)
        features = self.body(filtered.transpose(1, 2))
        logits: Tensor = self.head(features.mean((2, 3)))
        return logits


class _Unit(nn.Module):
    """A convolution, batch normalisation and ReLU."""

    def __init__(
        self,
        before: int,
        after: int,
        kernel: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        padding: int = 0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, kernel, stride, padding, bias=False)
        self.norm = nn.BatchNorm2d(after)

    def forward(self, x: Tensor) -> Tensor:
        normalised: Tensor = self.norm(self.conv(x))
        return normalised.relu()


class Clip(nn.Module):
    """A network of windows, made a network of clips of any length.

    Half a window of silence is put before and after the clip, evenly spaced windows are cut from
    first to last, and their class probabilities are averaged. The answer is the logarithm of that
    mean: as its exponentials add up to 1 already, its softmax is the mean softmax itself.

    Args:
        net: takes (batch, 1, window) and returns logits (batch, classes).
        window: in samples.
        windows: how many; at least 2 (a single one would be the clip's first half window).

    >>> Clip(MicroACDNet(50))(torch.zeros(2, 1, 1000)).shape
    torch.Size([2, 50])
    """

    def __init__(self, net: nn.Module, window: int = WINDOW, windows: int = 10) -> None:
        super().__init__()
        self.net, self.window, self.windows = net, window, windows

    def starts(self, length: int) -> list[int]:
        """Where windows begin, in samples from the start of a clip of that length.

        >>> Clip(nn.Identity(), window=8, windows=4).starts(12)
        [-4, 0, 4, 8]
        """
        half = self.window // 2
        # An odd window is a sample longer than the two halves of silence that it may cover.
        room = length + 2 * half - self.window
        return [room * k // (self.windows - 1) - half for k in range(self.windows)]

    def forward(self, x: Float[Tensor, "b 1 n"]) -> Float[Tensor, "b classes"]:
        """The logarithm of the mean softmax over windows."""
        half = self.window // 2
        padded = nn.functional.pad(x, (half, half))
        # Cut as views and stacked once: one pass of the network serves all windows of all clips.
        cut = torch.stack(
            [padded.narrow(2, start + half, self.window) for start in self.starts(x.shape[2])], 1
        )  # (b, windows, 1, window)
        logits: Tensor = self.net(cut.flatten(0, 1))
        logs = logits.unflatten(0, cut.shape[:2]).log_softmax(2)
        mean: Tensor = logs.logsumexp(1) - math.log(self.windows)
        return mean

    def extra_repr(self) -> str:
        """Everything that is no weight: it belongs to the fingerprint."""
        return f"window={self.window}, windows={self.windows}"


_PUBLISHED: Mapping[str, str] = {
    "sfeb.0": "stem.0.conv", "sfeb.1": "stem.0.norm",
    "sfeb.3": "stem.1.conv", "sfeb.4": "stem.1.norm",
    "tfeb.0": "body.0.conv", "tfeb.1": "body.0.norm",
    "tfeb.4": "body.2.conv", "tfeb.5": "body.2.norm",
    "tfeb.7": "body.3.conv", "tfeb.8": "body.3.norm",
    "tfeb.11": "body.5.conv", "tfeb.12": "body.5.norm",
    "tfeb.14": "body.6.conv", "tfeb.15": "body.6.norm",
    "tfeb.18": "body.8.conv", "tfeb.19": "body.8.norm",
    "tfeb.21": "body.9.conv", "tfeb.22": "body.9.norm",
    "tfeb.25": "body.11.conv", "tfeb.26": "body.11.norm",
    "tfeb.28": "body.12.conv", "tfeb.29": "body.12.norm",
    "tfeb.33": "body.15.conv", "tfeb.34": "body.15.norm",
    "tfeb.38": "head",
}  # fmt: skip
"""Layers of the published weights (a spectral, then a temporal block), by the names here."""


def from_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The authors' tensors under the names of :class:`MicroACDNet`; unknown names stay.

    >>> list(from_published({"tfeb.38.bias": torch.zeros(50)}))
    ['head.bias']
    """
    renamed = {}
    for key, tensor in state.items():
        layer, dot, rest = key.rpartition(".")
        renamed[_PUBLISHED.get(layer, layer) + dot + rest] = tensor
    return renamed


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
