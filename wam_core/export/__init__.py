"""An attribution → files: what it is and how to make it again, as numbers, text, pictures, sounds.

The exact numbers are :meth:`WaveletAttribution.save`; here is what goes beside them.
"""

from wam_core.export.folder import write
from wam_core.export.manifest import manifest
from wam_core.export.naming import method, title
from wam_core.export.parts import Parts, described, keep_settings, split
from wam_core.export.pictures import mosaic_png, overlay_png
from wam_core.export.profile import profile_csv
from wam_core.export.sounds import heard, rate, single_bands, sound_files
from wam_core.export.spectrogram import Spectrogram, spectrogram_overlay_png, spectrogram_png

__all__ = [
    "Parts",
    "Spectrogram",
    "described",
    "heard",
    "keep_settings",
    "manifest",
    "method",
    "mosaic_png",
    "overlay_png",
    "profile_csv",
    "rate",
    "single_bands",
    "sound_files",
    "spectrogram_overlay_png",
    "spectrogram_png",
    "split",
    "title",
    "write",
]
