"""Zeros around a convolution's input taken over by the convolution: the same function, one copy less.

"SAME" padding as TensorFlow defines it is uneven at even extents and strides: one zero more behind
than in front. timm's ``Conv2dSame`` copies its input into a larger tensor for it. A kernel with a
line of zeros in front and even padding gives the same numbers, and needs no copy.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from wam_core.folding import replace

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
