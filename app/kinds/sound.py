"""Sounds."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from app import glossary
from app.figures import captions
from app.figures.units import Hertz
from app.kinds.base import Kind, SettingsText
from app.kinds.received import (
    MapPicture,
    NamedPart,
    Picture,
    PlaceMap,
    RankedMap,
    Samples,
    log_mel,
    raster_picture,
    sound_samples,
    sound_units,
    wave_picture,
)
from wam_core import (
    Band,
    Bands,
    Classifier,
    Signal,
    WaveletAttribution,
    export,
)
from wam_core.bands import Layout
from wam_core.defaults import DEFAULTS, KEEP, SHARE, ways_to_keep
from wam_core.errors import InputError
from wam_core.export import Parts
from wam_core.plot.raster import Floats, to_array
from wam_core.signals import SOUND
from wam_core.transforms import Transform
from wam_core.views import Keep, heat_map, only, over_channels, profile

if TYPE_CHECKING:  # these bring Streamlit, which the command line does without
    from app.report.parts import Part, ReportInput
    from app.session import Explained, Subject
    from wam_core.evaluation.pipeline import Ranking

CELLS = 125
"""Into which a sound's whole duration is divided, in maps of rankings."""

_STRIPE = 16  # px of a band
_HEIGHT = 120  # px of a waveform


