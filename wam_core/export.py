"""An attribution → files: what it is and how to make it again, as numbers, text and pictures.

The exact numbers are :meth:`WaveletAttribution.save`; here is what goes beside them.
"""

import csv
import hashlib
import io
import json
import math
from collections.abc import Mapping
from pathlib import Path as File
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.patches import Rectangle

from wam_core import colour, views
from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.errors import SettingsError
from wam_core.paths import Path, SmoothGrad, settings
from wam_core.signals.signal import Signal
from wam_core.transform import structure_size

_TITLES = {
    "gradient": "Gradient",
    "smoothgrad": "SmoothGrad",
    "smoothgrad-magnitude": "SmoothGrad of magnitudes",
    "integrated": "Integrated Gradients",
    "smoothgrad-integrated": "SmoothGrad of Integrated Gradients",
}
_PERCENTILE = 99.5
_CLIPPING = f"colours end at the {_PERCENTILE}th percentile"
_DPI = 100
_FONT = "DejaVu Sans"  # comes with matplotlib, so a figure looks the same on every machine


def method(path: Path) -> str:
    """The name of a variant, as the command line takes it.

    >>> method(SmoothGrad(aggregate="magnitude"))
    'smoothgrad-magnitude'
    """
    kind = str(settings(path)["kind"])
    if isinstance(path, SmoothGrad):
        if path.aggregate == "magnitude":
            return f"{kind}-magnitude"
        if path.along.kind != "gradient":
            return f"{kind}-{path.along.kind}"
    return kind


def manifest(result: WaveletAttribution, classifier: Classifier, signal: Signal) -> dict[str, Any]:
    """Everything that is needed to make a result again, as JSON values.

    Of the first sample. What a variant does not have (a seed, a baseline) is left out or null, and
    so is a completeness gap that is not finite, as JSON has no infinity.
    """
    source = result.provenance
    steps = _jsonable(settings(result.path))
    steps.pop("kind")
    seed = steps.pop("seed", None)
    probabilities = result.probabilities[0]
    best = probabilities.topk(min(5, len(probabilities))).indices.tolist()
    written = {
        "input": {
            "name": source.input_name,
            "sha256": source.input_sha256,
            "modality": signal.modality,
            "shape": list(signal.values.shape),
        },
        "model": {
            "name": source.model,
            "fingerprint": source.fingerprint,
            "preprocessing": dict(classifier.frontend.settings()),
            "shape": list(result.input.shape[1:]),
        },
        "target": _target(result),
        "top": [
            {
                "index": index,
                "label": classifier.label(index),
                "probability": float(probabilities[index]),
            }
            for index in best
        ],
        "settings": {
            "method": method(result.path),
            "wavelet": result.transform.wavelet,
            "levels": result.transform.levels,
            "padding": result.transform.boundary,
            **steps,
            "micro_batch": source.micro_batch,
        },
        "seed": seed,
        "versions": dict(source.versions),
        "device": source.device,
        "seconds": source.seconds,
    }
    if (gap := result.completeness_gap) is not None:
        written["completeness_gap"] = float(gap[0]) if math.isfinite(gap[0]) else None
    return written


def _target(result: WaveletAttribution) -> dict[str, Any]:
    """The explained class, with the other one inside it for a contrast; ``score`` is f_c(x)."""

    def described(index: int, label: str | None) -> dict[str, Any]:
        one = {
            "index": index,
            "label": label,
            "logit": float(result.logits[0, index]),
            "probability": float(result.probabilities[0, index]),
        }
        if result.origin_logits is not None:
            one["baseline_logit"] = float(result.origin_logits[0, index])
        return one

    target = result.target
    written = described(target.index, target.label)
    if target.against is not None:
        written["against"] = described(target.against, target.against_label)
        written["score"] = float(result.scores[0])
    return written


def _jsonable(values: Mapping[str, Any]) -> dict[str, Any]:
    """A baseline that was given as a tensor is named by its hash: its numbers are in the .npz."""
    plain = dict(values)
    if isinstance(baseline := plain.get("baseline"), list):
        numbers = np.asarray(baseline, dtype=np.float32)
        digest = hashlib.sha256(numbers.tobytes()).hexdigest()
        plain["baseline"] = {"shape": list(numbers.shape), "float32_sha256": digest}
    if "along" in plain:
        plain["along"] = _jsonable(plain["along"])
    return plain


