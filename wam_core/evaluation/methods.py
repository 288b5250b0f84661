"""Every ranking that is put to the test, by name: our variants, conventional maps, and controls.

A method is asked about one class of one input and answers with a strength for every feature of its
domain. Controls ask no network; each domain has its own, and a method is compared with those.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from wam_core.classifier import Classifier
from wam_core.engine import explain_steps
from wam_core.errors import SettingsError
from wam_core.evaluation.domain import Domain, Samples, Wavelet
from wam_core.evaluation.ranking import (
    InsertionPath,
    at_random,
    bounded_sign,
    coarse_first,
    magnitude,
    signed,
    weighted,
)
from wam_core.path import Path
from wam_core.path_signed import PathSigned
from wam_core.paths import Gradient, IntegratedGradients, SmoothGrad
from wam_core.pixel_attribution import Options, attribute_steps
from wam_core.targets import LogProbability
from wam_core.transforms import Transform, build

Strength = Float[Tensor, "k n"]
Answer = Generator[Any, None, Strength]


@dataclass(frozen=True)
class Settings:
    """What all methods of one comparison share.

    Attributes:
        transform: of the wavelet methods and their controls.
        samples: noisy copies, steps, or points.
        spread, seed: of the noise; the seed also orders ``random``.
        grading: of Integrated Gradients.
        micro_batch: passes at a time; the engine's default where None.
    """

    transform: Transform = field(default_factory=build)
    samples: int = 25
    spread: float = 0.25
    seed: int = 42
    grading: float = 1.0
    micro_batch: int | None = None


@dataclass(frozen=True)
class Question:
    """One class of one input.

    Attributes:
        classifier: the network.
        x: the input as it receives it, (1, c, *space).
        index: the class.
        settings: shared by all methods.
        origin: what counts as nothing there; zero where None.
    """

    classifier: Classifier
    x: Float[Tensor, "1 c *space"]
    index: int
    settings: Settings
    origin: Float[Tensor, "1 c *space"] | None = None


@dataclass(frozen=True)
class Method:
    """A ranking.

    Attributes:
        title: for a table.
        domain: of its features.
        steps: from a question to the strength of every feature; yields after each micro-batch.
        control: the name of the ranking without a network that it has to beat; empty for controls.
        single: whether one pass of the network is all it takes, however many samples are set.
    """

    title: str
    domain: Callable[[Settings], Domain]
    steps: Callable[[Question], Answer]
    control: str
    single: bool = False

    @property
    def asks(self) -> bool:
        """Whether the network has a say: false for controls."""
        return bool(self.control)

    def passes(self, samples: int) -> int:
        """How often the network is passed forward and back."""
        return self.asks * (1 if self.single else samples)


def method(name: str) -> Method:
    """A method by its name.

    Raises:
        SettingsError: no such method.
    """
    if name not in METHODS:
        raise SettingsError(f"method {name!r} is unknown; accepted: {', '.join(METHODS)}")
    return METHODS[name]


def question(
    name: str,
    classifier: Classifier,
    x: Float[Tensor, "1 c *space"],
    index: int,
    settings: Settings,
) -> Question:
    """What a method is asked, and on which axes.

    Methods of the samples explain a network that has a representation on that: their samples are
    the values of a mel spectrogram, and nothing there is the spectrogram of silence.
    """
    if classifier.representation is None or method(name).domain is not _samples:
        return Question(classifier, x, index, settings)
    with torch.no_grad():
        m, silence = (classifier.represent(part) for part in (x, classifier.black(x)))
    return Question(classifier.inner(m), m, index, settings, silence)


def _wavelet(settings: Settings) -> Wavelet:
    return Wavelet(settings.transform)


def _opponent(settings: Settings) -> Wavelet:
    return Wavelet(settings.transform, "opponent")


def _samples(settings: Settings) -> Samples:
    return Samples()


def _rows(question: Question, path: Path, domain: Wavelet, wanted: Any = None) -> Answer:
    """The attribution of a path as features."""
    result = yield from explain_steps(
        question.classifier,
        question.x,
        question.index if wanted is None else wanted,
        transform=question.settings.transform,
        path=path,
        micro_batch=question.settings.micro_batch,
    )
    return domain.rows(result.attribution)


def _ranked_by(
    order: Callable[[Strength], Strength], path: Callable[[Settings], Path]
) -> Callable[[Question], Answer]:
    def steps(question: Question) -> Answer:
        domain = _wavelet(question.settings)
        rows = yield from _rows(question, path(question.settings), domain)
        return order(rows)

    return steps


def _weighted(question: Question) -> Answer:
    domain = _wavelet(question.settings)
    rows = yield from _rows(question, _smoothgrad(question.settings), domain)
    return weighted(rows, domain.features(question.x))


def _opponent_path_signed(question: Question) -> Answer:
    """Path-signed, with the channels turned before coefficients are told apart."""
    domain = _opponent(question.settings)
    path = InsertionPath(domain, question.settings.samples)
    rows = yield from _rows(question, path, domain, LogProbability(question.index))
    return bounded_sign(rows, domain.features(question.x))


def _gradient(settings: Settings) -> Path:
    return Gradient()


def _smoothgrad(settings: Settings) -> Path:
    return SmoothGrad(settings.samples, settings.spread, settings.seed)


def _magnitudes(settings: Settings) -> Path:
    return SmoothGrad(settings.samples, settings.spread, settings.seed, "magnitude")


def _path_signed(settings: Settings) -> Path:
    return PathSigned(settings.transform, settings.samples)


def _integrated(settings: Settings) -> Path:
    return IntegratedGradients(settings.samples, grading=settings.grading)


def _energy(
    domain_of: Callable[[Settings], Domain], *, shared: bool = False
) -> Callable[[Question], Answer]:
    def steps(question: Question) -> Answer:
        yield
        there = question.x if question.origin is None else question.x - question.origin
        features = domain_of(question.settings).features(there)
        return magnitude(features, shared=shared)

    return steps


def _random(domain_of: Callable[[Settings], Domain]) -> Callable[[Question], Answer]:
    def steps(question: Question) -> Answer:
        yield
        features = domain_of(question.settings).features(question.x)
        return at_random(features[0], question.settings.seed)

    return steps


def _coarse(question: Question) -> Answer:
    yield
    domain = _wavelet(question.settings)
    return coarse_first(domain, tuple(question.x.shape[2:]), domain.features(question.x))


def _conventional(name: str) -> Callable[[Question], Answer]:
    def steps(question: Question) -> Answer:
        used = question.settings
        options = Options(
            used.samples, used.spread, used.seed, used.micro_batch or Options.micro_batch
        )
        found = yield from attribute_steps(
            name, question.classifier, question.x, question.index, options
        )
        return magnitude(Samples().features(found), shared=True)

    return steps


_BASELINE_TITLES = {
    "saliency": "Saliency",
    "input-x-gradient": "Input × gradient",
    "integrated-gradients": "Integrated Gradients",
    "smoothgrad": "SmoothGrad",
    "gradcam": "GradCAM",
    "gradcam++": "GradCAM++",
    "guided-backprop": "Guided Backprop",
}

_SINGLE = {"saliency", "input-x-gradient", "gradcam", "gradcam++", "guided-backprop"}

METHODS: Mapping[str, Method] = {
    "wam-gradient": Method(
        "WAM gradient", _wavelet, _ranked_by(magnitude, _gradient), "control-z", single=True
    ),
    "wam-sg": Method(
        "WAM SmoothGrad (eq. 2)", _wavelet, _ranked_by(magnitude, _smoothgrad), "control-z"
    ),
    "wam-sg-magnitude": Method(
        "WAM SmoothGrad (released)", _wavelet, _ranked_by(magnitude, _magnitudes), "control-z"
    ),
    "wam-ig": Method("WAM IG (eq. 3)", _wavelet, _ranked_by(magnitude, _integrated), "control-z"),
    "wam-ig-signed": Method(
        "WAM IG, signed", _wavelet, _ranked_by(signed, _integrated), "control-z"
    ),
    "wam-z-sg": Method("|z| · |WAM SmoothGrad|", _wavelet, _weighted, "control-z"),
    "wam-path": Method("Path-signed", _wavelet, _ranked_by(magnitude, _path_signed), "control-z"),
    "wam-path-opponent": Method(
        "Path-signed, opponent colours",
        _opponent,
        _opponent_path_signed,
        "control-z-opponent",
    ),
    **{
        name: Method(
            f"{title} (samples)", _samples, _conventional(name), "control-x", single=name in _SINGLE
        )
        for name, title in _BASELINE_TITLES.items()
    },
    "control-z": Method("|z| alone", _wavelet, _energy(_wavelet), ""),
    "control-z-opponent": Method("|z|, opponent colours", _opponent, _energy(_opponent), ""),
    "control-coarse": Method("Coarse before fine", _wavelet, _coarse, ""),
    "random": Method("Random coefficients", _wavelet, _random(_wavelet), ""),
    "control-x": Method("|x| alone (samples)", _samples, _energy(_samples, shared=True), ""),
    "random-samples": Method("Random samples", _samples, _random(_samples), ""),
}
"""By the name that the command line takes."""
