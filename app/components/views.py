"""How to look at a result: sign, scale, bands, share. None of these computes it again."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app import glossary
from app.figures.theme import Look
from app.figures.units import Units
from app.kinds import Kind
from app.session import BANDS, SHARE, put, recall
from wam_core import Band, Bands
from wam_core.views import Sign

_SHARES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 75.0, 100.0)


def choose_look(
    dark: bool, *, scales: Sequence[str] = ("common", "own"), scale: str = "common"
) -> Look:
    """Magnitude or signed, on a common scale or each band on its own.

    Args:
        dark: whether the page is.
        scales: that are offered; one is no choice.
        scale: the first choice among them.
    """
    row = st.container(horizontal=True, width="content")
    with row:
        chosen = st.segmented_control(
            "Show", ["magnitude", "signed"], default="magnitude", required=True,
            key=recall("sign"), bind="query-params",
            help=glossary.hint("importance", "magnitude", "signed"),
        )  # fmt: skip
        if len(scales) > 1:
            scale = st.segmented_control(
                "Colours", scales, default=scale, required=True, key=recall("colours"), bind="query-params",
                help=glossary.hint("band", more="Common: the same colour is the same value in every band. "
                "Own: each band up to its maximum."),
            )  # fmt: skip
    sign: Sign = "signed" if chosen == "signed" else "magnitude"
    return Look(dark, sign, scale == "common")


def choose_bands(kind: Kind, attribution: Bands, units: Units, meaning: str) -> list[Band]:
    """Which bands drive the map, the reconstruction and what is heard.

    Args:
        kind: of input; each keeps its own choice, and takes levels together in its own groups.
        attribution: whose bands.
        units: how they are named.
        meaning: of the names and of switching them off, for those who ask.
    """
    every = [band for band, _ in attribution.bands()]
    switches = kind.key(f"{BANDS}-{attribution.levels}")
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        chosen = st.pills(
            "Bands", every, selection_mode="multi", default=every, wrap=True,
            key=recall(switches), bind="query-params", format_func=units.chip, help=meaning,
        )  # fmt: skip
        for name, members in {"All": every, **kind.groups(attribution)}.items():
            st.button(
                name, on_click=put, args=(switches, members), key=f"bands-{name}", type="tertiary"
            )
    return list(chosen)


def choose_share(
    label: str = "Strongest coefficients",
    *,
    first: float = 10.0,
    key: str = SHARE,
    **place: Any,
) -> float:
    """The share of the coefficients to keep, 0 … 1.

    Args:
        label: of the slider.
        first: where it starts, in %: at the step of the slider that is not above this.
        key: of the slider; pictures and sounds have one in common.
        place: how the slider lies on the page.
    """
    share = st.select_slider(
        label,
        _SHARES,
        max((share for share in _SHARES if share <= first), default=_SHARES[0]),
        format_func=lambda q: f"{q:g} %",
        key=recall(key),
        bind="query-params",
        **place,
    )
    return float(share) / 100
