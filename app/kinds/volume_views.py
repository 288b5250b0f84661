"""The result for a volume: slices and scene, projections by band, reconstruction."""

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st
import torch
from torch import Tensor

from app import glossary, kinds
from app.components.page import Slices, chart, slicer
from app.components.predictions import ask_about_part
from app.components.views import choose_look, choose_share
from app.figures import captions, projections
from app.kinds import volume_grid, volume_slices
from app.session import SHARE, Explained, Subject, plain, recall
from wam_core.plot.planes import axis_name
from wam_core.views import Selection, reconstruction
from wam_core.views import profile as scale_profile

_MOST, _PART = 10.0, 0.25  # where a reconstruction starts: in %, and of what is not zero
_VIEWS, _SMALL = 560, 118  # px


def overview(explained: Explained) -> None:
    """Three linked slices and the scene, with all views of the attribution."""
    slicer(_result_slices(explained.key, explained), key="volume")


@st.cache_resource(scope="session", max_entries=4, show_spinner=False)
def _result_slices(key: str, _explained: Explained) -> Slices:
    """Kept, as what the browser gets is kept with it."""
    subject, result = _explained.subject, _explained.result
    groups = kinds.of(subject.signal).groups(result.attribution)
    return volume_slices.of_result(result, subject.net, subject.signal, groups)


def tabs(explained: Explained) -> Mapping[str, Callable[[], None]]:
    """Each draws the controls that it needs."""
    return {
        "Bands": partial(_bands, explained),
        "Reconstruct": partial(_reconstruct, explained),
    }


def draw_input(explained: Explained) -> None:
    """What was uploaded beside what the network receives, on a narrow screen too."""
    picture, name = volume_grid.original(explained.subject.signal)
    here = volume_grid.grid_info(explained)
    with st.container(horizontal=True, gap="small"):
        st.image(
            picture,
            width=_SMALL,
            alt="The input as it was uploaded, seen through from three sides",
        )
        st.image(
            volume_grid.through(explained, explained.result.input),
            width=_SMALL,
            alt="The input as the network receives it, seen through from three sides",
        )
    st.caption(
        plain(
            f"Left, the original: {name}. Right, what the network sees: {here.made}. "
            f"{volume_grid.seen_through(here.ends).capitalize()}."
        )
    )


def _bands(explained: Explained) -> None:
    """Every band, projected along one axis."""
    look = choose_look(st.context.theme.type == "dark")
    result, here = explained.result, volume_grid.grid_info(explained)
    a, b, c = result.size
    axis = st.segmented_control(
        "Projection along", [0, 1, 2], default=1, required=True,
        key=recall("projection-axis"), bind="query-params",
        format_func=lambda number: axis_name(number, here.ends),
        help="Each tile shows the strongest value along this axis (maximum-intensity projection).",
    )  # fmt: skip
    chart(
        projections.figure(
            result.attribution,
            result.transform,
            (a, b, c),
            look,
            here.units(result.layout),
            axis=axis,
        ),
        "projections",
        _alt_text(explained),
    )


def _reconstruct(explained: Explained) -> None:
    """The strongest coefficients alone, and what the network predicts from them."""
    kind, filled = kinds.of(explained.subject.signal), _filled(explained.key, explained)
    slider, scales, switch, how = st.columns([4, 4, 3, 3], vertical_alignment="bottom")
    with slider:
        # most of an object's grid is empty: 10 % of its coefficients may be all that there are
        share = choose_share(
            first=min(_MOST, 100 * _PART * filled),
            key=kind.key(SHARE),
        )
    with scales:
        groups = kind.groups(explained.result.attribution)
        group = st.segmented_control(
            "Scales", ["All", *groups], default="All", required=True,
            key=recall("reconstructed-scales"), bind="query-params",
        )  # fmt: skip
        chosen = [band for name in (groups if group == "All" else [group]) for band in groups[name]]
    with switch:
        drop = st.toggle(
            "Remove instead",
            key=recall("remove"),
            bind="query-params",
            help=glossary.hint(
                "reconstruction", more="Take the strongest away and see what is left."
            ),
        )
    with how:
        form = st.segmented_control(
            "Shown as", ["Projections", "Slices"], default="Projections", required=True,
            key=recall("reconstructed-as"), bind="query-params",
        )  # fmt: skip
    x = reconstruction(explained.result, Selection(share, frozenset(chosen), drop))
    caption = (
        f"{'Without' if drop else 'Only'} the strongest {100 * share:.3g} % of the coefficients in "
        f"{len(chosen)} bands; the rest is zero. In the input {captions.percent(filled)} of "
        "them are not zero to begin with."
    )
    if form == "Slices":
        ask_about_part(explained, x)
        st.caption(caption)
        slicer(
            volume_slices.of_part(x, explained.subject.net, explained.subject.signal), key="part"
        )
        return
    left, right = st.columns([5, 4])
    with left:
        views = volume_grid.seen_through(volume_grid.grid_info(explained).ends).capitalize()
        st.image(
            volume_grid.through(explained, x, side=_VIEWS),
            width="stretch",
            caption=plain(f"{caption} {views}."),
            alt="The reconstruction, seen through from three sides",
        )
    with right:
        ask_about_part(explained, x)


def draw_part_slices(subject: Subject, parts: Mapping[str, Tensor], key: str, lead: str) -> None:
    """One of several parts, in slices; arguments as :meth:`app.kinds.Kind.draw_parts`."""
    net, signal = subject.net, subject.signal
    if any(bool((net.denormalize(x) < -0.01).any()) for x in parts.values()):
        st.caption("In colours: above 0 red, and blue below 0, which no object holds.")
    st.markdown(f"**{lead}**, in slices")
    slicer(volume_slices.of_part(parts[lead], net, signal), key=key)


@st.cache_data(scope="session", max_entries=4, show_spinner=False)
def _filled(key: str, _explained: Explained) -> float:
    """The share of the input's coefficients that are not zero: few where most of it is empty."""
    z = [values[0].abs().flatten() for _, values in _explained.result.coefficients.bands()]
    every = torch.cat(z)
    return float((every > 1e-6 * every.max()).float().mean())


def _alt_text(explained: Explained) -> str:
    return captions.profile_text(
        scale_profile(explained.result.attribution),
        volume_grid.grid_info(explained).units(explained.result.layout),
    )  # fmt: skip
