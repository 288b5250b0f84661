"""Inputs whose axes are in another order than (batch, channel, *space), or that lack channels."""

import math
from collections.abc import Sequence
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from wam_core.errors import InputError

_MOST = 3


class Axes:
    """Which axes of an input are time and space; what is neither they nor the batch are channels.

    Args:
        shape: of the input, the batch first.
        spatial: their indices in ``shape``, from 1 on, in the order in which they are transformed.

    Raises:
        InputError: no axes, more than three, one twice, or one that does not exist.

    >>> Axes((2, 5, 3, 8, 8), (1, 3, 4)).note
    'axes 1, 3 and 4 of (2, 5, 3, 8, 8) are transformed, axis 2 is the channels'
    """

    def __init__(self, shape: Sequence[int], spatial: Sequence[int]) -> None:
        self.shape, self.spatial = tuple(shape), tuple(spatial)
        possible = range(1, len(self.shape))
        if (
            not 1 <= len(self.spatial) <= _MOST
            or len(set(self.spatial)) != len(self.spatial)
            or not all(axis in possible for axis in self.spatial)
        ):
            raise InputError(
                f"spatial is {self.spatial} for an input of shape {self.shape}; one to three "
                f"different axes of {tuple(possible)} are accepted, as 0 is the batch"
            )
        self.channels = tuple(axis for axis in possible if axis not in self.spatial)

    @property
    def note(self) -> str:
        """Which axes are transformed, in words."""
        which = f"{_listed(self.spatial)} of {self.shape} {_are(self.spatial)} transformed"
        if not self.channels:
            return f"{which}, there is one channel"
        return f"{which}, {_listed(self.channels)} {_are(self.channels)} the channels"

    def arranged(self, x: Tensor) -> Float[Tensor, "b c *space"]:
        """The input as (batch, channel, *space); several axes of channels become one."""
        moved = x.permute(0, *self.channels, *self.spatial)
        space = tuple(self.shape[axis] for axis in self.spatial)
        return moved.reshape(len(x), self._count(), *space)

    def original(self, arranged: Float[Tensor, "b c *space"]) -> Tensor:
        """The inverse of :meth:`arranged`, for any batch."""
        order = (0, *self.channels, *self.spatial)
        parts = tuple(self.shape[axis] for axis in order[1:])
        moved = arranged.reshape(len(arranged), *parts)
        return moved.permute(*(order.index(axis) for axis in range(len(order))))

    def _count(self) -> int:
        return math.prod(self.shape[axis] for axis in self.channels)


class Rearranged(nn.Module):
    """A module that takes (batch, channel, *space) for one with axes in another order."""

    def __init__(self, module: nn.Module, axes: Axes) -> None:
        super().__init__()
        self.module = module
        self._axes = axes

    def forward(self, x: Tensor) -> Any:
        """What the module returns for the input in its own order."""
        return self.module(self._axes.original(x))

    def extra_repr(self) -> str:
        """Part of the network's fingerprint."""
        return f"spatial={self._axes.spatial}"


def _listed(axes: Sequence[int]) -> str:
    names = list(map(str, axes))
    if len(names) == 1:
        return f"axis {names[0]}"
    return f"axes {', '.join(names[:-1])} and {names[-1]}"


def _are(axes: Sequence[int]) -> str:
    return "is" if len(axes) == 1 else "are"
