"""The dashboard with one more network: ModelNet10's architecture for 64³, untrained; it costs the same.

No network that comes with this project takes 64³, and what a page costs depends on that size alone.
"""

from collections.abc import Callable
from dataclasses import replace

import torch

from app.cli import main
from models import volumes
from models.architectures.volume import Cnn3d
from models.frontends import VolumeFrontend
from wam_core.classifier import Classifier

SIDE = 64
TITLE = f"Untrained, {SIDE} × {SIDE} × {SIDE}"
_NAME, _EXTENT = "untrained64", 51  # as much of 64 as 24 is of 30


def _with(load: Callable[..., Classifier]) -> Callable[..., Classifier]:
    def loaded(name: str, device: str | torch.device = "cpu") -> Classifier:
        if name != _NAME:
            return load(name, device)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            module = Cnn3d(10, cells=SIDE // 8)
        frontend = VolumeFrontend((SIDE,) * 3, extent=_EXTENT)
        return Classifier(module, frontend=frontend, name=_NAME).to(device)

    return loaded


if __name__ == "__main__":
    usual = volumes.SPECS[volumes.DEFAULT]
    volumes.SPECS = {**volumes.SPECS, _NAME: replace(usual, name=_NAME, title=TITLE, accuracy="")}
    volumes.load = _with(volumes.load)
    main()
