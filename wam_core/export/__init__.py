"""An attribution → files: what it is and how to make it again, as numbers, text, pictures, sounds.

The exact numbers are :meth:`WaveletAttribution.save`; this is what goes with them. The pictures are
drawn by :mod:`wam_core.plot`.
"""

from wam_core.export.data_files import attribution_nii, profile_csv, single_bands, sound_files
from wam_core.export.folder import archive, contents, write
from wam_core.export.manifest import manifest
from wam_core.naming import method, title
from wam_core.network_input import NetworkGrid, network_grid, rate, received
from wam_core.partition import Parts, described, keep_settings, split
from wam_core.plot.mosaic import mosaic_png, overlay_png
from wam_core.plot.projections import projections_png
from wam_core.plot.slices import slices_png, volume_overlay_png
from wam_core.plot.spectrogram import Spectrogram, spectrogram_overlay_png, spectrogram_png

__all__ = [
    "NetworkGrid",
    "Parts",
    "Spectrogram",
    "archive",
    "attribution_nii",
    "contents",
    "described",
    "keep_settings",
    "manifest",
    "method",
    "mosaic_png",
    "network_grid",
    "overlay_png",
    "profile_csv",
    "projections_png",
    "rate",
    "received",
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
