"""What several rankings keep of a mixture whose parts are known."""

from dataclasses import dataclass

import streamlit as st
import torch

from app.components.mask_picker import WAYS, Choice
from app.screens import sound_views
from app.session import Explained

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
    way: str
    ratio: float
    gain: float
    target: float
    other: float
    kept: sound_views.Samples
    label: str
    probability: float


def outcomes(explained: Explained, choice: Choice) -> list[Outcome]:
    """Every ranking, soft and hard, with the same share of the same bands."""
    return [
        _outcome(explained.key, ranking, way, choice.share, choice.bands, explained)
        for ranking in RANKINGS
        for way in COMPARED
    ]


@st.cache_data(scope="session", max_entries=48, show_spinner=False)
def _outcome(
    key: str, ranking: str, way: str, share: float, bands, _explained: Explained
) -> Outcome:  # type: ignore[no-untyped-def]
    result, mixture = _explained.result, _explained.subject.mixture
    assert mixture is not None  # an experiment always has one
    keep = Choice(way, share, bands).keep(sound_views.rate(_explained), result.coefficients)
    mask = keep.mask(sound_views.strength(_explained, ranking))
    kept = mixture.kept(result.transform, mask)
    wave = sound_views.samples(kept.sum)
    probabilities = sound_views.predicted(_explained, wave)
    return Outcome(
        ranking,
        WAYS[way],
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
