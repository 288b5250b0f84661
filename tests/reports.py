"""Reports of something of each kind, quickly made, with names that mean harm."""

from dataclasses import replace
from functools import cache

import torch

import models
from app import report
from app.reproduction import Origin
from app.request import ExplainRequest
from app.session import Explained, Subject
from models import samples
from wam_core import (
    Classifier,
    DiscreteWaveletTransform,
    Gradient,
    IntegratedGradients,
    Signal,
    defaults,
    explain,
    export,
)

HOSTILE = '<img src=x onerror="window.hacked=1">'
CLOSING = "</script><script>window.hacked=2</script>"
_KINDS = {
    "image": ("efficientnet_lite0", "coffee", DiscreteWaveletTransform("haar", 2, 2), Gradient()),
    "sound": ("esc10", "clock_tick", DiscreteWaveletTransform("haar", 3, 1), Gradient()),
    "volume": (
        "modelnet10", "table", DiscreteWaveletTransform("haar", 2, 3, "symmetric"), IntegratedGradients(3),
    ),
}  # fmt: skip


@cache
def told(kind: str) -> report.ReportInput:
    """What is to be reported: a file and classes of hostile names."""
    name, sample, transform, path = _KINDS[kind]
    known = models.load(name)
    labels = tuple(f"{label} {HOSTILE} {CLOSING}" for label in known.labels or ())
    net = Classifier(
        known.module, representation=known.representation, labels=labels,
        frontend=known.frontend, name=f"net {HOSTILE}",
    )  # fmt: skip
    signal: Signal = replace(samples.load(sample), name=HOSTILE)
    result = explain(net, signal, transform=transform, path=path)
    parts = None
    if kind == "sound":
        keep = defaults.ways_to_keep(0.1, export.rate(net), result.coefficients)["soft"]
        parts = export.split(result, net, keep)
    return report.ReportInput(result, net, signal, f"Net {HOSTILE}", Origin(), parts)


@cache
def page(kind: str) -> str:
    """The page."""
    return report.html(told(kind))


@cache
def explained(kind: str, which: str = "same") -> Explained:
    """The same as a visitor has it, or the ``other`` result of it; ``zero`` is an image without one."""
    about = told("image" if kind == "zero" else kind)
    result = about.result
    if which == "other":
        path = IntegratedGradients(2)
        result = explain(about.net, about.signal, transform=result.transform, path=path)
    if kind == "zero":
        result = replace(result, attribution=result.attribution.map(torch.zeros_like))
    subject = Subject(about.signal, about.net, about.title, result.size)
    return Explained(subject, ExplainRequest.of(result.transform, result.path), result)
