"""A small network for volumes, smooth enough for Integrated Gradients to add up."""

from jaxtyping import Float
from torch import Tensor, nn


class Cnn3d(nn.Module):
    """3 × 3 × 3 convolutions between average poolings, a linear layer on what is left.

    Nothing in it has a kink: GELU in place of ReLU and averages in place of maxima, so that few
    points along a path see all that happens there.

    Args:
        classes: the number of classes.
        cells: what is left of the volume along each axis: an eighth, rounded down.
        channels: of the input.
        widths: channels after the stem and after each stage.
        dropout: the share of features left out in training, before the last layer.

    >>> import torch
    >>> Cnn3d(10, cells=3)(torch.zeros(2, 1, 30, 30, 30)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        classes: int,
        cells: int,
        channels: int = 1,
        widths: tuple[int, int, int, int] = (16, 32, 64, 128),
        dropout: float = 0.4,
    ) -> None:
        super().__init__()
        first, second, third, fourth = widths
        self.features = nn.Sequential(
            _Unit(channels, first, kernel=4, stride=2),
            _Unit(first, second),
            nn.AvgPool3d(2),
            _Unit(second, third),
            _Unit(third, third),
            nn.AvgPool3d(2),
            _Unit(third, fourth),
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(dropout))
        self.head.append(nn.Linear(fourth * cells**3, classes))

    def forward(self, x: Float[Tensor, "b c d h w"]) -> Float[Tensor, "b classes"]:
        """Logits for volumes within 0 (empty) and 1 (filled)."""
        logits: Tensor = self.head(self.features(x))
        return logits


class _Unit(nn.Module):
    """A convolution, batch normalisation (affine in evaluation) and GELU."""

    def __init__(self, before: int, after: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv3d(before, after, kernel, stride, padding=1, bias=False)
        self.norm = nn.BatchNorm3d(after)
        self.bend = nn.GELU()

    def forward(self, x: Tensor) -> Tensor:
        bent: Tensor = self.bend(self.norm(self.conv(x)))
        return bent


class ResNet18_3d(nn.Module):  # noqa: N801  # ResNet183d would be another network
    """Four stages of two residual blocks, each stage after the first at half the resolution.

    Args:
        classes: the number of classes.
        channels: of the input; MedMNIST's own runs repeat the volume three times (``as_rgb``) or
            leave it alone.

    >>> import torch
    >>> ResNet18_3d(11).eval()(torch.zeros(1, 1, 28, 28, 28)).shape
    torch.Size([1, 11])
    """

    def __init__(self, classes: int, channels: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(channels, 64, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm3d(64)
        self.layer1 = _stage(64, 64, stride=1)
        self.layer2 = _stage(64, 128, stride=2)
        self.layer3 = _stage(128, 256, stride=2)
        self.layer4 = _stage(256, 512, stride=2)
        self.linear = nn.Linear(512, classes)

    def forward(self, x: Float[Tensor, "b c d h w"]) -> Float[Tensor, "b classes"]:
        """Logits for volumes within 0 and 1."""
        out = self.bn1(self.conv1(x)).relu()
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            out = layer(out)
        logits: Tensor = self.linear(out.mean((2, 3, 4)))
        return logits


class _Block(nn.Module):
    """Two convolutions, added to what they were given."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(before, after, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm3d(after)
        self.conv2 = nn.Conv3d(after, after, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm3d(after)
        self.shortcut = nn.Sequential()
        if stride != 1 or before != after:
            self.shortcut.append(nn.Conv3d(before, after, 1, stride, bias=False))
            self.shortcut.append(nn.BatchNorm3d(after))

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        added: Tensor = (out + self.shortcut(x)).relu()
        return added


def _stage(before: int, after: int, stride: int) -> nn.Sequential:
    return nn.Sequential(_Block(before, after, stride), _Block(after, after, 1))
