"""Somebody's module, lent for an explanation and given back as it was."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from torch import Tensor, nn

from wam_core import transforms
from wam_core.attribution import WaveletAttribution
from wam_core.axes import Axes, Rearranged
from wam_core.classifier import Classifier
from wam_core.engine import explain
from wam_core.errors import InputError
from wam_core.outputs import Choice, Select
from wam_core.path import Path
from wam_core.paths import IntegratedGradients
from wam_core.targets import Wanted
from wam_core.transforms import Transform

_LEVELS = 3
_FEWEST, _MOST = 3, 5  # axes, the batch and the channels among them


def explain_module(
    module: nn.Module,
    x: Tensor,
    target: Wanted = None,
    *,
    labels: Sequence[str] | None = None,
    transform: Transform | None = None,
    path: Path | None = None,
    micro_batch: int | None = None,
    output: Choice = "auto",
    select: Select = None,
    spatial: Sequence[int] | None = None,
) -> WaveletAttribution:
    """Explain any module on a tensor, in one call; :func:`wam_core.explain` is the longer way.

    The module is passed in ``eval()`` with its parameters frozen, and is afterwards as it was. No
    other thread may use it meanwhile.

    Args:
        module: takes (batch, channel, *space), returns (batch, classes), or one logit of two
            classes, (batch, 1) or (batch,); a dict or a ModelOutput with ``logits`` is understood.
        x: (batch, channel, *space) with one, two or three spatial axes, as the module receives it;
            a single input is a batch of one, ``x[None]``.
        target: a class index, a label, a :class:`~wam_core.targets.Contrast`, or None for each
            input's own prediction; a list or a tensor has one for each input.
        labels: one name per class; numbers where None. Of one logit, both classes or the second.
        transform: haar with three levels where None, or as many as the input has room for.
        path: Integrated Gradients from zero with 25 points where None, which need no scale of the
            input and say how much they miss (``result.completeness_gap``).
        micro_batch: points per pass of the module; :func:`wam_core.engine.default_micro_batch`
            where None.
        output: what the module returns: ``softmax`` (logits of classes), ``sigmoid`` (logits of
            labels), ``probabilities``, ``logit`` (of the second of two classes), or ``auto``.
        select: which part of a tuple or dict is explained: an index, a key or a function.
        spatial: the axes of time and space by their index in ``x``, where they are not all behind
            the channels: (1,) for (batch, time), (1, 3, 4) for (batch, time, channel, height,
            width). Other axes than these and the batch are channels; ``result.provenance.layout``
            says which.

    Raises:
        InputError: no axis for the batch or the channels, more than three others, or an input that
            the module does not take.
        ModelError: an answer that is no (batch, classes).
        SettingsError, NumericalError, MemoryShortageError: as :func:`wam_core.explain`.

    >>> import torch
    >>> module = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    >>> result = explain_module(module, torch.ones(1, 1, 8, 8), labels=["cat", "dog"])
    >>> result.transform.levels, result.size
    (3, (8, 8))
    """
    name = type(module).__name__
    shape = tuple(x.shape)
    axes = None if spatial is None else Axes(shape, spatial)
    if axes is not None:
        module, x = Rearranged(module, axes), axes.arranged(x)
        shape = tuple(x.shape)
    if not _FEWEST <= x.ndim <= _MOST:
        raise InputError(
            f"an input of shape {shape} was given; (batch, channel, *space) with 1, 2 or 3 spatial "
            "axes is needed, and one input is a batch of one: x[None]"
        )
    if transform is None:
        transform = fitting(shape[2:])
    with frozen(
        module, len(shape) - 2, labels=labels, output=output, select=select, name=name
    ) as classifier:
        try:
            result = explain(
                classifier,
                x,
                target,
                transform=transform,
                path=path or IntegratedGradients(),
                micro_batch=micro_batch,
            )
            return result if axes is None else _with_note(result, axes.note)
        except (RuntimeError, ValueError, IndexError) as error:  # torch's own: a layer does not fit
            reason = str(error).partition("\n")[0]
            raise InputError(
                f"{name} does not take an input of shape {shape}: {reason}; (batch, channel, "
                "*space) is what is passed, and one input is a batch of one: x[None]"
            ) from error


@contextmanager
def frozen(
    module: nn.Module,
    ndim: int,
    *,
    labels: Sequence[str] | None = None,
    quick: bool = True,
    output: Choice = "auto",
    select: Select = None,
    name: str = "",
) -> Iterator[Classifier]:
    """A classifier of a module that is given back as it was: its modes, and what asks for gradients."""
    training = {part: part.training for part in module.modules()}
    required_gradients = {values: values.requires_grad for values in module.parameters()}
    try:
        yield Classifier(
            module, ndim=ndim, labels=labels, name=name or type(module).__name__, quick=quick,
            output=output, select=select,
        )  # fmt: skip
    finally:
        for part, mode in training.items():
            part.training = mode
        for values, asked in required_gradients.items():
            values.requires_grad_(asked)


def _with_note(result: WaveletAttribution, note: str) -> WaveletAttribution:
    """The result with what was done to the axes of its input."""
    layout = "; ".join(filter(None, (result.provenance.layout, note)))
    return replace(result, provenance=replace(result.provenance, layout=layout))


def fitting(size: tuple[int, ...]) -> Transform:
    """Three levels of haar, or as many as there is room for; one where there is none, to be refused."""
    smallest = transforms.build(ndim=len(size), levels=1)
    levels = max(1, min(_LEVELS, smallest.max_levels(size)))
    return transforms.build(ndim=len(size), levels=levels)
