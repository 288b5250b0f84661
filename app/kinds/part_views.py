"""Parts of an input as still pictures, for the kinds that can be drawn so."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import streamlit as st
from torch import Tensor

from app.figures.units import Units
from wam_core.transforms import Transform
from wam_core.views import piece

_Picture = npt.NDArray[np.uint8]
_TILE = 134  # px of an orientation
_RAISED = ", contrast raised"


def draw_pictures(pictures: Mapping[str, _Picture], columns: int) -> None:
    """By what stands under them, in rows of so many."""
    names = list(pictures)
    for start in range(0, len(names), columns):
        for name, column in zip(names[start : start + columns], st.columns(columns), strict=False):
            column.image(pictures[name], width="stretch", caption=name, alt=name)


def draw_pair(whole: tuple[_Picture, str, str], details: tuple[_Picture, str, str] | None) -> None:
    """A part beside details alone, where there are any: pictures, captions, words for the blind."""
    left, right = st.columns(2)
    picture, caption, alt = whole
    left.image(picture, width="stretch", caption=caption, alt=alt)
    if details is not None:
        picture, caption, alt = details
        right.image(picture, width="stretch", caption=f"{caption}{_RAISED}", alt=alt)


def draw_directions(
    x: Tensor, transform: Transform, units: Units, draw: Callable[[Tensor], _Picture]
) -> None:
    """Every orientation of one level, that can be chosen.

    Args:
        x: what the network receives, (1, c, *space).
        transform: takes it apart.
        units: names the bands.
        draw: details alone, as a picture.
    """
    z = transform.analyse(x)
    level = st.slider(
        "Level", 1, transform.levels, min(2, transform.levels), key=f"lesson-oriented-{transform.levels}"
    )  # fmt: skip
    bands = [band for band, _ in z.bands() if not band.is_approx and band.level == level]
    with st.container(horizontal=True):
        for band in bands:
            st.image(
                draw(piece(transform, z, tuple(x.shape[2:]), [band])), width=_TILE,
                caption=units.band(band), alt=f"{units.band(band)} alone",
            )  # fmt: skip
    st.caption(f"Level {level}: {units.size(bands[0])}{_RAISED}.")
