"""Parts and bands of a sound, to be played beside their waveforms."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from app.components.player import Clip, Sounds, player
from app.figures import time_axis, timeline
from app.kinds.received import NamedPart, log_mel, sound_samples, sound_units
from app.session import Subject
from wam_core import export
from wam_core.transforms import Transform
from wam_core.views import piece


def draw_parts(subject: Subject, parts: Mapping[str, Tensor], key: str, lead: str) -> None:
    """One player: a waveform and a button each, and the spectrogram of one.

    Arguments as :meth:`app.kinds.Kind.draw_parts`.
    """
    rate = _rate(subject)
    clips = [
        Clip(f"piece-{n}", name, sound_samples(x)) for n, (name, x) in enumerate(parts.items())
    ]
    mel = log_mel(rate)
    with torch.no_grad():
        decibels = mel(parts[lead].detach().to(mel.window.device))[0, 0].cpu().numpy()
    seconds = parts[lead].shape[-1] / rate
    rows: list[time_axis.Row] = [
        timeline.waveform(clip.samples, rate, clip.label) for clip in clips
    ]
    rows.append(
        timeline.spectrogram(
            decibels, np.asarray(mel.frequencies), seconds, hop=mel.hop / rate,
            title=f"Mel spectrogram: {lead}",
        )
    )  # fmt: skip
    player(time_axis.Timeline(seconds, tuple(rows)), Sounds.with_one_gain(clips, rate), key=key)


def draw_peeled(subject: Subject, left: NamedPart, taken: NamedPart | None) -> None:
    """What is left of a sound, and what was taken away last."""
    clips = [Clip("left", left.caption, sound_samples(left.x))]
    if taken is not None:
        clips.append(Clip("taken", taken.caption, sound_samples(taken.x)))
    rows = [timeline.waveform(clip.samples, _rate(subject), clip.label) for clip in clips]
    _play(subject, clips, rows, "lesson-peeled")


def draw_octaves(subject: Subject, x: Tensor, transform: Transform) -> None:
    """Every band of a sound can be heard alone: mute and solo are in the player."""
    units, z = sound_units(subject.net, transform.layout(subject.size)), transform.analyse(x)
    bands = [band for band, _ in z.bands()][::-1]
    clips = [
        Clip("original", "Original", sound_samples(x)),
        *(
            Clip(
                str(band), units.size(band),
                sound_samples(piece(transform, z, subject.size, [band])), "band",
            )
            for band in bands
        ),
    ]  # fmt: skip
    found = timeline.band_heat(z, transform, subject.size, _rate(subject), "Coefficients by band")
    _play(subject, clips, [found], "lesson-octaves")


def _play(
    subject: Subject,
    clips: Sequence[Clip],
    rows: Sequence[time_axis.Row],
    key: str,
) -> None:
    rate = _rate(subject)
    whole = time_axis.Timeline(subject.size[0] / rate, tuple(rows))
    player(whole, Sounds.with_one_gain(clips, rate), key=key)


def _rate(subject: Subject) -> int:
    return export.rate(subject.net)
