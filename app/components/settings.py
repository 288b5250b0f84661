"""The variant of the method and its settings, at defaults that suit the kind of input."""

from collections.abc import Callable, Mapping
from typing import Any, get_args

import streamlit as st

from app import glossary
from app.components.method_gains import chip_style, gain
from app.kinds import Kind
from app.request import MOST_PASSES, Baseline, ExplainRequest, Padding, Rule, in_link
from app.session import METHOD_MENU, plain, put, recall, session
from wam_core import Classifier
from wam_core.defaults import COPIES, METHOD, POINTS
from wam_core.path import Path
from wam_core.transforms import DEFAULT, Transform, build, names, parameters
from wam_core.transforms.dwt import WAVELETS

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
    """Transform, wavelet, levels and padding, within what the size of the input allows.

    Args:
        size: of what the network receives.
        kind: of input, whose defaults are taken.
        rate: samples per second, for a sound.
    """
    name = _choose_name(kind)
    left, right = st.columns(2)
    with left:
        chosen = _choose_wavelet(name, kind)
    most = _most_levels(name, size, chosen)
    with right:
        levels = st.number_input(
            "Levels",
            1,
            max(most, 1),
            min(kind.defaults.levels(size, rate), max(most, 1)),
            key=recall(field_key("levels", kind, f"-{most}")),
            bind="query-params",
            help=f"{kind.settings.levels_help}\n\nHow often the {kind.name} is halved; {most} at most for this "
            "wavelet and size.",
        )
    if "wavelet" in chosen:
        kind.note_scales(chosen["wavelet"], int(levels), size, rate)
    if "boundary" in parameters(name):
        chosen["boundary"] = _padding(kind)
    return build(name, ndim=len(size), levels=int(levels), **chosen)


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
    usual, name = kind.defaults, _choose_name(kind, f"-{place}")
    chosen = _choose_wavelet(name, kind, f"-{place}")
    most = max(1, _most_levels(name, size, chosen))
    rate = getattr(net.frontend, "rate", 0.0)
    levels = st.number_input(
        "Levels", 1, most, min(first or usual.levels(size, rate), most),
        key=recall(field_key("levels", kind, f"-{place}-{most}")), bind="query-params",
        help=kind.settings.levels_help,
    )  # fmt: skip
    if "boundary" in parameters(name):
        chosen["boundary"] = usual.padding
    transform = build(name, ndim=len(size), levels=int(levels), **chosen)
    transform.check(size)
    return transform


def _choose_name(kind: Kind, place: str = "") -> str:
    """One of the registered transforms, where there are several."""
    if len(names()) == 1:
        return DEFAULT
    return st.selectbox(
        "Transform", names(), key=recall(field_key("transform", kind, place)), bind="query-params",
        help=glossary.hint("wavelet transform"),
    )  # fmt: skip


def _choose_wavelet(name: str, kind: Kind, place: str = "") -> dict[str, str]:
    """The wavelet, where the transform takes one."""
    if "wavelet" not in parameters(name):
        return {}
    wavelet = st.selectbox(
        "Wavelet", WAVELETS_FIRST, WAVELETS_FIRST.index(kind.defaults.wavelet),
        key=recall(field_key("wavelet", kind, place)), bind="query-params",
        help=kind.settings.wavelet_help,
    )  # fmt: skip
    return {"wavelet": wavelet}


def _most_levels(name: str, size: tuple[int, ...], chosen: Mapping[str, str]) -> int:
    return build(name, ndim=len(size), levels=1, **chosen).max_levels(size)


def put_scales(kind: Kind, wavelet: str, levels: int, size: tuple[int, ...]) -> dict[str, str]:
    """Choose wavelet and levels, as many of them as fit; before their controls are drawn.

    Returns:
        What stands in the page's link then, in the words of the controls.
    """
    most = _most_levels(DEFAULT, size, {"wavelet": wavelet})
    chosen = {
        field_key("wavelet", kind): wavelet,
        field_key("levels", kind, f"-{most}"): min(levels, max(most, 1)),
    }
    if len(names()) > 1:
        chosen[field_key("transform", kind)] = DEFAULT
    for where, value in chosen.items():
        put(where, value, METHOD_MENU)
    return {where: str(value) for where, value in chosen.items()}


def field_key(field: str, kind: Kind, addition: str = "") -> str:
    """How the control of a request's field is called on the page and in links.

    Args:
        field: of :class:`~app.request.ExplainRequest`.
        kind: of input; some fields have a control for each.
        addition: for a control of the same field elsewhere.
    """
    link = in_link(field)
    name = f"{link.name or field}{addition}"
    return kind.key(name) if link.per_kind else name


def method_title(kind: Kind) -> str:
    """The name of the variant that is chosen, before its control is drawn."""
    where = field_key("method", kind)
    method = st.session_state.get(where) or session().chosen.get(where)
    return METHODS[method or _linked_method(where) or METHOD]


def _linked_method(where: str) -> str | None:
    """The variant that a link names."""
    title = st.query_params.get(where)
    return next((name for name, known in METHODS.items() if known == title), None)


