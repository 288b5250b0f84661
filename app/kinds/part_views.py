"""Parts of an input as still pictures, for the kinds that can be drawn so."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st
from torch import Tensor

from wam_core.transforms import Transform
from wam_core.views import piece

if TYPE_CHECKING:
    from app.kinds.base import Kind, NamedPart, Picture
    from app.session import Subject

_TILE = 134  # px of an orientation
_RAISED = ", contrast raised"


def draw_pictures(pictures: "Mapping[str, Picture]", columns: int) -> None:
    """By what stands under them, in rows of so many."""
    names = list(pictures)
    for start in range(0, len(names), columns):
        for name, column in zip(names[start : start + columns], st.columns(columns), strict=False):
            column.image(pictures[name], width="stretch", caption=name, alt=name)


def draw_peeled(
    kind: "Kind", subject: "Subject", left: "NamedPart", taken: "NamedPart | None"
) -> None:
    """What is left beside what was taken away last, where something was."""
    first, right = st.columns(2)
    first.image(kind.picture(subject, left.x), width="stretch", caption=left.caption, alt=left.alt)
    if taken is not None:
        right.image(
            kind.details_picture(subject, taken.x), width="stretch",
            caption=f"{taken.caption}{_RAISED}", alt=taken.alt,
        )  # fmt: skip


def draw_directions(kind: "Kind", subject: "Subject", x: Tensor, transform: Transform) -> None:
    """Every orientation of one level, that can be chosen."""
    units, z = kind.units(subject.net, subject.signal), transform.analyse(x)
    level = st.slider(
        "Level", 1, transform.levels, min(2, transform.levels), key=f"lesson-oriented-{transform.levels}"
    )  # fmt: skip
    bands = [band for band, _ in z.bands() if not band.is_approx and band.level == level]
    with st.container(horizontal=True):
        for band in bands:
            part = piece(transform, z, subject.size, [band])
            st.image(
                kind.details_picture(subject, part), width=_TILE,
                caption=units.band(band), alt=f"{units.band(band)} alone",
            )  # fmt: skip
    st.caption(f"Level {level}: {units.size(bands[0])}{_RAISED}.")
