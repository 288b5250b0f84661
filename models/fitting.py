"""Weights into a network: names as the network has them, all tensors or none, misfits named."""

import math
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from models.weight_files import Weights
from wam_core.errors import ModelError

Shapes = Mapping[str, Sequence[int]]
"""The shape of each tensor of an architecture."""

_MOST_NAMED = 5
_DEEPEST_PREFIX = 4
_SIMILAR = 0.8  # of all tensors, for an architecture to be proposed
_SAME = 0.97  # all but the head
_SEARCH_SECONDS = 6.0


def aligned(weights: Weights, wanted: Iterable[str]) -> Weights:
    """The tensors under the names that an architecture has for them.

    Training programs put a prefix before them (``module.``, ``model.``, ``net.``, …), and other
    parts beside them, such as the weights of a loss. Whatever prefix makes most names fit is
    removed, and what does not have it is left out; a note says so.

    Args:
        weights: of a file.
        wanted: the names of the architecture's tensors.
    """
    names = set(wanted)
    fits = Counter[str]({"": 0})
    for key in weights.tensors:
        parts = key.split(".")
        for depth in range(min(len(parts), _DEEPEST_PREFIX + 1)):
            if ".".join(parts[depth:]) in names:
                fits["".join(f"{part}." for part in parts[:depth])] += 1
    prefix = max(fits, key=lambda prefix: (fits[prefix], -len(prefix)))
    if not prefix or not fits[prefix]:
        return weights
    kept = {
        key.removeprefix(prefix): tensor
        for key, tensor in weights.tensors.items()
        if key.startswith(prefix)
    }
    notes = [f"the prefix {prefix} of its tensors was removed"]
    if left := [key for key in weights.tensors if not key.startswith(prefix)]:
        notes.append(f"{_counted(len(left))} of other parts were left out, such as {left[0]}")
    return replace(weights, tensors=kept, notes=(*weights.notes, *notes))


def load_strictly(
    module: nn.Module,
    state: Mapping[str, Tensor],
    name: str,
    architecture: str = "the architecture",
    others: Iterable[tuple[str, Shapes]] = (),
) -> None:
    """Put weights into a network, all of them or none; half precision becomes float32.

    Missing counters of batch normalisation are forgiven: evaluation does not read them, and
    converted weights lack them.

    Args:
        module: is filled.
        state: by the module's own names.
        name: of the file.
        architecture: of the module.
        others: architectures to compare with where the weights do not fit, likely ones first; made
            one by one, for some seconds.

    Raises:
        ModelError: names the nearest architecture, and five tensors that are missing, unexpected,
            of another shape or type, or not finite.
    """
    wanted = module.state_dict()
    problems = list(_problems(wanted, state))
    if problems:
        shown = "; ".join(problems[:_MOST_NAMED])
        more = len(problems) - _MOST_NAMED
        rest = f"; and {more} more tensors do not fit" if more > 0 else ""
        given = {key: tuple(tensor.shape) for key, tensor in wanted.items()}
        nearest = None if _share(state, given) > _SIMILAR else _nearest(state, others)
        hint = f"fits {nearest}, not {architecture}" if nearest else f"does not fit {architecture}"
        raise ModelError(f"{name} {hint}: it {shown}{rest}")
    check_finite(state, name)
    module.load_state_dict(dict(state), strict=False)  # all but the counters was checked above


def _problems(wanted: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> Iterable[str]:
    """What does not fit, the predicate of a sentence each."""
    for key, tensor in wanted.items():
        if key not in state:
            if not key.endswith("num_batches_tracked"):
                yield f"lacks the tensor {key} of shape {tuple(tensor.shape)}"
        elif state[key].shape != tensor.shape:
            yield (
                f"has {key} of shape {tuple(state[key].shape)}; "
                f"the architecture takes {tuple(tensor.shape)}"
            )
        elif state[key].is_floating_point() != tensor.is_floating_point():
            yield f"has {key} of type {state[key].dtype}; {tensor.dtype} is expected"
    for key in sorted(state.keys() - wanted.keys()):  # files have them in any order
        yield f"has a tensor {key} of shape {tuple(state[key].shape)} that the architecture lacks"


def _nearest(state: Mapping[str, Tensor], others: Iterable[tuple[str, Shapes]]) -> str | None:
    """The architecture with most tensors of the same name and shape; None where none is near."""
    best, share, end = None, _SIMILAR, math.inf
    for name, shapes in others:
        end = min(end, time.monotonic() + _SEARCH_SECONDS)  # importing libraries does not count
        if (found := _share(state, shapes)) > share:
            best, share = name, found
        if share >= _SAME or time.monotonic() > end:
            break
    return best


def _share(state: Mapping[str, Tensor], shapes: Shapes) -> float:
    """How many tensors of either have the same name and shape in both."""
    same = sum(key in state and tuple(state[key].shape) == tuple(shapes[key]) for key in shapes)
    return same / max(len(shapes), len(state))


def count_classes(
    state: Mapping[str, Tensor], head: str, labels: Sequence[str] | None, name: str, title: str
) -> int:
    """How many classes a weight file has, by the first extent of its head.

    Args:
        state: the tensors of the file.
        head: the name of the tensor.
        labels: one per class, where there are any; two, or the second alone, where there is one
            output.
        name: of the file.
        title: of the architecture.

    Raises:
        ModelError: no such tensor, or another number of labels.
    """
    if head not in state:
        raise ModelError(f"{name} has no tensor {head}, the head of {title}")
    classes = state[head].shape[0] if state[head].shape else 0
    check_labels(labels, classes, f"the head of {name}", state[head], head)
    return classes


def check_labels(
    labels: Sequence[str] | None, classes: int, whose: str, head: Tensor, key: str
) -> None:
    """Refuse another number of labels than of classes, with both numbers.

    Raises:
        ModelError: names the tensor that says how many classes there are.
    """
    if labels is not None and len(labels) not in label_counts(classes):
        raise ModelError(
            f"there are {len(labels)} labels, and {whose} has {classes} "
            f"classes ({key} of shape {tuple(head.shape)})"
        )


def label_counts(classes: int) -> tuple[int, ...]:
    """How many labels a number of outputs can have: of one, both classes or only the second."""
    return (1, 2) if classes == 1 else (classes,)


def check_finite(state: Mapping[str, Tensor], name: str) -> None:
    """Raise a ModelError that names the first tensor with NaN or infinity."""
    for key, tensor in state.items():
        if not torch.isfinite(tensor).all():
            raise ModelError(f"{name} holds NaN or infinite values in {key}")


def _counted(count: int) -> str:
    return f"{count} tensor{'s' if count != 1 else ''}"
