"""A faster copy of a frozen network: the same function up to rounding, laid out for speed.

Three changes make a pass of a convolutional network cheaper and leave its function as it is:

* **Batch normalisation folded into the convolution before it.** In evaluation a batch normalisation
  is a scale and a shift per channel, which the weights and the bias of a convolution can hold.
  Which layer follows which is read off one run, not off names or the order of the layers: a pair is
  folded only where everything that the convolution gives goes into that normalisation and nowhere
  else.
* **Explicit padding moved into the convolution** (on a CPU). "SAME" padding as TensorFlow defines
  it is uneven at even extents and strides: one zero more behind than in front. timm's
  ``Conv2dSame`` copies its input into a larger tensor for it. A kernel with a line of zeros in
  front and even padding gives the same numbers, and needs no copy.
* **Memory format** (on a CPU): the channels of each place beside one another ("channels last").

The network as given stays what it was, for everybody who looks into it, hooks into it or asks for
its fingerprint.
"""

import copy
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval

from wam_core.memory import ran_out

_TOLERANCE: Mapping[torch.dtype, float] = {torch.float32: 1e-4, torch.float64: 1e-11}
# By rank of the weights. In three dimensions it does not pay (docs/performance.md).
_LAST = {4: torch.channels_last}
_MOST = 4  # sizes at a time: a network that takes sounds of any length would gather copies
_Key = tuple[torch.Size, torch.dtype, torch.device]


class OptimizedModule:
    """Answers like a module, through a faster copy where that is sure to be the same.

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
    """A faster copy of a module.

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


Convolution = nn.Conv1d | nn.Conv2d | nn.Conv3d
_PLAIN = {nn.BatchNorm1d.forward, nn.BatchNorm2d.forward, nn.BatchNorm3d.forward}


def fold(module: nn.Module, x: Tensor) -> int:
    """Fold what can be folded, **in place**; how many normalisations are gone.

    Args:
        module: in ``eval()``, and nobody else's: its layers are replaced.
        x: an input that runs through every layer, as the module takes it.
    """
    pairs = list(_pairs(module, x))
    for convolution, norm in pairs:
        fused: nn.Module = fuse_conv_bn_eval(convolution, norm)
        replace(module, {convolution: fused.requires_grad_(False), norm: _rest(norm)})
    return len(pairs)


def _pairs(module: nn.Module, x: Tensor) -> Iterator[tuple[Convolution, _BatchNorm]]:
    """Convolutions with the normalisation that alone takes what they give."""
    layers = [m for m in module.modules() if isinstance(m, Convolution) or _foldable(m)]
    shared = Counter(id(p) for layer in layers for p in layer.parameters(recurse=False))
    runs: Counter[nn.Module] = Counter()
    given: dict[int, tuple[nn.Module, Tensor, object]] = {}  # by the tensor, which is kept alive
    found: list[tuple[nn.Module, nn.Module, object]] = []

    def watch(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        runs[layer] += 1
        if isinstance(layer, Convolution):
            given[id(output)] = (layer, output, output.grad_fn)
        elif id(inputs[0]) in given:
            convolution, passed, step = given[id(inputs[0])]
            if passed.grad_fn is step:  # or something was done to it in place
                found.append((convolution, layer, step))

    handles = [layer.register_forward_hook(watch) for layer in layers]
    try:
        with torch.enable_grad():
            scores = module(x.detach().requires_grad_())
    finally:
        for handle in handles:
            handle.remove()
    takers = _takers(scores)
    for convolution, norm, step in found:
        once = runs[convolution] == runs[norm] == 1
        own = all(
            shared[id(p)] == 1 for m in (convolution, norm) for p in m.parameters(recurse=False)
        )
        if once and own and takers[step] == 1:
            assert isinstance(convolution, Convolution) and isinstance(norm, _BatchNorm)
            yield convolution, norm


def _foldable(layer: nn.Module) -> bool:
    """A normalisation by kept statistics that does nothing else, or names what else it does."""
    return (
        isinstance(layer, _BatchNorm)
        and layer.running_mean is not None
        and (type(layer).forward in _PLAIN or _has_rest(layer))
    )


def _has_rest(layer: nn.Module) -> bool:
    """timm's BatchNormAct2d: normalisation, ``drop`` and ``act`` in one."""
    return type(layer).__name__.startswith("BatchNormAct") and all(
        isinstance(getattr(layer, part, None), nn.Module) for part in ("drop", "act")
    )


def _rest(norm: nn.Module) -> nn.Module:
    """What is left to do after a normalisation."""
    if not _has_rest(norm):
        return nn.Identity()
    return nn.Sequential(norm.get_submodule("drop"), norm.get_submodule("act"))


def _takers(scores: Tensor) -> Counter[object]:
    """By step of the computation, how many other steps take what it gives."""
    takers: Counter[object] = Counter()
    waiting, seen = [scores.grad_fn], {scores.grad_fn}
    while waiting:
        step = waiting.pop()
        for before, _ in () if step is None else step.next_functions:
            if before is None:
                continue
            takers[before] += 1
            if before not in seen:
                seen.add(before)
                waiting.append(before)
    return takers


def replace(module: nn.Module, others: dict[nn.Module, nn.Module]) -> None:
    """Put other layers in the place of some, wherever in the module they stand."""
    for part in list(module.modules()):
        for name, child in list(part.named_children()):
            if child in others:
                setattr(part, name, others[child])


_PADS_ITSELF = "Conv2dSame"


def take_over(module: nn.Module, x: Tensor) -> int:
    """Replace convolutions that pad by hand, **in place**; how many.

    Args:
        module: in ``eval()``, and nobody else's: its layers are replaced.
        x: an input that runs through every layer. The zeros depend on its extents, so the module
            is then good for inputs of these extents only.
    """
    sizes: dict[nn.Conv2d, set[tuple[int, ...]]] = {
        layer: set()
        for layer in module.modules()
        if isinstance(layer, nn.Conv2d)
        and type(layer).__name__ == _PADS_ITSELF
        and set(layer.dilation) == {1}
    }

    if not sizes:
        return 0

    def watch(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(layer, nn.Conv2d)
        sizes[layer].add(tuple(inputs[0].shape[2:]))

    handles = [layer.register_forward_pre_hook(watch) for layer in sizes]
    try:
        with torch.no_grad():
            module(x)
    finally:
        for handle in handles:
            handle.remove()
    others: dict[nn.Module, nn.Module] = {
        layer: _even(layer, *seen) for layer, seen in sizes.items() if len(seen) == 1
    }
    replace(module, others)
    return len(others)


def _even(layer: nn.Conv2d, size: tuple[int, ...]) -> nn.Conv2d:
    """The same convolution, evenly padded, for inputs of one size."""
    behind, longer = [], []
    for extent, kernel, stride in zip(size, layer.kernel_size, layer.stride, strict=True):
        zeros = max((-(-extent // stride) - 1) * stride + kernel - extent, 0)
        behind.append(zeros - zeros // 2)
        longer.append(zeros % 2)
    weight = pad(layer.weight.detach(), (longer[1], 0, longer[0], 0))
    even = nn.Conv2d(
        layer.in_channels,
        layer.out_channels,
        (weight.shape[2], weight.shape[3]),
        (layer.stride[0], layer.stride[1]),
        (behind[0], behind[1]),
        groups=layer.groups,
        bias=False,
        device="meta",
    )
    even.weight = nn.Parameter(weight, requires_grad=False)
    even.bias = layer.bias
    return even.eval()
