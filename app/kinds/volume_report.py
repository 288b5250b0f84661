"""What is particular to the report of a volume."""

from collections.abc import Collection
from functools import partial
from typing import Any

from app.figures import captions, figure_files, projections, scene
from app.figures.slicer import Slices, packed, windows
from app.figures.theme import Look
from app.kinds.received import volume_units, volume_voxels
from app.report.parts import Chart, Part, Picture, ReportInput, Slicer
from wam_core import Band, Classifier, Signal, WaveletAttribution, export, views
from wam_core.plot.planes import axis_name
from wam_core.views import profile as scale_profile

_HEIGHT = 640
_AXIS = 1
_MOST = 3_700_000  # bytes of the slices, a third more as text; with Plotly and the scene a page stays below 12 MB
_EMPTY_TO_FULL = (0.0, 1.0)


def maps(report: ReportInput) -> list[Part]:
    """Slices, the scene, and every band seen through."""
    result = report.result
    here = volume_units(report.net, result.layout, report.signal)
    text = captions.profile_text(scale_profile(result.attribution), here)
    along = axis_name(_AXIS, here.ends)
    return [
        _slices(report, text),
        Chart(
            "In space",
            lambda look: scene_figure(result, report.net, report.signal, look),
            f"The object in space, with the attribution |γ| of all bands. {text}",
            "Drag to turn it. The slider chooses how much of the attribution is shown, the buttons "
            "above which levels.",
        ),
        Chart(
            f"Scales × orientations, seen along {along}",
            partial(_grid, report),
            text,
            "Each tile shows the strongest value on its line of sight. Rows: levels, coarse on top.",
        ),
    ]


def _slices(report: ReportInput, text: str) -> Slicer | Picture:
    """The slice viewer of the dashboard, or what it shows at first where its numbers are too many."""
    result, grid = report.result, export.network_grid(report.net, report.signal)
    values, look = volume_voxels(report.net, result.input), Look()
    solid = bool(((values == 0) | (values == 1)).all())
    magnitude = views.over_channels(result.attribution, look.sign)
    data = packed(
        Slices(
            values,
            views.heat_map(magnitude, result.transform, result.size)[0, 0].cpu().numpy(),
            window=None if solid else _EMPTY_TO_FULL,
            presets={} if solid else {"Empty to full": _EMPTY_TO_FULL, **windows(values)},
            spacing=grid.spacing,
            spacing_unit=grid.unit,
            ends=grid.ends,
            look=look,
        )
    )
    if len(data) > _MOST:
        note = "The dashboard shows every slice; for this page there are too many."
        return Picture("Slices", export.slices_png(result, report.net, report.signal), text, note)
    return Slicer("Slices", data, text)


def _grid(report: ReportInput, look: Look) -> Any:
    result = report.result
    a, b, c = result.size
    return projections.figure(
        result.attribution,
        result.transform,
        (a, b, c),
        look,
        volume_units(report.net, result.layout, report.signal),
        axis=_AXIS,
    )


def scene_figure(result: WaveletAttribution, net: Classifier, signal: Signal, look: Look) -> Any:
    """The object and its attribution in space, all levels and each group of them."""
    grid = export.network_grid(net, signal)
    magnitude = views.over_channels(result.attribution, "magnitude")

    def by_place(bands: Collection[Band] | None = None) -> scene.Heat:
        heat = views.heat_map(magnitude, result.transform, result.size, bands)
        return scene.Heat(heat[0, 0].cpu().numpy())

    return scene.figure(
        volume_voxels(net, result.input),
        by_place(),
        look,
        spacing=grid.spacing,
        unit=grid.unit,
        ends=grid.ends,
        groups={
            name.capitalize(): by_place(bands)
            for name, bands in views.scale_groups(magnitude).items()
        },
        height=_HEIGHT,
    )


def scene_html(result: WaveletAttribution, net: Classifier, signal: Signal) -> str:
    """The scene alone, as a page that needs no server and no network."""
    here = volume_units(net, result.layout, signal)
    levels = ", ".join(dict.fromkeys(here.level(band) for band, _ in result.attribution.bands()))
    title = f"{result.target}, by {result.provenance.model}, in {result.provenance.input_name}"
    about = f"{export.title(result)}. |γ| by place; levels: {levels}."
    return figure_files.page_html(scene_figure(result, net, signal, Look()), title, about)
