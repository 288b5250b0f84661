"""A network together with what is needed to explain it: its input, its labels, its identity."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from wam_core.errors import InputError, ModelError, NumericalError, RenamedMembers
from wam_core.optimized import OptimizedModule
from wam_core.signals.signal import Signal


@runtime_checkable
class Frontend(Protocol):
    """What lies between a decoded signal and the tensor that a network receives."""

    @property
    def ndim(self) -> int:
        """The number of spatial axes of what the network receives."""

    def prepare(self, signal: Signal) -> Float[Tensor, "1 c *space"]:
        """What the network receives for a signal.

        Raises:
            InputError: a signal of another modality, or one the network cannot take.
        """

    def denormalize(self, x: Float[Tensor, "b c *space"]) -> Float[Tensor, "b c *space"]:
        """The inverse of the normalisation: 0 = black (silent, empty) and 1 = full scale."""

    def normalize(self, values: Float[Tensor, "b c *space"]) -> Float[Tensor, "b c *space"]:
        """The inverse of :meth:`denormalize`; ``normalize(0)`` is black in the network's own units."""

    def settings(self) -> Mapping[str, Any]:
        """Everything that changes a result, as JSON values; part of the fingerprint."""


class Plain:
    """The front end of a network that takes tensors as they are, in units where 0 is black."""

    def __init__(self, ndim: int) -> None:
        self.ndim = ndim

    def prepare(self, signal: Signal) -> Tensor:
        """Refuse: without a described preprocessing, only tensors can be explained."""
        raise InputError(
            f"{signal.name} cannot be prepared: this network was given without a front end, "
            "so it takes tensors of shape (batch, channel, *space)"
        )

    def denormalize(self, x: Tensor) -> Tensor:
        """The input as it is."""
        return x

    def normalize(self, values: Tensor) -> Tensor:
        """The input as it is."""
        return values

    def settings(self) -> Mapping[str, Any]:
        """Only the kind: there is nothing to set."""
        return {"frontend": "plain", "ndim": self.ndim}


class Classifier(RenamedMembers):
    """A frozen network f and its surroundings.

    f(x) = module(representation(x)), where a network first turns its input into something else
    with axes of its own, as a sound's waveform into a mel spectrogram. Both parts are
    differentiable; an explanation then attributes to the representation as well.

    Both are switched to ``eval()``, their parameters are frozen (only the gradient with respect to
    the input is ever asked for), and the representation follows the module's device.

    Args:
        module: takes the representation, or (batch, channel, *space) where there is none; returns
            **logits** (batch, classes).
        representation: takes (batch, channel, *space), returns (batch, channel, *its own axes).
        ndim: the number of spatial axes; may be left out where a front end says it.
        labels: one name per class; numbers where absent.
        frontend: how a signal becomes an input; :class:`Plain` where absent.
        name: the catalogue's or the user's name for it.
        quick: let a faster copy of the module answer (:mod:`wam_core.optimized`): the same function
            up to rounding, in about two thirds of the time for a convolutional network.
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
            self.module, ndim=represented.ndim - 2, labels=self.labels, name=self.name
        )
        inner.optimized = self.optimized
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
        scores = self.optimized(represented)
        if not isinstance(scores, Tensor) or scores.ndim != 2 or len(scores) != len(represented):
            raise ModelError(
                f"{self.name} answers an input of shape {tuple(represented.shape)} with "
                f"{_described(scores)}; a tensor of logits, (batch, classes), is needed"
            )
        return scores

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
        """Class probabilities: the softmax of the logits."""
        return self.scores(x).softmax(dim=1)

    def top(self, probabilities: Float[Tensor, " classes"], most: int = 5) -> list[dict[str, Any]]:
        """The most probable classes first: ``index``, ``label`` and ``probability``."""
        best = probabilities.topk(min(most, len(probabilities)))
        return [
            {"index": index, "label": self.label(index), "probability": probability}
            for probability, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
        ]

    @cached_property
    def fingerprint(self) -> str:
        """A hex SHA-256 of architecture, weights, representation and front end."""
        digest = hashlib.sha256(str(self.module).encode())
        digest.update(json.dumps(dict(self.frontend.settings()), sort_keys=True).encode())
        _digest(digest.update, self.module.state_dict().items())
        if (part := self.representation) is not None:
            digest.update(str(part).encode())
            # buffers that are no part of the state: a window, a filter bank
            _digest(digest.update, chain(part.named_parameters(), part.named_buffers()))
        return digest.hexdigest()


def finite(values: Tensor) -> bool:
    """Whether no value is NaN or infinite.

    A finite sum says so of all of its terms, in a twentieth of the time; a sum may overflow where
    no term has, and only then are they asked one by one.
    """
    values = values.detach()
    return bool(values.sum().isfinite() or values.isfinite().all())


def _described(answer: object) -> str:
    """The shape of a tensor; what kind of thing anything else is."""
    return str(tuple(answer.shape)) if isinstance(answer, Tensor) else type(answer).__name__


def _digest(update: Callable[..., None], tensors: Iterable[tuple[str, Tensor]]) -> None:
    """Take in named tensors, in the order of their names."""
    for key, value in sorted(tensors, key=lambda named: named[0]):
        update(f"{key}{tuple(value.shape)}{value.dtype}".encode())
        update(
            value.detach().cpu().contiguous().view(torch.uint8).numpy().data
            if value.ndim
            else str(value.item()).encode()
        )
