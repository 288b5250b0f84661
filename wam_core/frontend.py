"""What lies between a decoded signal and the tensor that a network receives."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from wam_core.errors import InputError
from wam_core.signals.signal import Signal


@runtime_checkable
class Frontend(Protocol):
    """What lies between a decoded signal and the tensor that a network receives."""

    @property
    def ndim(self) -> int:
        """The number of spatial axes of what the network receives."""

    def prepare(self, signal: Signal) -> Float[Tensor, "1 c *space"]:
        """What the network receives for a signal.

        Raises:
            InputError: a signal of another modality, or one the network cannot take.
        """

    def denormalize(self, x: Float[Tensor, "b c *space"]) -> Float[Tensor, "b c *space"]:
        """The inverse of the normalisation: 0 = black (silent, empty) and 1 = full scale."""

    def normalize(self, values: Float[Tensor, "b c *space"]) -> Float[Tensor, "b c *space"]:
        """The inverse of :meth:`denormalize`; ``normalize(0)`` is black in the network's own units."""

    def settings(self) -> Mapping[str, Any]:
        """Everything that changes a result, as JSON values; part of the fingerprint."""


class Plain:
    """The front end of a network that takes tensors as they are, in units where 0 is black."""

    def __init__(self, ndim: int) -> None:
        self.ndim = ndim

    def prepare(self, signal: Signal) -> Tensor:
        """Refuse: without a described preprocessing, only tensors can be explained."""
        raise InputError(
            f"{signal.name} cannot be prepared: this network was given without a front end, "
            "so it takes tensors of shape (batch, channel, *space)"
        )

    def denormalize(self, x: Tensor) -> Tensor:
        """The input as it is."""
        return x

    def normalize(self, values: Tensor) -> Tensor:
        """The input as it is."""
        return values

    def settings(self) -> Mapping[str, Any]:
        """Only the kind: there is nothing to set."""
        return {"frontend": "plain", "ndim": self.ndim}
