"""Networks for volumes: two trained by this project, and a user's own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from models import checkpoint, fitting, weight_files
from models.architectures.volume import Cnn3d, ResNet18_3d
from models.class_names import read_labels
from models.frontends import VolumeFrontend
from models.spec import Spec
from wam_core.classifier import Classifier
from wam_core.errors import ModelError
from wam_core.signals import VOLUME

DEFAULT = "modelnet10"
_WEIGHTS = Path(__file__).parent / "weights"
_LABELS: Mapping[str, Sequence[str]] = {
    DEFAULT: (
        "bathtub", "bed", "chair", "desk", "dresser",
        "monitor", "night stand", "sofa", "table", "toilet",
    ),
    "digits3d": tuple("0123456789"),
}  # fmt: skip

SPECS: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec(
            DEFAULT,
            "ModelNet10, household objects",
            VOLUME,
            "academic research use (trained on ModelNet by Princeton)",
            "trained by this project: models/weights/modelnet10.md",
            "Ten kinds of furniture and fittings by what they fill; 30 × 30 × 30 cells, upright.",
            embedded=True,
            accuracy="88.7 % ± 1.6 on the 416 distinct objects of the test part",
        ),
        Spec(
            "digits3d",
            "Solid digits",
            VOLUME,
            "CC BY 4.0 (trained on UCI’s handwritten digits)",
            "trained by this project: models/weights/digits3d.md",
            "The digits 0 to 9 as solids that stand upright; 32 × 32 × 32 cells.",
            embedded=True,
            accuracy="99.3 % ± 0.5 on the 269 pictures held out",
        ),
    )
}


@dataclass(frozen=True)
class Architecture:
    """A layout of layers that takes anybody's weights.

    Attributes:
        title: for a menu.
        stem, head: tensors whose extents are (…, channels, …) and (classes, …).
        build: from the numbers of classes and channels to the module.
        frontend: from the number of channels to what lies before it.
    """

    title: str
    stem: str
    head: str
    build: Callable[[int, int], nn.Module]
    frontend: Callable[[int], VolumeFrontend]

    def classifier(
        self,
        weights: Path,
        labels: Sequence[str] | None,
        name: str,
        device: str | torch.device,
    ) -> Classifier:
        """The network with its weights; the file says how many classes and channels it has.

        Raises:
            ModelError: names the tensor that does not fit, or both numbers of labels.
        """
        found = fitting.aligned(weight_files.read(weights), self.build(1, 1).state_dict())
        state = found.tensors
        if self.stem not in state:
            raise ModelError(f"{weights.name} has no tensor {self.stem}, the stem of {self.title}")
        if len(shape := tuple(state[self.stem].shape)) != 5:
            raise ModelError(
                f"{weights.name} has {self.stem} of shape {shape}; 5 axes are expected: "
                f"a network of pictures is none of {self.title}"
            )
        channels = shape[1]
        classes = fitting.count_classes(state, self.head, labels, weights.name, self.title)
        module = self.build(classes, channels)
        fitting.load_strictly(module, state, weights.name, self.title)
        module = checkpoint.placed(module, device)
        return Classifier(
            module,
            labels=labels,
            frontend=self.frontend(channels),
            name=name,
            notes=found.notes,
        )


def _cnn3d(side: int, widths: tuple[int, int, int, int]) -> Callable[[int, int], nn.Module]:
    return lambda classes, channels: Cnn3d(classes, side // 8, channels, widths)


def _objects(side: int) -> Callable[[int], VolumeFrontend]:
    return lambda channels: VolumeFrontend((side,) * 3, extent=24, channels=channels)


def _scan(channels: int) -> VolumeFrontend:
    return VolumeFrontend((28, 28, 28), "intensity", channels=channels)


ARCHITECTURES: Mapping[str, Architecture] = {
    "cnn3d": Architecture(
        "smooth 3-D CNN, objects of 24 cells in 30 × 30 × 30",
        stem="features.0.conv.weight",
        head="head.2.weight",
        build=_cnn3d(30, (16, 32, 64, 128)),
        frontend=_objects(30),
    ),
    "cnn3d_small": Architecture(
        "small smooth 3-D CNN, objects of 24 cells in 32 × 32 × 32",
        stem="features.0.conv.weight",
        head="head.2.weight",
        build=_cnn3d(32, (8, 16, 32, 64)),
        frontend=_objects(32),
    ),
    "resnet18_3d": Architecture(
        "3-D ResNet-18 of MedMNIST, scans in 28 × 28 × 28",
        stem="conv1.weight",
        head="linear.weight",
        build=ResNet18_3d,
        frontend=_scan,
    ),
}
"""By the name that the picker and the command line take."""

_BUILT_AS = {DEFAULT: "cnn3d", "digits3d": "cnn3d_small"}


def available(name: str) -> bool:
    """Always: what the catalogue holds comes with this project."""
    return name in SPECS


def load(name: str, device: str | torch.device = "cpu") -> Classifier:
    """A network of the catalogue.

    Raises:
        ModelError: its file is absent or damaged; never random weights instead.
    """
    weights = checkpoint.shipped(_WEIGHTS / f"{name}.safetensors")
    return ARCHITECTURES[_BUILT_AS[name]].classifier(weights, _LABELS[name], name, device)


def from_file(
    weights: Path,
    architecture: str,
    labels: Path | Sequence[str] | None = None,
    device: str | torch.device = "cpu",
) -> Classifier:
    """A user's own network: weights in a file for one of :data:`ARCHITECTURES`.

    Raises:
        ModelError: names the tensor and both shapes, or both numbers of labels.
    """
    names = None if labels is None else read_labels(labels)
    return ARCHITECTURES[architecture].classifier(weights, names, weights.stem, device)
