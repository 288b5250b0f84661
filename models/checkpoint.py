"""Weights that this project knows by their hash; and a network on its device."""

import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn

from wam_core.errors import ModelError


def read_pinned(path: Path, sha256: str) -> dict[str, Tensor]:
    """A pickled state dict whose hash is known; unpickling is restricted to tensors as well.

    Raises:
        ModelError: absent, or other bytes than those this project was tested with.
    """
    if not path.is_file():
        raise ModelError(f"there is no weight file {path.name}")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise ModelError(
            f"{path.name} has SHA-256 {found[:16]}…, and {sha256[:16]}… is expected: "
            "reinstall the package that it comes from"
        )
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def shipped(path: Path) -> Path:
    """A weight file of this project, after its hash was compared with ``SHA256SUMS`` beside it.

    Raises:
        ModelError: absent, unlisted, or other bytes than were trained.
    """
    listing = path.with_name("SHA256SUMS")
    if not path.is_file() or not listing.is_file():
        raise ModelError(f"the weights {path.name} are missing: reinstall this project")
    sums = dict(line.split()[::-1] for line in listing.read_text().splitlines())
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if sums.get(path.name) != found:
        raise ModelError(
            f"{path.name} has SHA-256 {found[:16]}…, which is not what {listing.name} says: "
            "reinstall this project"
        )
    return path


def placed(module: nn.Module, device: str | torch.device) -> nn.Module:
    """The module on a device.

    Raises:
        ModelError: this machine has no such device.
    """
    try:
        return module.to(device)
    except (RuntimeError, AssertionError):
        raise ModelError(f"the device {device} is not available on this machine") from None
