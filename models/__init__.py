"""The catalogue: names → :class:`~wam_core.classifier.Classifier`.

>>> default("image") in names("image")
True
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import torch

from models import audio, images, volumes
from models.spec import Spec
from wam_core.classifier import Classifier
from wam_core.errors import ModelError

__all__ = ["Spec", "available", "default", "from_file", "load", "names", "spec"]


class _Catalogue(Protocol):
    """What the module of a modality holds."""

    @property
    def SPECS(self) -> Mapping[str, Spec]: ...  # noqa: N802  # constants of a module
    @property
    def DEFAULT(self) -> str: ...  # noqa: N802
    def available(self, name: str) -> bool: ...
    def load(self, name: str, device: str | torch.device = "cpu") -> Classifier: ...


_CATALOGUES: Mapping[str, _Catalogue] = {"image": images, "sound": audio, "volume": volumes}


def names(modality: str | None = None) -> tuple[str, ...]:
    """The names in the catalogue, of one modality or all."""
    return tuple(
        name
        for kind, catalogue in _CATALOGUES.items()
        if modality in (None, kind)
        for name in catalogue.SPECS
    )


def default(modality: str) -> str:
    """The embedded network that needs nothing but this installation.

    Raises:
        ModelError: there is none for that modality.
    """
    if modality not in _CATALOGUES:
        raise ModelError(
            f"there is no network for modality {modality!r}; there is for {', '.join(_CATALOGUES)}"
        )
    return _CATALOGUES[modality].DEFAULT


def spec(name: str) -> Spec:
    """What is known about a network; for a name outside the catalogue, where it would come from."""
    for catalogue in _CATALOGUES.values():
        if name in catalogue.SPECS:
            return catalogue.SPECS[name]
    return images.generic_spec(name)


def available(name: str) -> bool:
    """Whether a catalogue entry can be loaded without any network connection."""
    for catalogue in _CATALOGUES.values():
        if name in catalogue.SPECS:
            return catalogue.available(name)
    return False


def load(name: str, device: str | torch.device = "cpu") -> Classifier:
    """A network with its weights, labels and preprocessing.

    Args:
        name: of the catalogue; or any name of timm, ``hf-hub:owner/name`` or ``local-dir:folder``.
        device: where it is to run, such as ``cpu`` or ``cuda``.

    Raises:
        ModelError: it cannot be had; says why, within ten seconds, and where to put its files.
    """
    for catalogue in _CATALOGUES.values():
        if name in catalogue.SPECS:
            return catalogue.load(name, device)
    return images.load(name, device)


def from_file(
    weights: Path,
    architecture: str,
    labels: Path | Sequence[str] | None = None,
    device: str | torch.device = "cpu",
) -> Classifier:
    """A user's own network: safetensors weights for a known architecture.

    Args:
        weights: a .safetensors file with the architecture's own tensor names.
        architecture: of :data:`models.audio.ARCHITECTURES` for sounds, of
            :data:`models.volumes.ARCHITECTURES` for volumes, else a name of timm.
        labels: one name per class; numbers if absent.
        device: where the network is to run.

    Raises:
        ModelError: names the tensor and both shapes, or both numbers of labels.
    """
    if architecture in audio.ARCHITECTURES:
        return audio.from_file(weights, architecture, labels, device)
    if architecture in volumes.ARCHITECTURES:
        return volumes.from_file(weights, architecture, labels, device)
    return images.from_file(weights, architecture, labels, device)
