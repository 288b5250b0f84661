"""Everything that is needed to make a result again, as JSON values."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.naming import method
from wam_core.network_input import network_grid, received
from wam_core.partition import Parts, keep_settings
from wam_core.paths import settings
from wam_core.signals.signal import Signal


def manifest(
    result: WaveletAttribution,
    classifier: Classifier,
    signal: Signal,
    parts: Parts | None = None,
    reproduce: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Everything that is needed to make a result again, as JSON values.

    Of the first sample. What a variant does not have (a seed, a baseline) is left out or null, and
    so is a completeness gap that is not finite, as JSON has no infinity. ``relative_error`` is how
    far the map is from its limit (:mod:`wam_core.averaging`); where SmoothGrad stopped by itself,
    ``settings`` has what was taken and ``asked`` what was asked for. A sound has its rate, and
    which excerpt of it was heard, in seconds. A volume has its spacing, which of the volumes of its
    file it is, and what was done to it; the network's own spacing stands with the network.

    Args:
        result: what was found.
        classifier, signal: what it was found with.
        parts: the kept part and the rest, where the input was cut in two.
        reproduce: programs that give the same numbers, by the language they are in.
    """
    source = result.provenance
    steps = _jsonable(settings(result.path))
    steps.pop("kind")
    seed = steps.pop("seed", None)
    written = {
        "input": {
            "name": source.input_name,
            "sha256": source.input_sha256,
            "modality": signal.modality,
            "shape": list(signal.values.shape),
            **_excerpt(classifier, signal),
            **_volume(signal),
        },
        "model": {
            "name": source.model,
            "fingerprint": source.fingerprint,
            "preprocessing": dict(classifier.frontend.settings()),
            "shape": list(result.input.shape[1:]),
            **_network_grid(classifier, signal),
        },
        "target": _target(result),
        "top": classifier.top(result.probabilities[0]),
        "settings": {
            "method": method(result.path),
            "transform": result.transform.name,
            **result.transform.choices,
            **steps,  # path-signed writes its own transform down in full
            "micro_batch": source.micro_batch,
        },
        "seed": seed,
        "versions": dict(source.versions),
        "device": source.device,
        "threads": source.threads,
        "layout": source.layout,
        "seconds": source.seconds,
    }
    if (gap := result.completeness_gap) is not None:
        written["completeness_gap"] = _finite(float(gap[0]))
    if (error := result.standard_error()) is not None:
        written["relative_error"] = _finite(float(error[0]))
    if result.asked is not None:
        written["asked"] = _jsonable(settings(result.asked))
    if parts is not None:
        written |= _parts(parts, result.target.index, classifier)
    if reproduce is not None:
        written["reproduce"] = dict(reproduce)
    return written


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _excerpt(classifier: Classifier, signal: Signal) -> dict[str, Any]:
    if not signal.rate:
        return {}
    start, stop = received(classifier, signal)
    return {
        "rate": signal.rate,
        "start_seconds": start / signal.rate,
        "excerpt_seconds": (stop - start) / signal.rate,
    }


def _volume(signal: Signal) -> dict[str, Any]:
    if signal.frame is None:
        return {}
    return {
        "spacing": list(signal.frame.spacing),
        "unit": signal.frame.unit,
        "item": None if signal.item is None else list(signal.item),
        "edits": list(signal.edits),
    }


def _network_grid(classifier: Classifier, signal: Signal) -> dict[str, Any]:
    if signal.frame is None:
        return {}
    return {"spacing": list(network_grid(classifier, signal).spacing)}


def _parts(parts: Parts, target: int, classifier: Classifier) -> dict[str, Any]:
    kept, rest = parts.kept_probabilities, parts.rest_probabilities
    return {
        "kept": {
            "keep": keep_settings(parts.keep),
            "target_probability": float(kept[target]),
            "top": classifier.top(kept),
            "impression": asdict(parts.mask_quality),
        },
        "rest": {"target_probability": float(rest[target]), "top": classifier.top(rest)},
    }


def _target(result: WaveletAttribution) -> dict[str, Any]:
    """The explained class, with the other one inside it for a contrast; ``score`` is f_c(x)."""

    def described(index: int, label: str | None) -> dict[str, Any]:
        one = {
            "index": index,
            "label": label,
            "probability": float(result.probabilities[0, index]),
        }
        score = "score" if result.output == "probabilities" else "logit"
        one[score] = float(result.logits[0, index])
        if result.origin_logits is not None:
            one[f"baseline_{score}"] = float(result.origin_logits[0, index])
        return one

    target = result.target
    written = described(target.index, target.label) | {"output": result.output}
    if target.against is not None:
        written["against"] = described(target.against, target.against_label)
        written["score"] = float(result.scores[0])
    return written


def _jsonable(values: Mapping[str, Any]) -> dict[str, Any]:
    """A baseline that was given as a tensor is named by its hash: its numbers are in the .npz."""
    plain = dict(values)
    if isinstance(baseline := plain.get("baseline"), list):
        numbers = np.asarray(baseline, dtype=np.float32)
        digest = hashlib.sha256(numbers.tobytes()).hexdigest()
        plain["baseline"] = {"shape": list(numbers.shape), "float32_sha256": digest}
    if "along" in plain:
        plain["along"] = _jsonable(plain["along"])
    return plain
