"""What people have, as the tensor that a module receives: arrays, pictures, files, decoded signals."""

import os
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from wam_core.errors import InputError, ModelError
from wam_core.signals.signal import Signal


@runtime_checkable
class Picture(Protocol):
    """A PIL image, of which nothing else is needed."""

    mode: str

    def convert(self, mode: str) -> Any:
        """In another mode."""


Given = Tensor | npt.NDArray[Any] | Signal | Picture | str | os.PathLike[str]
"""What :func:`as_batch` takes."""

_COMPUTED = (torch.float32, torch.float64)
_TAKEN = "a tensor, a NumPy array, a PIL image, a path or a Signal is accepted"


def as_batch(x: object, module: nn.Module) -> Tensor:
    """An input in the type of numbers that a module computes in.

    Tensors and arrays of any float type keep their numbers and axes. A picture, a file or a decoded
    signal becomes a batch of one: pictures in 0 … 1 as (1, channel, rows, columns), sounds and
    volumes as they were read. Nothing is resized or normalised: what a module needs of that is its
    own, so pass the tensor it was trained on.

    Args:
        x: a tensor, a NumPy array, a PIL image, the path of a file, or a decoded signal.
        module: its first floating-point parameter says the type; where it has none,
            a float32 or float64 tensor keeps its own, and all else is float32.

    Raises:
        InputError: something else, numbers that are no floats, or a batch of no inputs.
        ModelError: a module of another type than float32 or float64.

    >>> as_batch(np.zeros((1, 3, 8, 8)), nn.Conv2d(3, 4, 3)).dtype
    torch.float32
    """
    values = _tensor(x)
    if values.layout != torch.strided:
        raise InputError(f"the input is a tensor of layout {values.layout}; x.to_dense() is needed")
    if not values.is_floating_point():
        raise InputError(
            f"the input is of {values.dtype}; torch.float32 or float64 is needed, scaled as the "
            "module was trained, such as x.float() / 255"
        )
    if values.ndim and len(values) == 0:
        raise InputError(
            f"the input of shape {tuple(values.shape)} is an empty batch; at least one is needed"
        )
    kind = _computed(module)
    if kind is None:
        is_chosen = isinstance(x, Tensor) and values.dtype in _COMPUTED
        kind = values.dtype if is_chosen else torch.float32
    if kind not in _COMPUTED:
        raise ModelError(
            f"{type(module).__name__} computes in {kind}; torch.float32 or float64 is needed: "
            "module.float()"
        )
    return values.clone() if values.is_inference() else values.to(kind)


def _computed(module: nn.Module) -> torch.dtype | None:
    """The type in which a module is passed; one in half precision is passed in float32."""
    floats = (p.dtype for p in module.parameters() if p.is_floating_point())
    kind = next(floats, None)
    return torch.float32 if kind in (torch.float16, torch.bfloat16) else kind


def _tensor(x: object) -> Tensor:
    if isinstance(x, Tensor):
        return x.detach()
    if isinstance(x, np.ndarray):
        return _from_array(x)
    if isinstance(x, str | os.PathLike):
        x = _read(Path(x))
    if isinstance(x, Signal):
        return torch.tensor(x.values, dtype=torch.float32)[None] / x.full_scale
    if isinstance(x, Picture):
        return _from_picture(x)
    raise InputError(f"the input is a {type(x).__name__}; {_TAKEN}")


def _from_array(x: npt.NDArray[Any]) -> Tensor:
    if x.dtype.kind not in "fiub":
        raise InputError(f"the input is an array of {x.dtype}; floating-point numbers are accepted")
    native = x.astype(x.dtype.newbyteorder("="), copy=True)
    return torch.from_numpy(native.astype(np.float64) if native.dtype.itemsize > 8 else native)


def _from_picture(picture: Picture) -> Tensor:
    """Grey pictures have one channel, all others red, green and blue; 0 … 1."""
    grey = picture.mode in ("1", "L", "LA")
    pixels = np.array(picture.convert("L" if grey else "RGB"), dtype=np.float32) / 255
    return torch.from_numpy(pixels[None] if grey else pixels.transpose(2, 0, 1).copy())[None]


def _read(file: Path) -> Signal:
    if not file.is_file():
        raise InputError(f"there is no file {str(file)!r}; {_TAKEN}")
    from wam_core.signals import read  # the decoders are an extra

    return read(file.read_bytes(), file.name)
