"""Sample inputs: pictures that ship with libraries we need anyway; sounds and solids made here.

Nothing is downloaded.
"""

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np

from models import digits, solids, sounds
from wam_core.errors import InputError
from wam_core.signals import IMAGE, SOUND, VOLUME, Modality, Signal, intake
from wam_core.signals.frame import Frame

_UPRIGHT = Frame(ends=(("left", "right"), ("front", "back"), ("bottom", "top")))
_UCI = "E. Alpaydin and C. Kaynak, UCI, CC BY 4.0 (with scikit-learn); grown by this project"


class Sample(Protocol):
    """A sample input."""

    @property
    def modality(self) -> Modality:
        """The kind of input."""

    @property
    def title(self) -> str:
        """What is to be seen."""

    @property
    def credit(self) -> str:
        """By whom, under which licence."""

    @property
    def label(self) -> str:
        """What the embedded network is to take it for; empty where nobody says."""

    @property
    def network(self) -> str:
        """The embedded network that it belongs to; empty for the first one of its kind."""

    def load(self, name: str) -> Signal:
        """The sample itself."""


@dataclass(frozen=True)
class _Picture:
    """A file inside an installed distribution."""

    modality: ClassVar[Modality] = IMAGE
    label: ClassVar[str] = ""
    network: ClassVar[str] = ""
    title: str
    credit: str
    distribution: str
    path: str

    def load(self, name: str) -> Signal:
        """Decoded in this process: an installed package is trusted as much as its code is."""
        try:
            file = importlib.metadata.distribution(self.distribution).locate_file(self.path)
            path = Path(str(file))
            data = path.read_bytes()
        except (importlib.metadata.PackageNotFoundError, OSError):
            raise InputError(
                f"the sample {name} cannot be read; it comes with {self.distribution}, "
                "reinstall that"
            ) from None
        return intake.decode(data, path.name)


@dataclass(frozen=True)
class _Synthesis:
    """A sound that is computed; ``label`` is what it is to be taken for."""

    modality: ClassVar[Modality] = SOUND
    network: ClassVar[str] = ""
    title: str
    label: str
    make: Callable[[], sounds.Sound]
    credit: str = "synthesised by this project, CC0"

    def load(self, name: str) -> Signal:
        """Computed anew: the same numbers each time."""
        values = self.make().samples.astype(np.float32)[None]
        return Signal.from_values(values, SOUND, name, rate=sounds.RATE)


@dataclass(frozen=True)
class _Shape:
    """A volume that is computed; ``label`` is what ``network`` is to take it for."""

    modality: ClassVar[Modality] = VOLUME
    title: str
    label: str
    make: Callable[[], solids.Solid]
    network: str = "modelnet10"
    credit: str = "built by this project, CC0"

    def load(self, name: str) -> Signal:
        """Computed anew: the same numbers each time."""
        signal = Signal.from_values(self.make().grid[None].copy(), VOLUME, name)
        return replace(signal, frame=_UPRIGHT)


def _digit(number: int) -> solids.Solid:
    """A picture of a digit that no training saw, grown; it has no parts."""
    images, _ = digits.pictures()
    return solids.Solid(digits.grow(images[number]), {})


# The files are read where they are installed: skimage.data would offer to download what it does
# not find, and importing scikit-learn takes longer than decoding.
_samples: dict[str, Sample] = {
    "chelsea": _Picture(
        "Chelsea the cat", "Stéfan van der Walt, CC0", "scikit-image", "skimage/data/chelsea.png"
    ),
    "coffee": _Picture(
        "Cup of coffee",
        "Rachel Michetti, courtesy of Pikolo Espresso Bar, CC0",
        "scikit-image",
        "skimage/data/coffee.png",
    ),
    "camera": _Picture(
        "Photographer with tripod", "Lav Varshney, CC0", "scikit-image", "skimage/data/camera.png"
    ),
    "rocket": _Picture(
        "Falcon 9 lifts off",
        "SpaceX, released into the public domain",
        "scikit-image",
        "skimage/data/rocket.jpg",
    ),
    "china": _Picture(
        "Summer Palace, Beijing",
        "Daniel Büchele, CC BY 2.0, flickr.com/photos/danielbuechele/6061409035",
        "scikit-learn",
        "sklearn/datasets/images/china.jpg",
    ),
    **{
        label: _Synthesis(title, label.replace("_", " "), partial(sounds.synthesise, label, 0))
        for label, title in (
            ("clock_tick", "A clock ticks"),
            ("rain", "Rain"),
            ("sea_waves", "Waves on a beach"),
            ("helicopter", "A helicopter"),
            ("fire_crackling", "A fire crackles"),
            ("chainsaw", "A chainsaw"),
        )
    },
    "helicopter_then_clock": _Synthesis(
        "First a helicopter, then a clock",
        "clock tick",
        lambda: sounds.in_turn(
            sounds.synthesise("helicopter", 1), sounds.synthesise("clock_tick", 1)
        ),
    ),
    "clock_in_rain": _Synthesis(
        "A clock ticks while it rains",
        "clock tick",
        lambda: sounds.together(
            sounds.synthesise("clock_tick", 2), sounds.synthesise("rain", 2), 10
        ),
    ),
    **{
        name: _Shape(f"A {name}", name, partial(solids.build, name))
        for name in ("chair", "table", "bed", "sofa", "monitor", "toilet")
    },
    # numbers of pictures that training held out: training/digits3d.py
    **{
        f"digit_{digit}": _Shape(
            f"The digit {digit}", str(digit), partial(_digit, number), "digits3d", _UCI
        )
        for digit, number in ((3, 213), (8, 28))
    },
}


def register(name: str, sample: Sample) -> None:
    """Add a sample; one of the same name is replaced."""
    _samples[name] = sample


def names(modality: Modality = IMAGE) -> tuple[str, ...]:
    """The samples of a modality, in the order to show them."""
    return tuple(name for name, sample in _samples.items() if sample.modality == modality)


def modality(name: str) -> str:
    """The kind of input that a sample is."""
    return _sample(name).modality


def title(name: str) -> str:
    """What is to be seen."""
    return _sample(name).title


def credit(name: str) -> str:
    """By whom, under which licence; CC BY asks that it stands beside the picture."""
    return _sample(name).credit


def load(name: str) -> Signal:
    """A sample.

    Raises:
        InputError: no such sample, or its library is installed without it.
    """
    return _sample(name).load(name)


def sound(name: str) -> sounds.Sound:
    """A synthesised sample with its events: when it sounds, and in which band.

    Raises:
        InputError: no such sample, or it is not synthesised.
    """
    sample = _sample(name)
    if not isinstance(sample, _Synthesis):
        raise InputError(f"the sample {name} is not synthesised, so its events are not known")
    return sample.make()


def solid(name: str) -> solids.Solid:
    """A sample that was built, with its parts: what is leg, seat and back.

    Raises:
        InputError: no such sample, or its parts are not known.
    """
    sample = _sample(name)
    if not isinstance(sample, _Shape) or not (made := sample.make()).parts:
        raise InputError(f"the sample {name} is not built of parts, so none are known")
    return made


def label(name: str) -> str:
    """What the embedded network is to take a sample for that was made here; else empty."""
    return _sample(name).label


def network(name: str) -> str:
    """The embedded network that a volume belongs to; empty for all other samples."""
    return _sample(name).network


def _sample(name: str) -> Sample:
    if name not in _samples:
        raise InputError(f"there is no sample {name!r}; there are {', '.join(_samples)}")
    return _samples[name]
