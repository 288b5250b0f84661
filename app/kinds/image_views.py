"""The result for a picture: the linked viewer, bands, levels, reconstruction."""

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from app import glossary, kinds
from app.components.page import chart
from app.components.predictions import ask_about_part
from app.components.viewer import Plane, viewer
from app.components.views import choose_bands, choose_look, choose_share
from app.figures import captions, image_maps
from app.figures.units import Pixels
from app.kinds.received import image_pixels
from app.session import Explained, plain, recall
from wam_core.network_input import description
from wam_core.views import Selection, heat_map, over_channels, reconstruction
from wam_core.views import profile as scale_profile

_BANDS_HELP = glossary.hint(
    "band",
    "level",
    "orientation",
    "approximation",
    more="H, V, D = horizontal, vertical, diagonal detail. Switch bands off to see the "
    "reconstruction without them.",
)


def overview(explained: Explained) -> None:
    """The attribution over the input, its bands and its scales, linked."""
    result, kind = explained.result, kinds.of(explained.subject.signal)
    units = Pixels(result.layout)
    viewer(
        Plane(
            image_pixels(explained.subject.net, result.input),
            result.attribution,
            result.layout,
            {band: units.words(band) for band in result.layout},
            kind.groups(result.attribution),
        ),
        kind.name,
        explained.key,
    )


def tabs(explained: Explained) -> Mapping[str, Callable[[], None]]:
    """Every band, every level, and what a part of the coefficients looks like."""
    return {
        "Bands": partial(_grid, explained),
        "Levels": partial(_levels, explained),
        "Reconstruct": partial(_reconstruct, explained),
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


def _grid(explained: Explained) -> None:
    """Every band on the input's own grid."""
    result, look = explained.result, choose_look(_dark(), scale="own")
    rows, columns = result.size
    st.caption("Zoom and pan are linked. Rows: levels, coarse on top. Columns: orientations.")
    chart(
        image_maps.grid_figure(result.attribution, result.transform, (rows, columns), look),
        "grid",
        _alt_text(explained),
    )


def _levels(explained: Explained) -> None:
    """The sum of the orientations of each level over the input."""
    result, look = explained.result, choose_look(_dark(), scales=())
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


def _reconstruct(explained: Explained) -> None:
    """What the strongest coefficients alone look like, and what the network predicts for them."""
    net, result = explained.subject.net, explained.result
    kind = kinds.of(explained.subject.signal)
    chosen = choose_bands(kind, result.attribution, Pixels(result.layout), _BANDS_HELP)
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
    x = reconstruction(result, Selection(share, frozenset(chosen), drop))
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


def _dark() -> bool:
    return st.context.theme.type == "dark"


def _alt_text(explained: Explained) -> str:
    result = explained.result
    return captions.profile_text(scale_profile(result.attribution), Pixels(result.layout))
