"""The result for a picture: overlay and mosaic, bands, levels, reconstruction."""

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from app import glossary, kinds
from app.components.page import chart
from app.components.predictions import ask_about_part
from app.components.views import choose_bands, choose_look, choose_share
from app.figures import captions, image_maps
from app.figures.theme import Look
from app.figures.units import Pixels
from app.kinds.received import image_pixels
from app.session import Explained, plain, recall
from wam_core import Band
from wam_core.network_input import description
from wam_core.views import Selection, heat_map, over_channels, reconstruction
from wam_core.views import profile as scale_profile

_BANDS_HELP = glossary.hint(
    "band",
    "level",
    "orientation",
    "approximation",
    more="H, V, D = horizontal, vertical, diagonal detail. Switch bands off to see the map and the "
    "reconstruction without them.",
)


def tabs(explained: Explained) -> Mapping[str, Callable[[], None]]:
    """The maps, after what they are switched by."""
    look = choose_look(st.context.theme.type == "dark")
    kind = kinds.of(explained.subject.signal)
    chosen = choose_bands(
        kind, explained.result.attribution, Pixels(explained.result.layout), _BANDS_HELP
    )
    return {
        "Overview": partial(_map, explained, look, chosen),
        "Scales × orientations": partial(_grid, explained, look),
        "Per level": partial(_levels, explained, look),
        "Reconstruct": partial(_reconstruct, explained, chosen),
    }


def draw_input(explained: Explained) -> None:
    """What was uploaded beside what the network receives, on a narrow screen too."""
    signal, net = explained.subject.signal, explained.subject.net
    with st.container(horizontal=True, gap="small"):
        with st.container(width="stretch"):
            st.image(
                signal.values.transpose(1, 2, 0),
                width="stretch",
                caption=plain(f"Original: {signal.name}"),
                alt="The input as it was uploaded",
            )
        with st.container(width="stretch"):
            st.image(
                image_pixels(net, explained.result.input),
                width="stretch",
                caption=plain("What the network sees: " + description(net, signal)),
                alt="The input as the network receives it",
            )


def _map(explained: Explained, look: Look, chosen: list[Band]) -> None:
    """The overlay beside the mosaic."""
    result = explained.result
    left, right = st.columns(2)
    with left:
        st.markdown(
            "**Where: the chosen bands over the input**", help=glossary.hint("importance", "band")
        )
        opacity, share = st.columns(2)
        alpha = opacity.slider(
            "Opacity", 0.0, 1.0, 0.7, 0.05, key=recall("opacity"), bind="query-params"
        )
        part = share.select_slider(
            "Show the strongest", [1, 2, 5, 10, 20, 50, 100], 20,
            format_func=lambda q: f"{q} %", key=recall("threshold"), bind="query-params",
        )  # fmt: skip
        heat = heat_map(
            over_channels(result.attribution, look.sign), result.transform, result.size, chosen
        )
        chart(
            image_maps.overlay_figure(
                image_pixels(explained.subject.net, result.input), look, heat[0, 0].cpu().numpy(),
                opacity=alpha, share=part / 100, height=500,
            ),
            "overlay",
            f"Heat-map of {len(chosen)} bands over the input, strongest {part} % of the pixels",
        )  # fmt: skip
    with right:
        st.markdown(
            "**What: the mosaic of all bands**", help=glossary.hint("mosaic", "band", "coefficient")
        )
        st.caption(
            "Coarse in the top left corner, finer outwards; each tile is one level and orientation."
        )
        mosaic = image_maps.mosaic_figure(result.attribution, result.layout, look)
        chart(mosaic, "mosaic", _alt_text(explained))


def _grid(explained: Explained, look: Look) -> None:
    """Every band on the input's own grid."""
    result = explained.result
    rows, columns = result.size
    st.caption(
        "Zoom or pan one tile and all follow. Rows: levels, coarse on top. Columns: orientations."
    )
    chart(
        image_maps.grid_figure(result.attribution, result.transform, (rows, columns), look),
        "grid",
        _alt_text(explained),
    )


def _levels(explained: Explained, look: Look) -> None:
    """The sum of the orientations of each level over the input."""
    result = explained.result
    attribution = over_channels(result.attribution, look.sign)
    levels = [None, *range(result.transform.levels, 0, -1)]
    heats = {
        level: heat_map(
            attribution, result.transform, result.size,
            [b for b, _ in attribution.bands() if (None if b.is_approx else b.level) == level],
        )[0, 0].cpu().numpy()
        for level in levels
    }  # fmt: skip
    seen = image_pixels(explained.subject.net, result.input)
    for start in range(0, len(levels), 2):
        for column, level in zip(st.columns(2), levels[start : start + 2], strict=False):
            with column:
                name = "Approximation" if level is None else f"Level {level}"
                info = result.layout.approx if level is None else result.layout.level(level)
                more = "more than" if level is None else "about"
                st.markdown(f"**{name}** · {more} {info.scale:.3g} pixels")
                chart(
                    image_maps.overlay_figure(seen, look, heats[level], opacity=0.85, height=440),
                    f"level-{level}",
                    f"{name} over the input",
                )
    st.caption("Each map has its own scale. The orientations of a level are added up.")


def _reconstruct(explained: Explained, chosen: list[Band]) -> None:
    """What the strongest coefficients alone look like, and what the network makes of them."""
    net = explained.subject.net
    slider, switch = st.columns([3, 1], vertical_alignment="bottom")
    with slider:
        share = choose_share()
    with switch:
        drop = st.toggle(
            "Remove instead",
            key=recall("remove"),
            bind="query-params",
            help=glossary.hint(
                "reconstruction", more="Take the strongest away and see what is left."
            ),
        )
    x = reconstruction(explained.result, Selection(share, frozenset(chosen), drop))
    left, right = st.columns(2)
    with left:
        st.image(
            image_pixels(net, x),
            width="stretch",
            caption=plain(
                f"{'Without' if drop else 'Only'} the strongest {100 * share:.3g} % of the coefficients in "
                f"{len(chosen)} bands; the rest is zero. Values beyond black and white are clipped for display only."
            ),
            alt="The reconstruction",
        )
    with right:
        ask_about_part(explained, x)


def _alt_text(explained: Explained) -> str:
    result = explained.result
    return captions.profile_text(scale_profile(result.attribution), Pixels(result.layout))
