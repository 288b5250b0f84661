"""Somebody's module, lent for an explanation and given back as it was."""

import copy
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from wam_core import targets
from wam_core.attribution import WaveletAttribution
from wam_core.axes import Axes, Rearranged
from wam_core.batches import join
from wam_core.classifier import Classifier
from wam_core.engine import explain
from wam_core.errors import InputError, SettingsError, WamError
from wam_core.failures import failure
from wam_core.forward import Function, as_module, is_per_input, name_of, of_input
from wam_core.inputs import Given, as_batch
from wam_core.outputs import Choice, Select
from wam_core.path import Path
from wam_core.spelling import path_of, transform_of
from wam_core.targets import AnyTarget
from wam_core.transforms import Transform

_HALF = (torch.float16, torch.bfloat16)
_FEWEST, _MOST = 3, 5  # axes, the batch and the channels among them


def explain_module(
    module: Function,
    x: Given,
    target: AnyTarget = None,
    *,
    labels: Sequence[str] | None = None,
    transform: Transform | str | None = None,
    path: Path | str | None = None,
    micro_batch: int | None = None,
    forward_args: Sequence[Any] = (),
    forward_kwargs: Mapping[str, Any] | None = None,
    output: Choice = "auto",
    select: Select = None,
    spatial: Sequence[int] | None = None,
) -> WaveletAttribution:
    """Explain any module on an input, in one call; :func:`wam_core.explain` is the longer way.

    The module is passed in ``eval()`` with its parameters frozen, and is afterwards as it was. No
    other thread may use it meanwhile. Autocast and inference mode of the caller play no part.

    Args:
        module: takes (batch, channel, *space), returns (batch, classes), or one logit of two
            classes, (batch, 1) or (batch,); a dict or a ModelOutput with ``logits`` is understood.
            Also a function of a tensor, a TorchScript module or an exported program.
        x: (batch, channel, *space) with one, two or three spatial axes, as the module receives it;
            a single input is a batch of one, ``x[None]``. A tensor or array of any float type, a PIL
            image, the path of a file, or a Signal (:func:`wam_core.inputs.as_batch`).
        target: a class index, a label, a :class:`~wam_core.targets.Contrast`, or None for each
            input's own prediction; a list or a tensor has one for each input.
        labels: one name per class; numbers where None. Of one logit, both classes or the second.
        transform: a transform, or words such as ``db2`` or ``dwt:db2:3``; haar where None. Three
            levels, or as many as the input has room for, where the words do not say how many.
        path: a path, or words such as ``smoothgrad`` or ``integrated:50``. Integrated Gradients from
            zero with 25 points where None, which need no scale of the input and say how much they
            miss (``result.completeness_gap``).
        micro_batch: points per pass of the module; :func:`wam_core.engine.default_micro_batch`
            where None.
        forward_args, forward_kwargs: passed to the module after the input. A tensor whose first axis
            is as long as the batch has a part for each input.
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
        ModelError: an answer that is no (batch, classes), or a module that gradients cannot pass.
        SettingsError, NumericalError, MemoryShortageError: as :func:`wam_core.explain`.

    >>> import torch
    >>> module = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    >>> result = explain_module(module, torch.ones(1, 1, 8, 8), labels=["cat", "dog"])
    >>> result.transform.levels, result.size
    (3, (8, 8))
    """
    kwargs = dict(forward_kwargs or {})
    called, name = as_module(module, forward_args, kwargs), name_of(module)
    labels = _named(labels)
    device = next((values.device for values in called.parameters()), torch.device("cpu"))
    with torch.inference_mode(False), torch.autocast(device.type, enabled=False):
        batch = as_batch(x, called)
        arguments = [*forward_args, *kwargs.values()]
        wanted = targets.check(target, len(batch)) if batch.ndim else None
        if batch.ndim and is_per_input(arguments, len(batch)):
            each: list[WaveletAttribution] = []
            for at in range(len(batch)):
                own = of_input(arguments, at, len(batch))
                each.append(explain_module(
                    module, batch[at : at + 1], wanted[at] if isinstance(wanted, list) else wanted,
                    labels=labels, transform=transform, path=_member(path, at, batch),
                    micro_batch=micro_batch, forward_args=own[: len(forward_args)],
                    forward_kwargs=dict(zip(kwargs, own[len(forward_args) :], strict=True)),
                    output=output, select=select, spatial=spatial,
                ))  # fmt: skip
            return _one_result(each)
        axes = None if spatial is None else Axes(batch.shape, spatial)
        if axes is not None:
            called, batch = Rearranged(called, axes), axes.arranged(batch)
        shape = tuple(batch.shape)
        if not _FEWEST <= batch.ndim <= _MOST:
            raise InputError(
                f"an input of shape {shape} was given; (batch, channel, *space) with 1, 2 or 3 "
                "spatial axes is needed, and one input is a batch of one: x[None]"
            )
        chosen = transform_of(transform, shape[2:])
        along = path_of(path, chosen)
        with frozen(
            called, len(shape) - 2, labels=labels, output=output, select=select, name=name
        ) as classifier:
            try:
                result = explain(
                    classifier, batch, wanted, transform=chosen, path=along, micro_batch=micro_batch
                )  # fmt: skip
            except WamError:
                raise
            except Exception as error:
                if (cause := failure(error, name, shape)) is None:
                    raise
                # what the module itself raised is shown below it, what PyTorch did is not
                raise cause from (error if cause.args[0].startswith("the forward") else None)
    return result if axes is None else _with_note(result, axes.note)


def _named(labels: object) -> Sequence[str] | None:
    """Labels as a list of names.

    Raises:
        SettingsError: something else.
    """
    if labels is None:
        return None
    if isinstance(labels, str) or not isinstance(labels, Sequence):
        raise SettingsError(
            f"labels is {labels!r:.60}; a list with one name for each class is needed"
        )
    if wrong := [label for label in labels if not isinstance(label, str)]:
        raise SettingsError(f"labels holds {wrong[0]!r}; a list of names is needed")
    return labels


def _one_result(each: Sequence[WaveletAttribution]) -> WaveletAttribution:
    """Of inputs that had arguments of their own, which are part of the network's fingerprint."""
    prints = "".join(result.provenance.fingerprint for result in each)
    one = hashlib.sha256(prints.encode()).hexdigest()
    return join(
        replace(result, provenance=replace(result.provenance, fingerprint=one)) for result in each
    )


def _member(path: Path | str | None, at: int, batch: Tensor) -> Path | str | None:
    """The path of one input."""
    return path.members(slice(at, at + 1), batch.shape) if isinstance(path, Path) else path


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
    """A classifier of a module that is given back as it was: its modes, and what asks for gradients.

    Of a module in half precision, a copy in float32 is explained.
    """
    if any(values.dtype in _HALF for values in module.parameters()):
        module = copy.deepcopy(module).float()
    training = {part: part.training for part in module.modules()}
    required_gradients = {values: values.requires_grad for values in module.parameters()}
    try:
        classifier = Classifier(
            module, ndim=ndim, labels=labels, name=name or type(module).__name__, quick=quick,
            output=output, select=select,
        )  # fmt: skip
        classifier.passes_alone = None  # nobody here knows it
        yield classifier
    finally:
        for part, mode in training.items():
            part.training = mode
        for values, asked in required_gradients.items():
            values.requires_grad_(asked)


def _with_note(result: WaveletAttribution, note: str) -> WaveletAttribution:
    """The result with what was done to the axes of its input."""
    layout = "; ".join(filter(None, (result.provenance.layout, note)))
    return replace(result, provenance=replace(result.provenance, layout=layout))
