"""A figure on the page, always with words for those who do not see it."""

import plotly.graph_objects as go
import streamlit as st

from app.figures.theme import CONFIG


def chart(figure: go.Figure, key: str, alt: str) -> None:
    """Draw a figure in its own colours."""
    st.plotly_chart(figure, theme=None, config=CONFIG, key=key, alt=alt)
