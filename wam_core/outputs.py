"""What a network's outputs mean: how scores and probabilities follow from what it returns."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from wam_core.errors import ModelError, SettingsError

Output = Literal["softmax", "sigmoid", "probabilities", "logit"]
"""Logits of classes of which one is true; logits of labels each of which may be true;
probabilities already; or one logit of the second of two classes."""

Choice = Literal["auto", "softmax", "sigmoid", "probabilities", "logit"]
"""An :data:`Output`, or ``auto``: guessed from the shape and a few passes."""

Select = int | str | Callable[[Any], Tensor] | None
"""Which part of a tuple or a dict is explained: an index, a key, or a function of what is returned."""

MEANINGS: Mapping[str, str] = {
    "softmax": "one of the classes (softmax)",
    "sigmoid": "several labels at once (sigmoid)",
    "probabilities": "probabilities already",
    "logit": "one logit, two classes",
}
"""For people, by name."""

_SUM_TOLERANCE = 1e-3
_PROBE_SCALES = (0.0, 1.0, 10.0, 100.0)


def selected(answer: Any, select: Select, name: str) -> Any:
    """The part of a network's answer that is explained.

    A dict, or an object with ``logits`` such as a ModelOutput of transformers, gives its logits; a
    tuple or list with one member gives that.

    Args:
        answer: what the network returned.
        select: an index, a key or a function; None where the answer says it.
        name: of the network.

    Raises:
        ModelError: there is no such part, or nothing says which one.
    """
    if callable(select):
        return select(answer)
    if select is not None:
        try:
            return answer[select]
        except (LookupError, TypeError):
            raise ModelError(
                f"{name} answers with {described(answer)}, which has no part {select!r}"
            ) from None
    if isinstance(answer, Tensor):
        return answer
    if isinstance(answer, Mapping) and "logits" in answer:
        return answer["logits"]
    if isinstance(found := getattr(answer, "logits", None), Tensor):
        return found
    if isinstance(answer, tuple | list) and len(answer) == 1:
        return answer[0]
    if isinstance(answer, tuple | list | Mapping):
        raise ModelError(
            f"{name} answers with {described(answer)}; say with select= which part is explained, "
            "by index, key or function"
        )
    return answer


def described(answer: object) -> str:
    """What an answer is: the shape of a tensor, the parts of a container, the type of the rest."""
    if isinstance(answer, Tensor):
        return str(tuple(answer.shape))
    if isinstance(answer, Mapping):
        parts = ", ".join(f"{key}: {described(value)}" for key, value in answer.items())
        return f"a dict of {parts or 'nothing'}"
    if isinstance(answer, tuple | list):
        return f"a {type(answer).__name__} of {', '.join(map(described, answer)) or 'nothing'}"
    return type(answer).__name__


def pooling(answer: object) -> str:
    """How to make scores of the whole input out of scores at each position; empty for other answers.

    >>> pooling(torch.zeros(1, 5, 8, 8))
    '; scores at each position can be averaged: nn.Sequential(module, nn.AdaptiveAvgPool2d(1), nn.Flatten())'
    """
    axes = answer.ndim - 2 if isinstance(answer, Tensor) else 0
    if not 1 <= axes <= 3:
        return ""
    return (
        f"; scores at each position can be averaged: nn.Sequential(module, "
        f"nn.AdaptiveAvgPool{axes}d(1), nn.Flatten())"
    )


def guess(
    module: nn.Module,
    ask: Callable[[Tensor], Tensor],
    x: Float[Tensor, "b c *space"],
    raw: Float[Tensor, "b outputs"],
) -> Output:
    """What the outputs are, as far as shape and passes tell; labels are not told from classes.

    Args:
        module: the network; one that ends in a sigmoid returns probabilities.
        ask: from inputs to its outputs.
        x: an input.
        raw: its outputs.
    """
    layers = [part for part in module.modules() if not any(part.children())]
    if layers and isinstance(layers[-1], nn.Sigmoid):
        return "probabilities"
    alone = raw.shape[1] == 1
    if not _in_range(raw) or not (alone or _sums_to_one(raw)):
        return "logit" if alone else "softmax"
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(x.shape[1:], generator=generator).to(x)
    with torch.no_grad():
        others = torch.cat([ask(scale * noise[None]) for scale in _PROBE_SCALES])
    if _in_range(others) and (alone or _sums_to_one(others)):
        return "probabilities"
    return "logit" if alone else "softmax"


def check(output: Output, raw: Float[Tensor, "b outputs"], name: str) -> None:
    """Refuse a meaning that the number of outputs rules out.

    Raises:
        SettingsError: one logit of several outputs, or classes of a single one.
    """
    count = raw.shape[1]
    if output == "logit" and count != 1:
        raise SettingsError(f"output is 'logit', which is one number; {name} returns {count}")
    if output == "softmax" and count == 1:
        raise SettingsError(
            f"output is 'softmax', and {name} returns one number; 'logit' or 'probabilities' "
            "is accepted"
        )


def scores(raw: Float[Tensor, "b outputs"], output: Output) -> Float[Tensor, "b classes"]:
    """A column for each class. One output z becomes (−z, z), one probability p (1 − p, p)."""
    if raw.shape[1] != 1:
        return raw
    return torch.cat((1 - raw if output == "probabilities" else -raw, raw), dim=1)


def probabilities(
    scores: Float[Tensor, "*b classes"], output: Output
) -> Float[Tensor, "*b classes"]:
    """Of each class: p = σ(z) and 1 − p = σ(−z) for one logit."""
    if output == "probabilities":
        return scores
    return scores.softmax(-1) if output == "softmax" else scores.sigmoid()


def log_probabilities(
    scores: Float[Tensor, "*b classes"], output: Output
) -> Float[Tensor, "*b classes"]:
    """Their logarithms, without the detour by the probabilities where there are logits."""
    if output == "probabilities":
        return scores.clamp_min(torch.finfo(scores.dtype).tiny).log()
    if output == "softmax":
        return scores.log_softmax(-1)
    return nn.functional.logsigmoid(scores)


def _in_range(raw: Tensor) -> bool:
    return bool(((raw >= 0) & (raw <= 1)).all())


def _sums_to_one(raw: Tensor) -> bool:
    return bool(((raw.sum(1) - 1).abs() < _SUM_TOLERANCE).all())
