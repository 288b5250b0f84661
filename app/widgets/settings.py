"""The variant of the method and its settings, at the published defaults."""

import streamlit as st

from app.state import LEVELS, METHOD, WAVELET
from wam_core import Gradient, IntegratedGradients, SmoothGrad, WaveletTransform
from wam_core.paths import BASELINES, RULES
from wam_core.transform import BOUNDARIES, WAVELETS

_METHODS = {"gradient": "Gradient", "smoothgrad": "SmoothGrad", "integrated": "Integrated"}
_COMMON = ("haar", "db2", "db4", "sym4", "sym8", "coif2", "bior2.2", "bior4.4")
_BASELINE_NAMES = {
    "zero": "zero (0 in the network’s units)",
    "black": "black (no light)",
    "mean": "mean colour",
    "blur": "blurred input",
    "noise": "noise",
}


def choose_transform(size: tuple[int, ...]) -> WaveletTransform:
    """Wavelet, levels and padding, within what the size of the input allows."""
    left, right = st.columns(2)
    with left:
        wavelet = st.selectbox(
            "Wavelet",
            [*_COMMON, *(name for name in WAVELETS if name not in _COMMON)],
            key=WAVELET,
            bind="query-params",
            help="The small wave whose copies the image is made of. haar is a step: sharp in "
            "space, the paper’s choice. Longer ones (db4, sym8) are smoother.",
        )
    most = WaveletTransform(wavelet, 1, ndim=len(size)).max_levels(size)
    with right:
        levels = st.number_input(
            "Levels",
            1,
            max(most, 1),
            min(3, max(most, 1)),
            key=f"{LEVELS}-{most}",
            help=f"How often the image is halved; {most} at most for this wavelet and size. Level 1 "
            "is the finest (2 pixels); each further level doubles the size.",
        )
    return WaveletTransform(wavelet, int(levels), ndim=len(size), boundary=_boundary())


def choose_path() -> Gradient | SmoothGrad | IntegratedGradients:
    """The variant: where gradients are taken, and how many."""
    method = st.pills(
        "Variant",
        list(_METHODS),
        key=METHOD,
        default="smoothgrad",
        required=True,
        format_func=_METHODS.__getitem__,
        bind="query-params",
        help="Gradient: at the input itself, one pass. SmoothGrad: the mean over noisy copies. "
        "Integrated: along the way from a baseline; its values add up to the change of the score.",
    )
    if method == "gradient":
        return Gradient()
    with st.expander("More settings"):
        if method == "smoothgrad":
            return _smoothgrad()
        return _integrated()


def _smoothgrad() -> SmoothGrad:
    samples = st.slider(
        "Samples", 1, 200, 25, help="Noisy copies of the input; the cost grows in proportion."
    )
    spread = st.slider(
        "Spread", 0.0, 0.5, 0.25, 0.05,
        help="Standard deviation of the noise, as a share of the input’s range. 0.2–0.3 looks best.",
    )  # fmt: skip
    magnitude = st.toggle(
        "Mean of magnitudes",
        help="As in the authors’ released code: |gradient| of each copy, each band divided by its "
        "own maximum, then averaged. Off: the signed mean of eq. 2 in the paper.",
    )
    return SmoothGrad(samples, spread, _seed(), "magnitude" if magnitude else "signed")


def _integrated() -> IntegratedGradients:
    steps = st.slider("Steps", 2, 200, 25, help="Points on the way from the baseline to the input.")
    baseline = st.selectbox(
        "Baseline", list(BASELINES), format_func=_BASELINE_NAMES.__getitem__,
        help="Where the way begins: what counts as ‘nothing there’. Zero is mid-grey for networks "
        "that take values of ±1; black is something else.",
    )  # fmt: skip
    rule = st.selectbox("Quadrature", RULES, help="How the points are placed and weighed.")
    noisy = st.toggle("Smooth along the way", help="Adds noise to every point (SmoothGrad too).")
    along = IntegratedGradients(steps, baseline, rule, _seed())
    if not noisy:
        return along
    samples = st.slider("Noisy copies of each point", 1, 25, 4)
    spread = st.slider("Spread", 0.0, 0.5, 0.1, 0.05)
    return SmoothGrad(samples, spread, along.seed, along=along)  # type: ignore[return-value]


def _seed() -> int:
    return int(st.number_input("Seed", 0, 2**31 - 1, 42, help="The same seed gives the same map."))


def _boundary() -> str:
    return st.selectbox(
        "Padding",
        BOUNDARIES,
        help="How the image is continued beyond its edges, where a filter reaches over them.",
    )
