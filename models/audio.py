"""Networks for sounds: two trained by this project on ESC-10, and a user's own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from models import checkpoint, fitting, weight_files
from models.architectures.sound import Clip, MelVGG, MicroACDNet, from_published
from models.class_names import read_labels
from models.frontends import SoundFrontend
from models.mel import LogMel
from models.spec import Spec
from wam_core.classifier import Classifier
from wam_core.signals import SOUND

DEFAULT = "esc10"
_WEIGHTS = Path(__file__).parent / "weights"
_LABELS = (
    "baby cry", "chainsaw", "clock tick", "dog bark", "fire crackling",
    "helicopter", "person sneeze", "rain", "rooster", "sea waves",
)  # fmt: skip
_SECONDS = 5

SPECS: Mapping[str, Spec] = {
    spec.name: spec
    for spec in (
        Spec(
            DEFAULT,
            "ESC-10, log-mel VGG",
            SOUND,
            "CC BY 3.0 (trained on ESC-10 by K. J. Piczak)",
            "trained by this project: models/weights/esc10.md",
            "Ten everyday sounds, heard as a log-mel spectrogram; 5 s at 44.1 kHz.",
            embedded=True,
            accuracy="95.0 % ± 2.4 on the 80 clips of fold 4 (also used to choose the epoch)",
        ),
        Spec(
            "esc10_raw",
            "ESC-10, raw waveform",
            SOUND,
            "CC BY 3.0 (trained on ESC-10 by K. J. Piczak)",
            "trained by this project: models/weights/esc10_raw.md",
            "The same ten sounds, heard as the waveform itself, at 20 kHz; no spectrogram.",
            embedded=True,
            accuracy="93.8 % ± 2.7 on the 80 clips of fold 4",
        ),
    )
}


@dataclass(frozen=True)
class Architecture:
    """A layout of layers that takes anybody's weights.

    Attributes:
        title: for a menu.
        rate, seconds: what it hears.
        trim: whether silence is cut off at both ends; otherwise a short sound is filled up with it.
        build: from the number of classes to (representation or None, module).
        head: the tensor whose first extent is the number of classes.
        rename: published tensor names → ours.
    """

    title: str
    rate: int
    seconds: float
    trim: bool
    build: Callable[[int], tuple[nn.Module | None, nn.Module]]
    head: str
    rename: Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]] = dict

    def frontend(self) -> SoundFrontend:
        """Mono at its rate, in its length."""
        length = round(self.rate * self.seconds)
        return SoundFrontend(self.rate, length, trim=self.trim, pad=not self.trim)

    def classifier(
        self,
        weights: Path,
        labels: Sequence[str] | None,
        name: str,
        device: str | torch.device,
    ) -> Classifier:
        """The network with its weights.

        Raises:
            ModelError: names the tensor that does not fit, or both numbers of labels.
        """
        read = weight_files.read(weights)
        read = replace(read, tensors=self.rename(read.tensors))
        found = fitting.aligned(read, _weighted(self.build(1)[1]).state_dict())
        state = found.tensors
        classes = fitting.count_classes(state, self.head, labels, weights.name, self.title)
        representation, module = self.build(classes)
        fitting.load_strictly(_weighted(module), state, weights.name, self.title)
        return Classifier(
            checkpoint.placed(module, device),
            representation=representation,
            labels=labels,
            frontend=self.frontend(),
            name=name,
            notes=found.notes,
        )


def _weighted(module: nn.Module) -> nn.Module:
    """The part of a network that its weight file describes."""
    return module.net if isinstance(module, Clip) else module


ARCHITECTURES: Mapping[str, Architecture] = {
    "mel_vgg": Architecture(
        "log-mel VGG, 5 s at 44.1 kHz",
        rate=44_100,
        seconds=_SECONDS,
        trim=False,
        build=lambda classes: (LogMel(44_100), MelVGG(classes)),
        head="head.bias",
    ),
    "micro_acdnet": Architecture(
        "micro-ACDNet, raw waveform, 5 s at 20 kHz",
        rate=20_000,
        seconds=_SECONDS,
        trim=True,
        build=lambda classes: (None, Clip(MicroACDNet(classes))),
        head="head.bias",
        rename=from_published,
    ),
}
"""By the name that the picker and the command line take."""


def available(name: str) -> bool:
    """Always: what the catalogue holds comes with this project."""
    return name in SPECS


def load(name: str, device: str | torch.device = "cpu") -> Classifier:
    """A network of the catalogue.

    Raises:
        ModelError: its file is absent or damaged; never random weights instead.
    """
    weights = checkpoint.shipped(_WEIGHTS / f"{name}.safetensors")
    return ARCHITECTURES[_BUILT_AS[name]].classifier(weights, _LABELS, name, device)


_BUILT_AS = {DEFAULT: "mel_vgg", "esc10_raw": "micro_acdnet"}


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
