"""The classifiers of torchvision by name, for images and for videos, with a user's own weights."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models import checkpoint, fitting, known_architectures, weight_files
from models.class_names import read_labels
from models.frontends import ImageFrontend, VolumeFrontend
from models.known_architectures import of_torchvision
from models.spec import Spec
from wam_core.classifier import Classifier
from wam_core.errors import ModelError
from wam_core.signals import IMAGE, VOLUME

PREFIX = "torchvision:"
"""Before the name, where a network is asked for."""

_FRAMES = 16
_AUXILIARY = ("AuxLogits.", "aux1.")
_ACCEPTED = "resnet18, vit_b_16 or r3d_18"


class Normalised(nn.Module):
    """A network that takes values from 0 to 1 and normalises them first.

    Args:
        module: takes normalised values, (batch, channel, *space).
        mean, std: of each channel.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, module: nn.Module, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.module = module
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))

    def forward(self, x: Tensor) -> Any:
        """What the module returns for the normalised input."""
        shape = (-1, *[1] * (x.ndim - 2))
        return self.module((x - self.mean.view(shape)) / self.std.view(shape))


def spec(name: str) -> Spec:
    """What is known of a network by its name alone."""
    kind = VOLUME if name.removeprefix(PREFIX) in _names(video=True) else IMAGE
    source = "torchvision's architecture with your weights"
    return Spec(name, name, kind, "see its weights", source, "Not part of the catalogue.")


def from_file(
    weights: Path,
    architecture: str,
    labels: Path | Sequence[str] | None = None,
    device: str | torch.device = "cpu",
) -> Classifier:
    """A user's own weights; the file says how many classes and channels there are.

    Args:
        weights: any form that :func:`models.weight_files.read` takes.
        architecture: ``torchvision:`` and a name of torchvision's registry.
        labels: one name per class; numbers if absent.
        device: where the network is to run.

    Raises:
        ModelError: an unknown name, or weights or labels that do not fit.
    """
    name = architecture.removeprefix(PREFIX)
    _check_name(name)
    sketch = known_architectures.sketched(lambda: of_torchvision(name))
    found = fitting.aligned(weight_files.read(weights), sketch.state_dict())
    options, channels = _read_off(sketch, found.tensors, weights.name, name)
    names = None if labels is None else read_labels(labels)
    head = known_architectures.head_of(sketch)
    fitting.count_classes(found.tensors, f"{head}.weight", names, weights.name, architecture)
    module = of_torchvision(name, **options)
    if channels is not None:
        known_architectures.take_channels(module, channels)
    fitting.load_strictly(
        module, found.tensors, weights.name, architecture, known_architectures.others(architecture)
    )
    module, frontend = _with_frontend(module, name, channels)
    return Classifier(
        checkpoint.placed(module, device),
        labels=names,
        frontend=frontend,
        name=weights.stem,
        notes=found.notes,
    )


def _read_off(
    sketch: nn.Module, state: Mapping[str, Tensor], file: str, name: str
) -> tuple[dict[str, Any], int | None]:
    """Options of the builder, and the input channels where they are not the usual ones."""
    options: dict[str, Any] = {}
    head = state.get(f"{known_architectures.head_of(sketch)}.weight")
    if head is not None and head.ndim >= 2:
        options["num_classes"] = head.shape[0]
    if name in known_architectures.WITH_AUXILIARY:
        options["aux_logits"] = any(key.startswith(_AUXILIARY) for key in state)
    stem, usual = known_architectures.stem_of(sketch)
    values = state.get(f"{stem}.weight")
    if values is None or values.ndim < 3 or values.shape[1] == usual:
        return options, None
    return options, int(values.shape[1])


def _check_name(name: str) -> None:
    """Raise a ModelError for no network of that name, or one that classifies nothing."""
    from torchvision import models

    known = (*_names(video=False), *_names(video=True))
    if name in known:
        return
    if name in models.list_models():
        kind = str(models.get_model_builder(name).__module__).split(".")[2]
        raise ModelError(
            f"torchvision's {name} is a network for {kind}; classifiers such as {_ACCEPTED} "
            "are accepted"
        )
    near = ", ".join(difflib.get_close_matches(name, known, 3)) or _ACCEPTED
    raise ModelError(f"torchvision has no network named {name!r}; near to it are {near}")


def _names(*, video: bool) -> list[str]:
    from torchvision import models

    names: list[str] = models.list_models(module=models.video if video else models)
    return names


def _with_frontend(
    module: nn.Module, name: str, channels: int | None
) -> tuple[nn.Module, ImageFrontend | VolumeFrontend]:
    """The preprocessing of torchvision's own weights of that name."""
    from torchvision import models

    preset = models.get_model_weights(name).DEFAULT.transforms()
    mean, std = tuple(map(float, preset.mean)), tuple(map(float, preset.std))
    if channels not in (None, 1, 3):
        raise ModelError(f"{name} takes {channels} channels; images have three, or one (grey)")
    if channels == 1:
        mean, std = (sum(mean) / len(mean),), (sum(std) / len(std),)
    crop = preset.crop_size
    if name in _names(video=True):
        size = (_FRAMES, int(crop[0]), int(crop[-1]))
        frontend = VolumeFrontend(size, "intensity", channels=len(mean), stretch=True)
        return Normalised(module, mean, std), frontend
    # timm rounds the resized side down: half a pixel more, and it is torchvision's
    share = crop[0] / (preset.resize_size[0] + 0.5)
    return module, ImageFrontend(
        (int(crop[0]), int(crop[-1])),
        mean,
        std,
        interpolation=preset.interpolation.value,
        crop_pct=share,
    )
