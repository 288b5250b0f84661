"""What is particular to the report of a volume."""

from collections.abc import Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from app.figures import captions, page, projections, scene
from app.figures.slicer import Slices, packed, windows
from app.figures.theme import Look
from app.figures.units import voxels_of
from app.report.parts import Chart, Part, Picture, ReportInput, Slicer
from wam_core import Band, Classifier, Signal, WaveletAttribution, export, views
from wam_core.plot.planes import axis_name
from wam_core.views import profile as scale_profile

if TYPE_CHECKING:
    pass

_HEIGHT = 640
_AXIS = 1
_MOST = 3_700_000  # bytes of the slices, a third more as text; with Plotly and the scene a page stays below 12 MB
_EMPTY_TO_FULL = (0.0, 1.0)


def summary(told: ReportInput, shares: Mapping[Band, float]) -> str:
    """Where the importance lies, in two sentences."""
    here = voxels_of(told.net, told.signal)
    said = captions.summary(shares, str(told.result.target), here)
    return f"{said} {captions.leading_orientation(shares, here.ends)}"


def pictures(told: ReportInput) -> list[Part]:
    """A volume is seen in slices and in space, below."""
    return []


def maps(told: ReportInput) -> list[Part]:
    """Slices, the scene, and every band seen through."""
    result, here = told.result, voxels_of(told.net, told.signal)
    text = captions.profile_text(scale_profile(result.attribution), here)
    along = axis_name(_AXIS, here.ends)
    return [
        _slices(told, text),
        Chart(
            "In space",
            lambda look: drawn(result, told.net, told.signal, look),
            f"The object in space, with the attribution |γ| of all bands. {text}",
            "Drag to turn it. The slider chooses how much of the attribution is shown, the buttons "
            "above which levels.",
        ),
        Chart(
            f"Scales × orientations, seen along {along}",
            partial(_grid, told),
            text,
            "Each tile shows the strongest value on its line of sight. Rows: levels, coarse on top.",
        ),
    ]


def _slices(told: ReportInput, text: str) -> Slicer | Picture:
    """The slice viewer of the dashboard, or what it shows at first where its numbers are too many."""
    result, grid = told.result, export.network_grid(told.net, told.signal)
    shown, look = _seen(result, told.net), Look()
    solid = bool(((shown == 0) | (shown == 1)).all())
    magnitude = views.over_channels(result.attribution, look.sign)
    data = packed(
        Slices(
            shown,
            views.heat_map(magnitude, result.transform, result.size)[0, 0].cpu().numpy(),
            window=None if solid else _EMPTY_TO_FULL,
            presets={} if solid else {"Empty to full": _EMPTY_TO_FULL, **windows(shown)},
            spacing=grid.spacing,
            spacing_unit=grid.unit,
            ends=grid.ends,
            look=look,
        )
    )
    if len(data) > _MOST:
        note = "The dashboard shows every slice; for this page there are too many."
        return Picture("Slices", export.slices_png(result, told.net, told.signal), text, note)
    return Slicer("Slices", data, text)


def _seen(result: WaveletAttribution, net: Classifier) -> Any:
    """What the network receives, channels averaged, (a, b, c)."""
    return net.denormalize(result.input)[0].mean(0).detach().cpu().numpy()


def _grid(told: ReportInput, look: Look):  # type: ignore[no-untyped-def]
    result = told.result
    a, b, c = result.size
    return projections.figure(
        result.attribution,
        result.transform,
        (a, b, c),
        look,
        voxels_of(told.net, told.signal),
        axis=_AXIS,
    )


def drawn(result: WaveletAttribution, net: Classifier, signal: Signal, look: Look) -> Any:
    """The object and its attribution in space, all levels and each group of them."""
    grid = export.network_grid(net, signal)
    magnitude = views.over_channels(result.attribution, "magnitude")

    def by_place(bands: Collection[Band] | None = None) -> scene.Heat:
        heat = views.heat_map(magnitude, result.transform, result.size, bands)
        return scene.Heat(heat[0, 0].cpu().numpy())

    return scene.figure(
        _seen(result, net),
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
    here = voxels_of(net, signal)
    levels = ", ".join(dict.fromkeys(here.level(band) for band, _ in result.attribution.bands()))
    title = f"{result.target}, by {result.provenance.model}, in {result.provenance.input_name}"
    told = f"{export.title(result)}. |γ| by place; levels: {levels}."
    return page.html(drawn(result, net, signal, Look()), title, told)
