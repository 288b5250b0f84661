"""Sample inputs that ship with libraries this project needs anyway; nothing is downloaded."""

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wam_core.errors import InputError
from wam_core.signals import Modality, Signal, read


@dataclass(frozen=True)
class _Sample:
    """A file inside an installed distribution."""

    title: str
    credit: str
    distribution: str
    path: str
    modality: Modality = "image"


# The files are read where they are installed: skimage.data would offer to download what it does
# not find, and importing scikit-learn takes longer than decoding.
_SAMPLES: Mapping[str, _Sample] = {
    "chelsea": _Sample(
        "Chelsea the cat", "Stéfan van der Walt, CC0", "scikit-image", "skimage/data/chelsea.png"
    ),
    "coffee": _Sample(
        "Cup of coffee",
        "Rachel Michetti, courtesy of Pikolo Espresso Bar, CC0",
        "scikit-image",
        "skimage/data/coffee.png",
    ),
    "camera": _Sample(
        "Photographer with tripod", "Lav Varshney, CC0", "scikit-image", "skimage/data/camera.png"
    ),
    "rocket": _Sample(
        "Falcon 9 lifts off",
        "SpaceX, released into the public domain",
        "scikit-image",
        "skimage/data/rocket.jpg",
    ),
    "china": _Sample(
        "Summer Palace, Beijing",
        "Daniel Büchele, CC BY 2.0, flickr.com/photos/danielbuechele/6061409035",
        "scikit-learn",
        "sklearn/datasets/images/china.jpg",
    ),
}


def names(modality: Modality = "image") -> tuple[str, ...]:
    """The samples of a modality, in the order to show them."""
    return tuple(name for name, sample in _SAMPLES.items() if sample.modality == modality)


def title(name: str) -> str:
    """What is to be seen."""
    return _sample(name).title


def credit(name: str) -> str:
    """By whom, under which licence; CC BY asks that it stands beside the picture."""
    return _sample(name).credit


def load(name: str) -> Signal:
    """A sample, decoded by the same door as an upload.

    Raises:
        InputError: no such sample, or its library is installed without it.
    """
    sample = _sample(name)
    try:
        file = importlib.metadata.distribution(sample.distribution).locate_file(sample.path)
        path = Path(str(file))
        data = path.read_bytes()
    except (importlib.metadata.PackageNotFoundError, OSError):
        raise InputError(
            f"the sample {name} cannot be read; it comes with {sample.distribution}, reinstall that"
        ) from None
    return read(data, path.name)


def _sample(name: str) -> _Sample:
    if name not in _SAMPLES:
        raise InputError(f"there is no sample {name!r}; there are {', '.join(_SAMPLES)}")
    return _SAMPLES[name]
