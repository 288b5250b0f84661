"""The dashboard's entry: page settings and the way between screens."""

import streamlit as st

st.set_page_config(page_title="WAM Explorer", page_icon=":material/waves:", layout="wide")

from app.screens import about, explain  # noqa: E402  # the page settings have to come first

st.navigation(
    [
        st.Page(explain.screen, title="Explain", icon=":material/image_search:", default=True),
        st.Page(about.screen, title="About", icon=":material/info:", url_path="about"),
    ],
    position="top",
).run()
