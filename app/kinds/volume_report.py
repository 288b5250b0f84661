"""What is particular to the report of a volume."""

from functools import partial
from typing import Any

from app.figures import captions, projections
from app.figures.slicer import packed, page_html
from app.figures.theme import Look
from app.figures.units import thirds
from app.kinds import volume_slices
from app.kinds.received import volume_units
from app.report.parts import Chart, Part, Picture, ReportInput, Slicer
from wam_core import Classifier, Signal, WaveletAttribution, export
from wam_core.plot.planes import axis_name
from wam_core.views import profile as scale_profile

_AXIS = 1
_MOST = 3_700_000  # bytes of the slices, a third more as text; with Plotly a page stays below 12 MB


def maps(report: ReportInput) -> list[Part]:
    """Slices and scene, and projections of every band."""
    result = report.result
    here = volume_units(report.net, result.layout, report.signal)
    text = captions.profile_text(scale_profile(result.attribution), here)
    return [
        _slices(report, text),
        Chart(
            f"Projections by band along {axis_name(_AXIS, here.ends)}",
            partial(_grid, report),
            text,
            "Each tile shows the strongest value along each line of sight.",
        ),
    ]


def _slices(report: ReportInput, text: str) -> Slicer | Picture:
    """The slice viewer of the dashboard, or what it shows at first where its numbers are too many."""
    result = report.result
    data = packed(
        volume_slices.of_result(result, report.net, report.signal, thirds(result.attribution))
    )
    if len(data) > _MOST:
        note = "The dashboard shows every slice; for this page there are too many."
        return Picture("Slices", export.slices_png(result, report.net, report.signal), text, note)
    return Slicer("Slices and scene", data, text)


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


def scene_html(result: WaveletAttribution, net: Classifier, signal: Signal) -> str:
    """Slices and scene alone, as a page that needs no server and no network."""
    title = f"{result.target}, by {result.provenance.model}, in {result.provenance.input_name}"
    volume = volume_slices.of_result(result, net, signal, thirds(result.attribution))
    return page_html(volume, title, export.title(result))
