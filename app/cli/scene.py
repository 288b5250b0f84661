"""The scene of a volume, as a page that needs no server and no network."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wam_core import Classifier, Signal, WaveletAttribution


def write(
    result: "WaveletAttribution", classifier: "Classifier", signal: "Signal", folder: Path
) -> Path:
    """Write ``scene.html``: the object and its attribution, all levels and each group of them."""
    from app.figures import page, scene
    from app.figures.theme import Look
    from app.figures.units import Voxels
    from wam_core import export, views

    grid = export.placing(classifier, signal)
    units = Voxels(grid.spacing, grid.unit, grid.ends)
    magnitude = views.over_channels(result.attribution, "magnitude")

    def by_place(bands=None):  # type: ignore[no-untyped-def]
        heat = views.heat_map(magnitude, result.transform, result.size, bands)
        return heat[0, 0].cpu().numpy()

    figure = scene.figure(
        classifier.show(result.input)[0].mean(0).detach().cpu().numpy(),
        by_place(),
        Look(),
        spacing=grid.spacing,
        unit=grid.unit,
        ends=grid.ends,
        groups={
            name.capitalize(): by_place(bands)
            for name, bands in views.scale_groups(magnitude).items()
        },
        height=640,
    )
    levels = ", ".join(
        dict.fromkeys(units.level(band) for band, _ in result.attribution.bands())
    )  # fmt: skip
    file = folder / "scene.html"
    title = f"{result.target}, by {result.provenance.model}, in {result.provenance.input_name}"
    told = f"{export.title(result)}. |γ| by place; levels: {levels}."
    file.write_text(page.html(figure, title, told), encoding="utf-8")
    return file
