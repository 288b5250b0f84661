"""A network together with what is needed to explain it: its input, its labels, its identity."""

import copy
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from wam_core import outputs
from wam_core.errors import InputError, ModelError, NumericalError, RenamedMembers
from wam_core.frontend import Frontend, Plain
from wam_core.optimized import OptimizedModule
from wam_core.outputs import Choice, Output, Select
from wam_core.signals.signal import Signal


class Classifier(RenamedMembers):
    """A frozen network f and its surroundings.

    f(x) = module(representation(x)), where a network first turns its input into something else
    with axes of its own, as a sound's waveform into a mel spectrogram. Both parts are
    differentiable; an explanation then attributes to the representation as well.

    Both are switched to ``eval()``, their parameters are frozen (only the gradient with respect to
    the input is ever asked for), and the representation follows the module's device.

    Args:
        module: takes the representation, or (batch, channel, *space) where there is none; returns
            logits or probabilities (batch, classes), or one logit (batch, 1) or (batch,).
        representation: takes (batch, channel, *space), returns (batch, channel, *its own axes).
        ndim: the number of spatial axes; may be left out where a front end says it.
        labels: one name per class; numbers where absent.
        frontend: how a signal becomes an input; :class:`Plain` where absent.
        name: the catalogue's or the user's name for it.
        quick: let a faster copy of the module answer (:mod:`wam_core.optimized`): the same function
            up to rounding, in about two thirds of the time for a convolutional network.
        output: what is returned (:mod:`wam_core.outputs`); ``auto`` finds it out at the first pass.
        select: which part of a tuple or dict is explained; logits by themselves.
        notes: what was done to the files that it comes from, a sentence each without a full stop.

    >>> net = Classifier(nn.Sequential(nn.Flatten(), nn.Linear(16, 3)), ndim=1)
    >>> net.scores(torch.zeros(1, 1, 16)).shape
    torch.Size([1, 3])
    """

    _renamed = {
        "show": "denormalize",
        "judge": "scores_of",
        "demand": "require_finite",
    }

    def __init__(
        self,
        module: nn.Module,
        *,
        representation: nn.Module | None = None,
        ndim: int | None = None,
        labels: Sequence[str] | None = None,
        frontend: Frontend | None = None,
        name: str = "network",
        quick: bool = True,
        output: Choice = "auto",
        select: Select = None,
        notes: Sequence[str] = (),
    ) -> None:
        if frontend is None:
            if ndim is None:
                raise ModelError("a network without a front end needs ndim, the number of its axes")
            frontend = Plain(ndim)
        self.module = module.eval().requires_grad_(False)
        self.representation = representation
        if representation is not None:
            representation.eval().requires_grad_(False).to(self.device)
        self.frontend = frontend
        self.ndim = frontend.ndim
        self.labels = None if labels is None else tuple(labels)
        self.name = name
        self.select = select
        self._chosen: Choice = output
        self._output: Output | None = None
        self._has_one_output = False
        self.passes_alone: bool | None = False  # each input by itself; None: to be found out
        self.notes = tuple(notes)
        self._zero_scores: dict[Any, Tensor] = {}
        self.optimized = OptimizedModule(self.module, quick=quick)

    @property
    def device(self) -> torch.device:
        """Where the module's parameters live; a network without any runs where its input is."""
        return next((p.device for p in self.module.parameters()), torch.device("cpu"))

    def to(self, device: str | torch.device) -> "Classifier":
        """Move the module and its representation, in place; returns the classifier."""
        for part in filter(None, (self.module, self.representation)):
            part.to(device)
        return self

    def prepare(self, signal: Signal | Tensor) -> Float[Tensor, "b c *space"]:
        """What the network receives, on its device; tensors pass as they are.

        Raises:
            InputError: wrong modality, number of axes or type of numbers, or values that are not
                finite.
        """
        x = signal if isinstance(signal, Tensor) else self.frontend.prepare(signal)
        if x.ndim != self.ndim + 2:
            raise InputError(
                f"an input of shape {tuple(x.shape)} was given; {self.name} takes "
                f"(batch, channel, {self.ndim} spatial axes)"
            )
        if x.dtype not in (torch.float32, torch.float64):
            raise InputError(f"the input is of {x.dtype}; torch.float32 or float64 is needed")
        if not finite(x):
            raise InputError("the input holds NaN or infinite values; finite numbers are accepted")
        return x.detach().to(self.device)

    def scores(self, x: Float[Tensor, "b c *space"]) -> Float[Tensor, "b classes"]:
        """The logits f(x).

        Raises:
            NumericalError: the network answers with a number that is not finite.
        """
        return self.scores_of(self.represent(x))

    @torch.no_grad()
    def baseline_scores(self, origin: Float[Tensor, "b c *space"]) -> Float[Tensor, "b classes"]:
        """The logits f(x₀) of a baseline; those of zero are asked once per size of input.

        Zero is the usual baseline and the same for every input, and a pass forward is a third of
        the cost of a point.
        """
        if origin.any():
            return self.scores(origin)
        size = (origin.shape[1:], origin.dtype, origin.device)
        if size not in self._zero_scores:
            self._zero_scores[size] = self.scores(origin[:1])
        return self._zero_scores[size].expand(len(origin), -1)

    def inner(self, represented: Float[Tensor, "b d *axes"]) -> "Classifier":
        """The network behind its representation, which takes that as its input.

        For methods that explain on the representation's own axes. The module is the same one.
        """
        inner = Classifier(
            self.module, ndim=represented.ndim - 2, labels=self.labels, name=self.name,
            output=self._output or self._chosen, select=self.select,
        )  # fmt: skip
        inner.optimized = self.optimized
        inner.passes_alone = self.passes_alone
        return inner

    def represent(self, x: Float[Tensor, "b c *space"]) -> Float[Tensor, "b d *axes"]:
        """What the module is given: the representation of ``x``, or ``x`` itself."""
        represented: Tensor = x if self.representation is None else self.representation(x)
        return represented

    def scores_of(self, represented: Float[Tensor, "b d *axes"]) -> Float[Tensor, "b classes"]:
        """The logits of something represented; ``scores_of(represent(x))`` is f(x).

        Raises:
            NumericalError: the network answers with a number that is not finite.
            ModelError: as for :meth:`answer`.
        """
        scores = self.answer(represented)
        self.require_finite(finite(scores))
        return scores

    def require_finite(self, is_finite: Tensor | bool) -> None:
        """Refuse logits that are not all finite; a tensor that says so is waited for."""
        if not is_finite:
            raise NumericalError(f"the logits of {self.name} are not finite for this input")

    def answer(self, represented: Float[Tensor, "b d *axes"]) -> Float[Tensor, "b classes"]:
        """:meth:`scores_of`, with numbers that nobody has looked at.

        Raises:
            ModelError: the network answers with something else than a row of logits per input, or
                is not in ``eval()`` any more.
        """
        if self.module.training:  # only another thread can have done that
            raise ModelError(f"{self.name} was switched to training by other code; load it again")
        raw = self._raw(represented)
        return outputs.scores(raw, self._meaning(represented, raw))

    def _raw(self, represented: Tensor) -> Float[Tensor, "b outputs"]:
        """What the network returns: (batch, outputs), one column where it is one number."""
        raw = outputs.selected(self.optimized(represented), self.select, self.name)
        if isinstance(raw, Tensor) and raw.shape == represented.shape[:1]:
            raw = raw[:, None]
        if not isinstance(raw, Tensor) or raw.ndim != 2 or len(raw) != len(represented):
            raise ModelError(
                f"{self.name} answers an input of shape {tuple(represented.shape)} with "
                f"{outputs.described(raw)}; a tensor of logits, (batch, classes), is needed"
                + outputs.pooling(raw)
            )
        return raw

    def _meaning(self, represented: Tensor, raw: Tensor) -> Output:
        """What the outputs are; found out once."""
        if self._output is None:
            meaning = self._chosen
            if meaning == "auto":
                meaning = outputs.guess(self.module, self._raw, represented, raw.detach())
            outputs.check(meaning, raw, self.name)
            self._fit_labels(raw.shape[1])
            self._has_one_output = raw.shape[1] == 1
            self._output = "logit" if self._has_one_output and meaning == "sigmoid" else meaning
        return self._output

    def _fit_labels(self, count: int) -> None:
        """Refuse another number of labels than of classes; one label of two classes is the second.

        Raises:
            ModelError: says both numbers.
        """
        if self.labels is not None and count == 1 == len(self.labels):
            self.labels = (f"not {self.labels[0]}", self.labels[0])
        classes = max(count, 2)
        if self.labels is not None and len(self.labels) != classes:
            raise ModelError(f"{self.name} has {classes} classes and {len(self.labels)} labels")

    def with_output(self, output: Choice) -> "Classifier":
        """The same network, whose outputs are taken for something else."""
        if output == self._chosen:
            return self
        other = copy.copy(self)
        other._chosen, other._output, other._zero_scores = output, None, {}
        other.__dict__.pop("fingerprint", None)
        return other

    @property
    def chosen_output(self) -> Choice:
        """What somebody said the outputs are; ``auto`` where nobody did."""
        return self._chosen

    @property
    def output(self) -> Output:
        """What the outputs are; ``softmax`` as long as no input has been passed and none was chosen."""
        if self._output is not None:
            return self._output
        return "softmax" if self._chosen == "auto" else self._chosen

    @property
    def has_one_output(self) -> bool:
        """Whether two classes are scored by one number, as far as an input has been passed."""
        return self._has_one_output

    def denormalize(self, x: Float[Tensor, "b c *space"]) -> Float[Tensor, "b c *space"]:
        """An input as people know it: 0 = black, 1 = full scale."""
        return self.frontend.denormalize(x)

    def clip(self, x: Float[Tensor, "b c *space"]) -> Float[Tensor, "b c *space"]:
        """An input with values that no real input has brought back into their range.

        The range is the front end's ``valid``, of what it shows: (0, 1) for pictures and volumes,
        (−1, 1) for sounds. A front end without one leaves every value as it is.
        """
        valid = getattr(self.frontend, "valid", None)
        return x if valid is None else self.frontend.normalize(self.denormalize(x).clamp(*valid))

    def black(self, x: Float[Tensor, "b c *space"]) -> Float[Tensor, "b c *space"]:
        """Black (silent, empty) in the network's units, of the shape of ``x``; seldom zero."""
        return self.frontend.normalize(torch.zeros_like(x))

    def label(self, index: int) -> str:
        """The name of a class."""
        return str(index) if self.labels is None else self.labels[index]

    def index(self, label: str) -> int:
        """The class of a name, in any case; an exact name goes before a number.

        Raises:
            InputError: no class, or more than one, bears that name.
        """
        matches = [
            index
            for index, known in enumerate(self.labels or ())
            if label.casefold() in (known.casefold(), *known.casefold().split(", "))
        ]
        if len(matches) == 1:
            return matches[0]
        if not matches:
            raise InputError(f"{self.name} has no class named {label!r}")
        raise InputError(
            f"{label!r} names {len(matches)} classes of {self.name}: give one of the indices "
            + ", ".join(map(str, matches))
        )

    @torch.no_grad()
    def predict(self, x: Float[Tensor, "b c *space"]) -> Float[Tensor, "b classes"]:
        """Class probabilities, by what the outputs are."""
        return outputs.probabilities(self.scores(x), self.output)

    def top(self, probabilities: Float[Tensor, " classes"], most: int = 5) -> list[dict[str, Any]]:
        """The most probable classes first: ``index``, ``label`` and ``probability``."""
        best = probabilities.topk(min(most, len(probabilities)))
        return [
            {"index": index, "label": self.label(index), "probability": probability}
            for probability, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
        ]

    @cached_property
    def module_fingerprint(self) -> str:
        """A hex SHA-256 of architecture, weights, representation and front end.

        Equal for all that share a module (:meth:`with_output`): only one of them may pass it at a time.
        """
        digest = hashlib.sha256(str(self.module).encode())
        digest.update(json.dumps(dict(self.frontend.settings()), sort_keys=True).encode())
        _digest(digest.update, self.module.state_dict().items())
        if (part := self.representation) is not None:
            digest.update(str(part).encode())
            # buffers that are no part of the state: a window, a filter bank
            _digest(digest.update, chain(part.named_parameters(), part.named_buffers()))
        return digest.hexdigest()

    @cached_property
    def fingerprint(self) -> str:
        """A hex SHA-256 of everything that its results depend on: the module's, and the choice of outputs."""
        if self._chosen == "auto" and self.select is None:
            return self.module_fingerprint
        chosen = f"{self.module_fingerprint} {self._chosen} {self.select}"
        return hashlib.sha256(chosen.encode()).hexdigest()


def finite(values: Tensor) -> bool:
    """Whether no value is NaN or infinite.

    A finite sum says so of all of its terms, in a twentieth of the time; a sum may overflow where
    no term has, and only then are they asked one by one.
    """
    values = values.detach()
    return bool(values.sum().isfinite() or values.isfinite().all())


def _digest(update: Callable[..., None], tensors: Iterable[tuple[str, Tensor]]) -> None:
    """Take in named tensors, in the order of their names."""
    for key, value in sorted(tensors, key=lambda named: named[0]):
        update(f"{key}{tuple(value.shape)}{value.dtype}".encode())
        update(
            value.detach().cpu().contiguous().view(torch.uint8).numpy().data
            if value.ndim
            else str(value.item()).encode()
        )
