"""Where in a network the gradient ends."""

from typing import Any

from torch import Tensor, nn

from wam_core.classifier import Classifier


def broken_at(classifier: Classifier, x: Tensor) -> str:
    """The innermost module whose input requires a gradient and whose output does not.

    Empty where no module does so, as the step is then in the network's own ``forward``.

    Args:
        classifier: the network.
        x: an input.
    """
    found: list[str] = []
    names = {part: name for name, part in classifier.module.named_modules()}

    def look(part: nn.Module, given: tuple[Any, ...], answer: Any) -> None:
        if not found and _asks(given) and not _asks(answer):
            found.append(f"{names[part] or 'forward()'} ({type(part).__name__})")

    hooks = [part.register_forward_hook(look) for part in names]
    try:
        classifier.module(classifier.represent(x.clone().requires_grad_()))
    finally:
        for hook in hooks:
            hook.remove()
    return found[0] if found else ""


def _asks(values: Any) -> bool:
    if isinstance(values, Tensor):
        return values.requires_grad
    if isinstance(values, dict):
        return any(map(_asks, values.values()))
    return isinstance(values, tuple | list) and any(map(_asks, values))
