"""What architectures look like without their weights: shapes, first layer, head; the usual ones."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from models.fitting import Shapes

WITH_AUXILIARY = ("googlenet", "inception_v3")
"""Networks of torchvision with further heads, which only training uses."""

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_USUAL_TIMM = (
    *("resnet18", "resnet34", "resnet50", "resnet101", "mobilenetv2_100", "mobilenetv3_large_100"),
    *("mobilenetv3_small_100", "efficientnet_b0", "efficientnet_b1", "tf_efficientnet_lite0"),
    *("vit_tiny_patch16_224", "vit_small_patch16_224", "vit_base_patch16_224", "convnext_tiny"),
    *("densenet121", "vgg16", "vgg16_bn", "regnety_008", "swin_tiny_patch4_window7_224"),
    *("convnext_small", "resnet26d", "resnet50d", "resnext50_32x4d", "wide_resnet50_2"),
)
_USUAL_TORCHVISION = (
    *("resnet18", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0"),
    *("squeezenet1_1", "shufflenet_v2_x1_0", "alexnet", "densenet121", "vit_b_16", "swin_t"),
    *("convnext_tiny", "vgg16", "googlenet", "inception_v3", "mnasnet1_0"),
)


def sketched(build: Callable[[], nn.Module]) -> nn.Module:
    """A module without memory for its weights, where its library allows that."""
    try:
        with torch.device("meta"):
            return build()
    except (NotImplementedError, RuntimeError):
        return build()


def of_torchvision(name: str, **options: Any) -> nn.Module:
    """A network of torchvision with random weights."""
    from torchvision import models

    if name in WITH_AUXILIARY:
        options["init_weights"] = False  # its own initialisation takes seconds
    module: nn.Module = models.get_model(name, weights=None, **options)
    return module


def head_of(module: nn.Module) -> str:
    """The name of the last linear layer or convolution; auxiliary classifiers do not count."""
    layers = [
        name
        for name, part in module.named_modules()
        if isinstance(part, (nn.Linear, *_CONVOLUTIONS)) and not name.lower().startswith("aux")
    ]
    return layers[-1] if layers else ""


def stem_of(module: nn.Module) -> tuple[str, int]:
    """The name of the first convolution, and its input channels."""
    for name, part in module.named_modules():
        if isinstance(part, _CONVOLUTIONS):
            return name, int(part.in_channels)
    return "", 0


def take_channels(module: nn.Module, channels: int) -> None:
    """Replace the first convolution by one of another number of input channels."""
    name, _ = stem_of(module)
    old: Any = module.get_submodule(name)
    new = type(old)(
        channels,
        old.out_channels,
        old.kernel_size,
        old.stride,
        old.padding,
        old.dilation,
        bias=old.bias is not None,
        padding_mode=old.padding_mode,
    )
    module.set_submodule(name, new)


def others(given: str) -> Iterator[tuple[str, Shapes]]:
    """Architectures that weights may be of instead, relatives of the given one first.

    Each is made when it is asked for. Shapes are those of 1000 classes, so that the head differs.
    """
    import timm

    family = given.rpartition(":")[2].rstrip("0123456789")
    relatives = [name for name in timm.list_models(f"{family}*") if name != given][:12]
    for name in dict.fromkeys((*relatives, *_USUAL_TIMM)):
        if name != given and (shapes := _shapes(lambda name=name: timm.create_model(name))):  # type: ignore[misc]
            yield name, shapes
    for name in _USUAL_TORCHVISION:
        if f"torchvision:{name}" != given and (
            shapes := _shapes(lambda name=name: of_torchvision(name))  # type: ignore[misc]
        ):
            yield f"torchvision:{name}", shapes


def _shapes(build: Callable[[], nn.Module]) -> Shapes | None:
    """Of an architecture that can be made without memory."""
    try:
        with torch.device("meta"):
            return {key: tuple(value.shape) for key, value in build().state_dict().items()}
    except (NotImplementedError, RuntimeError):
        return None
