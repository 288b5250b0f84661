"""Files of weights in any common form → named tensors; a pickle is read in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from wam_core.errors import ModelError
from wam_core.signals.sandbox import child_environment

SUFFIXES = ("safetensors", "pt", "pth", "ckpt", "bin")
"""How files of weights are called."""

_PROGRAM = Path(__file__).with_name("unpickling.py")
_ROOT = str(Path(__file__).parents[1])
_SECONDS = 60
_ADAPTERS = ("lora_A", "lora_B", "lora_down", "lora_up")


@dataclass(frozen=True)
class Weights:
    """The tensors of a file.

    Attributes:
        tensors: by name.
        notes: what was done to find them, a sentence each without a full stop.
    """

    tensors: Mapping[str, Tensor]
    notes: tuple[str, ...] = ()


def read(path: Path) -> Weights:
    """The tensors of a .safetensors file or of a state dict of ``torch.save``, told by its bytes.

    Raises:
        ModelError: absent, damaged, or something else; says what it is and what would do.
    """
    if not path.is_file():
        raise ModelError(f"there is no weight file {path.name}")
    with path.open("rb") as file:
        head = file.read(9)
    is_pickle = head.startswith((b"PK", b"\x80"))
    if head[8:] == b"{" or (path.suffix == ".safetensors" and not is_pickle):
        found = Weights(read_safetensors(path))
    else:
        found = _unpickled(path)
    if adapter := next((key for key in found.tensors if _is_adapter(key)), None):
        raise ModelError(
            f"{path.name} holds LoRA adapters ({adapter}), which are no network: merge them into "
            "its weights (merge_and_unload in peft) and save those"
        )
    return found


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


def _is_adapter(key: str) -> bool:
    return any(part in _ADAPTERS for part in key.split("."))


def _unpickled(path: Path) -> Weights:
    """A state dict out of a pickle, by way of a process that can do nothing else."""
    with path.open("rb") as file:
        try:
            done = subprocess.run(
                # -P: no folder goes before the libraries
                [sys.executable, "-P", str(_PROGRAM), str(_SECONDS)],
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                timeout=_SECONDS,
                check=True,
            )
        except (subprocess.SubprocessError, OSError):
            raise ModelError(
                f"{path.name} is damaged or too demanding: reading it took more than {_SECONDS} s "
                "or three times its size in memory"
            ) from None
    line, _, data = done.stdout.partition(b"\n")
    answer = json.loads(line)
    if refused := answer.get("refused"):
        raise ModelError(f"{path.name} {' '.join(str(refused).split())}")
    return Weights(safetensors.torch.load(data), tuple(map(str, answer["notes"])))


def _environment() -> dict[str, str]:
    """What finding libraries takes, this project among them."""
    kept = child_environment()
    paths = (_ROOT, kept.get("PYTHONPATH", ""))
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
