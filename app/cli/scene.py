"""The scene of a volume, as a page that needs no server and no network."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wam_core import Classifier, Signal, WaveletAttribution


def write(
    result: "WaveletAttribution", classifier: "Classifier", signal: "Signal", folder: Path
) -> Path:
    """Write ``scene.html``: the object and its attribution, all levels and each group of them."""
    from app import report

    file = folder / "scene.html"
    file.write_text(report.scene_html(result, classifier, signal), encoding="utf-8")
    return file
