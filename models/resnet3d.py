"""The 3-D ResNet-18 of the MedMNIST benchmark.

Yang et al., "MedMNIST v2", Scientific Data 10 (2023): a ResNet-18 for small pictures (K. Liu's, with
a 3 × 3 stem and no pooling after it) whose convolutions were made 3-D. Names and shapes of its
tensors are kept, so that published weights load as they are.
"""

from jaxtyping import Float
from torch import Tensor, nn


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
