"""What is particular to the report of a sound."""

from collections.abc import Mapping

import numpy as np

from app.figures import captions, sound_rows, stacked
from app.figures.theme import Look
from app.figures.units import Hertz
from app.report.parts import Chart, Clips, Part, ReportInput, Words
from wam_core import Band, export
from wam_core.signals.audio import encode_wav
from wam_core.views import heat_map, over_channels
from wam_core.views import profile as scale_profile

_MOST = 4_000_000  # bytes of sound


def units(told: ReportInput) -> Hertz:
    """The names of its bands."""
    return Hertz(export.rate(told.net))


def summary(told: ReportInput, shares: Mapping[Band, float]) -> str:
    """Which octaves, and when."""
    result = told.result
    heat = heat_map(over_channels(result.attribution, "magnitude"), result.transform, result.size)
    when = captions.moments(heat[0, 0].cpu().numpy(), export.rate(told.net))
    return f"{captions.octaves(shares, str(result.target), units(told))} {when}"


def pictures(told: ReportInput) -> list[Part]:
    """A sound has none: it is drawn over time below."""
    return []


def maps(told: ReportInput) -> list[Part]:
    """Everything on one time axis; then the sounds."""
    rate, mel = export.rate(told.net), told.net.representation or told.mel
    shares = scale_profile(told.result.attribution)
    made: list[Part] = [
        Chart(
            "What it heard, when and in which band",
            lambda look: stacked.figure(sound_rows.rows(told.result, mel, rate, look), look),
            captions.profile_text(shares, units(told)),
            "Grey is the input, colour the attribution |γ|; a zoom into the time of one row is a "
            f"zoom into all. {stacked.told(sound_rows.rows(told.result, mel, rate, Look()))}"
            + ("" if told.net.representation is not None else " This network hears the waveform "
               "itself: the spectrogram is only there to look at."),
        )
    ]  # fmt: skip
    if told.parts is not None:
        made.append(_clips(told, rate))
    return made


def _clips(told: ReportInput, rate: int) -> Part:
    """The input, what was kept of it and the rest, at one loudness."""
    assert told.parts is not None
    waves = {"Original": told.result.input, "Kept": told.parts.kept, "Rest": told.parts.rest}
    samples = {name: x[0, 0].detach().cpu().numpy().astype(np.float32) for name, x in waves.items()}
    if sum(2 * wave.size for wave in samples.values()) > _MOST:
        return Words(["The sounds are too long to be held by this page; the zip has them."])
    peak = max(1.0, *(float(np.abs(wave).max(initial=0.0)) for wave in samples.values()))
    index, parts = told.result.target.index, told.parts
    level = "" if peak == 1 else f", all turned down by {20 * np.log10(peak):.1f} dB"
    return Clips(
        "To be heard",
        {name: encode_wav(wave[None] / peak, rate) for name, wave in samples.items()},
        f"Kept: {export.described(parts)}; the rest is everything else, and both add up to the "
        f"original. p of {told.result.target.label}: "
        f"{float(told.result.probabilities[0, index]):.3g} on the original, "
        f"{float(parts.kept_probabilities[index]):.3g} on the kept part, "
        f"{float(parts.rest_probabilities[index]):.3g} on the rest. As loud as in the input{level}.",
    )
