"""What can be taken away from a result."""

import io
import json

import streamlit as st

from wam_core import Classifier, Signal, WaveletAttribution, export


def offer(result: WaveletAttribution, net: Classifier, signal: Signal) -> None:
    """Downloads, made when they are asked for."""
    row = st.container(horizontal=True)
    for label, name, make in (
        ("Numbers (.npz)", "attribution.npz", lambda: _npz(result)),
        ("Mosaic (.png)", "mosaic.png", lambda: export.mosaic_png(result)),
        ("Overlay (.png)", "overlay.png", lambda: export.overlay_png(result, net)),
        ("Profile (.csv)", "profile.csv", lambda: export.profile_csv(result)),
        (
            "Manifest (.json)",
            "manifest.json",
            lambda: json.dumps(export.manifest(result, net, signal), indent=2),
        ),
    ):
        row.download_button(label, data=make, file_name=name, key=name, icon=":material/download:")


def _npz(result: WaveletAttribution) -> bytes:
    buffer = io.BytesIO()
    result.save(buffer)
    return buffer.getvalue()
