"""Which number is explained: the logit of a class, or of one class minus another."""

from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float
from torch import Tensor

from wam_core import outputs
from wam_core.classifier import Classifier
from wam_core.errors import SettingsError
from wam_core.outputs import Output


class Contrast(NamedTuple):
    """Ask why class ``of`` rather than class ``against``: f_of − f_against."""

    of: int | str
    against: int | str


class LogProbability(NamedTuple):
    """Ask for log p of a class, which also falls when other classes rise; None: the prediction."""

    of: int | str | None = None


One = int | str | Contrast | LogProbability | None
"""A class index, a label, a contrast, log p of a class, or None for the prediction."""

Wanted = One | list[One] | list[int] | list[str] | Tensor
"""The same for all inputs of a batch, or one for each of them."""

AnyTarget = Wanted | tuple[One, ...] | npt.NDArray[Any] | np.integer[Any]
"""What :func:`check` turns into that."""


@dataclass(frozen=True)
class Target:
    """A resolved target: f_c, or f_c − f_against where ``against`` is given.

    Attributes:
        log_probability: log p_c, the logarithm of the probability, instead of the score.
        output: what the network's outputs are.
    """

    index: int
    label: str
    against: int | None = None
    against_label: str | None = None
    log_probability: bool = False
    output: Output = "softmax"

    def __str__(self) -> str:
        return self.label if self.against is None else f"{self.label} − {self.against_label}"

    @property
    def quantity(self) -> str:
        """What the score is: of one class its logit, p or log p; of two classes the difference."""
        is_probability = self.output == "probabilities"
        if self.against is not None:
            return f"difference of {'probabilities' if is_probability else 'logits'}"
        if self.log_probability:
            return "log p"
        return "probability" if is_probability else "logit"

    def pick(self, scores: Float[Tensor, "*b classes"]) -> Float[Tensor, "*b"]:
        """The score that is explained, out of those of all classes."""
        if self.log_probability:
            scores = outputs.log_probabilities(scores, self.output)
        picked = scores[..., self.index]
        if self.against is None:
            return picked
        difference = picked - scores[..., self.against]
        # one logit z is scored as (−z, z), and log p − log (1 − p) is z itself
        return difference / 2 if self.output == "logit" else difference


def resolve(
    wanted: Wanted, classifier: Classifier, logits: Float[Tensor, "b classes"]
) -> tuple[Target, ...]:
    """One target per sample; None becomes each sample's own prediction.

    Raises:
        SettingsError: an index beyond the classes, or a contrast of a class with itself.
        InputError: a label that names no class, or several.
    """
    if isinstance(wanted, list | Tensor):
        return _one_each(wanted, classifier, logits)
    classes, output = logits.shape[1], classifier.output

    def index(which: int | str) -> int:
        if isinstance(which, str):
            return classifier.index(which)
        if not 0 <= which < classes:
            raise SettingsError(
                f"class {which} does not exist: {classifier.name} has classes 0 … {classes - 1}"
            )
        return which

    if isinstance(wanted, Contrast):
        of, against = index(wanted.of), index(wanted.against)
        if of == against:
            raise SettingsError(
                f"a contrast needs two classes; {classifier.label(of)} was given twice"
            )
        target = Target(of, classifier.label(of), against, classifier.label(against), output=output)
        return (target,) * len(logits)
    logarithm = isinstance(wanted, LogProbability)
    wanted = wanted.of if isinstance(wanted, LogProbability) else wanted
    chosen = logits.argmax(1).tolist() if wanted is None else [index(wanted)] * len(logits)
    return tuple(
        Target(which, classifier.label(which), log_probability=logarithm, output=output)
        for which in chosen
    )


def check(wanted: object, batch: int) -> Wanted:
    """A target as it is, after what can be told about it before the first pass.

    Whole numbers of NumPy and tensors become Python's; a sequence of one is that one for all inputs.

    Args:
        wanted: what was given.
        batch: the number of inputs.

    Raises:
        SettingsError: something that names no class, or not one for each input.

    >>> check(torch.tensor([2, 0]), 2), check(torch.tensor(1), 2)
    ([2, 0], 1)
    """
    if isinstance(wanted, Tensor | np.ndarray | np.generic):
        shape, kind = tuple(wanted.shape), str(wanted.dtype).removeprefix("torch.")
        if "int" not in kind or len(shape) > 1:
            raise SettingsError(
                f"target is of {kind} and shape {shape}; whole numbers are needed, one class or "
                "one for each input"
            )
        wanted = wanted.tolist()
    if isinstance(wanted, Contrast):
        return Contrast(_which(wanted.of), _which(wanted.against))
    if isinstance(wanted, LogProbability):
        return LogProbability(None if wanted.of is None else _which(wanted.of))
    if isinstance(wanted, list | tuple):
        each = [check(one, 1) for one in wanted]
        if len(each) not in (1, batch):
            raise SettingsError(
                f"{len(each)} targets were given for {batch} inputs; one, or one each, is needed"
            )
        return each[0] if len(each) == 1 else cast(list[One], each)
    return None if wanted is None else _which(wanted)


def _which(value: object) -> int | str:
    """A class by index or label."""
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise SettingsError(
            f"target is {value!r}; a class index, a label, a Contrast, a LogProbability, a list of "
            "these with one for each input, or None for the prediction is accepted"
        )
    return value


def _one_each(
    wanted: list[One] | list[int] | list[str] | Tensor,
    classifier: Classifier,
    logits: Float[Tensor, "b classes"],
) -> tuple[Target, ...]:
    """A target for each member of a batch."""
    each: list[Any] = wanted.flatten().tolist() if isinstance(wanted, Tensor) else wanted
    if len(each) != len(logits):
        raise SettingsError(
            f"{len(each)} targets were given for {len(logits)} inputs; one, or one each, is needed"
        )
    return tuple(
        resolve(one, classifier, row[None])[0] for one, row in zip(each, logits, strict=True)
    )


def pick(
    targets: tuple[Target, ...], scores: Float[Tensor, "*k b classes"]
) -> Float[Tensor, "*k b"]:
    """The explained score of every sample, each by its own target."""
    return torch.stack([target.pick(scores[..., b, :]) for b, target in enumerate(targets)], dim=-1)
