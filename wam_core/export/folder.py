"""All that is written of one result: into a folder, or into one ZIP file."""

import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from wam_core import defaults
from wam_core.attribution import WaveletAttribution
from wam_core.classifier import Classifier
from wam_core.export.data_files import attribution_nii, profile_csv, sound_files
from wam_core.export.manifest import manifest
from wam_core.network_input import network_grid
from wam_core.network_input import rate as network_rate
from wam_core.partition import Parts, split
from wam_core.plot.mosaic import mosaic_png, overlay_png
from wam_core.plot.projections import projections_png
from wam_core.plot.slices import slices_png, volume_overlay_png
from wam_core.plot.spectrogram import Spectrogram, spectrogram_overlay_png, spectrogram_png
from wam_core.signals.signal import IMAGE, SOUND, VOLUME, Signal

_BAND_FILE = re.compile(r"(L[0-9]+\.\w+|approx)\.wav")


def write(
    result: WaveletAttribution,
    classifier: Classifier,
    signal: Signal,
    folder: Path,
    *,
    parts: Parts | None = None,
    mel: Spectrogram | None = None,
    reproduce: Mapping[str, str] | None = None,
) -> list[Path]:
    """Write all of it into a folder, which is made where absent; files of these names are replaced.

    Band files of an earlier result are removed from there, as they would no longer add up.

    Args:
        result, classifier, signal, parts, mel, reproduce: as for :func:`contents`.
        folder: where to.

    Raises:
        OSError: the folder cannot be made or written to.
    """
    made = contents(result, classifier, signal, parts=parts, mel=mel, reproduce=reproduce)
    return _written(folder, made)


def archive(files: Mapping[str, bytes]) -> bytes:
    """Files by name as one ZIP file; the same files give the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archived:
        for name, data in files.items():
            archived.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def contents(
    result: WaveletAttribution,
    classifier: Classifier,
    signal: Signal,
    *,
    parts: Parts | None = None,
    mel: Spectrogram | None = None,
    reproduce: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """All files of one result, by name.

    Always ``attribution.npz``, ``manifest.json`` and ``profile.csv``. For an image ``mosaic.png``
    and ``overlay.png``. For a sound whose rate is known ``spectrogram.png``, ``overlay.png``,
    ``original.wav``, ``kept.wav``, ``rest.wav`` and one file per band in ``bands``. For a volume
    ``mosaic.png``, ``overlay.png``, ``slices.png`` and ``attribution.nii.gz``.

    Args:
        result, classifier, signal: what was found, and with what.
        parts: how a sound was cut in two; where None, as ``defaults`` has it.
        mel: what to draw the spectrogram of a sound with; where None, the network's own.
        reproduce: programs that give the same numbers, for the manifest.
    """
    rate = network_rate(classifier) if signal.rate else 0
    if rate and parts is None:
        keep = defaults.ways_to_keep(defaults.SHARE, rate, result.coefficients)[defaults.KEEP]
        parts = split(result, classifier, keep)
    described = manifest(result, classifier, signal, parts, reproduce)
    text = json.dumps(described, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    numbers = io.BytesIO()
    result.save(numbers)
    made = {
        "manifest.json": text.encode(),
        "attribution.npz": numbers.getvalue(),
        "profile.csv": profile_csv(result, rate, network_grid(classifier, signal)).encode(),
    }
    own = _OWN_FILES.get(signal.modality)
    return made if own is None else made | own(result, classifier, signal, parts, mel)


def _image_files(
    result: WaveletAttribution,
    classifier: Classifier,
    signal: Signal,
    parts: Parts | None,
    mel: Spectrogram | None,
) -> dict[str, bytes]:
    return {"mosaic.png": mosaic_png(result), "overlay.png": overlay_png(result, classifier)}


def _sound_files(
    result: WaveletAttribution,
    classifier: Classifier,
    signal: Signal,
    parts: Parts | None,
    mel: Spectrogram | None,
) -> dict[str, bytes]:
    if parts is None:  # the rate is not known
        return {}
    return {
        "spectrogram.png": spectrogram_png(result, classifier, signal, parts, mel),
        "overlay.png": spectrogram_overlay_png(result, classifier, signal, mel),
        **sound_files(result, parts, network_rate(classifier)),
    }


def _volume_files(
    result: WaveletAttribution,
    classifier: Classifier,
    signal: Signal,
    parts: Parts | None,
    mel: Spectrogram | None,
) -> dict[str, bytes]:
    return {
        "mosaic.png": projections_png(result, classifier, signal),
        "overlay.png": volume_overlay_png(result, classifier, signal),
        "slices.png": slices_png(result, classifier, signal),
        "attribution.nii.gz": attribution_nii(result, classifier, signal),
    }


_OWN_FILES = {IMAGE: _image_files, SOUND: _sound_files, VOLUME: _volume_files}
"""What is written beside the numbers, by kind of input; other kinds have none here."""


def _written(folder: Path, contents: dict[str, bytes]) -> list[Path]:
    for name, data in contents.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    if any(name.startswith("bands/") for name in contents):
        for file in (folder / "bands").iterdir():
            if f"bands/{file.name}" not in contents and _BAND_FILE.fullmatch(file.name):
                file.unlink()
    return [folder / name for name in contents]
