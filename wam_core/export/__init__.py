"""An attribution → files: what it is and how to make it again, as numbers, text, pictures, sounds.

The exact numbers are :meth:`WaveletAttribution.save`; here is what goes beside them.
"""

from wam_core.export.folder import archive, contents, write
from wam_core.export.manifest import manifest
from wam_core.export.naming import method, title
from wam_core.export.parts import Parts, described, keep_settings, split
from wam_core.export.pictures import mosaic_png, overlay_png
from wam_core.export.placing import Placing, placing
from wam_core.export.profile import profile_csv
from wam_core.export.projections import projections_png
from wam_core.export.slices import slices_png, volume_overlay_png
from wam_core.export.sounds import heard, rate, single_bands, sound_files
from wam_core.export.spectrogram import Spectrogram, spectrogram_overlay_png, spectrogram_png
from wam_core.export.volumes import attribution_nii

__all__ = [
    "Parts",
    "Placing",
    "Spectrogram",
    "archive",
    "attribution_nii",
    "contents",
    "described",
    "heard",
    "keep_settings",
    "manifest",
    "method",
    "mosaic_png",
    "overlay_png",
    "placing",
    "profile_csv",
    "projections_png",
    "rate",
    "single_bands",
    "slices_png",
    "sound_files",
    "spectrogram_overlay_png",
    "spectrogram_png",
    "split",
    "title",
    "volume_overlay_png",
    "write",
]
