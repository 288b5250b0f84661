"""A device's memory: recognising that it ran out, one sentence for it, and copies that do not wait."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from wam_core.errors import MemoryShortageError

NO_ROOM = (
    "there is too little memory for this just now; take a smaller input or network, or try again"
)
"""The sentence for people where the network is not known."""


def ran_out(error: BaseException) -> bool:
    """Whether an error says that there is no memory left.

    >>> ran_out(torch.OutOfMemoryError("CUDA out of memory")), ran_out(RuntimeError("no such layer"))
    (True, False)
    """
    # the CPU's allocator has no exception class of its own
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )


@contextmanager
def fitting(name: str, device: torch.device) -> Iterator[None]:
    """What is done in here has no smaller form: running out of memory is a refusal.

    Args:
        name: of the network.
        device: whose memory it is.

    Raises:
        MemoryShortageError: in place of the device's own error.
    """
    try:
        yield
    except Exception as error:
        if not ran_out(error):
            raise
        raise shortage(name, device, 1) from None


def shortage(name: str, device: torch.device, inputs: int) -> MemoryShortageError:
    """The refusal, for a network that was given so many inputs at a time."""
    return MemoryShortageError(
        f"{name} does not fit the memory of {device} with {inputs} "
        f"input{'s' if inputs > 1 else ''} at a time; take a smaller input or network"
    )


def to_device(values: Tensor, device: torch.device) -> Tensor:
    """On that device; a GPU takes them from pinned memory, in the order of its own work.

    A copy from ordinary memory would hold up the program until the GPU has done all that was asked
    of it before. ``values`` may be overwritten at once, but not where they are there already.
    """
    if device.type == "cuda":
        return values.pin_memory().to(device, non_blocking=True)
    return values.to(device)
