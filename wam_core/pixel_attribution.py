"""Conventional attributions of the input's own samples, for comparison: Captum's, and GradCAM++.

Each runs on a deep copy of the network, as some of them hook into it: hooks on a shared network
would change what everybody else computes at the same time.
"""

import copy
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from wam_core.classifier import Classifier
from wam_core.errors import ModelError, SettingsError
from wam_core.memory import fitting
from wam_core.paths import SmoothGrad
from wam_core.signals.signal import Signal
from wam_core.steps import run_to_end
from wam_core.targets import Wanted, resolve

Map = Float[Tensor, "1 c *space"]


@dataclass(frozen=True)
class Options:
    """What the methods that average take.

    Attributes:
        samples: noisy copies of SmoothGrad, and steps of Integrated Gradients.
        spread, seed: of the noise, as for :class:`wam_core.paths.SmoothGrad`.
        micro_batch: passes at a time.
    """

    samples: int = 25
    spread: float = 0.25
    seed: int = 42
    micro_batch: int = 5


Steps = Generator[None, None, Map]
_Method = Callable[[nn.Module, Map, int, Options], Steps]


def attribute(
    method: str,
    classifier: Classifier,
    signal: Signal | Tensor,
    target: Wanted = None,
    options: Options = Options(),
) -> Map:
    """:func:`attribute_steps`, to its end."""
    return run_to_end(attribute_steps(method, classifier, signal, target, options))


def attribute_steps(
    method: str,
    classifier: Classifier,
    signal: Signal | Tensor,
    target: Wanted = None,
    options: Options = Options(),
) -> Steps:
    """A signed attribution to the samples of one input, as a generator of steps.

    Args:
        method: a name of :data:`METHODS`.
        classifier: a network without a representation; of one with, take
            :meth:`~wam_core.classifier.Classifier.inner`, and its representation as the input.
        signal: one input.
        target: a class by index or label, or None for the prediction.
        options: of the methods that average.

    Raises:
        SettingsError: an unknown method, or a contrast, which Captum has no target for.
        ModelError: a map of activations was asked of a network that has none on the input's axes.
        MemoryShortageError: the device has too little memory for one step.
    """
    if method not in METHODS:
        raise SettingsError(f"method {method!r} is unknown; accepted: {', '.join(METHODS)}")
    x = classifier.prepare(signal)
    with torch.no_grad(), fitting(classifier.name, x.device):
        (wanted,) = resolve(target, classifier, classifier.scores(x))
    if wanted.against is not None or wanted.log_probability:
        raise SettingsError(f"{method} explains the logit of one class, not {wanted}")
    with torch.enable_grad(), fitting(classifier.name, x.device):
        module = _apart(classifier)
        # Captum warns of inputs that do not ask for a gradient yet
        found = yield from METHODS[method](
            module, x.clone().requires_grad_(), wanted.index, options
        )
    return found.detach()


def guided_layers(classifier: Classifier) -> tuple[int, int]:
    """How many activations Guided Backprop changes in a network, and how many it cannot.

    It changes modules of the class ReLU alone. A network of other activations, or with
    activations that are no modules, is not guided: what it gives there is the plain gradient.
    """
    kinds = (nn.ReLU6, nn.GELU, nn.SiLU, nn.Hardswish, nn.ELU, nn.LeakyReLU, nn.Softplus)
    modules = list(classifier.module.modules())
    return sum(type(m) is nn.ReLU for m in modules), sum(isinstance(m, kinds) for m in modules)


def _captum() -> ModuleType:
    """Captum's methods; imported when one is asked for, as they bring a plotting library along."""
    import captum.attr

    methods: ModuleType = captum.attr
    return methods


def _apart(classifier: Classifier) -> nn.Module:
    """A copy that may be hooked into; nothing in it works in place, as hooks see what is passed."""
    module = copy.deepcopy(classifier.module)
    for part in module.modules():
        if getattr(part, "inplace", False) is True:
            setattr(part, "inplace", False)  # noqa: B010
    return module


def _saliency(module: nn.Module, x: Map, index: int, options: Options) -> Steps:
    yield
    found: Tensor = _captum().Saliency(module).attribute(x, index, abs=False)
    return found


def _input_x_gradient(module: nn.Module, x: Map, index: int, options: Options) -> Steps:
    yield
    found: Tensor = _captum().InputXGradient(module).attribute(x, index)
    return found


def _integrated(module: nn.Module, x: Map, index: int, options: Options) -> Steps:
    yield
    method = _captum().IntegratedGradients(module)
    found: Tensor = method.attribute(
        x, target=index, n_steps=options.samples, internal_batch_size=options.micro_batch
    )
    return found


def _smoothgrad(module: nn.Module, x: Map, index: int, options: Options) -> Steps:
    """Captum's gradient at our noisy copies: its own NoiseTunnel draws from the global generator."""
    path = SmoothGrad(options.samples, options.spread, options.seed)
    total, waiting = torch.zeros_like(x), []
    for point, _ in path.points(x, x):
        waiting.append(point)
        if len(waiting) == options.micro_batch:
            total, waiting = total + _gradients(module, waiting, index), []
            yield
    if waiting:
        total = total + _gradients(module, waiting, index)
    yield
    return total / options.samples


def _gradients(module: nn.Module, points: list[Tensor], index: int) -> Tensor:
    found: Tensor = (
        _captum()
        .Saliency(module)
        .attribute(torch.cat(points).detach().requires_grad_(), index, abs=False)
    )
    return found.sum(0, keepdim=True)


