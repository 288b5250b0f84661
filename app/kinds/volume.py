"""Volumes."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from app import glossary
from app.figures import captions, orthographic
from app.figures.units import Groups, Voxels, thirds
from app.kinds.base import Kind, SettingsText
from app.kinds.image import IN_SPACE
from app.kinds.received import Download, Picture, PlaceMap, axis_ends, volume_units, volume_voxels
from wam_core import (
    Bands,
    Classifier,
    Signal,
    WaveletAttribution,
    export,
)
from wam_core.bands import Layout
from wam_core.defaults import DEFAULTS
from wam_core.plot.colour import grey, paint
from wam_core.plot.planes import Plane, planes
from wam_core.signals import VOLUME
from wam_core.views import profile

if TYPE_CHECKING:  # these bring Streamlit, which the command line does without
    from app.report.parts import Part, ReportInput
    from app.session import Explained, Subject

_SIDE = 240  # px of a picture
_EMPTY = -0.01  # below it, a part holds what no object does
_SHARPER = 2  # a projection has this many px for each voxel


class Volume(Kind):
    """Volumes: solids on a grid of voxels, and scans."""

    name = VOLUME
    title = "Volume"
    ndim = 3
    elements = places = "voxels"
    line = "voxels along a line"
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
    network_help = (
        "Both come with this installation, trained by this project: one names household "
        "objects, the other digits with a thickness. Your own 3-D network is read below."
    )
    options = ("solid", "up")
    first_sample = check_sample = "chair"
    map_words = "the strongest value along each line of sight"
    map_note = "Projections along three axes: the maximum on each line of sight."
    archive_contents = (
        "The numbers (NPZ), pictures (PNG), the attribution on the file’s own grid (NIfTI), the "
        "scene in space (HTML), the profile (CSV)"
    )

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

    def choose_form(self, signal: Signal) -> Signal:
        """One of the volumes of a file, filled and turned."""
        from app.kinds import volume_input

        return volume_input.choose_volume(signal)

    def units(self, classifier: Classifier, layout: Layout, signal: Signal | None = None) -> Voxels:
        """Voxels, and mm where their size is known."""
        if signal is None:
            return Voxels(layout)
        return volume_units(classifier, layout, signal)

    def groups(self, attribution: Bands) -> Groups:
        """Three groups: parts of an object come in three sizes."""
        return thirds(attribution)

    def summary_text(
        self, result: WaveletAttribution, classifier: Classifier, signal: Signal, target: str
    ) -> str:
        """On which scales, and in which orientation."""
        shares = profile(result.attribution)
        units = self.units(classifier, result.layout, signal)
        lead = captions.leading_orientation(shares, units.ends)
        return f"{captions.summary(shares, target, units)} {lead}"

    def thumbnail(self, signal: Signal, height: int, width: int) -> Picture:
        """Seen through from three sides, in the middle."""
        values = signal.values[0].astype(np.float32)
        views = orthographic.picture(values, planes(axis_ends(signal)), side=height)
        picture = np.zeros((height, width, 4), np.uint8)
        rows, columns = views.shape[:2]
        top, left = (height - rows) // 2, (width - columns) // 2
        picture[top : top + rows, left : left + columns] = views
        return picture

    def picture(self, subject: "Subject", x: Tensor) -> Picture:
        """Seen through from three sides; in colours, where it holds what no object does."""
        values, views = volume_voxels(subject.net, x), _views(subject)
        if values.min() >= _EMPTY:
            return orthographic.picture(values, views, side=_SIDE)
        colours = partial(paint, limit=float(np.abs(values).max()), sign="signed")
        return orthographic.picture(values, views, colours, orthographic.extreme, side=_SIDE)

    def part_painter(self, subject: "Subject", whole: Tensor) -> Callable[[Tensor], Picture]:
        """Seen through from three sides, as bright as the whole."""
        values = volume_voxels(subject.net, whole)
        brightest = max(float(orthographic.density(values, axis).max()) for axis in range(3))
        colours = partial(grey, limits=(0.0, brightest))
        spacing = export.network_grid(subject.net, subject.signal).spacing

        def paint(x: Tensor) -> Picture:
            part = volume_voxels(subject.net, x)
            return orthographic.picture(part, _views(subject), colours, spacing=spacing, side=_SIDE)

        return paint

    def strength_picture(self, subject: "Subject", strength: Tensor) -> Picture:
        """The strongest value along each line of sight, in colours."""
        from app.figures.theme import Look

        values = strength.cpu().numpy()
        colours = partial(paint, limit=Look().limits(values)[1], sign="magnitude")
        return orthographic.picture(
            values, _views(subject), colours, orthographic.maximum_intensity, side=_SIDE
        )

    def draw_input(self, explained: "Explained") -> None:
        """The upload, and what the network sees of it."""
        from app.kinds import volume_views

        volume_views.draw_input(explained)

    def overview(self, explained: "Explained") -> None:
        """Three slices and the scene."""
        from app.kinds import volume_views

        volume_views.overview(explained)

    def tabs(self, explained: "Explained") -> Mapping[str, Callable[[], None]]:
        """Projections of every band; reconstruction."""
        from app.kinds import volume_views

        return volume_views.tabs(explained)

    def draw_parts(
        self, subject: "Subject", parts: Mapping[str, Tensor], key: str, lead: str, columns: int = 2
    ) -> None:
        """Seen through from three sides; and one of them in slices."""
        from app.kinds import volume_views

        super().draw_parts(subject, parts, key, lead, columns)
        volume_views.draw_part_slices(subject, parts, key, lead)

    def map_sheet(
        self, classifier: Classifier, signal: Signal, values: PlaceMap, *, signed: bool = False
    ) -> PlaceMap:
        """Projected along each axis: the value of largest magnitude on each line of sight."""
        ray = orthographic.extreme if signed else orthographic.maximum_intensity
        sheet = orthographic.sheet(
            values.astype(np.float32),
            planes(axis_ends(signal)),
            ray,
            export.network_grid(classifier, signal).spacing,
            side=_SHARPER * 2 * max(values.shape),
        )
        return sheet.astype(np.float64)

    def map_under(self, classifier: Classifier, signal: Signal, x: Tensor) -> Picture:
        """The object, projected along each axis."""
        values = volume_voxels(classifier, x)
        return orthographic.picture(
            values,
            planes(axis_ends(signal)),
            spacing=export.network_grid(classifier, signal).spacing,
            side=_SHARPER * 2 * max(values.shape),
        )

    def report_maps(self, report: "ReportInput") -> "Sequence[Part]":
        """Slices, the scene, and every band seen through."""
        from app.kinds import volume_report

        return volume_report.maps(report)

    def downloads(self, explained: "Explained") -> Sequence[Download]:
        """Pictures, the attribution on the file's own grid, the scene."""
        from app.kinds.volume_report import scene_html

        about = explained.result, explained.subject.net, explained.subject.signal
        return (
            Download("Slices (.png)", "slices.png", partial(export.slices_png, *about)),
            Download("Mosaic (.png)", "mosaic.png", partial(export.projections_png, *about)),
            Download(
                "Attribution (.nii.gz)",
                "attribution.nii.gz",
                partial(export.attribution_nii, *about),
            ),
            Download("Scene (.html)", "scene.html", partial(scene_html, *about)),
        )

    def exports(
        self, result: WaveletAttribution, classifier: Classifier, signal: Signal
    ) -> dict[str, bytes]:
        """The scene in space, as a page."""
        from app.kinds.volume_report import scene_html

        return {"scene.html": scene_html(result, classifier, signal).encode()}


def _views(subject: "Subject") -> tuple[Plane, ...]:
    return tuple(planes(axis_ends(subject.signal)))


KIND = Volume()
