"""A figure on the page, always with words for those who do not see it, and its numbers as a table."""

from typing import Any

import streamlit as st

from app.figures import tabulated
from app.figures.theme import CONFIG
from app.session import session

_LARGE = 14  # px


def chart(figure: Any, key: str, alt: str) -> None:
    """Draw a figure in its own colours; with larger type while presenting.

    Where it is made of bars or lines, its numbers are one click away.
    """
    presenting = session().presenting
    if presenting:
        figure.update_layout(font_size=_LARGE)
    st.plotly_chart(figure, theme=None, config=CONFIG, key=key, alt=alt)
    if not presenting and (rows := tabulated.rows(figure)):
        popover = st.popover(
            "Table", type="tertiary", icon=":material/table:", key=f"{key}-table", on_change="rerun"
        )
        if popover.open:
            titles = tabulated.titles(figure)
            with popover:
                st.dataframe(rows, hide_index=True, column_config=titles, alt=f"Numbers: {alt}")
