"""The variant of the method and its settings, at defaults that suit the kind of input."""

import streamlit as st

from app import glossary
from app.components.kinds import KINDS, Kind
from app.figures.units import short
from app.session import LEVELS, METHOD, MOST_STEPS, STEPS, WAVELET, key, put, recall
from wam_core import Classifier, Gradient, IntegratedGradients, PathSigned, SmoothGrad
from wam_core.defaults import COPIES, DEFAULTS, POINTS
from wam_core.path import Path
from wam_core.quadrature import BASELINES, RULES
from wam_core.signals import Modality
from wam_core.transforms import Transform, build
from wam_core.transforms.dwt import BOUNDARIES, WAVELETS

METHODS = {
    "gradient": "Gradient",
    "smoothgrad": "SmoothGrad",
    "integrated": "Integrated",
    "path-signed": "Path-signed",
}
"""The variants, as they are called on buttons and in links."""

_COMMON = ("haar", "db2", "db4", "sym4", "sym8", "coif2", "bior2.2", "bior4.4")
WAVELETS_FIRST = [*_COMMON, *(name for name in WAVELETS if name not in _COMMON)]
"""All wavelets, those first that are asked for most."""


def choose_transform(size: tuple[int, ...], modality: Modality, rate: float = 0.0) -> Transform:
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
    most = build(wavelet=wavelet, levels=1, ndim=ndim).max_levels(size)
    with right:
        levels = st.number_input(
            "Levels",
            1,
            max(most, 1),
            min(at_first.levels(size, rate), max(most, 1)),
            key=recall(_levels_key(modality, most)),
            bind="query-params",
            help=f"{kind.levels_help}\n\nHow often the {modality} is halved; {most} at most for this "
            "wavelet and size.",
        )
    if modality == "sound":
        _say_why(size, wavelet, int(levels), rate)
    return build(wavelet=wavelet, levels=int(levels), ndim=ndim, boundary=_boundary(modality))


def choose_path(net: Classifier, modality: Modality, transform: Transform) -> Path:
    """The variant: where gradients are taken, and how many."""
    at_first = DEFAULTS[modality]
    method = st.pills(
        "Variant",
        list(METHODS),
        key=recall(key(METHOD, modality)),
        default=at_first.method,
        required=True,
        format_func=METHODS.__getitem__,
        bind="query-params",
        help=glossary.hint("variant", "SmoothGrad", "Integrated Gradients", "path-signed"),
    )
    if net.representation is not None and method in ("gradient", "smoothgrad"):
        st.caption(
            "A network that hears decibels has its steepest gradient where it is quiet. "
            "**Integrated** weighs it with what really sounds."
        )
    if method == "gradient":
        return Gradient()
    with st.expander("More settings"):
        if method == "smoothgrad":
            return _smoothgrad(modality)
        if method == "path-signed":
            return PathSigned(transform, _steps("path-signed"))
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
        help=glossary.hint("SmoothGrad", "spread", more="haar, 3 levels, 25 noisy copies at a spread of 0.001."),
        key="as-in-the-paper",
    )  # fmt: skip
    ours = DEFAULTS["sound"]
    row.button(
        "Best to look at", on_click=_set, type="tertiary", key="as-suggested",
        args=(ours.wavelet, ours.levels(size, rate), size, ours.method),
        help=glossary.hint("octave", "Integrated Gradients", more="The settings at the start: db4, octaves down "
        "to about 100 Hz, Integrated."),
    )  # fmt: skip


def _set(wavelet: str, levels: int, size: tuple[int, ...], method: str) -> None:
    put_scales("sound", wavelet, levels, size)
    put(key(METHOD, "sound"), method)


def put_scales(
    modality: Modality, wavelet: str, levels: int, size: tuple[int, ...]
) -> dict[str, str]:
    """Choose wavelet and levels, as many of them as fit; before their controls are drawn.

    Returns:
        What stands in the page's link then, in the words of the controls.
    """
    most = build(wavelet=wavelet, levels=1, ndim=len(size)).max_levels(size)
    chosen = {
        key(WAVELET, modality): wavelet,
        _levels_key(modality, most): min(levels, max(most, 1)),
    }
    for where, value in chosen.items():
        put(where, value)
    return {where: str(value) for where, value in chosen.items()}


