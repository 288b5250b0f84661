"""The variant of the method and its settings, at defaults that suit the kind of input."""

import streamlit as st

from app.figures.units import short
from app.state import LEVELS, METHOD, MOST_STEPS, STEPS, WAVELET, key, put, recall
from app.widgets.kinds import KINDS, Kind
from wam_core import Classifier, Gradient, IntegratedGradients, SmoothGrad, WaveletTransform
from wam_core.defaults import DEFAULTS, POINTS
from wam_core.paths import BASELINES, RULES
from wam_core.signals import Modality
from wam_core.transform import BOUNDARIES, WAVELETS

_METHODS = {"gradient": "Gradient", "smoothgrad": "SmoothGrad", "integrated": "Integrated"}
_COMMON = ("haar", "db2", "db4", "sym4", "sym8", "coif2", "bior2.2", "bior4.4")
WAVELETS_FIRST = [*_COMMON, *(name for name in WAVELETS if name not in _COMMON)]
"""All wavelets, those first that are asked for most."""


def choose_transform(
    size: tuple[int, ...], modality: Modality, rate: float = 0.0
) -> WaveletTransform:
    """Wavelet, levels and padding, within what the size of the input allows.

    Args:
        size: of what the network receives.
        modality: whose defaults are taken.
        rate: samples per second, for a sound.
    """
    kind, at_first, ndim = KINDS[modality], DEFAULTS[modality], len(size)
    left, right = st.columns(2)
    with left:
        wavelet = st.selectbox(
            "Wavelet",
            WAVELETS_FIRST,
            index=WAVELETS_FIRST.index(at_first.wavelet),
            key=recall(key(WAVELET, modality)),
            bind="query-params",
            help=kind.wavelet_help,
        )
    most = WaveletTransform(wavelet, 1, ndim=ndim).max_levels(size)
    with right:
        levels = st.number_input(
            "Levels",
            1,
            max(most, 1),
            min(at_first.levels(size, rate), max(most, 1)),
            key=recall(_levels_key(modality, most)),
            bind="query-params",
            help=f"How often the {modality} is halved; {most} at most for this wavelet and size. "
            + kind.levels_help,
        )
    if modality == "sound":
        _say_why(size, wavelet, int(levels), rate)
    return WaveletTransform(wavelet, int(levels), ndim=ndim, boundary=_boundary(modality))


def choose_path(net: Classifier, modality: Modality) -> Gradient | SmoothGrad | IntegratedGradients:
    """The variant: where gradients are taken, and how many."""
    at_first = DEFAULTS[modality]
    method = st.pills(
        "Variant",
        list(_METHODS),
        key=recall(key(METHOD, modality)),
        default=at_first.method,
        required=True,
        format_func=_METHODS.__getitem__,
        bind="query-params",
        help="Gradient: at the input itself, one pass. SmoothGrad: the mean over noisy copies. "
        "Integrated: along the way from a baseline; its values add up to the change of the score.",
    )
    if net.representation is not None and method != "integrated":
        st.caption(
            "A network that hears decibels has its steepest gradient where it is quiet. "
            "**Integrated** weighs it with what really sounds."
        )
    if method == "gradient":
        return Gradient()
    with st.expander("More settings"):
        if method == "smoothgrad":
            return _smoothgrad(modality)
        return _integrated(modality)


def _say_why(size: tuple[int, ...], wavelet: str, levels: int, rate: float) -> None:
    """What the choice means in Hz, why it is the default, and the paper's in one click."""
    lowest = short(rate / 2 ** (levels + 1))
    if (wavelet, levels) == ("haar", 3):
        st.caption(
            f"As in the paper: three octaves, and all below {lowest} in one band. haar’s bands "
            "overlap: a tone shows in several."
        )
    else:
        st.caption(
            f"{levels} octaves down to {lowest}"
            + (", told apart better than by the paper’s haar." if wavelet != "haar" else ".")
        )
    row = st.container(horizontal=True)
    row.button(
        "As in the paper", on_click=_set, args=("haar", 3, size, "smoothgrad"), type="tertiary",
        help="haar, 3 levels, SmoothGrad with 25 samples at a spread of 0.001.",
        key="as-in-the-paper",
    )  # fmt: skip
    ours = DEFAULTS["sound"]
    row.button(
        "Best to look at", on_click=_set, type="tertiary", key="as-suggested",
        args=(ours.wavelet, ours.levels(size, rate), size, ours.method),
        help="The settings at the start: db4, octaves down to about 100 Hz, Integrated.",
    )  # fmt: skip


