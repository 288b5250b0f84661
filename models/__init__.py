"""The catalogue: names → :class:`~wam_core.classifier.Classifier`.

>>> default("image") in names("image")
True
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import torch

from models import audio, images, torchvision_networks, volumes
from models.spec import Spec
from wam_core.classifier import Classifier
from wam_core.errors import ModelError
from wam_core.signals import IMAGE, SOUND, VOLUME

__all__ = [
    "Catalogue",
    "Spec",
    "architectures",
    "available",
    "default",
    "from_file",
    "listed",
    "load",
    "modalities",
    "modality_of",
    "names",
    "register",
    "spec",
]


class Architecture(Protocol):
    """A layout of layers that takes anybody's weights."""

    @property
    def title(self) -> str:
        """For a menu."""


class Catalogue(Protocol):
    """The networks for one kind of input: a module, or any object with these members."""

    @property
    def SPECS(self) -> Mapping[str, Spec]:  # noqa: N802  # constants of a module
        """What is known of each network, by name."""

    @property
    def DEFAULT(self) -> str:  # noqa: N802
        """The name of the one that needs nothing but this installation."""

    @property
    def ARCHITECTURES(self) -> Mapping[str, Architecture] | None:  # noqa: N802
        """For a user's own weights, by name; None where any name of timm is taken."""

    def available(self, name: str) -> bool:
        """Whether a network can be loaded without any network connection."""

    def load(self, name: str, device: str | torch.device = "cpu") -> Classifier:
        """A network of the catalogue."""

    def from_file(
        self,
        weights: Path,
        architecture: str,
        labels: Path | Sequence[str] | None = None,
        device: str | torch.device = "cpu",
    ) -> Classifier:
        """A user's own network."""


_catalogues: dict[str, Catalogue] = {IMAGE: images, SOUND: audio, VOLUME: volumes}


def register(modality: str, catalogue: Catalogue) -> None:
    """Add the networks for a kind of input; those of the same kind are replaced."""
    _catalogues[modality] = catalogue


def modalities() -> tuple[str, ...]:
    """The kinds of input that there are networks for."""
    return tuple(_catalogues)


def names(modality: str | None = None) -> tuple[str, ...]:
    """The names in the catalogue, of one modality or all."""
    return tuple(
        name
        for kind, catalogue in _catalogues.items()
        if modality in (None, kind)
        for name in catalogue.SPECS
    )


def default(modality: str) -> str:
    """The embedded network that needs nothing but this installation.

    Raises:
        ModelError: there is none for that modality.
    """
    if modality not in _catalogues:
        raise ModelError(
            f"there is no network for modality {modality!r}; there is for {', '.join(_catalogues)}"
        )
    return _catalogues[modality].DEFAULT


def architectures(modality: str) -> Mapping[str, str] | None:
    """The architectures for a user's own weights, name → title; None where any of timm is taken."""
    known = _catalogues[modality].ARCHITECTURES
    return None if known is None else {name: layout.title for name, layout in known.items()}


def modality_of(name: str, *, own: bool = False) -> str:
    """What a network takes. A name that nobody knows is one of timm or of a hub: for images.

    Args:
        name: of a network, or the architecture of own weights.
        own: whether the weights are a user's own.
    """
    if own:
        for modality, catalogue in _catalogues.items():
            if name in (catalogue.ARCHITECTURES or ()):
                return modality
    return spec(name).modality


def spec(name: str) -> Spec:
    """What is known about a network; for a name outside the catalogue, where it would come from."""
    if name.startswith(torchvision_networks.PREFIX):
        return torchvision_networks.spec(name)
    catalogue = _holding(name)
    return images.generic_spec(name) if catalogue is None else catalogue.SPECS[name]


def available(name: str) -> bool:
    """Whether a catalogue entry can be loaded without any network connection."""
    catalogue = _holding(name)
    return catalogue is not None and catalogue.available(name)


def listed() -> list[dict[str, Any]]:
    """What is known about every network, and whether it can be loaded without any connection."""
    return [{**asdict(spec(name)), "available": available(name)} for name in names()]


def load(name: str, device: str | torch.device = "cpu") -> Classifier:
    """A network with its weights, labels and preprocessing.

    Args:
        name: of the catalogue; or any name of timm, ``hf-hub:owner/name`` or ``local-dir:folder``.
        device: where it is to run, such as ``cpu`` or ``cuda``.

    Raises:
        ModelError: it cannot be had; says why, within ten seconds, and where to put its files.
    """
    if name.startswith(torchvision_networks.PREFIX):
        raise ModelError(
            f"{name} is an architecture; its weights are needed as a file (--weights FILE)"
        )
    return (_holding(name) or images).load(name, device)


def from_file(
    weights: Path,
    architecture: str,
    labels: Path | Sequence[str] | None = None,
    device: str | torch.device = "cpu",
) -> Classifier:
    """A user's own network: weights in a file for a known architecture.

    Args:
        weights: .safetensors, or what ``torch.save`` wrote of a state dict or a checkpoint of
            training (.pt, .pth, .ckpt, .bin); :mod:`models.weight_files` reads it.
        architecture: of :data:`models.audio.ARCHITECTURES` for sounds, of
            :data:`models.volumes.ARCHITECTURES` for volumes, ``torchvision:`` and a name, else a
            name of timm.
        labels: one name per class; numbers if absent.
        device: where the network is to run.

    Raises:
        ModelError: names the tensor and both shapes, or both numbers of labels.
    """
    if architecture.startswith(torchvision_networks.PREFIX):
        net = torchvision_networks.from_file(weights, architecture, labels, device)
    else:
        catalogue = _catalogues[modality_of(architecture, own=True)]
        net = catalogue.from_file(weights, architecture, labels, device)
    net.passes_alone = None  # nobody here knows it
    return net


def _holding(name: str) -> Catalogue | None:
    """The catalogue that has a network of that name."""
    return next((one for one in _catalogues.values() if name in one.SPECS), None)