def _guided(module: nn.Module, x: Map, index: int, options: Options) -> Steps:
    yield
    found: Tensor = _captum().GuidedBackprop(module).attribute(x, index)
    return found


def _gradcam(module: nn.Module, x: Map, index: int, options: Options) -> Steps:
    yield
    layer, tokens = _last_maps(module, x)
    if tokens is None:
        found = _captum().LayerGradCam(module, layer).attribute(x, index, relu_attributions=True)
        return _spread(found, x)
    return _spread(_weighed(*_activations(module, layer, x, index, tokens), plus=False), x)


def _gradcam_plus_plus(module: nn.Module, x: Map, index: int, options: Options) -> Steps:
    yield
    layer, tokens = _last_maps(module, x)
    return _spread(_weighed(*_activations(module, layer, x, index, tokens), plus=True), x)


def _weighed(maps: Tensor, slopes: Tensor, *, plus: bool) -> Tensor:
    """ReLU(Σ_k w_k A_k): w_k is the mean slope, or the weighted positive slopes of GradCAM++.

    GradCAM++ (Chattopadhyay et al. 2018, eq. 19): with an exponential on the score its higher
    derivatives are powers of the first, so a pixel's weight is s² / (2 s² + Σ A · s³).
    """
    axes = tuple(range(2, maps.ndim))
    if plus:
        below = 2 * slopes.square() + maps.sum(axes, keepdim=True) * slopes.pow(3)
        alpha = torch.where(below != 0, slopes.square() / below, 0)
        weights = (alpha * slopes.clamp_min(0)).sum(axes, keepdim=True)
    else:
        weights = slopes.mean(axes, keepdim=True)
    return (weights * maps).sum(1, keepdim=True).clamp_min(0)


def _activations(
    module: nn.Module, layer: nn.Module, x: Map, index: int, tokens: tuple[int, ...] | None
) -> tuple[Tensor, Tensor]:
    """The output of a layer on the input's axes, and the slope of the score there."""
    kept: list[Tensor] = []

    def keep(_: nn.Module, __: Any, output: Tensor) -> None:
        kept[:] = [output]

    handle = layer.register_forward_hook(keep)
    try:
        scores = module(x.detach().requires_grad_())
    finally:
        handle.remove()
    (slopes,) = torch.autograd.grad(scores[:, index].sum(), kept[0])
    if tokens is None:
        return kept[0].detach(), slopes
    return _on_axes(kept[0].detach(), tokens), _on_axes(slopes, tokens)


def _on_axes(values: Tensor, tokens: tuple[int, ...]) -> Tensor:
    """(b, tokens, d) → (b, d, *grid): class and register tokens stand first and are left out."""
    count = 1
    for side in tokens:
        count *= side
    grid: Tensor = values[:, values.shape[1] - count :].transpose(1, 2).unflatten(2, tokens)
    return grid


def _last_maps(module: nn.Module, x: Map) -> tuple[nn.Module, tuple[int, ...] | None]:
    """The last layer whose output still has places, and the grid of its tokens if it has those.

    Raises:
        ModelError: there is none.
    """
    seen: list[tuple[nn.Module, tuple[int, ...]]] = []
    handles = [
        part.register_forward_hook(
            lambda part, _, output: (
                seen.append((part, tuple(output.shape))) if isinstance(output, Tensor) else None
            )
        )
        for part in module.modules()
        if not list(part.children())
    ]
    try:
        with torch.no_grad():
            module(x)
    finally:
        for handle in handles:
            handle.remove()
    axes = x.ndim - 2
    for part, shape in reversed(seen):
        if len(shape) == axes + 2 and min(shape[2:]) > 1:
            return part, None
        if len(shape) == 3 != axes + 2 and (side := _side(shape[1], axes)) > 1:
            return part, (side,) * axes
    raise ModelError("GradCAM needs a layer whose output has places; this network has none")


def _side(tokens: int, axes: int) -> int:
    """The side of the largest grid of equal sides that leaves a few tokens over; 0 for none."""
    side = int(round(tokens ** (1 / axes)))
    side -= side**axes > tokens
    return side if tokens - side**axes <= 8 else 0


def _spread(values: Tensor, like: Map) -> Map:
    """A coarse map at the input's size, the same for all channels."""
    return resized(values, tuple(like.shape[2:])).expand_as(like)


# by the number of axes
_MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}


def resized(values: Tensor, size: tuple[int, ...], *, smoothed: bool = False) -> Tensor:
    """(b, c, *space) at another size of 1 to 3 axes.

    Args:
        values: on any device.
        size: of the result's last axes.
        smoothed: whether pictures that shrink are smoothed first; PyTorch can for two axes only.

    >>> import torch
    >>> resized(torch.tensor([[[0.0, 1.0]]]), (4,)).tolist()
    [[[0.0, 0.25, 0.75, 1.0]]]
    """
    return functional.interpolate(
        values, size=size, mode=_MODES[len(size)], antialias=smoothed and len(size) == 2
    )


METHODS: Mapping[str, _Method] = {
    "saliency": _saliency,
    "input-x-gradient": _input_x_gradient,
    "integrated-gradients": _integrated,
    "smoothgrad": _smoothgrad,
    "gradcam": _gradcam,
    "gradcam++": _gradcam_plus_plus,
    "guided-backprop": _guided,
}
"""By the name that the command line takes."""