def profile_csv(result: WaveletAttribution) -> str:
    """The scale profile: level, orientation, size of the structures in pixels, share of Σ|γ|.

    From coarse to fine. The approximation holds what is larger than the coarsest details; its row
    has the coarsest level and the orientation ``approx``. The shares add up to 1, unless the
    attribution is zero everywhere, when each is 0.
    """
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("level", "orientation", "size_pixels", "share"))
    for band, share in views.profile(result.attribution).items():
        word = "approx" if band.is_approx else band.orientation
        rows.writerow((band.level, word, structure_size(band.level), repr(share)))
    return out.getvalue()


def title(result: WaveletAttribution) -> str:
    """Variant, wavelet and levels, for the head of a figure."""
    levels = result.transform.levels
    count = f"{levels} level{'s' if levels > 1 else ''}"
    return f"{_TITLES[method(result.path)]} · {result.transform.wavelet} · {count}"


def mosaic_png(result: WaveletAttribution, sign: views.Sign = "magnitude") -> bytes:
    """The dyadic layout as a PNG, every coefficient a square of whole pixels, the tiles labelled.

    Bands share one scale, so that they can be compared. As few coefficients are very large, its
    colours end at the 99.5th percentile of |γ|, which the figure says. The places that no band
    covers (filters longer than haar's) are left empty; tiles too small for their name bear none.

    Raises:
        SettingsError: not an attribution of an image.
    """
    _only_images(result)
    flat = views.over_channels(result.attribution, sign)
    values = _numbers(views.mosaic(flat))
    covered = np.zeros(values.shape, dtype=bool)
    placed = {band: (tile[0], tile[1]) for band, tile in views.tiles(flat).items()}
    for tile in placed.values():
        covered[tile] = True
    limit = _limit(values[covered])
    pixels = np.dstack([colour.paint(values, limit, sign), covered.astype(np.uint8) * 255])

    sheet = _Sheet(result, values.shape)
    sheet.picture.imshow(pixels, interpolation="nearest")
    for band, (rows, columns) in placed.items():
        height, width = rows.stop - rows.start, columns.stop - columns.start
        corner = (columns.start - 0.5, rows.start - 0.5)
        sheet.picture.add_patch(
            Rectangle(corner, width, height, fill=False, edgecolor="white", linewidth=0.6)
        )
        if min(height * sheet.zoom, width * sheet.zoom / len(str(band)) * 2) >= 17:
            sheet.picture.text(
                columns.start + 4 / sheet.zoom,
                rows.start + 4 / sheet.zoom,
                str(band),
                fontsize=8,
                color="white",
                va="top",
                bbox={"facecolor": "black", "alpha": 0.55, "edgecolor": "none", "pad": 1.5},
            )
    meaning = "|γ| summed over channels" if sign == "magnitude" else "γ summed over channels"
    sheet.scale(limit, sign, f"{meaning}; {_CLIPPING}")
    sheet.note(
        "L1 is the finest level: structures of 2 pixels, doubling with each level.\n"
        "da: horizontal edges, ad: vertical edges, dd: diagonal and corners."
    )
    return sheet.png()


def overlay_png(result: WaveletAttribution, classifier: Classifier) -> bytes:
    """The heat-map of |γ|, all bands summed, over the grey input, as a PNG.

    Opacity rises with the value, so the picture stays visible where little was attributed. Colours
    end at the 99.5th percentile, which the figure says.

    Raises:
        SettingsError: not an attribution of an image.
    """
    _only_images(result)
    shown = classifier.show(result.input)[:1].detach().cpu().clamp(0, 1)
    grey = _numbers(shown.mean(1, keepdim=True))
    magnitude = views.over_channels(result.attribution, "magnitude")
    heat = _numbers(views.heat_map(magnitude, result.transform, result.size))
    limit = _limit(heat)
    colours = colour.paint(heat, limit, "magnitude")
    opacity = np.clip(heat / (limit or 1.0), 0, 1)[..., None] * 0.9
    blended = grey[..., None] * 255 * (1 - opacity) + colours * opacity

    sheet = _Sheet(result, heat.shape)
    sheet.picture.imshow(np.rint(blended).astype(np.uint8), interpolation="nearest")
    sheet.scale(limit, "magnitude", f"|γ| summed over channels and bands; {_CLIPPING}")
    sheet.note("Opacity rises with the value; the input is grey.")
    return sheet.png()


