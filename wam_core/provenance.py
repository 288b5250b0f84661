"""Where a result came from, and the versions that it depends on."""

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

_PACKAGES = ("wam-explorer", "wam-core", "torch", "ptwt", "PyWavelets", "numpy", "timm") + (
    "soundfile", "av", "soxr", "librosa",  # what decodes, resamples and analyses sounds
    "nibabel", "tifffile", "trimesh",  # what reads volumes and meshes
)  # fmt: skip


@cache
def versions() -> dict[str, str]:
    """The versions of what a result depends on; a package that is absent is left out."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


@dataclass(frozen=True)
class Provenance:
    """What has to be equal for a result to be the same, and what it took.

    Attributes:
        model, fingerprint: the network's name, and the hash of its weights and front end.
        input_name, input_sha256: of the file that was explained.
        device, micro_batch, versions: they move the last digits only.
        seconds: the time the explanation took.
        layout: how the network was passed (:class:`wam_core.optimized.OptimizedModule`): it moves the last digits,
            too. Empty in results from before there was a choice.
        threads: of the CPU that the passes ran on: they move the last digits, too. 0 in results
            from before it was noted.
    """

    model: str
    fingerprint: str
    input_name: str
    input_sha256: str
    device: str
    micro_batch: int
    seconds: float
    versions: Mapping[str, str]
    layout: str = ""
    threads: int = 0