def _set(wavelet: str, levels: int, size: tuple[int, ...], method: str) -> None:
    most = WaveletTransform(wavelet, 1, ndim=len(size)).max_levels(size)
    put(key(WAVELET, "sound"), wavelet)
    put(_levels_key("sound", most), min(levels, max(most, 1)))
    put(key(METHOD, "sound"), method)


def _levels_key(modality: Modality, most: int) -> str:
    return key(f"{LEVELS}-{most}", modality)


def _smoothgrad(modality: Modality) -> SmoothGrad:
    kind, at_first = KINDS[modality], DEFAULTS[modality]
    samples = st.slider(
        "Samples", 1, 200, POINTS, key=recall("samples"), bind="query-params",
        help="Noisy copies of the input; the cost grows in proportion.",
    )  # fmt: skip
    spread = _spread(kind, at_first.spread, key("spread", modality))
    magnitude = st.toggle(
        "Mean of magnitudes",
        key=recall("magnitudes"),
        bind="query-params",
        help="As in the authors’ released code: |gradient| of each copy, each band divided by its "
        "own maximum, then averaged. Off: the signed mean of eq. 2 in the paper.",
    )
    return SmoothGrad(samples, spread, _seed(), "magnitude" if magnitude else "signed")


def _integrated(modality: Modality) -> IntegratedGradients:
    kind, at_first = KINDS[modality], DEFAULTS[modality]
    graded = at_first.grading > 1
    if graded:
        graded = st.toggle(
            "Crowd the points near silence",
            True,
            key=recall("graded"),
            bind="query-params",
            help="Sound networks change most where a sound is all but silent (decibels above "
            "all): evenly spaced points step over that part of the way and miss some of the sum. "
            "The way itself stays the same.",
        )
    steps = st.slider(
        "Steps", 2, MOST_STEPS, POINTS, key=recall(STEPS), bind="query-params",
        help="Points on the way from the baseline to the input.",
    )  # fmt: skip
    baseline = st.selectbox(
        "Baseline", [name for name in BASELINES if name in kind.baselines],
        format_func=kind.baselines.__getitem__, key=recall(key("baseline", modality)),
        bind="query-params",
        help="Where the way begins: what counts as ‘nothing there’. "
        + kind.nothing,
    )  # fmt: skip
    rule = st.selectbox(
        "Quadrature", RULES, key=recall("rule"), bind="query-params",
        help="How the points are placed and weighed.",
    )  # fmt: skip
    noisy = st.toggle(
        "Smooth along the way", key=recall("smooth"), bind="query-params",
        help="Adds noise to every point (SmoothGrad too).",
    )  # fmt: skip
    along = IntegratedGradients(steps, baseline, rule, _seed(), at_first.grading if graded else 1.0)
    if not noisy:
        return along
    samples = st.slider(
        "Noisy copies of each point", 1, 25, 4, key=recall("copies"), bind="query-params"
    )
    spread = _spread(kind, min(at_first.spread, 0.1), key("spread-along", modality))
    return SmoothGrad(samples, spread, along.seed, along=along)  # type: ignore[return-value]


def _spread(kind: Kind, first: float, where: str) -> float:
    return st.select_slider(
        "Spread", kind.spreads, first, format_func=lambda share: f"{share:g}",
        key=recall(where), bind="query-params",
        help="Standard deviation of the noise, as a share of the input’s range. The paper takes "
        "0.2–0.3 for images, 0.001 for sounds and 0.0001 for volumes.",
    )  # fmt: skip


def _seed() -> int:
    return int(
        st.number_input(
            "Seed", 0, 2**31 - 1, 42, key=recall("seed"), bind="query-params",
            help="The same seed gives the same map.",
        )
    )  # fmt: skip


def _boundary(modality: Modality) -> str:
    return st.selectbox(
        "Padding",
        BOUNDARIES,
        index=BOUNDARIES.index(DEFAULTS[modality].padding),
        key=recall(key("padding", modality)),
        bind="query-params",
        help=KINDS[modality].boundary_help,
    )
