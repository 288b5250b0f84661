"""What several rankings keep of a mixture whose parts are known."""

from dataclasses import dataclass

import streamlit as st
import torch

from app.kinds import sound_tracks
from app.kinds.received import Samples, sound_samples
from app.kinds.sound_masks import MASKS, Choice
from app.session import Explained
from wam_core import Band

RANKINGS = {
    "explanation": "The explanation",
    "loudness": "Loudest first, |z|",
    "random": "At random",
}
"""Where the strength of a coefficient comes from; the last two never ask the network."""

COMPARED = ("soft", "hard")


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one ranking keeps, in one way.

    Attributes:
        ratio: target against the other in the kept part, in dB.
        gain: by how much that is above the mixture's, in dB.
        target, other: the share of the energy of each that is kept.
        kept: the kept part of the mixture, (samples,).
        label, probability: what the network takes it for, and that of the explained class.
    """

    ranking: str
    mask: str
    ratio: float
    gain: float
    target: float
    other: float
    kept: Samples
    label: str
    probability: float


def outcomes(explained: Explained, choice: Choice) -> list[Outcome]:
    """Every ranking, soft and hard, with the same share of the same bands."""
    return [
        _outcome(explained.key, ranking, mask, choice.share, choice.bands, explained)
        for ranking in RANKINGS
        for mask in COMPARED
    ]


@st.cache_data(scope="session", max_entries=48, show_spinner=False)
def _outcome(
    key: str, ranking: str, mask: str, share: float, bands: frozenset[Band], _explained: Explained
) -> Outcome:
    result, mixture = _explained.result, _explained.subject.mixture
    assert mixture is not None  # an experiment always has one
    keep = Choice(mask, share, bands).keep(sound_tracks.rate(_explained), result.coefficients)
    coefficients = keep.mask(sound_tracks.strength(_explained, ranking))
    kept = mixture.kept(result.transform, coefficients)
    wave = sound_samples(kept.sum)
    probabilities = sound_tracks.predicted(_explained, wave)
    return Outcome(
        ranking,
        MASKS[mask],
        kept.ratio,
        kept.ratio - mixture.ratio,
        _energy(kept.wanted) / _energy(mixture.wanted),
        _energy(kept.other) / _energy(mixture.other),
        wave,
        _explained.subject.net.label(int(probabilities.argmax())),
        float(probabilities[result.target.index]),
    )


def _energy(x: torch.Tensor) -> float:
    return float(x.double().square().sum())
