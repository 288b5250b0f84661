"""Which number is explained: the logit of a class, or of one class minus another."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.classifier import Classifier
from wam_core.errors import SettingsError


class Contrast(NamedTuple):
    """Ask why class ``of`` rather than class ``against``: f_of − f_against."""

    of: int | str
    against: int | str


class LogProbability(NamedTuple):
    """Ask for log p of a class, which also falls when other classes rise; None: the prediction."""

    of: int | str | None = None


Wanted = int | str | Contrast | LogProbability | None
"""A class index, a label, a contrast, log p of a class, or None for the prediction."""


@dataclass(frozen=True)
class Target:
    """A resolved target: f_c, or f_c − f_against where ``against`` is given.

    Attributes:
        log_probability: log p_c, the logarithm of the softmax, instead of the logit.
    """

    index: int
    label: str
    against: int | None = None
    against_label: str | None = None
    log_probability: bool = False

    def __str__(self) -> str:
        return self.label if self.against is None else f"{self.label} − {self.against_label}"

    @property
    def quantity(self) -> str:
        """What the score is: of one class its logit or log p, of two the difference of logits."""
        if self.against is not None:
            return "difference of logits"
        return "log p" if self.log_probability else "logit"

    def pick(self, scores: Float[Tensor, "*b classes"]) -> Float[Tensor, "*b"]:
        """The score that is explained, out of all logits."""
        if self.log_probability:
            scores = scores.log_softmax(-1)
        picked = scores[..., self.index]
        return picked if self.against is None else picked - scores[..., self.against]


def resolve(
    wanted: Wanted, classifier: Classifier, logits: Float[Tensor, "b classes"]
) -> tuple[Target, ...]:
    """One target per sample; None becomes each sample's own prediction.

    Raises:
        SettingsError: an index beyond the classes, or a contrast of a class with itself.
        InputError: a label that names no class, or several.
    """
    classes = logits.shape[1]

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
        target = Target(of, classifier.label(of), against, classifier.label(against))
        return (target,) * len(logits)
    logarithm = isinstance(wanted, LogProbability)
    wanted = wanted.of if isinstance(wanted, LogProbability) else wanted
    chosen = logits.argmax(1).tolist() if wanted is None else [index(wanted)] * len(logits)
    return tuple(
        Target(which, classifier.label(which), log_probability=logarithm) for which in chosen
    )


def pick(
    targets: tuple[Target, ...], scores: Float[Tensor, "*k b classes"]
) -> Float[Tensor, "*k b"]:
    """The explained score of every sample, each by its own target."""
    return torch.stack([target.pick(scores[..., b, :]) for b, target in enumerate(targets)], dim=-1)
