"""Volumes."""

from collections.abc import Mapping
from typing import Any

from app import glossary
from app.figures.groups import Groups, thirds
from app.figures.units import Units, Voxels
from app.kinds.base import Kind, SettingsText
from app.kinds.image import IN_SPACE
from wam_core import Bands, Classifier, Signal, WaveletAttribution, export
from wam_core.defaults import DEFAULTS
from wam_core.signals import VOLUME, Limits


class Volume(Kind):
    """Volumes: solids on a grid of voxels, and scans."""

    name = VOLUME
    title = "Volume"
    noun = "a volume"
    ndim = 3
    elements = "voxels"
    group_structures = {
        "Fine": "surfaces, thin parts",
        "Middle": "smaller parts",
        "Coarse": "the overall shape",
    }
    defaults = DEFAULTS[VOLUME]
    settings = SettingsText(
        (0.0, 0.0001, 0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3),
        IN_SPACE,
        glossary.hint("level", more="In a volume, level 1 holds details of about 2 voxels."),
        {
            "zero": "empty (0 in the network’s units)",
            "mean": "evenly filled (the mean)",
            "blur": "blurred input",
            "noise": "noise",
        },
        "For occupancy, zero is empty space.",
    )
    options = ("solid", "up")
    first_sample = "chair"
    archive_contents = (
        "The numbers (NPZ), pictures (PNG), the attribution on the file’s own grid (NIfTI), the "
        "scene in space (HTML), the profile (CSV)"
    )

    def accepted(self, limits: Limits) -> str:
        """The formats of volumes."""
        from wam_core.signals import volume

        return volume.accepted(limits)

    def prepare(self, signal: Signal, options: Mapping[str, Any]) -> Signal:
        """Turned so that the axis ``up`` points up, then filled or hollowed as ``solid`` says."""
        from wam_core.signals import solids

        if (up := options.get("up")) is not None:
            signal = solids.upright(signal, up)
        match options.get("solid"):
            case "filled":
                return solids.filled(signal)
            case "shell":
                return solids.hollowed(signal)
        return signal

    def units(self, classifier: Classifier, signal: Signal) -> Units:
        """Voxels, and mm where their size is known."""
        grid = export.network_grid(classifier, signal)
        return Voxels(grid.spacing, grid.unit, grid.ends)

    def groups(self, attribution: Bands) -> Groups:
        """Three groups: parts of an object come in three sizes."""
        return thirds(attribution)

    def exports(
        self, result: WaveletAttribution, classifier: Classifier, signal: Signal
    ) -> dict[str, bytes]:
        """The scene in space, as a page."""
        from app.report.volume import scene_html

        return {"scene.html": scene_html(result, classifier, signal).encode()}


KIND = Volume()
