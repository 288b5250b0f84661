"""Which clips of ESC-10 and which synthesised sounds the sound networks learn from."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from models import sounds
from models.frontends import SoundFrontend
from wam_core.signals import read

# The shipped samples use seeds below this; the training uses others.
FIRST_SEED = 1000
VARIANTS = 200

# Not under CC BY or CC0 but CC Sampling+, which forbids some uses of what is made from them.
_LEFT_OUT = {"1-40730-A.ogg", "2-96460-A.ogg"}


def recorded(
    folder: Path, labels: Sequence[str], folds: set[str], frontend: SoundFrontend
) -> Iterator[tuple[Tensor, int]]:
    """Clips of some folds as (1, 1, samples), and their classes.

    They come through the door and the front end that a visitor's file takes. The folder holds one
    folder per class; the first digit of a clip's name is its fold.
    """
    for index, label in enumerate(labels):
        for file in sorted((folder / label).glob("*.ogg")):
            if file.name[0] in folds and file.name not in _LEFT_OUT:
                yield frontend.prepare(read(file.read_bytes(), file.name)), index


def synthesised(labels: Sequence[str], seeds: range) -> Iterator[tuple[Tensor, int]]:
    """Waveforms (1, 1, samples) at :data:`models.sounds.RATE`, one per seed and class."""
    for label in sounds.SYNTHESISERS:
        for seed in seeds:
            samples = torch.from_numpy(sounds.synthesise(label, seed).samples)
            yield samples.float().view(1, 1, -1), labels.index(label)
