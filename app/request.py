"""One description of an explanation: names, defaults, bounds and words, written once.

The form of the API, the options of ``wam explain``, the controls of the screen with their names in
a link, and the command that makes a result again are all derived from :class:`ExplainRequest`.
Choices are spelt out, as the core that knows them takes seconds to import and the command has to
start at once; a test holds them equal to it. What is None has a default that depends on the kind
of input (:mod:`wam_core.defaults`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, field_validator

if TYPE_CHECKING:
    from wam_core import Classifier, Signal
    from wam_core.defaults import Defaults
    from wam_core.path import Path
    from wam_core.targets import Wanted
    from wam_core.transforms import Transform

Method = Literal[
    "gradient",
    "smoothgrad",
    "integrated",
    "path-signed",
    "smoothgrad-magnitude",
    "smoothgrad-integrated",
]
Padding = Literal["reflect", "symmetric", "zero", "periodic", "constant"]
Baseline = Literal["zero", "black", "mean", "blur", "noise"]
Rule = Literal["gauss-legendre", "trapezoid"]
Output = Literal["auto", "softmax", "sigmoid", "probabilities", "logit"]
Solid = Literal["shell", "filled"]
Up = Literal["x", "y", "z"]
Name = Annotated[str, Field(min_length=1, max_length=200)]

MOST_PASSES = 200
"""Passes of a network that a server makes for one explanation."""

_PREDICTION = "auto"
_OF_PATHS = ("samples", "steps", "spread", "baseline", "rule", "grading", "seed")


@dataclass(frozen=True)
class InLink:
    """How a field's control is called in the address of a page.

    Attributes:
        name: where it differs from the field's.
        per_kind: whether each kind of input has a control of its own.
    """

    name: str = ""
    per_kind: bool = False


class ExplainRequest(BaseModel):
    """One explanation. What is left out is chosen by the kind of input, as `wam explain` does.

    Raises:
        ValidationError: a value outside its bounds; :func:`sentence` puts it in words.

    >>> ExplainRequest(method="gradient").seed
    42
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Name | None = Field(
        default=None, description="A name of /models, of timm, or hf-hub:owner/name."
    )
    method: Annotated[Method | None, InLink(per_kind=True)] = Field(
        default=None,
        description="The variant. Default: integrated.",
    )
    transform: Annotated[Name, InLink(per_kind=True)] = Field(
        default="dwt", description="The transform into bands."
    )
    wavelet: Annotated[Name | None, InLink(per_kind=True)] = Field(
        default=None,
        description="A discrete wavelet of pywt. Default: haar for images, db4 for sounds, haar for "
        "volumes.",
    )  # fmt: skip
    levels: Annotated[int | None, InLink(per_kind=True)] = Field(
        default=None, ge=1,
        description="The number of scales; level 1 is the finest. Default: 3 for images, octaves "
        "down to about 100 Hz for sounds, 2 for volumes and 3 where all sides divide by 8.",
    )  # fmt: skip
    padding: Annotated[Padding | None, InLink(per_kind=True)] = Field(
        default=None, description="Beyond the edges. Default: reflect, for volumes symmetric."
    )
    samples: Annotated[int | None, InLink()] = Field(
        default=None, ge=1,
        description="Noisy copies for smoothgrad; points for integrated. Default: 25, and 4 copies "
        "for smoothgrad-integrated.",
    )  # fmt: skip
    tolerance: Annotated[FiniteFloat | None, InLink("until")] = Field(
        default=None, gt=0, lt=1,
        description="Let smoothgrad stop by itself, once its standard error is below this share of "
        "the map: 0.3 is 30 %. `samples` is then the most it takes. Default: 200.",
    )  # fmt: skip
    steps: Annotated[int | None, InLink()] = Field(
        default=None, ge=1,
        description="Points for integrated. Default: as `samples`; 25 for smoothgrad-integrated.",
    )  # fmt: skip
    spread: Annotated[FiniteFloat | None, InLink(per_kind=True)] = Field(
        default=None, ge=0,
        description="Noise of smoothgrad, as a share of the input's range. Default: 0.25 for "
        "images, 0.001 for sounds, 0.0001 for volumes; at most 0.1 for smoothgrad-integrated.",
    )  # fmt: skip
    baseline: Annotated[Baseline, InLink(per_kind=True)] = Field(
        default="zero", description="Where integrated starts."
    )
    rule: Annotated[Rule, InLink()] = Field(
        default="gauss-legendre", description="The points of integrated."
    )
    grading: FiniteFloat | None = Field(
        default=None, ge=1, le=10,
        description="How far the points of integrated crowd towards the baseline, 1 to 10. Default: "
        "1 for images, 4 for sounds, 1 for volumes.",
    )  # fmt: skip
    target: Name = Field(
        default=_PREDICTION, description="A class by index or label; auto is the prediction."
    )
    against: Name | None = Field(
        default=None, description="Explain why `target` rather than this class."
    )
    seed: Annotated[int, InLink()] = Field(default=42, ge=0, lt=2**63, description="Of every draw.")
    start: FiniteFloat | None = Field(
        default=None, ge=0,
        description="Where the network begins to hear a sound, in seconds. Default: its loudest part.",
    )  # fmt: skip
    item: Name | None = Field(
        default=None,
        description="Which volume of a file that holds several: a part and a number from 0, as in "
        "test:3. Default: the first of the test part, or the first.",
    )  # fmt: skip
    solid: Solid | None = Field(
        default=None,
        description="Meshes, points and grids of filled voxels: only the outermost voxels, or all "
        "that they enclose. Default: watertight meshes are filled, all else is as it is.",
    )
    up: Up | None = Field(
        default=None,
        description="Meshes, points and grids: which axis of the file points up. Default: z.",
    )
    output: Output = Field(
        default="auto",
        description="What the network returns: softmax (logits of classes), sigmoid (logits of "
        "labels of which several may be true), probabilities, or logit (one, of the second of two "
        "classes). auto finds it out, except for sigmoid.",
    )
    micro_batch: int | None = Field(
        default=None, ge=1, description="Passes at a time. Default: 5 on a CPU, 25 on a GPU."
    )

    @field_validator("item")
    @classmethod
    def _names_an_item(cls, item: str | None) -> str | None:
        if item is not None:
            _item_index(item)
        return item

    @classmethod
    def of(cls, transform: "Transform", path: "Path", **others: Any) -> "ExplainRequest":
        """The request that a transform and a path are built from, with the other fields as given.

        Raises:
            SettingsError: what no request can name, as a baseline that is given in numbers.
        """
        from wam_core.errors import SettingsError
        from wam_core.export import method
        from wam_core.paths import settings
        from wam_core.transforms import DEFAULT

        values = settings(path)
        values = {**values.pop("along", {}), **values}
        chosen: dict[str, Any] = {name: values[name] for name in _OF_PATHS if name in values}
        if not isinstance(chosen.get("baseline", ""), str):
            raise SettingsError("the command line has no baseline that is given in numbers")
        chosen |= {"method": method(path), "tolerance": values.get("until"), **transform.choices}
        if transform.name != DEFAULT:
            chosen["transform"] = transform.name
        try:
            return cls(**chosen, **others)
        except ValidationError as error:
            raise SettingsError(sentence(error)) from None

    @property
    def item_index(self) -> tuple[str, int] | None:
        """The part and the number of ``item``."""
        return None if self.item is None else _item_index(self.item)

    def options(self) -> Iterator[tuple[str, str]]:
        """What was chosen, as options of ``wam explain``.

        >>> list(ExplainRequest(steps=3, micro_batch=1).options())
        [('--steps', '3'), ('--micro-batch', '1')]
        """
        for name in type(self).model_fields:
            if name in self.model_fields_set and (value := getattr(self, name)) is not None:
                yield option_name(name), str(value)

    def build_transform(
        self, usual: "Defaults", signal: "Signal", classifier: "Classifier"
    ) -> "Transform":
        """The transform with its settings; by default as many levels as are sensible and fit.

        Args:
            usual: the defaults of the kind of input.
            signal, classifier: what is explained.

        Raises:
            SettingsError: a transform or a wavelet that does not exist, or a setting that the
                transform does not take.
        """
        from wam_core import export, transforms

        accepted = transforms.parameters(self.transform)
        usually = {"wavelet": usual.wavelet, "boundary": usual.padding}
        given = {"wavelet": self.wavelet, "boundary": self.padding}
        settings = {name: value for name, value in usually.items() if name in accepted}
        settings |= {name: value for name, value in given.items() if value is not None}
        ndim, levels = classifier.ndim, self.levels
        if levels is None:
            size = classifier.prepare(signal).shape[2:]
            smallest = transforms.build(self.transform, levels=1, ndim=ndim, **settings)
            most = smallest.max_levels(size)
            levels = max(1, min(usual.levels(size, export.rate(classifier)), most))
        return transforms.build(self.transform, levels=levels, ndim=ndim, **settings)

    def build_path(self, usual: "Defaults", transform: "Transform") -> "Path":
        """Where gradients are taken; with a tolerance, ``samples`` is the most that are.

        Raises:
            SettingsError: settings that do not go together.
        """
        from wam_core import Gradient, IntegratedGradients, PathSigned, SmoothGrad
        from wam_core.defaults import COPIES, METHOD, MOST_COPIES, POINTS
        from wam_core.errors import SettingsError

        method = self.method or METHOD
        if self.tolerance is not None and not method.startswith("smoothgrad"):
            raise SettingsError(f"tolerance is for smoothgrad, and the method is {method}")
        along = method == "smoothgrad-integrated"
        steps, samples, spread, grading = self.steps, self.samples, self.spread, self.grading
        if steps is None:
            steps = POINTS if along or samples is None else samples
        if samples is None:
            usually = COPIES if along else POINTS
            samples = usually if self.tolerance is None else MOST_COPIES
        if spread is None:
            spread = usual.spread_along if along else usual.spread
        if method == "gradient":
            return Gradient()
        if method == "path-signed":
            return PathSigned(transform, steps)
        if method in ("smoothgrad", "smoothgrad-magnitude"):
            aggregate = "magnitude" if method.endswith("magnitude") else "signed"
            return SmoothGrad(samples, spread, self.seed, aggregate, until=self.tolerance)
        integrated = IntegratedGradients(
            steps,
            self.baseline,
            self.rule,
            self.seed,
            usual.grading if grading is None else grading,
        )
        if not along:
            return integrated
        return SmoothGrad(samples, spread, self.seed, along=integrated, until=self.tolerance)

    def build_target(self, classifier: "Classifier", signal: "Signal") -> "Wanted":
        """The class to explain, or the contrast of two; None for the prediction."""
        from wam_core import Contrast

        def named(text: str) -> int | str:
            """A number is an index, unless a label is exactly that text."""
            number = re.fullmatch(r"[+-]?[0-9]+", text) and text not in (classifier.labels or ())
            return int(text) if number else text

        if self.against is None:
            return None if self.target == _PREDICTION else named(self.target)
        if self.target == _PREDICTION:
            best = int(classifier.predict(classifier.prepare(signal))[0].argmax())
            return Contrast(best, named(self.against))
        return Contrast(named(self.target), named(self.against))


