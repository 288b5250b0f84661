"""What is particular to the report of a sound."""

import numpy as np

from app.figures import captions, time_figures, timeline
from app.kinds.received import sound_samples, sound_units
from app.report.parts import Chart, Clips, Part, ReportInput, Words
from wam_core import export
from wam_core.signals.audio import encode_wav
from wam_core.views import profile as scale_profile

_MOST = 4_000_000  # bytes of sound


def maps(report: ReportInput) -> list[Part]:
    """Everything on one time axis; then the sounds."""
    rate, mel = export.rate(report.net), report.net.representation or report.mel
    shares = scale_profile(report.result.attribution)
    made: list[Part] = [
        Chart(
            "What it heard, when and in which band",
            lambda look: time_figures.rows_figure(timeline.sound_rows(report.result, mel, rate), look),
            captions.profile_text(shares, sound_units(report.net, report.result.layout)),
            "Grey is the input, colour the attribution |γ|; a zoom into the time of one row is a "
            f"zoom into all. {time_figures.rows_text(timeline.sound_rows(report.result, mel, rate))}"
            + ("" if report.net.representation is not None else " This network hears the waveform "
               "itself: the spectrogram is only there to look at."),
        )
    ]  # fmt: skip
    if report.parts is not None:
        made.append(_clips(report, rate))
    return made


def _clips(report: ReportInput, rate: int) -> Part:
    """The input, what was kept of it and the rest, at one loudness."""
    assert report.parts is not None
    waves = {"Original": report.result.input, "Kept": report.parts.kept, "Rest": report.parts.rest}
    clips = {name: sound_samples(x) for name, x in waves.items()}
    if sum(2 * wave.size for wave in clips.values()) > _MOST:
        return Words(["The sounds are too long to be held by this page; the zip has them."])
    peak = max(1.0, *(float(np.abs(wave).max(initial=0.0)) for wave in clips.values()))
    index, parts = report.result.target.index, report.parts
    level = "" if peak == 1 else f", all turned down by {20 * np.log10(peak):.1f} dB"
    return Clips(
        "To be heard",
        {name: encode_wav(wave[None] / peak, rate) for name, wave in clips.items()},
        f"Kept: {export.described(parts)}; the rest is everything else, and both add up to the "
        f"original. p of {report.result.target.label}: "
        f"{float(report.result.probabilities[0, index]):.3g} on the original, "
        f"{float(parts.kept_probabilities[index]):.3g} on the kept part, "
        f"{float(parts.rest_probabilities[index]):.3g} on the rest. As loud as in the input{level}.",
    )