def _levels_key(modality: Modality, most: int) -> str:
    return key(f"{LEVELS}-{most}", modality)


def _smoothgrad(modality: Modality) -> SmoothGrad:
    kind, at_first = KINDS[modality], DEFAULTS[modality]
    samples = st.slider(
        "Samples",
        1,
        200,
        POINTS,
        key=recall("samples"),
        bind="query-params",
        help=glossary.hint(
            "SmoothGrad", more="The number of copies; the time grows in proportion."
        ),
    )
    until = st.select_slider(
        "Stop at a standard error of", (0.0, 0.5, 0.3, 0.2, 0.1), 0.0,
        format_func=lambda share: f"{share:.0%}" if share else "never",
        key=recall("until"), bind="query-params",
        help=glossary.hint("standard error", more="Looked at on the way; **Samples** is then the most "
        "that are taken. Never: all of them."),
    )  # fmt: skip
    spread = _spread(kind, at_first.spread, key("spread", modality))
    magnitude = st.toggle(
        "Mean of magnitudes",
        key=recall("magnitudes"),
        bind="query-params",
        help=glossary.hint(
            "magnitude",
            more="As in the authors’ released code: |gradient| of each copy, each band divided by its "
            "own maximum, then averaged. Off: the signed mean of eq. 2 in the paper.",
        ),
    )
    aggregate = "magnitude" if magnitude else "signed"
    return SmoothGrad(samples, spread, _seed(), aggregate, until=until or None)


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
    steps = _steps("Integrated Gradients")
    baseline = st.selectbox(
        "Baseline", [name for name in BASELINES if name in kind.baselines],
        format_func=kind.baselines.__getitem__,
        key=recall(key("baseline", modality)), bind="query-params",
        help=glossary.hint("baseline", more=kind.nothing),
    )  # fmt: skip
    rule = st.selectbox(
        "Quadrature",
        RULES,
        key=recall("rule"),
        bind="query-params",
        help=glossary.hint("quadrature"),
    )
    noisy = st.toggle(
        "Smooth along the way",
        key=recall("smooth"),
        bind="query-params",
        help=glossary.hint("SmoothGrad", more="Here at every point on the way."),
    )
    along = IntegratedGradients(steps, baseline, rule, _seed(), at_first.grading if graded else 1.0)
    if not noisy:
        return along
    samples = st.slider(
        "Noisy copies of each point", 1, 25, COPIES, key=recall("copies"), bind="query-params"
    )
    spread = _spread(kind, at_first.spread_along, key("spread-along", modality))
    return SmoothGrad(samples, spread, along.seed, along=along)  # type: ignore[return-value]


def _steps(variant: str) -> int:
    return st.slider(
        "Steps", 2, MOST_STEPS, POINTS, key=recall(STEPS), bind="query-params",
        help=glossary.hint(variant, more="The number of points on the way."),
    )  # fmt: skip


def _spread(kind: Kind, first: float, where: str) -> float:
    return st.select_slider(
        "Spread", kind.spreads, first, format_func=lambda share: f"{share:g}",
        key=recall(where), bind="query-params",
        help=glossary.hint("spread", more="The paper takes 0.2–0.3 for images, 0.001 for sounds and "
        "0.0001 for volumes."),
    )  # fmt: skip


def _seed() -> int:
    return int(
        st.number_input(
            "Seed",
            0,
            2**31 - 1,
            42,
            key=recall("seed"),
            bind="query-params",
            help=glossary.hint("seed"),
        )
    )


def _boundary(modality: Modality) -> str:
    return st.selectbox(
        "Padding",
        BOUNDARIES,
        index=BOUNDARIES.index(DEFAULTS[modality].padding),
        key=recall(key("padding", modality)),
        bind="query-params",
        help=glossary.hint("padding", "filter"),
    )
