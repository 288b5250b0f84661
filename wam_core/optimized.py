"""The quicker twin of a frozen network: the same function, laid out for speed.

Three things make a pass of a convolutional network cheaper at no change of the function: batch
normalisation folded into the convolutions (:mod:`wam_core.folding`), and on a CPU zeros around an
input taken over by them (:mod:`wam_core.padding`), and the channels of each place beside one
another in memory ("channels last"). The network as given stays what it was,
for everybody who looks into it, hooks into it or asks for its fingerprint.
"""

import copy
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from wam_core.folding import fold
from wam_core.memory import ran_out
from wam_core.padding import take_over

_TOLERANCE: Mapping[torch.dtype, float] = {torch.float32: 1e-4, torch.float64: 1e-11}
# By rank of the weights. In three dimensions it does not pay (docs/performance.md).
_LAST = {4: torch.channels_last}
_MOST = 4  # sizes at a time: a network that takes sounds of any length would gather copies
_Key = tuple[torch.Size, torch.dtype, torch.device]


class OptimizedModule:
    """Answers like a module, by way of a quicker copy where that is sure to be the same.

    A copy is made at the first input of each size, and compared with the module on a fixed random
    input of that size: which of the two answers depends on nothing else, least of all on who asked
    first. Where they disagree, or the copy cannot be made, the module itself answers, and
    :meth:`layout` says why.

    A module whose tensors have been replaced or written to since, or that somebody has hooked
    into, is noticed: the copy is made anew, or not used. Writing through ``.data`` goes unnoticed,
    as it does by the fingerprint: a changed network needs a new classifier.

    Args:
        module: in ``eval()``, its parameters frozen.
        quick: False leaves the module as it is.
    """

    def __init__(self, module: nn.Module, *, quick: bool = True) -> None:
        self._module = module
        self._quick = quick and any(
            isinstance(m, nn.Conv1d | nn.Conv2d | nn.Conv3d) for m in module.modules()
        )
        self._parts: list[nn.Module] = list(module.modules()) if self._quick else []
        self._lock = threading.Lock()
        self._stamp: object = None
        self._copies: dict[_Key, _Copy | str] = {}

    def __call__(self, x: Tensor) -> Any:
        """The module's answer; a stranger's module may answer what it likes."""
        answer = self._answering(x)
        return self._module(x) if isinstance(answer, str) else answer(x)

    def layout(self, x: Tensor) -> str:
        """How inputs like this one are passed, in words for a result's provenance."""
        answer = self._answering(x)
        return f"as given{answer}" if isinstance(answer, str) else answer.layout

    def _answering(self, x: Tensor) -> "_Copy | str":
        """The copy for inputs of this size, or the reason why there is none."""
        if not self._quick:
            return ""
        if any(map(_hooked, self._parts)):
            return ": hooked into"
        if x.dtype not in _TOLERANCE:
            return f": {x.dtype}"
        stamp, key = list(self._marks()), (x.shape[1:], x.dtype, x.device)
        with self._lock:
            if stamp != self._stamp:
                self._copies.clear()
                self._parts = list(self._module.modules())
                self._stamp = list(self._marks())
            if key not in self._copies:
                self._copies[key] = _made(self._module, x)
                if len(self._copies) > _MOST:
                    del self._copies[next(iter(self._copies))]
            return self._copies[key]

    def _marks(self) -> Iterator[tuple[int, int]]:
        """What changes when a layer or a tensor is replaced or written to."""
        for part in self._parts:
            for child in part._modules.values():
                yield id(child), 0
            for tensors in (part._parameters, part._buffers):
                for tensor in tensors.values():
                    if tensor is not None:
                        yield tensor.data_ptr(), tensor._version


class _Copy:
    """A quicker copy of a module.

    Attributes:
        layout: what was done to it.
    """

    def __init__(self, module: nn.Module, x: Tensor) -> None:
        shares = {id(tensor): tensor for tensor in (*module.parameters(), *module.buffers())}
        self._module = copy.deepcopy(module, shares).eval()  # the tensors are the module's
        folded = fold(self._module, x)
        padded = take_over(self._module, x) if x.device.type == "cpu" else 0
        convolutions = [m for m in self._module.modules() if isinstance(m, nn.Conv2d)]
        order = _LAST.get(x.ndim) if convolutions and x.device.type == "cpu" else None
        self._order = order or torch.contiguous_format
        if order is not None:
            for layer in convolutions:
                weight = layer.weight.detach().contiguous(memory_format=order)
                layer.weight = nn.Parameter(weight, requires_grad=False)
        done = {
            f"{folded} norms folded": folded,
            f"{padded} pads taken over": padded,
            "channels last": order,
        }
        self.layout = ", ".join(words for words, was_done in done.items() if was_done)

    def __call__(self, x: Tensor) -> Tensor:
        scores: Tensor = self._module(x.contiguous(memory_format=self._order))
        return scores


def _made(module: nn.Module, like: Tensor) -> _Copy | str:
    """A copy that was compared with the module, or the reason why there is none."""
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(2, *like.shape[1:], generator=draw, dtype=like.dtype).to(like.device)
    try:
        made = _Copy(module, x)
        if not made.layout:
            return ""
        with torch.enable_grad():
            inputs = x.requires_grad_()
            scores = made(inputs)
            torch.autograd.grad(scores.sum(), inputs)
    except Exception as error:  # a stranger's module: whatever it cannot bear, it answers itself
        if ran_out(error):  # says nothing of the module: the next input may find room
            raise
        return f": no quicker copy, {type(error).__name__}"
    with torch.no_grad():
        expected = module(x)
        apart = float((scores - expected).norm() / expected.norm().clamp_min(1e-30))
    return made if apart <= _TOLERANCE[x.dtype] else f": a quicker copy differs by {apart:.1e}"


def _hooked(part: nn.Module) -> bool:
    return bool(
        part._forward_hooks
        or part._forward_pre_hooks
        or part._backward_hooks
        or part._backward_pre_hooks
    )
