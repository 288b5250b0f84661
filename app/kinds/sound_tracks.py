"""The result for a sound along one time axis: rows, tracks and predictions for the player."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from app import kinds
from app.components import jobs
from app.components.player import Clip, Sounds, Track, amplified, largest_sum, one_gain
from app.figures import timeline
from app.figures.captions import brief, percent
from app.figures.time_axis import Timeline, Wave
from app.kinds.received import Samples, sound_samples, sound_units
from app.kinds.sound_masks import Choice, Within
from app.runtime import ask, pass_seconds, predict_steps
from app.session import Explained, session
from wam_core import Band, Bands, Classifier, WaveletAttribution, export
from wam_core.masks import Faded, Soft, Supported
from wam_core.views import Keep, only, reconstruction

Envelopes = dict[tuple[str, str], Mapping[Band, Tensor]]
"""What smooth masks follow, by the mask and the ranking."""

_SEED = 0
_PATIENCE_S = 0.15  # most networks have predicted by then


@dataclass(frozen=True, eq=False)
class Parts:
    """An input in two parts that add up to it, (samples,).

    Attributes:
        kept, rest: what was kept, and everything else.
    """

    kept: Samples
    rest: Samples


def rate(explained: Explained) -> int:
    """Samples per second of what the network receives."""
    return export.rate(explained.subject.net)


def predicted(explained: Explained, wave: Samples) -> Tensor:
    """Class probabilities of another sound of the same length, (classes,)."""
    net = explained.subject.net
    x = torch.from_numpy(wave)[None, None].to(net.device)
    return ask(predict_steps(net, x), owner=f"{session().id}/parts", uses={net.module_fingerprint})[
        0
    ]


def predictions(explained: Explained, choice: Choice, part: Parts) -> Mapping[str, str]:
    """The most probable class of the input and of its two parts, by the names of their tracks.

    The network predicts in the background: as long as it has not, its part is missing.
    """
    net = explained.subject.net
    waves = np.stack([part.kept, part.rest])
    found = jobs.ask(
        "kept part", f"{explained.key} {choice}", pass_seconds(net),
        partial(_predict, net, torch.from_numpy(waves)[:, None].to(net.device)),
        lambda _: (1.0, "One pass"), uses=net.module_fingerprint, patience=_PATIENCE_S,
    )  # fmt: skip
    known = {"original": explained.result.probabilities[0]}
    if found is not None:
        known |= {"kept": found[0], "rest": found[1]}
    return {name: _most_probable(net, each) for name, each in known.items()}


def _predict(net: Classifier, x: Tensor) -> Generator[None, None, Tensor]:
    yield
    return net.predict(x)


def _most_probable(net: Classifier, probabilities: Tensor) -> str:
    index = int(probabilities.argmax())
    return f"{brief(net.label(index))} {percent(float(probabilities[index]))}"


def parts(explained: Explained, choice: Choice) -> Parts:
    """What a choice keeps of the input, and the rest."""
    return _parts(explained.key, choice, explained)


@st.cache_data(scope="session", max_entries=48, show_spinner=False)
def _parts(key: str, choice: Choice, _explained: Explained) -> Parts:
    keep = rule(_explained.result, choice, rate(_explained), envelopes(key))
    kept = sound_samples(reconstruction(_explained.result, keep))
    return Parts(kept, sound_samples(_explained.result.input) - kept)


@st.cache_resource(scope="session", max_entries=2, show_spinner=False)
def envelopes(key: str) -> Envelopes:
    """Those of an explanation that were asked for so far; jobs of the visitor add to them too."""
    return {}


def rule(
    result: WaveletAttribution,
    choice: Choice,
    rate: int,
    known: Envelopes,
    ranking: str = "explanation",
) -> Keep:
    """A choice as a rule for a result ranked that way; what no share and no bands change is known."""
    mask: Keep = choice.rule(rate, result.coefficients)
    if isinstance(mask, Soft | Supported):
        at = choice.mask, ranking
        if at not in known:
            known[at] = mask.envelopes(result.attribution)
        inside = {band: e * (band in choice.bands) for band, e in known[at].items()}
        mask = Faded(inside, choice.share)
    return Within(mask, choice.bands)


def strength(explained: Explained, ranking: str) -> Bands:
    """What coefficients are ranked by: the ``explanation``, or one of two that know no network.

    ``loudness`` is |z|; ``random`` is noise, the same for everybody.
    """
    if ranking == "explanation":
        return explained.result.attribution
    if ranking == "loudness":
        return explained.result.coefficients.map(torch.abs)
    draw = torch.Generator().manual_seed(_SEED)
    return explained.result.coefficients.map(
        lambda band: torch.randn(band.shape, generator=draw).to(band)
    )


@st.cache_resource(scope="session", max_entries=2, show_spinner=False)
def bands(key: str, _explained: Explained) -> Mapping[str, Samples]:
    """The input by band, each synthesised from its own coefficients alone; they add up to it."""
    result = _explained.result
    z = result.coefficients
    return {
        str(band): sound_samples(
            result.transform.synthesise(only(z, [band]), result.size)
        )
        for band, _ in z.bands()
    }  # fmt: skip


@st.cache_resource(scope="session", max_entries=2, show_spinner=False)
def _loudest(key: str, _explained: Explained) -> float:
    """The largest magnitude of any band and of any sum of them."""
    return largest_sum(list(bands(key, _explained).values()))


def sounds(explained: Explained, part: Parts, *, with_bands: bool = True) -> Sounds:
    """Original, kept, rest and every band, all amplified alike."""
    steady = [Clip("original", "Original", sound_samples(explained.result.input))]
    changing = [Clip("kept", "Kept", part.kept), Clip("rest", "Rest", part.rest)]
    if with_bands:
        single = bands(explained.key, explained)
        units = sound_units(explained.subject.net, explained.result.layout)
        every = [band for band, _ in explained.result.attribution.bands()][::-1]
        steady += [
            Clip(
                str(band), units.size(band), single[str(band)], "band"
            )
            for band in every
        ]  # fmt: skip
    loudest = _loudest(explained.key, explained) if with_bands else 0.0
    gain_db = one_gain([*steady, *changing], loudest)
    original, *others = _amplified(explained.key, gain_db, len(steady), steady)
    tracks = (original, *(amplified(clip, gain_db) for clip in changing), *others)
    return Sounds(rate(explained), gain_db, tracks)


@st.cache_resource(scope="session", max_entries=4, show_spinner=False)
def _amplified(key: str, gain_db: float, count: int, _clips: Sequence[Clip]) -> Sequence[Track]:
    """Those that no control of the views changes, unless a part is so loud that all are less so."""
    return [amplified(clip, gain_db) for clip in _clips]


def rows(explained: Explained, part: Parts | None = None) -> Timeline:
    """What is seen over time; with a part, what is kept is drawn over the waveform."""
    whole = _rows(explained.key, explained)
    if part is None:
        return whole
    wave, *others = whole.rows
    assert isinstance(wave, Wave)
    return Timeline(whole.duration, (wave.with_part(part.kept, "Kept"), *others))


@st.cache_resource(scope="session", max_entries=4, show_spinner=False)
def _rows(key: str, _explained: Explained) -> Timeline:
    mel = kinds.of(_explained.subject.signal).spectrogram(_explained.subject.net)
    return timeline.sound_rows(_explained.result, mel, rate(_explained))


def waves(explained: Explained, part: Parts) -> Timeline:
    """The waveforms of the input and of its two parts, each on its own scale."""
    hz = rate(explained)
    return Timeline(
        explained.result.size[0] / hz,
        (
            timeline.waveform(sound_samples(explained.result.input), hz, "Original"),
            timeline.waveform(part.kept, hz, "Kept"),
            timeline.waveform(part.rest, hz, "Rest"),
        ),
    )