def choose_path(net: Classifier, kind: Kind, transform: Transform) -> Path:
    """The variant: where gradients are taken, and how many."""
    _restore_method(kind)
    st.html(chip_style(kind.name, list(METHODS)))
    with st.container(key="method-chips"):
        method = st.pills(
            "Method",
            list(METHODS),
            key=recall(field_key("method", kind)),
            default=METHOD,
            required=True,
            format_func=METHODS.__getitem__,
            bind="query-params",
            help=glossary.hint("variant", "SmoothGrad", "Integrated Gradients", "path-signed"),
        )
    measured = gain(kind.name, method)
    st.caption(plain(measured.sentence if measured else "No gain over |z| measured."))
    if net.representation is not None and method in ("gradient", "smoothgrad"):
        st.caption(
            "A network that hears decibels has its steepest gradient where it is quiet. "
            "**Integrated** weighs it with what really sounds."
        )
    fields: dict[str, Any] = {"method": method}
    if method != "gradient":
        fields |= _FIELDS[method](kind)
    return ExplainRequest(**fields).build_path(kind.defaults, transform)


def _restore_method(kind: Kind) -> None:
    """Choose SmoothGrad where the link has its settings and no variant, as links of 0.1 do for images."""
    chosen, link = field_key("method", kind), st.query_params
    if session().explained or chosen in link or chosen in st.session_state:
        return
    fields = (field_key(name, kind) for name in ("samples", "tolerance", "spread"))
    if any(name in link for name in (*fields, "magnitudes")):
        put(chosen, "smoothgrad", METHOD_MENU)
        link[chosen] = METHODS["smoothgrad"]


def _smoothgrad(kind: Kind) -> dict[str, Any]:
    samples = st.slider(
        "Samples",
        1,
        MOST_PASSES,
        POINTS,
        key=recall(field_key("samples", kind)),
        bind="query-params",
        help=glossary.hint(
            "SmoothGrad", more="The number of copies; the time grows in proportion."
        ),
    )
    tolerance = st.select_slider(
        "Stop at a standard error of", (0.0, 0.5, 0.3, 0.2, 0.1), 0.0,
        format_func=lambda share: f"{share:.0%}" if share else "never",
        key=recall(field_key("tolerance", kind)), bind="query-params",
        help=glossary.hint("standard error", more="Looked at on the way; **Samples** is then the most "
        "that are taken. Never: all of them."),
    )  # fmt: skip
    spread = _spread(kind, kind.defaults.spread)
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
    return {
        "method": "smoothgrad-magnitude" if magnitude else "smoothgrad",
        "samples": samples,
        "tolerance": tolerance or None,
        "spread": spread,
        "seed": _seed(kind),
    }


def _integrated(kind: Kind) -> dict[str, Any]:
    grading = kind.defaults.grading
    if grading > 1 and not st.toggle(
        "Crowd the points near silence",
        True,
        key=recall("graded"),
        bind="query-params",
        help="Sound networks change most where a sound is all but silent (decibels above "
        "all): evenly spaced points step over that part of the way and miss some of the sum. "
        "The way itself stays the same.",
    ):
        grading = 1.0
    steps = _steps("Integrated Gradients", kind)
    baseline = st.selectbox(
        "Baseline", [name for name in get_args(Baseline) if name in kind.settings.baselines],
        format_func=kind.settings.baselines.__getitem__,
        key=recall(field_key("baseline", kind)), bind="query-params",
        help=glossary.hint("baseline", more=kind.settings.zero_help),
    )  # fmt: skip
    rule = st.selectbox(
        "Quadrature",
        get_args(Rule),
        key=recall(field_key("rule", kind)),
        bind="query-params",
        help=glossary.hint("quadrature"),
    )
    noisy = st.toggle(
        "Smooth along the way",
        key=recall("smooth"),
        bind="query-params",
        help=glossary.hint("SmoothGrad", more="Here at every point on the way."),
    )
    fields = {
        "steps": steps,
        "baseline": baseline,
        "rule": rule,
        "seed": _seed(kind),
        "grading": grading,
    }
    if not noisy:
        return fields
    samples = st.slider(
        "Noisy copies of each point", 1, 25, COPIES, key=recall("copies"), bind="query-params"
    )
    spread = _spread(kind, kind.defaults.spread_along, "-along")
    return {**fields, "method": "smoothgrad-integrated", "samples": samples, "spread": spread}


def _path_signed(kind: Kind) -> dict[str, Any]:
    return {"steps": _steps("path-signed", kind)}


_FIELDS: Mapping[str, Callable[[Kind], dict[str, Any]]] = {
    "smoothgrad": _smoothgrad,
    "integrated": _integrated,
    "path-signed": _path_signed,
}
"""The controls of a variant; each gives fields of a request."""


def _steps(variant: str, kind: Kind) -> int:
    return st.slider(
        "Steps", 2, MOST_PASSES, POINTS, key=recall(field_key("steps", kind)), bind="query-params",
        help=glossary.hint(variant, more="The number of points on the way."),
    )  # fmt: skip


def _spread(kind: Kind, first: float, addition: str = "") -> float:
    return st.select_slider(
        "Spread", kind.settings.spreads, first, format_func=lambda share: f"{share:g}",
        key=recall(field_key("spread", kind, addition)), bind="query-params",
        help=glossary.hint("spread", more="The paper takes 0.2–0.3 for images, 0.001 for sounds and "
        "0.0001 for volumes."),
    )  # fmt: skip


def _seed(kind: Kind) -> int:
    return int(
        st.number_input(
            "Seed",
            0,
            2**31 - 1,
            ExplainRequest().seed,
            key=recall(field_key("seed", kind)),
            bind="query-params",
            help=glossary.hint("seed"),
        )
    )


def _padding(kind: Kind) -> str:
    choices = get_args(Padding)
    padding: str = st.selectbox(
        "Padding",
        choices,
        index=choices.index(kind.defaults.padding),
        key=recall(field_key("padding", kind)),
        bind="query-params",
        help=glossary.hint("padding", "filter"),
    )
    return padding