def write(
    result: WaveletAttribution, classifier: Classifier, signal: Signal, folder: File
) -> list[File]:
    """Write all of it into a folder, which is made where absent; files of these names are replaced.

    ``attribution.npz``, ``manifest.json``, ``profile.csv``, and for an image ``mosaic.png`` and
    ``overlay.png``.

    Raises:
        OSError: the folder cannot be made or written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    archive = io.BytesIO()
    result.save(archive)
    described = manifest(result, classifier, signal)
    text = json.dumps(described, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    contents = {"attribution.npz": archive.getvalue(), "manifest.json": text.encode()}
    if signal.modality == "image":
        contents["mosaic.png"] = mosaic_png(result)
        contents["overlay.png"] = overlay_png(result, classifier)
    contents["profile.csv"] = profile_csv(result).encode()
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in contents]


class _Sheet:
    """A figure whose picture is shown at a whole number of dots per pixel, so pixels stay square.

    A Figure of its own and not pyplot's, whose list of open figures is shared by all threads.
    """

    _SIDE, _LEFT, _RIGHT, _TOP, _BOTTOM, _WIDEST_TITLE = 640, 16, 130, 62, 48, 74

    def __init__(self, result: WaveletAttribution, shape: tuple[int, ...]) -> None:
        self.zoom = max(1, round(self._SIDE / max(shape)))
        self._height, self._width = (extent * self.zoom for extent in shape)
        # A narrow picture still needs room for the lines of text above and below it.
        across = max(self._width, 480) + self._LEFT + self._RIGHT
        down = max(self._height, 320) + self._TOP + self._BOTTOM
        self._size = across, down
        self.figure = Figure(figsize=(across / _DPI, down / _DPI), dpi=_DPI)
        FigureCanvasAgg(self.figure)
        self.picture = self.figure.add_axes(self._box(self._LEFT, self._width))
        self.picture.set_axis_off()
        source = result.provenance
        what = f"{result.target}, by {source.model}, in {source.input_name}"
        self._text(down - 14, title(result), fontsize=12, fontweight="bold")
        self._text(down - 36, _cut(what, self._WIDEST_TITLE), fontsize=9)

    def scale(self, limit: float, sign: views.Sign, label: str) -> None:
        """The colour bar, to the right of the picture; its arrows say that larger values exist."""
        axes = self.figure.add_axes(self._box(self._LEFT + self._width + 18, 18))
        mapped = ScalarMappable(
            Normalize(-limit if sign == "signed" else 0.0, limit or 1.0),
            ListedColormap(colour.scale(sign) / 255),
        )
        bar = self.figure.colorbar(
            mapped, cax=axes, extend="both" if sign == "signed" else "max", extendfrac=0.03
        )
        bar.set_label(label, fontsize=8, fontfamily=_FONT)
        bar.formatter.set_powerlimits((-2, 3))  # type: ignore[attr-defined]
        bar.ax.tick_params(labelsize=8, labelfontfamily=_FONT)
        bar.ax.yaxis.get_offset_text().set(fontsize=8, fontfamily=_FONT)

    def note(self, text: str) -> None:
        """Lines below the picture."""
        self._text(self._BOTTOM - 8, text, fontsize=8, color="#444444")

    def png(self) -> bytes:
        """The file; without the date and version that matplotlib would put in."""
        out = io.BytesIO()
        self.figure.savefig(out, format="png", dpi=_DPI, metadata={"Software": None})
        return out.getvalue()

    def _box(self, left: int, width: int) -> tuple[float, float, float, float]:
        across, down = self._size
        bottom = down - self._TOP - self._height
        return left / across, bottom / down, width / across, self._height / down

    def _text(self, y: float, text: str, **style: Any) -> None:
        across, down = self._size
        self.figure.text(
            self._LEFT / across,
            y / down,
            _drawable(text),
            va="top",
            fontfamily=_FONT,
            parse_math=False,  # a label with two $ would be read as a formula, and may not be one
            **style,
        )


def _drawable(text: str) -> str:
    """The text with □ for what the font lacks: matplotlib would warn of each such character."""
    known = get_font(findfont(_FONT)).get_charmap()
    return "".join(c if ord(c) in known or c == "\n" else "□" for c in text)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _numbers(values: Any) -> npt.NDArray[np.float64]:
    """The first sample and channel of a tensor; float64, so that tiny gradients do not vanish."""
    numbers: npt.NDArray[np.float64] = values[0, 0].detach().cpu().double().numpy()
    return numbers


def _limit(values: npt.NDArray[np.float64]) -> float:
    """Where the colours end; the maximum where the percentile is 0, and 0 where all are."""
    strength = np.abs(values)
    return float(np.percentile(strength, _PERCENTILE)) or float(strength.max())


def _only_images(result: WaveletAttribution) -> None:
    if result.transform.ndim != 2:
        raise SettingsError(
            f"the attribution has {result.transform.ndim} spatial axes; "
            "this picture is drawn for 2 (an image)"
        )
