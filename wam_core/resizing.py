"""Linear interpolation along any number of axes."""

from torch import Tensor
from torch.nn import functional

# by the number of axes
_MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}


def resized(values: Tensor, size: tuple[int, ...], *, smoothed: bool = False) -> Tensor:
    """(b, c, *space) at another size of 1 to 3 axes.

    Args:
        values: on any device.
        size: of the result's last axes.
        smoothed: whether pictures that shrink are smoothed first; PyTorch can for two axes only.

    >>> import torch
    >>> resized(torch.tensor([[[0.0, 1.0]]]), (4,)).tolist()
    [[[0.0, 0.25, 0.75, 1.0]]]
    """
    return functional.interpolate(
        values, size=size, mode=_MODES[len(size)], antialias=smoothed and len(size) == 2
    )
