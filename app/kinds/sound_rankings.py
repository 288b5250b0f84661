"""Rankings of a sound on one time axis: the input, and what each of them keeps of it, to be heard."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from app.components.player import Clip, Sounds, player
from app.components.views import choose_share
from app.figures import timeline
from app.figures.theme import Look
from app.figures.time_axis import Heat, Raster, Row, Timeline
from app.kinds.received import RankedMap, Samples, sound_samples
from app.session import recall
from wam_core import export
from wam_core.bands import ranks
from wam_core.evaluation.domain import Wavelet
from wam_core.evaluation.map_similarity import strength_bands

_ROW, _FLAT = 104, 48  # px
_TICK = 16  # px that the name of a band needs


def draw(maps: Sequence[RankedMap], key: str) -> None:
    """The player, and below it the share that is kept, the same for all of them.

    Args:
        maps: from top to bottom.
        key: one on the page.
    """
    place = st.container(key=f"{key}-rows")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        share = choose_share("Strongest", key=f"{key}-share", width=320)
        difference = len(maps) > 1 and st.toggle(
            "Difference to the reference", key=recall(f"{key}-difference"), bind="query-params"
        )
    first = maps[0]
    rate = export.rate(first.classifier)
    seconds = first.x.shape[-1] / rate
    look = Look(st.context.theme.type == "dark")
    wave = sound_samples(first.x)
    rows: list[Row] = [timeline.waveform(wave, rate)]
    clips, silent = [Clip("original", "Original", wave)], []
    for one in maps:
        signed = difference and one.difference is not None
        rows.append(_difference(one, seconds, look) if signed else _row(one, seconds, look))
        kept = _kept(one.key, share, one)
        if kept is not None and len(kept) == len(wave):
            clips.append(Clip(f"kept-{one.letter}", f"Kept by {one.letter}", kept))
        else:
            silent.append(one.letter)
    with place:
        player(Timeline(seconds, tuple(rows)), Sounds.with_one_gain(clips, rate), key=key)
    if silent:
        st.caption(
            f"{', '.join(silent)}: ranks no samples or coefficients of this waveform; "
            "the kept part cannot be played."
        )


@st.cache_data(scope="session", max_entries=24, show_spinner=False)
def _kept(key: str, share: float, _one: RankedMap) -> Samples | None:
    """The strongest features alone, as a sound; None where features are bins of a spectrogram."""
    ranking, x = _one.ranking, _one.x
    if ranking.size != tuple(x.shape[2:]):
        return None
    features = ranking.domain.features(x.cpu())
    strength = ranking.strength[None]
    keep = ranks(strength) < round(share * strength.numel())
    return sound_samples(ranking.domain.back(features * keep, ranking.size))


def _row(one: RankedMap, seconds: float, look: Look) -> Raster:
    """The map over time and frequency, where it has frequencies."""
    return replace(_heat(one.key, seconds, one).painted(look), title=one.letter)


@st.cache_data(scope="session", max_entries=16, show_spinner=False)
def _heat(key: str, seconds: float, _one: RankedMap) -> Heat:
    ranking, rate = _one.ranking, export.rate(_one.classifier)
    z = strength_bands(ranking)
    mel: Any = _one.classifier.representation
    if z is not None:
        assert isinstance(ranking.domain, Wavelet)  # it has bands
        heat = timeline.band_heat(z, ranking.domain.transform, ranking.size, rate)
        every = 1 + (_TICK * len(heat.ticks) - 1) // _ROW
        return replace(heat, lanes=(), ticks=heat.ticks[::every], height=_ROW)
    if mel is not None and ranking.size != tuple(_one.x.shape[2:]):
        values = ranking.by_place.unflatten(2, ranking.size)[0, 0].numpy()
        frequencies = np.asarray(mel.frequencies)
        heat = timeline.mel_heat(values, frequencies, seconds, hop=mel.hop / rate)
        return replace(heat, height=_ROW)
    return _over_time(_one.values, seconds)


def _difference(one: RankedMap, seconds: float, look: Look) -> Raster:
    """What is stronger than in the reference, and weaker, over time."""
    assert one.difference is not None  # the reference has none
    heat = _over_time(one.difference, seconds)
    signed = heat.painted(replace(look, sign="signed"))
    return replace(signed, title=f"{one.letter}, difference")


def _over_time(values: np.ndarray, seconds: float) -> Heat:
    by_sign = {"magnitude": np.abs(values)[None], "signed": values[None]}
    return Heat(by_sign, seconds, "Attribution over time", ("all frequencies",), (), height=_FLAT)  # type: ignore[arg-type]
