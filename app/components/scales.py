"""Wavelet and levels, where several are chosen on one screen; padding is what suits the input."""

import streamlit as st

from app.components.kinds import KINDS
from app.components.settings import WAVELETS_FIRST
from app.session import key, recall
from wam_core import Classifier
from wam_core.defaults import DEFAULTS
from wam_core.signals import Modality
from wam_core.transforms import Transform, build


def choose_scales(
    size: tuple[int, ...], net: Classifier, kind: Modality, place: str, first: int = 0
) -> Transform:
    """A transform within what the size of the input allows.

    Args:
        size: of what the network receives.
        net: the network.
        kind: of input, whose defaults are taken.
        place: where on the screen; each has a choice of its own.
        first: how many levels it starts with, where they fit; 0 takes those of the kind.

    Raises:
        SettingsError: the wavelet is too long for the size.
    """
    usual, ndim = DEFAULTS[kind], len(size)
    wavelet = st.selectbox(
        "Wavelet", WAVELETS_FIRST, WAVELETS_FIRST.index(usual.wavelet),
        key=recall(key(f"wavelet-{place}", kind)), bind="query-params",
        help=KINDS[kind].wavelet_help,
    )  # fmt: skip
    most = max(1, build(wavelet=wavelet, levels=1, ndim=ndim).max_levels(size))
    rate = getattr(net.frontend, "rate", 0.0)
    levels = st.number_input(
        "Levels", 1, most, min(first or usual.levels(size, rate), most),
        key=recall(key(f"levels-{place}-{most}", kind)), bind="query-params",
        help=KINDS[kind].levels_help,
    )  # fmt: skip
    transform = build(wavelet=wavelet, levels=int(levels), ndim=ndim, boundary=usual.padding)
    transform.check(size)
    return transform
