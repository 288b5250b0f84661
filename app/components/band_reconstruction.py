"""Pieces of an input, of the size that the network receives: to be seen, heard, or gone through."""

from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st
import torch
from torch import Tensor

from app.components import preview
from app.components.player import Clip, Sounds, player
from app.components.slicer import Slices, slicer
from app.figures import timeline
from app.session import Subject
from models.mel import LogMel
from wam_core.signals import Modality

Pieces = Mapping[str, Tensor]
"""By what stands under them, (1, c, *space) each; the whole input first."""


def draw(subject: Subject, pieces: Pieces, key: str, *, lead: str, side_by_side: int = 2) -> None:
    """All of them, in the way of their kind.

    Args:
        subject: whose pieces.
        pieces: what is drawn.
        key: one on the page.
        lead: the piece of which the spectrogram, or the slices, are shown.
        side_by_side: pictures in a row.
    """
    _WAYS[subject.signal.modality](subject, pieces, key, lead, side_by_side)


def _pictures(subject: Subject, pieces: Pieces, key: str, lead: str, side_by_side: int) -> None:
    names = list(pieces)
    for start in range(0, len(names), side_by_side):
        for name, column in zip(
            names[start : start + side_by_side], st.columns(side_by_side), strict=False
        ):
            picture = preview.at(subject, pieces[name])
            column.image(picture, width="stretch", caption=name, alt=name)


def _sounds(subject: Subject, pieces: Pieces, key: str, lead: str, side_by_side: int) -> None:
    """One player: a waveform each, the spectrogram of the last, and a button each."""
    rate = int(subject.net.frontend.rate)
    waves = {name: x[0, 0].detach().cpu().numpy().astype(np.float32) for name, x in pieces.items()}
    mel = _mel(rate)
    with torch.no_grad():
        decibels = mel(pieces[lead].detach().cpu())[0, 0].numpy()
    seconds = pieces[lead].shape[-1] / rate
    rows = [timeline.waveform(wave, rate, name) for name, wave in waves.items()]
    rows.append(
        timeline.spectrogram(
            decibels, np.asarray(mel.frequencies), seconds, hop=mel.hop / rate,
            title=f"Mel spectrogram: {lead}",
        )
    )  # fmt: skip
    clips = [Clip(f"piece-{n}", name, wave) for n, (name, wave) in enumerate(waves.items())]
    player(timeline.Timeline(seconds, tuple(rows)), Sounds.with_one_gain(clips, rate), key=key)


@st.cache_resource(show_spinner=False, max_entries=4)
def _mel(rate: int) -> LogMel:
    """Only to look at, on the CPU."""
    return LogMel(rate)


def _volumes(subject: Subject, pieces: Pieces, key: str, lead: str, side_by_side: int) -> None:
    """Seen through from three sides; and one of them in slices."""
    _pictures(subject, pieces, key, lead, side_by_side)
    net, signal = subject.net, subject.signal
    if any(bool((net.denormalize(x) < -0.01).any()) for x in pieces.values()):
        st.caption("In colours: above 0 red, and blue below 0, which no object holds.")
    shown = net.denormalize(pieces[lead])[0].mean(0).detach().cpu().numpy()
    st.markdown(f"**{lead}**, in slices")
    slicer(
        Slices(
            shown=np.asarray(shown, np.float32),
            window=(0.0, 1.0),
            spacing=net.frontend.spacing(signal),
            spacing_unit=signal.frame.unit if signal.frame else "",
            ends=signal.frame.ends if signal.frame else (),
        ),
        key=key,
    )


_WAYS: Mapping[Modality, Callable[[Subject, Pieces, str, str, int], None]] = {
    "image": _pictures,
    "sound": _sounds,
    "volume": _volumes,
}
