"""Tensors on their way to a device, without anybody waiting for them."""

import torch
from torch import Tensor


def to_device(values: Tensor, device: torch.device) -> Tensor:
    """On that device; a GPU takes them from pinned memory, in the order of its own work.

    A copy from ordinary memory would hold up the program until the GPU has done all that was asked
    of it before. ``values`` may be overwritten at once, but not where they are there already.
    """
    if device.type == "cuda":
        return values.pin_memory().to(device, non_blocking=True)
    return values.to(device)
