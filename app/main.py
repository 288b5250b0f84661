"""The dashboard's entry: page settings and the way between screens."""

from pathlib import Path

import streamlit as st

# a file of ours: icons by name would be fetched from a foreign server
st.set_page_config(
    page_title="WAM Explorer",
    page_icon=str(Path(__file__).with_name("icon.png")),
    layout="wide",
    initial_sidebar_state=314,  # wide enough for three kinds of input in one row
)

st.html(Path(__file__).with_name("page.css"))

from app import startup  # noqa: E402  # the page settings have to come first

startup.wait()

from app.components import history  # noqa: E402
from app.screens import about, compare, evaluate, experiments, gallery, learn, presenter  # noqa: E402  # they bring the networks

presents = presenter.presenting()
page = st.navigation(
    [
        gallery.explain_page(),
        st.Page(compare.screen, title="Compare", icon=":material/compare:", url_path="compare"),
        st.Page(
            evaluate.screen, title="Evaluate", icon=":material/leaderboard:", url_path="evaluate"
        ),
        st.Page(
            experiments.screen,
            title="Experiments",
            icon=":material/experiment:",
            url_path="experiments",
        ),
        st.Page(
            gallery.screen, title="Gallery", icon=":material/photo_library:", url_path="gallery"
        ),
        st.Page(learn.screen, title="Learn", icon=":material/school:", url_path="learn"),
        st.Page(about.screen, title="About", icon=":material/info:", url_path="about"),
    ],
    position="hidden" if presents else "top",
)
history.keep_history(page)
if presents:
    presenter.bar()
page.run()
