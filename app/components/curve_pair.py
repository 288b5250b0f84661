"""Insertion and deletion side by side: how their shares run, and a figure under each title."""

import html
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from app import glossary
from app.components.page import chart
from app.session import recall

Lines = Mapping[str, tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.floating[Any]]]]
_TITLES = {
    "insertion": "**Insertion**",
    "deletion": "**Deletion**",
}
_AT = 0.1  # the share that the alternative text reads the curves at


def choose_axis(key: str) -> bool:
    """Whether shares run logarithmically."""
    chosen = st.segmented_control(
        "Shares", ["linear", "logarithmic"], default="logarithmic", required=True,
        key=recall(key), bind="query-params",
        help=glossary.hint("coefficient", more="Linear: the area that the published tables "
        "give. Logarithmic: the first thousandths and hundredths, where rankings of few large "
        "coefficients differ."),
    )  # fmt: skip
    return chosen == "logarithmic"


def alt_text(direction: str, features: str, lines: Lines) -> str:
    """Alternative text: the curves at a tenth."""
    each = ", ".join(
        f"{name} p = {float(p[abs(shares - _AT).argmin()]):.2f}"
        for name, (shares, p) in lines.items()
    )
    return f"{direction.capitalize()} curves. At a tenth of the {features}: {each}"


def pair(
    key: str,
    features: str,
    lines: Callable[[str], Lines],
    figure: Callable[[str, Lines], Any],
) -> None:
    """Both curves of some rankings.

    Args:
        key: the figures are called ``{key}-insertion`` and ``{key}-deletion``.
        features: what is put in and taken out, in words.
        lines: from ``insertion`` or ``deletion`` to (shares, p) of each ranking.
        figure: from the same, and its lines, to what is drawn.
    """
    made = {direction: figure(direction, lines(direction)) for direction in _TITLES}
    st.html(_legend(made["insertion"]))
    for column, (direction, title) in zip(st.columns(2), _TITLES.items(), strict=True):
        with column:
            st.markdown(title)
            chart(
                made[direction].update_layout(showlegend=False),
                f"{key}-{direction}",
                alt_text(direction, features, lines(direction)),
            )


def _legend(figure: Any) -> str:
    """The lines of both figures with their names, once, as HTML."""
    entries = []
    for trace in sorted(figure.data, key=lambda trace: trace.legendrank or 0):
        if trace.showlegend is False:
            continue
        dash = "solid" if trace.line.dash in (None, "solid") else "dashed"
        line = f"border-top: {trace.line.width}px {dash} {trace.line.color}"
        entries.append(f'<span><i style="{line}"></i>{html.escape(trace.name)}</span>')
    return f'<div class="curve-legend">{"".join(entries)}</div>'
