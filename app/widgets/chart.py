"""A figure on the page, always with words for those who do not see it."""

from typing import Any

import streamlit as st

from app.figures.theme import CONFIG
from app.state import session

_LARGE = 16  # px


def chart(figure: Any, key: str, alt: str) -> None:
    """Draw a figure in its own colours; with larger type while presenting."""
    if session().presenting:
        figure.update_layout(font_size=_LARGE)
    st.plotly_chart(figure, theme=None, config=CONFIG, key=key, alt=alt)
