"""The variant of the method and its settings, at defaults that suit the kind of input."""

import streamlit as st

from app import glossary
from app.kinds import Kind
from app.session import LEVELS, METHOD, MOST_STEPS, STEPS, WAVELET, put, recall
from wam_core import (
    Classifier,
    Gradient,
    IntegratedGradients,
    PathSigned,
    SmoothGrad,
)
from wam_core.defaults import COPIES, POINTS
from wam_core.path import Path
from wam_core.quadrature import BASELINES, RULES
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


def choose_transform(size: tuple[int, ...], kind: Kind, rate: float = 0.0) -> Transform:
    """Wavelet, levels and padding, within what the size of the input allows.

    Args:
        size: of what the network receives.
        kind: of input, whose defaults are taken.
        rate: samples per second, for a sound.
    """
    at_first, ndim = kind.defaults, len(size)
    left, right = st.columns(2)
    with left:
        wavelet = st.selectbox(
            "Wavelet",
            WAVELETS_FIRST,
            index=WAVELETS_FIRST.index(at_first.wavelet),
            key=recall(kind.key(WAVELET)),
            bind="query-params",
            help=kind.settings.wavelet_help,
        )
    most = build(wavelet=wavelet, levels=1, ndim=ndim).max_levels(size)
    with right:
        levels = st.number_input(
            "Levels",
            1,
            max(most, 1),
            min(at_first.levels(size, rate), max(most, 1)),
            key=recall(_levels_key(kind, most)),
            bind="query-params",
            help=f"{kind.settings.levels_help}\n\nHow often the {kind.name} is halved; {most} at most for this "
            "wavelet and size.",
        )
    kind.note_scales(wavelet, int(levels), size, rate)
    return build(wavelet=wavelet, levels=int(levels), ndim=ndim, boundary=_boundary(kind))


def choose_scales(
    size: tuple[int, ...], net: Classifier, kind: Kind, place: str, first: int = 0
) -> Transform:
    """A transform where several are chosen on one screen; padding is what suits the input.

    Args:
        size: of what the network receives.
        net: the network.
        kind: of input, whose defaults are taken.
        place: where on the screen; each has a choice of its own.
        first: how many levels it starts with, where they fit; 0 takes those of the kind.

    Raises:
        SettingsError: the wavelet is too long for the size.
    """
    usual, ndim = kind.defaults, len(size)
    wavelet = st.selectbox(
        "Wavelet", WAVELETS_FIRST, WAVELETS_FIRST.index(usual.wavelet),
        key=recall(kind.key(f"wavelet-{place}")), bind="query-params",
        help=kind.settings.wavelet_help,
    )  # fmt: skip
    most = max(1, build(wavelet=wavelet, levels=1, ndim=ndim).max_levels(size))
    rate = getattr(net.frontend, "rate", 0.0)
    levels = st.number_input(
        "Levels", 1, most, min(first or usual.levels(size, rate), most),
        key=recall(kind.key(f"levels-{place}-{most}")), bind="query-params",
        help=kind.settings.levels_help,
    )  # fmt: skip
    transform = build(wavelet=wavelet, levels=int(levels), ndim=ndim, boundary=usual.padding)
    transform.check(size)
    return transform


def choose_path(net: Classifier, kind: Kind, transform: Transform) -> Path:
    """The variant: where gradients are taken, and how many."""
    at_first = kind.defaults
    method = st.pills(
        "Variant",
        list(METHODS),
        key=recall(kind.key(METHOD)),
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
            return _smoothgrad(kind)
        if method == "path-signed":
            return PathSigned(transform, _steps("path-signed"))
        return _integrated(kind)


def put_scales(kind: Kind, wavelet: str, levels: int, size: tuple[int, ...]) -> dict[str, str]:
    """Choose wavelet and levels, as many of them as fit; before their controls are drawn.

    Returns:
        What stands in the page's link then, in the words of the controls.
    """
    most = build(wavelet=wavelet, levels=1, ndim=len(size)).max_levels(size)
    chosen = {
        kind.key(WAVELET): wavelet,
        _levels_key(kind, most): min(levels, max(most, 1)),
    }
    for where, value in chosen.items():
        put(where, value)
    return {where: str(value) for where, value in chosen.items()}


def _levels_key(kind: Kind, most: int) -> str:
    return kind.key(f"{LEVELS}-{most}")


def _smoothgrad(kind: Kind) -> SmoothGrad:
    at_first = kind.defaults
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
    spread = _spread(kind, at_first.spread, kind.key("spread"))
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


def _integrated(kind: Kind) -> IntegratedGradients:
    at_first = kind.defaults
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
        "Baseline", [name for name in BASELINES if name in kind.settings.baselines],
        format_func=kind.settings.baselines.__getitem__,
        key=recall(kind.key("baseline")), bind="query-params",
        help=glossary.hint("baseline", more=kind.settings.zero_help),
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
    spread = _spread(kind, at_first.spread_along, kind.key("spread-along"))
    return SmoothGrad(samples, spread, along.seed, along=along)  # type: ignore[return-value]


def _steps(variant: str) -> int:
    return st.slider(
        "Steps", 2, MOST_STEPS, POINTS, key=recall(STEPS), bind="query-params",
        help=glossary.hint(variant, more="The number of points on the way."),
    )  # fmt: skip


def _spread(kind: Kind, first: float, where: str) -> float:
    return st.select_slider(
        "Spread", kind.settings.spreads, first, format_func=lambda share: f"{share:g}",
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


def _boundary(kind: Kind) -> str:
    return st.selectbox(
        "Padding",
        BOUNDARIES,
        index=BOUNDARIES.index(kind.defaults.padding),
        key=recall(kind.key("padding")),
        bind="query-params",
        help=glossary.hint("padding", "filter"),
    )
