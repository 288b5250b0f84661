"""Convolutions that pad by hand, and what takes their place: the same numbers and gradients."""

import pytest
import torch
from timm.layers.conv2d_same import Conv2dSame
from torch import nn
from torch.testing import assert_close

from wam_core.optimized import take_over


def padding_by_hand(module: nn.Module) -> int:
    return sum(isinstance(layer, Conv2dSame) for layer in module.modules())


def slope(module: nn.Module, x: torch.Tensor) -> torch.Tensor:
    x = x.clone().requires_grad_()
    return torch.autograd.grad(module(x).sum(), x)[0]


@pytest.mark.parametrize("size", [(16, 16), (15, 15), (13, 18), (6, 5)])
@pytest.mark.parametrize("kernel", [(2, 2), (3, 3), (5, 5), (3, 6)])
@pytest.mark.parametrize("stride", [(2, 2), (3, 2), (4, 1)])
@pytest.mark.parametrize("groups", [1, 4])
def test_zeros_taken_over_change_nothing(size, kernel, stride, groups):
    torch.manual_seed(0)
    layer = Conv2dSame(4, 8, kernel, stride, groups=groups, bias=groups == 1).double()
    module, x = nn.Sequential(layer).eval(), torch.randn(2, 4, *size, dtype=torch.float64)
    expected, slopes = module(x), slope(module, x)
    assert take_over(module, x) == 1 and not padding_by_hand(module)
    assert_close(module(x), expected)
    assert_close(slope(module, x), slopes)


def test_a_layer_that_sees_two_sizes_stays():
    layer = Conv2dSame(3, 3, 3, 2)
    module, x = nn.Sequential(layer, layer), torch.randn(1, 3, 16, 16)
    assert take_over(module, x) == 0 and padding_by_hand(module) == 1


def test_a_dilated_kernel_and_an_ordinary_one_stay():
    module = nn.Sequential(Conv2dSame(3, 3, 3, 2, dilation=2), nn.Conv2d(3, 3, 3, 2, 1))
    assert take_over(module, torch.randn(1, 3, 16, 16)) == 0
    assert padding_by_hand(module) == 1