class Sound(Kind):
    """Sounds: one pressure over time."""

    name = SOUND
    title = "Sound"
    ndim = 1
    line = "samples in time"
    places = "moments"
    largest = "loudest"
    group_structures = {"Fine": "high sounds, clicks", "Coarse": "low sounds, slow changes"}
    defaults = DEFAULTS[SOUND]
    settings = SettingsText(
        (0.0, 0.0001, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1),
        glossary.hint(
            "wavelet",
            more="haar, the paper’s choice, is sharpest in time, but its bands overlap; longer ones "
            "(db4, sym8) tell octaves apart better.",
        ),
        glossary.hint(
            "level",
            "octave",
            more="In a sound, level 1 is the highest octave; each further level is the octave below.",
        ),
        {
            "zero": "digital silence",
            "mean": "constant pressure (the mean)",
            "blur": "muffled input",
            "noise": "noise as loud as the input",
        },
        "For a waveform, zero is digital silence.",
    )
    network_help = (
        "Both come with this installation, trained on ESC-10: one hears a mel spectrogram, "
        "the other the waveform itself."
    )
    options = ("start", "keep", "share")
    first_sample = "clock_in_rain"
    check_sample = "clock_tick"
    check_subject = "clock"
    archive_contents = (
        "The numbers (NPZ), pictures (PNG), the input, what was kept of it, the rest and every "
        "band (WAV), the profile (CSV)"
    )

    summary_terms = ("importance", "octave")
    has_parts = True
    map_has_levels = True

    @property
    def ranked_in_menu(self) -> str:
        """Samples, or the bins of the network's spectrogram."""
        return "input"

    def excerpt(self, signal: Signal, classifier: Classifier, options: Mapping[str, Any]) -> Signal:
        """From ``start`` seconds on; all of it where that is None: then the loudest window is taken."""
        from wam_core.signals import audio

        if (start := options.get("start")) is None:
            return signal
        if not 0 <= start < signal.seconds:
            raise InputError(
                f"the option start is {start:g}; {signal.name} lasts {signal.seconds:.2f} s, "
                "so a number of seconds from 0 to below that is needed"
            )
        begin = min(round(start * signal.rate), signal.size[-1] - 1)
        window = classifier.frontend.settings()
        longest = math.ceil(window["length"] * signal.rate / window["rate"])
        return audio.excerpt(signal, begin, min(begin + longest, signal.size[-1]))

    def offer_recording(self, take: Callable[[str], None]) -> None:
        """The microphone, asked for only when it is wanted."""
        from app.kinds import sound_input

        sound_input.offer_microphone(take)

    def choose_excerpt(self, signal: Signal, classifier: Classifier) -> Signal:
        """A window of a long sound."""
        from app.kinds import sound_input

        return sound_input.choose_window(signal, classifier)

    def note_scales(self, wavelet: str, levels: int, size: tuple[int, ...], rate: float) -> None:
        """The octaves in Hz, and the paper's choice in one click."""
        from app.kinds import sound_input

        sound_input.note_scales(wavelet, levels, size, rate)

    def units(self, classifier: Classifier, layout: Layout, signal: Signal | None = None) -> Hertz:
        """Octaves, in Hz."""
        return sound_units(classifier, layout)

    def summary_text(
        self, result: WaveletAttribution, classifier: Classifier, signal: Signal, target: str
    ) -> str:
        """In which octaves, and when."""
        units = self.units(classifier, result.layout, signal)
        magnitude = over_channels(result.attribution, "magnitude")
        heat = heat_map(magnitude, result.transform, result.size)
        when = captions.time_summary(sound_samples(heat), units.rate)
        return f"{captions.frequency_summary(profile(result.attribution), target, units)} {when}"

    def thumbnail(self, signal: Signal, height: int, width: int) -> Picture:
        """The waveform."""
        from app.figures import timeline

        wave = timeline.waveform(signal.values.mean(0), signal.rate or 1.0)
        return wave_picture(wave, height, width)

    def picture(self, subject: "Subject", x: Tensor) -> Picture:
        """The waveform."""
        from app.figures import timeline

        wave = timeline.waveform(x[0, 0].detach().cpu().numpy(), export.rate(subject.net))
        return wave_picture(wave, _HEIGHT, len(wave.low))

    def part_painter(self, subject: "Subject", whole: Tensor) -> Callable[[Tensor], Picture]:
        """Spectrograms, in dB below the loudest place of the whole."""
        from app.figures import timeline

        mel, rate = self.spectrogram(subject.net), export.rate(subject.net)
        seconds = whole.shape[-1] / rate

        def decibels(x: Tensor) -> Floats:
            with torch.no_grad():
                return to_array(mel.to(x.device)(x))

        loudest = float(decibels(whole).max())

        def paint(x: Tensor) -> Picture:
            frequencies = np.asarray(mel.frequencies)
            raster = timeline.spectrogram(
                decibels(x), frequencies, seconds, hop=mel.hop / rate, loudest=loudest
            )
            return raster_picture(raster)

        return paint

    def audible(self, subject: "Subject", x: Tensor) -> Samples:
        """As it is."""
        return sound_samples(x)

    def strength_picture(self, subject: "Subject", strength: Tensor) -> Picture:
        """As a waveform, up to the largest."""
        return self.picture(subject, strength[None, None] / (strength.max() or 1.0))

    def map_picture(
        self,
        subject: "Subject",
        attribution: Bands,
        transform: Transform,
        bands: Collection[Band] | None = None,
    ) -> MapPicture:
        """The importance over time, the bands apart."""
        from app.figures import timeline
        from app.figures.theme import Look

        some = only(attribution, bands)
        rate = export.rate(subject.net)
        raster = timeline.scalogram(some, transform, subject.size, rate, Look())
        words = f"importance over time, {raster.rows[0]} on top to {raster.rows[-1]} below"
        return MapPicture(raster_picture(raster).repeat(_STRIPE, axis=0), words)

    def draw_input(self, explained: "Explained") -> None:
        """What became of the file on its way to the network."""
        from app.kinds import sound_views

        sound_views.draw_input(explained)

    def overview(self, explained: "Explained") -> None:
        """Waveform, spectrogram and bands on one time axis, to be played."""
        from app.kinds import sound_views

        sound_views.overview(explained)

    def tabs(self, explained: "Explained") -> Mapping[str, Callable[[], None]]:
        """Bands in numbers; the kept part and the rest."""
        from app.kinds import sound_views

        return sound_views.tabs(explained)

    def draw_parts(
        self, subject: "Subject", parts: Mapping[str, Tensor], key: str, lead: str, columns: int = 2
    ) -> None:
        """One player: a waveform and a button each, and the spectrogram of one."""
        from app.kinds import sound_parts

        sound_parts.draw_parts(subject, parts, key, lead)

    def draw_peeled(self, subject: "Subject", left: NamedPart, taken: NamedPart | None) -> None:
        """One player."""
        from app.kinds import sound_parts

        sound_parts.draw_peeled(subject, left, taken)

    def draw_directions(self, subject: "Subject", x: Tensor, transform: Transform) -> None:
        """Every octave, to be heard alone."""
        from app.kinds import sound_parts

        sound_parts.draw_octaves(subject, x, transform)

    def place_map(self, ranking: "Ranking") -> PlaceMap:
        """Over time, in equal cells."""
        from wam_core.evaluation.map_similarity import over_time

        return over_time(ranking, CELLS)

    def draw_maps(self, signal: Signal, maps: Sequence[RankedMap], key: str) -> None:
        """Rows on one time axis, to be played: the input, and what each ranking keeps of it."""
        from app.kinds import sound_rankings

        sound_rankings.draw(maps, key)

    def report_maps(self, report: "ReportInput") -> "Sequence[Part]":
        """All on one time axis; then the sounds."""
        from app.kinds import sound_report

        return sound_report.maps(report)

    def split(
        self, result: WaveletAttribution, classifier: Classifier, keep: Keep | None = None
    ) -> Parts | None:
        """What is kept of the sound, and the rest."""
        if keep is None:
            keep = ways_to_keep(SHARE, export.rate(classifier), result.coefficients)[KEEP]
        return export.split(result, classifier, keep)

    def spectrogram(self, classifier: Classifier) -> Any:
        """The network's own representation; for one that receives the waveform, one only to look at."""
        rate = export.rate(classifier)
        return classifier.representation or (log_mel(rate) if rate else None)


KIND = Sound()
