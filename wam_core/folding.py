"""Batch normalisation folded into the convolution before it: the same function, in fewer passes.

In evaluation a batch normalisation is a scale and a shift per channel, which the weights and the
bias of a convolution can take over. What follows what is not read off the names or the order of
the layers but off one run: a pair is folded only where everything that the convolution gives goes
into that normalisation and nowhere else.
"""

from collections import Counter
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_eval

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
