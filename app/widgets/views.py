"""How to look at a result: sign, scale, bands, share. None of these computes it again."""

import streamlit as st

from app.figures import captions
from app.figures.theme import Look
from app.state import BANDS, SHARE, put
from wam_core import Band, Pyramid

_SHARES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 75.0, 100.0)


def choose_look(dark: bool) -> Look:
    """Magnitude or signed, on a common scale or each band on its own."""
    row = st.container(horizontal=True)
    with row:
        chosen = st.segmented_control(
            "Show", ["magnitude", "signed"], default="magnitude", required=True, key="sign",
            help="Signed: red raises the score, blue lowers it. Magnitude: how strongly, either way.",
        )  # fmt: skip
        common = st.segmented_control(
            "Colours", ["common", "own"], default="common", required=True, key="colours",
            help="Common: the same colour is the same value in every band. Own: each band up to its maximum.",
        )  # fmt: skip
    return Look(dark, chosen, common == "common")


def choose_bands(attribution: Pyramid) -> list[Band]:
    """Which bands drive the map, the overlay and the reconstruction."""
    every = [band for band, _ in attribution.bands()]
    middle = (attribution.levels + 1) / 2
    groups = {
        "All": every,
        "Coarse": [b for b in every if b.is_approx or b.level > middle],
        "Fine": [b for b in every if not b.is_approx and b.level <= middle],
    }
    key = f"{BANDS}-{attribution.levels}"
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        chosen = st.pills(
            "Bands", every, selection_mode="multi", default=every, key=key, format_func=captions.chip,
            help="A = approximation; H, V, D = horizontal, vertical, diagonal detail. Switch bands off "
            "to see the map and the reconstruction without them.",
        )  # fmt: skip
        for name, members in groups.items():
            st.button(name, on_click=put, args=(key, members), key=f"bands-{name}", type="tertiary")
    return list(chosen)


def choose_share() -> tuple[float, bool]:
    """The share of the coefficients to keep, 0 … 1, and whether to drop it instead."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        share = st.select_slider(
            "Strongest coefficients", _SHARES, 10.0, format_func=lambda q: f"{q:g} %", key=SHARE
        )
    with right:
        drop = st.toggle("Remove instead", help="Take the strongest away and see what is left.")
    return share / 100, drop
