"""What can be taken away from a result."""

import io
import json
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
import streamlit as st

from app import report, reproduction
from app.session import Explained, session
from wam_core import Classifier, Signal, WaveletAttribution, export
from wam_core.signals import audio

_Offer = tuple[str, str, Callable[[], bytes | str]]


def offer(explained: Explained) -> None:
    """The numbers, and what else there is of this kind of input; made when they are asked for."""
    result, net, signal = explained.result, explained.subject.net, explained.subject.signal
    files: list[_Offer] = [("Numbers (.npz)", "attribution.npz", lambda: _npz(result))]
    if signal.modality == "image":
        files += [
            ("Mosaic (.png)", "mosaic.png", lambda: export.mosaic_png(result)),
            ("Overlay (.png)", "overlay.png", lambda: export.overlay_png(result, net)),
        ]
    if signal.modality == "volume":
        files += [
            ("Slices (.png)", "slices.png", lambda: export.slices_png(result, net, signal)),
            ("Mosaic (.png)", "mosaic.png", lambda: export.projections_png(result, net, signal)),
            (
                "Attribution (.nii.gz)",
                "attribution.nii.gz",
                lambda: export.attribution_nii(result, net, signal),
            ),
            ("Scene (.html)", "scene.html", lambda: report.scene_html(result, net, signal)),
        ]
    files += [
        ("Profile (.csv)", "profile.csv", lambda: _profile(result, net, signal)),
        (
            "Manifest (.json)",
            "manifest.json",
            lambda: _manifest(explained),
        ),
    ]
    _buttons(files)


def offer_sounds(sounds: Mapping[str, npt.NDArray[np.floating]], rate: int) -> None:
    """WAV files of sounds (samples,), by name; turned down together where one would be cut off."""
    peak = max((float(np.abs(values).max(initial=0.0)) for values in sounds.values()), default=0.0)
    gain = 1 / peak if peak > 1 else 1.0
    _buttons(
        [
            (f"{name.capitalize()} (.wav)", f"{name}.wav", partial(_wav, values * gain, rate))
            for name, values in sounds.items()
        ]
    )
    level = f", turned down by {20 * np.log10(peak):.1f} dB" if peak > 1 else ""
    st.caption(f"16 bits, {rate / 1000:g} kHz, all equally loud as in the input{level}.")


def _buttons(files: list[_Offer]) -> None:
    row = st.container(horizontal=True)
    for label, name, make in files:
        row.download_button(label, data=make, file_name=name, key=name, icon=":material/download:")


def _wav(values: npt.NDArray[np.floating], rate: int) -> bytes:
    return audio.encode_wav(values[None], rate, nonce=session().id)


def _manifest(explained: Explained) -> str:
    result, net, signal = explained.result, explained.subject.net, explained.subject.signal
    again = reproduction.both(result, net, signal, explained.subject.origin)
    return json.dumps(export.manifest(result, net, signal, reproduce=again), indent=2)


def _profile(result: WaveletAttribution, net: Classifier, signal: Signal) -> str:
    grid = export.network_grid(net, signal) if signal.modality == "volume" else None
    return export.profile_csv(result, export.rate(net), grid)


def _npz(result: WaveletAttribution) -> bytes:
    buffer = io.BytesIO()
    result.save(buffer)
    return buffer.getvalue()


def offer_table(make: Callable[[], str], name: str, label: str = "Every number (.csv)") -> None:
    """A table as a file, made when it is asked for."""
    st.download_button(label, data=make, file_name=name, key=name, icon=":material/download:")
