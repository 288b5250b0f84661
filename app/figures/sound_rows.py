"""The rows that show a sound's explanation on one time axis."""

from typing import Any

import numpy as np
import torch

from app.figures import timeline
from app.figures.theme import Look
from wam_core.attribution import WaveletAttribution


def rows(result: WaveletAttribution, mel: Any, rate: int, look: Look) -> timeline.Timeline:
    """Waveform, mel spectrogram, attribution by band, and by mel frequency where there is one.

    Args:
        result: of a sound.
        mel: makes a mel spectrogram of a waveform: the network's own representation, or one that
            is only there to look at.
        rate: samples per second of what the network receives.
        look: how attributions are coloured.
    """
    seconds, hop = result.size[0] / rate, mel.hop / rate
    with torch.no_grad():
        decibels = mel.to(result.input.device)(result.input)[0, 0].cpu().numpy()
    frequencies = np.asarray(mel.frequencies)
    wave = result.input[0, 0].detach().cpu().numpy().astype(np.float32)
    drawn: list[timeline.Row] = [
        timeline.waveform(wave, rate),
        timeline.spectrogram(decibels, frequencies, seconds, hop=hop),
        timeline.scalogram(result.attribution, result.transform, result.size, rate, look),
    ]
    if result.representation is not None:
        values = result.representation[0, 0].cpu().numpy()
        drawn.append(timeline.mel(values, frequencies, seconds, look, hop=hop))
    return timeline.Timeline(seconds, tuple(drawn))