def in_link(field: str) -> InLink:
    """How a field stands in the address of a page."""
    return next(
        one for one in ExplainRequest.model_fields[field].metadata if isinstance(one, InLink)
    )


def target_fields(
    classifier: "Classifier", index: int | str, against: int | str | None = None
) -> dict[str, str]:
    """The fields that name a class, or the contrast of two, by their numbers."""
    named = {"target": index, "against": against}
    return {field: class_text(int(of), classifier) for field, of in named.items() if of is not None}


def class_text(index: int, classifier: "Classifier") -> str:
    """A class by its number; where a class is called like that, a plus makes it a number again."""
    return f"+{index}" if str(index) in (classifier.labels or ()) else str(index)


def option_name(field: str) -> str:
    """How the command line calls a field."""
    return f"--{field.replace('_', '-')}"


def sentence(error: ValidationError) -> str:
    """The first thing that is wrong with a request.

    >>> try:
    ...     ExplainRequest(steps=0)
    ... except ValidationError as error:
    ...     sentence(error)
    'the option steps is 0; input should be greater than or equal to 1'
    """
    first = error.errors()[0]
    value = first["input"]
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if first["type"] == "value_error":
        return lowered(first["msg"])
    return f"the option {'.'.join(map(str, first['loc']))} is {text}; {lowered(first['msg'])}"


def lowered(message: str) -> str:
    """What pydantic says of a value, for the middle of a sentence."""
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _item_index(text: str) -> tuple[str, int]:
    part, _, number = text.rpartition(":")
    if not part or not number.isdecimal():
        raise ValueError(f"item is {text!r}; a part and a number are needed: test:3")
    return part, int(number)
