"""One result of several: the inverse of iterating over a result."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from wam_core.attribution import WaveletAttribution
from wam_core.averaging import Errors
from wam_core.errors import SettingsError
from wam_core.path import Path


def join(results: Iterable[WaveletAttribution]) -> WaveletAttribution:
    """One result of several of the same network, transform and path, in their order.

    The time is the sum. Names of inputs are listed; a hash that is not common to all is left out.

    Raises:
        SettingsError: no results, or results that differ in something else than their inputs.

    >>> from torch import nn
    >>> from wam_core import explain_module
    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    >>> result = explain_module(net, torch.rand(3, 1, 8, 8))
    >>> len(join(result)), len(join([result, result[0]]))
    (3, 4)
    """
    every = list(results)
    if not every:
        raise SettingsError("no results were given to join; at least one is needed")
    first, sources = every[0], [result.provenance for result in every]
    path = _path(every)
    for name, values in _alike(every).items():
        if len(set(values)) > 1:
            raise SettingsError(f"the results differ in their {name}; it has to be the same")
    if path is None:
        raise SettingsError("the results differ in their path; it has to be the same")
    hashes = {source.input_sha256 for source in sources}
    return replace(
        first,
        attribution=first.attribution.map(
            lambda *bands: torch.cat(bands), *(result.attribution for result in every[1:])
        ),
        input=torch.cat([result.input for result in every]),
        path=path,
        targets=tuple(target for result in every for target in result.targets),
        logits=torch.cat([result.logits for result in every]),
        origin_logits=_together([result.origin_logits for result in every]),
        representation=_together([result.representation for result in every]),
        errors=_errors([result.errors for result in every]),
        asked=first.asked if all(result.asked == first.asked for result in every) else None,
        provenance=replace(
            sources[0],
            input_name=", ".join(dict.fromkeys(source.input_name for source in sources)),
            input_sha256=hashes.pop() if len(hashes) == 1 else "",
            seconds=sum(source.seconds for source in sources),
        ),
    )


def _alike(results: Sequence[WaveletAttribution]) -> dict[str, list[Hashable]]:
    """By name, what has to be the same of all results."""
    return {
        "network": [result.provenance.fingerprint for result in results],
        "transform": [result.transform for result in results],
        "size of the input": [tuple(result.input.shape[1:]) for result in results],
        "type of numbers": [result.input.dtype for result in results],
        "device": [result.input.device for result in results],
        "number of classes": [result.logits.shape[1] for result in results],
    }


def _path(results: Sequence[WaveletAttribution]) -> Path | None:
    """Of all results; None where theirs are not alike."""
    first, *others = (result.path for result in results)
    return first.joined(others, [len(result) for result in results])


def _together(parts: Sequence[Tensor | None]) -> Tensor | None:
    found = [part for part in parts if part is not None]
    return torch.cat(found) if len(found) == len(parts) else None


def _errors(parts: Sequence[Errors | None]) -> Errors | None:
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        return None
    return {band: tuple(error for part in found for error in part[band]) for band in found[0]}
