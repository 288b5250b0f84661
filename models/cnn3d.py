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
