"""The result for a volume: slices, a scene, projections by band, reconstruction."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from app import glossary, kinds
from app.components.page import Slices, chart, slicer
from app.components.predictions import ask_about_part
from app.components.views import choose_bands, choose_look, choose_share
from app.figures import captions, projections, scene
from app.figures.theme import Look
from app.kinds import volume_grid
from app.kinds.received import axis_ends, volume_voxels
from app.session import SHARE, Explained, Subject, plain, recall, session
from wam_core import Band, export
from wam_core.plot.planes import axis_name
from wam_core.views import Selection, reconstruction
from wam_core.views import profile as scale_profile

_BANDS_HELP = glossary.hint(
    "band",
    "orientation",
    "approximation",
    more="One letter for each axis: d = it changes along that axis, a = it does not. So daa are faces "
    "across axis 0, dda edges along axis 2, ddd corners. Switch bands off to see the maps and the "
    "reconstruction without them.",
)
_MOST, _PART = 10.0, 0.25  # where a reconstruction starts: in %, and of what is not zero
_SCENE, _VIEWS, _SMALL = 620, 560, 118  # px


def tabs(explained: Explained) -> Mapping[str, Callable[[], None]]:
    """The maps, after what they are switched by."""
    look = choose_look(st.context.theme.type == "dark")
    units = volume_grid.grid_info(explained).units(explained.result.layout)
    kind = kinds.of(explained.subject.signal)
    chosen = choose_bands(kind, explained.result.attribution, units, _BANDS_HELP)
    return {
        "Overview": partial(_slices, explained, look, chosen),
        "3-D": partial(_scene, explained, look, chosen),
        "Scales × orientations": partial(_grid, explained, look),
        "Reconstruct": partial(_reconstruct, explained, look, chosen),
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


def _slices(explained: Explained, look: Look, chosen: list[Band]) -> None:
    """Three linked slices, with the chosen bands over what the network receives."""
    heat = volume_grid.heat(explained, look, chosen)
    slicer(
        volume_grid.slices(explained, explained.result.input, look, heat, len(chosen)), key="slicer"
    )


def _scene(explained: Explained, look: Look, chosen: list[Band]) -> None:
    """The object and the attribution on it, in space."""
    here = volume_grid.grid_info(explained)
    voxels = here.solid and st.toggle(
        "Voxels",
        key=recall("scene-voxels"),
        bind="query-params",
        help="Draw the cells that the network receives, instead of a smoothed surface.",
    )
    # its colours are always on one scale
    coloured = replace(look, common=True)
    chart(
        _space(
            explained.key, coloured, tuple(chosen), bool(voxels), session().presenting, explained
        ),
        "scene",
        f"The object in space, with the attribution of {len(chosen)} bands. {_alt_text(explained)}",
    )


@st.cache_resource(scope="session", max_entries=4, show_spinner=False)
def _space(
    key: str, look: Look, bands: tuple[Band, ...], voxels: bool, large: bool, _explained: Explained
) -> Any:
    """The scene of some bands; ``large``: the type in it."""
    here = volume_grid.grid_info(_explained)
    return scene.figure(
        volume_grid.grid(_explained, _explained.result.input),
        scene.Heat(volume_grid.heat(_explained, look, list(bands))),
        look,
        spacing=here.spacing,
        unit=here.unit,
        ends=here.ends,
        groups=_groups(key, look, _explained),
        voxels=voxels,
        height=_SCENE,
    )


@st.cache_resource(scope="session", max_entries=4, show_spinner=False)
def _groups(key: str, look: Look, _explained: Explained) -> Mapping[str, scene.Heat]:
    """Fine, middle and coarse levels apart; whatever bands are chosen."""
    return {
        name: scene.Heat(volume_grid.heat(_explained, look, members))
        for name, members in kinds.of(_explained.subject.signal)
        .groups(_explained.result.attribution)
        .items()
    }


def _grid(explained: Explained, look: Look) -> None:
    """Every band, seen through along one axis."""
    result, here = explained.result, volume_grid.grid_info(explained)
    a, b, c = result.size
    axis = st.segmented_control(
        "Seen along", [0, 1, 2], default=1, required=True,
        key=recall("projection-axis"), bind="query-params",
        format_func=lambda number: axis_name(number, here.ends),
        help="Each tile shows the strongest value along this axis (maximum-intensity projection).",
    )  # fmt: skip
    st.caption("Zoom or pan one tile and all follow. Rows: levels, coarse on top.")
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


def _reconstruct(explained: Explained, look: Look, chosen: list[Band]) -> None:
    """What the strongest coefficients alone look like, and what the network makes of them."""
    filled = _filled(explained.key, explained)
    slider, switch, how = st.columns([4, 3, 3], vertical_alignment="bottom")
    with slider:
        # most of an object's grid is empty: 10 % of its coefficients may be all that there are
        share = choose_share(
            first=min(_MOST, 100 * _PART * filled),
            key=kinds.of(explained.subject.signal).key(SHARE),
        )
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
        slicer(volume_grid.slices(explained, x, look), key="reconstructed-slicer")
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
    slicer(
        Slices(
            values=volume_voxels(net, parts[lead]),
            window=volume_grid.EMPTY_TO_FULL,
            spacing=export.network_grid(net, signal).spacing,
            spacing_unit=signal.frame.unit if signal.frame else "",
            ends=axis_ends(signal),
        ),
        key=key,
    )


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
