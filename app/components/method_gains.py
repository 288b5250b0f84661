"""What each variant gained over the magnitude baseline |z|, as measured in docs/evaluation.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.figures.captions import number
from wam_core.signals import IMAGE, SOUND, VOLUME

SOURCE = "docs/evaluation.md"
"""The page that the numbers are from; a test holds them equal to its tables."""


@dataclass(frozen=True)
class Study:
    """The inputs and the network of a measurement.

    Attributes:
        n: the number of inputs.
        inputs: what they are: ``photographs``.
        network: the name of the explained network.
        section: of :data:`SOURCE`, whose first table has the numbers.
    """

    n: int
    inputs: str
    network: str
    section: str


@dataclass(frozen=True)
class Gain:
    """The mean gain in log-AUC over |z|, with its 90 % interval (bootstrap over inputs).

    Attributes:
        value, low, high: in log-AUC, −1 … 1.
        study: what was measured.
    """

    value: float
    low: float
    high: float
    study: Study

    @property
    def text(self) -> str:
        """For a chip: ``+0.11``."""
        return number(self.value, "+.2f")

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0

    @property
    def sentence(self) -> str:
        """For a popover: the number, its interval, the sample and the source."""
        value, low, high = (number(one, "+.3f") for one in (self.value, self.low, self.high))
        unclear = "" if self.is_clear else " Not significantly different from 0."
        return (
            f"Gain in log-AUC over the magnitude baseline |z|: {value} [{low}, {high}], 90\u00a0% "
            f"interval over {self.study.n} {self.study.inputs}, {self.study.network}.{unclear}"
        )


_PHOTOGRAPHS = Study(30, "photographs", "EfficientNet-Lite0", "Photographs")
_CLIPS = Study(20, "clips", "ESC-10 log-mel network", "Sounds: ESC-10 fold 4")
_OBJECTS = Study(
    100, "objects", "ModelNet10 network", "Volumes: 100 objects of ModelNet10's test part"
)

GAINS: Mapping[tuple[str, str], Gain] = {
    (IMAGE, "path-signed"): Gain(0.109, 0.089, 0.129, _PHOTOGRAPHS),
    (IMAGE, "integrated"): Gain(0.023, 0.008, 0.037, _PHOTOGRAPHS),
    (IMAGE, "smoothgrad"): Gain(-0.195, -0.230, -0.159, _PHOTOGRAPHS),
    (IMAGE, "smoothgrad-magnitude"): Gain(-0.078, -0.100, -0.058, _PHOTOGRAPHS),
    (SOUND, "path-signed"): Gain(0.061, 0.036, 0.086, _CLIPS),
    (SOUND, "integrated"): Gain(-0.056, -0.080, -0.034, _CLIPS),
    (SOUND, "smoothgrad"): Gain(-0.254, -0.300, -0.205, _CLIPS),
    (SOUND, "smoothgrad-magnitude"): Gain(-0.301, -0.352, -0.250, _CLIPS),
    (VOLUME, "path-signed"): Gain(0.018, 0.010, 0.027, _OBJECTS),
    (VOLUME, "integrated"): Gain(0.007, -0.001, 0.015, _OBJECTS),
    (VOLUME, "smoothgrad"): Gain(-0.382, -0.410, -0.353, _OBJECTS),
    (VOLUME, "smoothgrad-magnitude"): Gain(-0.482, -0.516, -0.447, _OBJECTS),
}
"""By kind of input and variant; the plain gradient was not measured."""


def gain(kind_name: str, method: str) -> Gain | None:
    """The measured gain of a variant, by the names of kinds and of requests; None: not measured."""
    return GAINS.get((kind_name, method))


def chip_style(kind_name: str, methods: Sequence[str]) -> str:
    """A style that puts the measured gain on the button of each variant, ``method-chips``.

    It is no part of the button's name, which stands in links.
    """
    rules = [
        f".st-key-method-chips button:nth-of-type({nth})::after "
        f'{{ content: "{measured.text}"; margin-left: 0.4em; font-size: 0.8em; }}'
        for nth, method in enumerate(methods, start=1)
        if (measured := gain(kind_name, method)) is not None
    ]
    return f"<style>{' '.join(rules)}</style>"
