"""Weights and labels from files that may be damaged, foreign or hostile."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from wam_core.errors import ModelError

_LARGEST_LABEL_FILE = 4 * 2**20


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of a file; the format itself forbids code, gaps and overlaps.

    Raises:
        ModelError: absent, cut short, or with a header that does not fit its length.
    """
    if not path.is_file():
        raise ModelError(f"there is no weight file {path.name}")
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(
            f"{path.name} is not a whole safetensors file ({str(error).rstrip('.')})"
        ) from None


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


def load_strictly(module: nn.Module, state: Mapping[str, Tensor], name: str) -> None:
    """Put weights into a network, all of them or none.

    Missing counters of batch normalisation are forgiven: evaluation does not read them, and
    converted weights lack them.

    Raises:
        ModelError: names the first tensor that is missing, unexpected, of another shape or type,
            or not finite.
    """
    wanted = module.state_dict()
    for key, tensor in wanted.items():
        if key not in state:
            if key.endswith("num_batches_tracked"):
                continue
            raise ModelError(
                f"{name} lacks the tensor {key} of shape {tuple(tensor.shape)}"
                + _others(sum(k not in state for k in wanted))
            )
        if state[key].shape != tensor.shape:
            wrong = sum(k in state and state[k].shape != v.shape for k, v in wanted.items())
            raise ModelError(
                f"{name} has {key} of shape {tuple(state[key].shape)}; "
                f"the architecture takes {tuple(tensor.shape)}" + _others(wrong)
            )
        if state[key].is_floating_point() != tensor.is_floating_point():
            raise ModelError(
                f"{name} has {key} of type {state[key].dtype}; {tensor.dtype} is expected"
            )
    if extra := [key for key in state if key not in wanted]:
        raise ModelError(
            f"{name} has a tensor {extra[0]} of shape {tuple(state[extra[0]].shape)} "
            "that the architecture does not know" + _others(len(extra))
        )
    check_finite(state, name)
    module.load_state_dict(dict(state), strict=False)  # all but the counters was checked above


def count_classes(
    state: Mapping[str, Tensor], head: str, labels: Sequence[str] | None, name: str, title: str
) -> int:
    """How many classes a weight file has, by the first extent of its head.

    Args:
        state: the tensors of the file.
        head: the name of the tensor.
        labels: one per class, where there are any.
        name: of the file.
        title: of the architecture.

    Raises:
        ModelError: no such tensor, or another number of labels.
    """
    if head not in state:
        raise ModelError(f"{name} has no tensor {head}, the head of {title}")
    classes = state[head].shape[0] if state[head].shape else 0
    if labels is not None and len(labels) != classes:
        raise ModelError(
            f"there are {len(labels)} labels, and the head of {name} has {classes} "
            f"classes ({head} of shape {tuple(state[head].shape)})"
        )
    return classes


def placed(module: nn.Module, device: str | torch.device) -> nn.Module:
    """The module on a device.

    Raises:
        ModelError: this machine has no such device.
    """
    try:
        return module.to(device)
    except (RuntimeError, AssertionError):
        raise ModelError(f"the device {device} is not available on this machine") from None


def check_finite(state: Mapping[str, Tensor], name: str) -> None:
    """Raise a ModelError that names the first tensor with NaN or infinity."""
    for key, tensor in state.items():
        if not torch.isfinite(tensor).all():
            raise ModelError(f"{name} holds NaN or infinite values in {key}")


def _others(count: int) -> str:
    return f" (and {count - 1} more like it)" if count > 1 else ""


def read_labels(source: Path | Sequence[str]) -> tuple[str, ...]:
    """One name per class: from a sequence, a text file of lines, or JSON.

    JSON is a list of names, or an object from each index 0 … n − 1 to its name.

    Raises:
        ModelError: absent, not text, not such JSON, with gaps, or empty.
    """
    if not isinstance(source, Path):
        return tuple(source)
    if not source.is_file() or source.stat().st_size > _LARGEST_LABEL_FILE:
        raise ModelError(f"the label file {source.name} does not exist, or is larger than 4 MiB")
    try:
        text = source.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ModelError(f"the label file {source.name} is not UTF-8 text") from None
    if text[:1] not in ("[", "{"):
        lines = text.splitlines()
        if not lines:
            raise ModelError(f"the label file {source.name} is empty")
        return tuple(line.strip() for line in lines)
    try:
        names = json.loads(text)
        if isinstance(names, dict):
            by_index = {int(key): value for key, value in names.items()}
            names = [by_index[index] for index in range(len(by_index))]
    except (ValueError, KeyError, RecursionError):
        names = None
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        raise ModelError(
            f"the label file {source.name} is not a JSON list of names, "
            "nor an object from each index, from 0 without gaps, to a name"
        )
    return tuple(names)
