"""What can be said of a network before it is explained: outputs, weights, batches, gradients, cost."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from wam_core import batch_mixing
from wam_core.classifier import Classifier
from wam_core.engine import default_micro_batch
from wam_core.errors import WamError
from wam_core.gradient_path import broken_at
from wam_core.module import frozen
from wam_core.outputs import MEANINGS, Choice, Output, Select

State = Literal["ok", "warning", "failed"]

_SAME = 1e-4
_UNIFORM_KURTOSIS = 1.8
_FEWEST_WEIGHTS = 1000
_NORMALISATIONS = (
    nn.modules.batchnorm._BatchNorm,  # the class of all of them has no other name
    nn.LayerNorm,
    nn.GroupNorm,
)


@dataclass(frozen=True)
class Finding:
    """A line of a check-up.

    Attributes:
        check: which one; the heading of its paragraph in ``docs/bring-your-own-network.md``.
        state: ``failed`` where the network cannot be explained.
        text: what was found, a sentence.
        remedy: what to do; empty where there is nothing to do.
    """

    check: str
    state: State
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class CheckUp:
    """What was found.

    Attributes:
        findings: in the order of the checks.
        output: what the network's outputs are; None where it could not be passed.
        passes_alone: whether each input needs a pass of its own.
        seconds: what the checks took.
    """

    findings: tuple[Finding, ...]
    output: Output | None
    passes_alone: bool
    seconds: float

    @property
    def status(self) -> int:
        """0 fine, 1 warnings, 2 cannot be explained; the exit status of ``wam check``."""
        return max(("ok", "warning", "failed").index(one.state) for one in self.findings)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {**asdict(self), "status": self.status}

    def __str__(self) -> str:
        marks = {"ok": "✓", "warning": "!", "failed": "✗"}
        lines = (
            f"{marks[one.state]} {one.check}: {one.text}{one.remedy and f' {one.remedy}'}"
            for one in self.findings
        )
        return "\n".join(lines)


def check(
    module: nn.Module,
    x: Float[Tensor, "b c *space"],
    *,
    output: Choice = "auto",
    select: Select = None,
) -> CheckUp:
    """Check whether and how a module can be explained, without explaining it.

    The module is given back as it was.

    Args:
        module: as for :func:`wam_core.explain_module`.
        x: an input as it receives it, (batch, channel, *space); the first of a batch is used.
        output, select: as for :func:`wam_core.explain_module`.

    >>> module = nn.Sequential(nn.Flatten(), nn.Linear(64, 1))
    >>> check(module, torch.ones(1, 1, 8, 8)).output
    'logit'
    """
    training, stored = module.training, _kinds(module)
    with frozen(module, x.dim() - 2, output=output, select=select) as classifier:
        return check_classifier(classifier, x, was_training=training, stored=stored)


def check_classifier(
    classifier: Classifier,
    x: Float[Tensor, "b c *space"],
    *,
    was_training: bool = False,
    stored: tuple[str, ...] = (),
) -> CheckUp:
    """:func:`check` for a network with its front end.

    Args:
        classifier: the network.
        x: an input as it receives it.
        was_training: whether it came in training mode.
        stored: the types of its weights, where those are not what is passed.
    """
    began = time.perf_counter()
    one = x[:1].detach()
    findings: list[Finding] = []
    try:
        classifier.prepare(one)
        scores = classifier.scores(one).detach()
    except (WamError, RuntimeError, ValueError, IndexError, AssertionError, TypeError) as error:
        reason = (str(error).strip() or type(error).__name__).partition("\n")[0]
        findings.append(Finding("outputs", "failed", f"The network does not pass: {reason}."))
        return CheckUp(tuple(findings), None, False, time.perf_counter() - began)
    alone = batch_mixing.mixing(classifier, one)
    findings += chain(
        _outputs(classifier, one, scores),
        _weights(classifier.module),
        _batches(alone),
        _gradient(classifier, one),
        _determinism(classifier, one, scores, was_training),
        _numbers(stored or _kinds(classifier.module)),
        _cost(classifier, one, alone),
    )
    passes_alone = alone > batch_mixing.TOLERANCE
    return CheckUp(tuple(findings), classifier.output, passes_alone, time.perf_counter() - began)


def _outputs(classifier: Classifier, x: Tensor, scores: Tensor) -> Iterator[Finding]:
    count, meaning = scores.shape[1], MEANINGS[classifier.output]
    guessed = (
        " Found out from passes; choose another with output=."
        if (classifier.chosen_output == "auto")
        else ""
    )
    with torch.no_grad():
        generator = torch.Generator().manual_seed(0)
        noise = torch.randn(x.shape, generator=generator).to(x) * x.std().clamp_min(1)
        other = classifier.answer(classifier.represent(noise))
    if not bool(other.isfinite().all()):
        yield Finding(
            "outputs", "warning", "The outputs for noise are not finite.",
            "Scale the input as in training.",
        )  # fmt: skip
    elif torch.allclose(other, scores):
        yield Finding(
            "outputs", "warning", "The outputs are the same for this input and for noise.",
            "Check that the weights are loaded and the input is scaled as in training.",
        )  # fmt: skip
    else:
        yield Finding("outputs", "ok", f"{count} classes: {meaning}.{guessed}")


def _weights(module: nn.Module) -> Iterator[Finding]:
    reason = random_initialisation(module)
    if reason:
        yield Finding(
            "weights", "warning", f"The weights look untrained: {reason}.",
            "Load the trained weights before explaining.",
        )  # fmt: skip
    else:
        yield Finding("weights", "ok", "The weights do not look like an initialisation.")


def random_initialisation(module: nn.Module) -> str:
    """Why the weights look as PyTorch initialises them; empty where they do not.

    Layers of normalisation that are all at mean 0, variance 1, scale 1 and shift 0; or, in networks
    without any, weights that are uniform within ±1/√(fan-in) (kurtosis 1.8) in every layer.
    """
    norms = [part for part in module.modules() if isinstance(part, _NORMALISATIONS)]
    if norms:
        if all(_untouched(part) for part in norms):
            return "every layer of normalisation is at its initial values"
        return ""
    layers = [
        part.weight.detach().float()
        for part in module.modules()
        if isinstance(part, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d)
        and part.weight.numel() >= _FEWEST_WEIGHTS
    ]
    if layers and all(map(_is_uniform, layers)):
        return "the weights of every layer are spread uniformly"
    return ""


def _untouched(part: nn.Module) -> bool:
    statistics = {"running_mean": (0.0,), "running_var": (1.0,)}
    # the last scale of a residual branch often begins at 0
    affine = {"weight": (0.0, 1.0), "bias": (0.0,)}
    wanted = affine if getattr(part, "running_mean", None) is None else statistics
    found = ((getattr(part, name, None), values) for name, values in wanted.items())
    return all(
        any(bool((tensor == value).all()) for value in values)
        for tensor, values in found
        if tensor is not None
    )


def _is_uniform(weight: Tensor) -> bool:
    centred = weight.flatten() - weight.mean()
    kurtosis = float(centred.pow(4).mean() / centred.pow(2).mean().pow(2).clamp_min(1e-30))
    bound = float(weight[0].numel()) ** -0.5
    return abs(kurtosis - _UNIFORM_KURTOSIS) < 0.1 and float(weight.abs().max()) <= bound * 1.001


def _batches(mixing: float) -> Iterator[Finding]:
    if mixing == float("inf"):
        yield Finding("batches", "ok", "One input a pass: a batch is not accepted.")
    elif mixing > batch_mixing.TOLERANCE:
        yield Finding(
            "batches", "warning",
            f"The inputs of a batch change each other’s scores by {mixing:.0%}.",
            "Each point gets a pass of its own, which is slower.",
        )  # fmt: skip
    else:
        yield Finding("batches", "ok", "Each input of a batch is passed independently.")


def _gradient(classifier: Classifier, x: Tensor) -> Iterator[Finding]:
    point = x.clone().requires_grad_()
    scores = classifier.answer(classifier.represent(point))
    if not scores.requires_grad:
        step = broken_at(classifier, x)
        where = f" It ends in {step}." if step else ""
        yield Finding(
            "gradient", "failed", f"No gradient reaches the input.{where}",
            "Replace argmax, rounding, no_grad or detach by a differentiable step.",
        )  # fmt: skip
        return
    best = scores[0, int(scores.detach().argmax())]
    (gradient,) = torch.autograd.grad(best, point)
    if not bool(gradient.isfinite().all()):
        yield Finding("gradient", "failed", "The gradient is not finite for this input.",
                      "Avoid roots, logarithms and divisions at 0.")  # fmt: skip
    elif not bool(gradient.any()):
        yield Finding("gradient", "failed", "The gradient is zero everywhere for this input.",
                      "Explain logits instead of saturated probabilities.")  # fmt: skip
    elif classifier.output == "probabilities" and float(best.detach()) > 1 - 1e-6:
        yield Finding("gradient", "warning", "The probabilities are saturated, p = 1 − 10⁻⁶.",
                      "Return the logits, without the last softmax or sigmoid.")  # fmt: skip
    else:
        share = float((gradient != 0).float().mean())
        yield Finding("gradient", "ok", f"The gradient reaches {share:.0%} of the input.")


def _determinism(
    classifier: Classifier, x: Tensor, scores: Tensor, was_training: bool
) -> Iterator[Finding]:
    with torch.no_grad():
        again = classifier.scores(x)
    change = float((again - scores).abs().max() / scores.abs().max().clamp_min(1e-12))
    if change > _SAME:
        yield Finding(
            "determinism", "warning", f"Two passes of one input differ by {change:.1%}.",
            "Switch off dropout or sampling in forward().",
        )  # fmt: skip
    elif was_training:
        yield Finding("determinism", "ok", "Two passes agree; it came in training mode and is "
                      "explained in eval().")  # fmt: skip
    else:
        yield Finding("determinism", "ok", "Two passes agree.")


def _kinds(module: nn.Module) -> tuple[str, ...]:
    return tuple(sorted({str(p.dtype).removeprefix("torch.") for p in module.parameters()}))


def _numbers(stored: tuple[str, ...]) -> Iterator[Finding]:
    half = " They are passed as float32." if {"float16", "bfloat16"} & set(stored) else ""
    yield Finding("numbers", "ok", f"Weights are {', '.join(stored) or 'absent'}.{half}")


def _cost(classifier: Classifier, x: Tensor, mixing: float) -> Iterator[Finding]:
    point = x.clone().requires_grad_()
    began = time.perf_counter()
    scores = classifier.answer(classifier.represent(point))
    if scores.requires_grad:
        torch.autograd.grad(scores.max(), point)
    taken = time.perf_counter() - began
    count = sum(p.numel() * p.element_size() for p in classifier.module.parameters())
    points = 1 if mixing > batch_mixing.TOLERANCE else default_micro_batch(x)
    yield Finding(
        "cost", "ok",
        f"{1000 * taken:.0f} ms a pass forward and back, {count / 2**20:.1f} MiB of weights, "
        f"{points} points a pass.",
    )  # fmt: skip
